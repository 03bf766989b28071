package opencode.nexus.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.tunnel.TunnelListener;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One more port of the web server. Who is answered there decides {@link Gate}. */
@Component(service = TunnelListener.class, immediate = true)
public final class TunnelPort implements TunnelListener {
    private static final Logger LOG = LoggerFactory.getLogger(TunnelPort.class);
    private static final int BACKLOG = 128;
    private static final int LONGEST_NAME = 253;
    private static final Pattern NAME =
            Pattern.compile("(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?");

    private final TunnelAccess access;
    private final EventsServlet events;
    private @Nullable BiFunction<String, ServerSocketChannel, AutoCloseable> listeners;
    private @Nullable AutoCloseable listener;
    private int port;

    @Activate
    public TunnelPort(@Reference TunnelAccess access, @Reference EventsServlet events) {
        this.access = access;
        this.events = events;
    }

    @Reference(
            target = "(opencode.nexus.listeners=true)",
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    synchronized void setListeners(BiFunction<String, ServerSocketChannel, AutoCloseable> service) {
        if (listeners != service) {
            end(); // the server that listened is not this one
        }
        listeners = service;
    }

    synchronized void unsetListeners(BiFunction<String, ServerSocketChannel, AutoCloseable> service) {
        if (listeners == service) {
            end();
            listeners = null;
        }
    }

    @Override
    public synchronized int open(int preferred) {
        if (listener == null) {
            listen(preferred);
        }
        return port;
    }

    @Override
    public void admit(Set<String> hostnames) {
        Set<String> names = hostnames.stream()
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        Set<String> known = names.stream().filter(TunnelPort::isPublic).collect(Collectors.toUnmodifiableSet());
        if (known.size() < names.size()) {
            LOG.warn(
                    "Not every name of the tunnel is a public host name; of {} these are let in: {}",
                    names.size(),
                    known);
        }
        access.allow(known);
    }

    @Override
    @Deactivate
    public synchronized void close() {
        if (listener != null) {
            access.shut();
            events.endTunnelled();
            end();
        }
    }

    @Override
    public Probe probe() {
        return access.ask();
    }

    private void listen(int preferred) {
        BiFunction<String, ServerSocketChannel, AutoCloseable> server = listeners;
        if (server == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "listener-unavailable",
                    "The web server is being started or replaced; try again in a moment.");
        }
        ServerSocketChannel channel = bind(preferred);
        try {
            int bound = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            listener = server.apply("tunnel", channel);
            port = bound;
        } catch (IOException | RuntimeException e) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "listener-unavailable",
                    "The web server cannot listen for the tunnel right now.",
                    e);
        }
        LOG.info("Listening for the tunnel on port {}", port);
    }

    private static ServerSocketChannel bind(int preferred) {
        try {
            return bindTo(preferred);
        } catch (IOException e) {
            LOG.debug("Port {} cannot be had", preferred, e);
        }
        try {
            return bindTo(0);
        } catch (IOException e) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE, "no-port", "No port of this machine is free for the tunnel.", e);
        }
    }

    private static ServerSocketChannel bindTo(int wanted) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            return channel.bind(new InetSocketAddress(loopback, wanted), BACKLOG);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void end() {
        AutoCloseable open = listener;
        if (open == null) {
            return;
        }
        listener = null;
        access.shut();
        try {
            open.close();
        } catch (Exception e) {
            LOG.warn("The listener of the tunnel did not close in order", e);
        }
    }

    /** Names of the internet only: none of this machine, and no addresses, under which other sites could lead here. */
    private static boolean isPublic(String name) {
        return name.length() <= LONGEST_NAME
                && NAME.matcher(name).matches()
                && !name.endsWith(".localhost")
                && !name.endsWith(".local");
    }
}
