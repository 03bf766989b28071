package opencode.nexus.home;

import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the framework, and so everything in order, however the JVM is asked to end. Karaf does so for SIGTERM only:
 * after Ctrl-C or a closed terminal the children would be left behind.
 */
@Component(immediate = true, service = OrderlyExit.class)
public final class OrderlyExit {
    private static final Logger LOG = LoggerFactory.getLogger(OrderlyExit.class);
    private static final long LIMIT_MILLIS = 10_000;

    private final Thread hook;

    @Activate
    public OrderlyExit(BundleContext context) {
        // The system bundle is the framework itself.
        Framework framework = context.getBundle(0).adapt(Framework.class);
        hook = new Thread(() -> stop(framework), "nexus-exit");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Deactivate
    void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.debug("The JVM is ending already", e);
        }
    }

    private static void stop(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(LIMIT_MILLIS);
        } catch (BundleException e) {
            LOG.error("The framework does not stop", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
