package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URL;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.page.PageSource;
import opencode.nexus.web.http.Remainder;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.servlet.context.ServletContextHelper;

/**
 * The wall: the context that every servlet of Nexus lives in, which lets nothing through that {@link Gate} does not admit.
 * Without an {@link AuthService} that is nothing at all, and without {@link CloudflareAccess} nothing from afar.
 *
 * <p>It is one component with a service factory made by hand, never a component for each bundle: when the HTTP server
 * restarts its context such components are deactivated, and go on being asked with their references gone.
 */
@Component(
        immediate = true,
        service = {},
        configurationPid = "opencode.nexus.web")
@Designate(ocd = NexusContext.Config.class)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"org.osgi.service.servlet.context.ServletContextHelper\"")
public final class NexusContext implements ServiceFactory<ServletContextHelper> {

    @ObjectClassDefinition(name = "Nexus: web")
    public @interface Config {
        @AttributeDefinition(
                description = "Host names Nexus may be asked for by, beside localhost and its addresses",
                max = "253")
        String[] hosts() default {};
    }

    private final TunnelAccess tunnel;
    private final Gate gate;
    private final ServiceRegistration<ServletContextHelper> registration;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable CloudflareAccess access;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable AuthService auth;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable PageSource pages;

    @Activate
    public NexusContext(Config config, BundleContext context, @Reference TunnelAccess tunnel) {
        this.tunnel = tunnel;
        gate = new Gate(rules(config), tunnel);
        registration = context.registerService(
                ServletContextHelper.class,
                this,
                new Hashtable<>(Map.of(
                        "osgi.http.whiteboard.context.name", "nexus",
                        "osgi.http.whiteboard.context.path", "/",
                        "service.ranking", 2000)));
    }

    /** A new context would be a moment without any: every servlet goes and comes with it. */
    @Modified
    void modified(Config config) {
        gate.use(rules(config));
    }

    private RequestRules rules(Config config) {
        return new RequestRules(List.of(config.hosts()), tunnel);
    }

    @Deactivate
    void close() {
        registration.unregister();
    }

    @Override
    public ServletContextHelper getService(Bundle bundle, ServiceRegistration<ServletContextHelper> ignored) {
        return new Guarded();
    }

    @Override
    public void ungetService(
            Bundle bundle, ServiceRegistration<ServletContextHelper> ignored, ServletContextHelper helper) {}

    /** Serves no file of any bundle: pages come from {@link PageSource} alone. */
    private final class Guarded extends ServletContextHelper {

        @Override
        public boolean handleSecurity(HttpServletRequest request, HttpServletResponse response) throws IOException {
            boolean admitted = gate.admit(request, response, access, auth, pages);
            if (!admitted) {
                Remainder.discard(request);
            }
            return admitted;
        }

        @Override
        public @Nullable URL getResource(String name) {
            return null;
        }
    }
}
