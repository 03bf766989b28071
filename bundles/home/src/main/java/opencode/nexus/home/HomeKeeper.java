package opencode.nexus.home;

import java.nio.file.Path;
import java.util.Optional;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.namespace.service.ServiceNamespace;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the home below {@code karaf.base} and offers it as a service. When that fails, because another gateway uses it or
 * the disk refuses, one line of the log says why and the framework is stopped: nothing that needs a home has started by
 * then. With which exit code the process ends is decided by the launcher.
 *
 * <p>The service is registered by hand: a component that fails would fill the log with its stack trace, once for everybody
 * who asks for it.
 */
@Component(
        immediate = true,
        service = {})
@Capability(
        namespace = ServiceNamespace.SERVICE_NAMESPACE,
        uses = NexusHome.class,
        attribute = "objectClass:List<String>=\"opencode.nexus.api.home.NexusHome\"")
public final class HomeKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(HomeKeeper.class);

    private final Optional<Opened> opened;

    @Activate
    public HomeKeeper(BundleContext context) {
        opened = open(context);
    }

    @Deactivate
    void close() {
        opened.ifPresent(Opened::close);
    }

    private static Optional<Opened> open(BundleContext context) {
        String base = context.getProperty("karaf.base");
        if (base == null || base.isBlank()) {
            return refuse(context, "karaf.base is not set: start Nexus with its own launcher");
        }
        try {
            PrivateHome home = new PrivateHome(Path.of(base));
            LOG.info("Nexus home is {}", base);
            return Optional.of(new Opened(home, context.registerService(NexusHome.class, home, null)));
        } catch (NexusException e) {
            return refuse(context, e.getMessage());
        }
    }

    /** Says why in the log and to whoever started it: the log of this home may be another gateway's. */
    private static Optional<Opened> refuse(BundleContext context, String reason) {
        LOG.error("{}", reason);
        System.err.println("nexus: " + reason);
        stopFramework(context);
        return Optional.empty();
    }

    private static void stopFramework(BundleContext context) {
        try {
            context.getBundle(0).stop();
        } catch (BundleException e) {
            LOG.error("The framework does not stop", e);
        }
    }

    private record Opened(PrivateHome home, ServiceRegistration<NexusHome> registration) {
        void close() {
            registration.unregister();
            home.close();
        }
    }
}
