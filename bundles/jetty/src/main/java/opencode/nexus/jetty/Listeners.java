package opencode.nexus.jetty;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/**
 * Lets the server listen at more than its first port, and stop listening there, while it runs. It is a service of a type of
 * the JDK, with the property {@link #SERVICE}, for as long as the server runs: called with a name and a channel that is
 * bound to loopback, it serves what comes in there until the handle it answers with is closed.
 *
 * <p>Every request that comes in at such a listener carries its name as the attribute {@link #NAME}. Unlike a port, which
 * may be given to somebody else while a connection lives on, this cannot be mistaken. A listener stands behind something that
 * ends https, so its requests count as secure.
 */
public final class Listeners implements BiFunction<String, ServerSocketChannel, AutoCloseable>, LifeCycle.Listener {
    static final String SERVICE = "opencode.nexus.listeners";
    static final String NAME = "opencode.nexus.listener";

    private static final System.Logger LOG = System.getLogger(Listeners.class.getName());
    private static final long IDLE_MILLIS = 5_000;
    private static final long FAREWELL_MILLIS = 300;

    private final Server server;
    private final HttpConfiguration configuration;
    private final AtomicReference<@Nullable ServiceRegistration<?>> registration = new AtomicReference<>();

    public Listeners(Server server, HttpConfiguration configuration) {
        this.server = server;
        this.configuration = configuration;
        server.addEventListener(this);
    }

    /** The listener that a request came in at, when it is one of these. */
    static @Nullable String nameOf(Request request) {
        return request.getConnectionMetaData().getConnector() instanceof Listener listener ? listener.getName() : null;
    }

    /**
     * Begins to listen. The channel belongs to the listener from now on, also when this fails.
     *
     * @param channel bound to an address of loopback
     * @return closes the listener: no new connection at once, those that are idle end, and a moment later all others
     */
    @Override
    public AutoCloseable apply(String name, ServerSocketChannel channel) {
        Listener listener = new Listener(server, configuration, name);
        try {
            requireLoopback(channel.getLocalAddress());
            listener.open(channel);
            server.addConnector(listener);
            listener.start();
        } catch (Exception e) {
            end(listener, channel);
            throw e instanceof RuntimeException failure
                    ? failure
                    : new UncheckedIOException(new IOException("cannot listen as " + name, e));
        }
        return () -> close(listener, channel);
    }

    @Override
    public void lifeCycleStarted(LifeCycle started) {
        Bundle bundle = FrameworkUtil.getBundle(Listeners.class);
        if (bundle != null) {
            registration.set(bundle.getBundleContext()
                    .registerService(BiFunction.class, this, new Hashtable<>(Map.of(SERVICE, "true"))));
        }
    }

    @Override
    public void lifeCycleStopping(LifeCycle stopping) {
        ServiceRegistration<?> service = registration.getAndSet(null);
        if (service != null) {
            service.unregister();
        }
    }

    private void close(Listener listener, ServerSocketChannel channel) {
        listener.close();
        try {
            listener.shutdown().get(FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.log(DEBUG, "Not everybody left the listener " + listener.getName() + " in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end(listener, channel);
    }

    private void end(Listener listener, ServerSocketChannel channel) {
        try {
            listener.stop();
            channel.close();
        } catch (Exception e) {
            LOG.log(WARNING, "The listener " + listener.getName() + " did not end in order", e);
        }
        server.removeConnector(listener);
    }

    private static void requireLoopback(@Nullable SocketAddress address) {
        if (!(address instanceof InetSocketAddress bound) || !bound.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("not bound to loopback: " + address);
        }
    }

    /** A connector that was opened here, and by that is told from all others. */
    private static final class Listener extends ServerConnector {

        // One acceptor: with none, a port that was closed takes one more connection.
        Listener(Server server, HttpConfiguration configuration, String name) {
            super(server, 1, 1, new HttpConnectionFactory(configuration));
            setName(name);
            setIdleTimeout(IDLE_MILLIS);
            setShutdownIdleTimeout(FAREWELL_MILLIS / 2);
        }
    }
}
