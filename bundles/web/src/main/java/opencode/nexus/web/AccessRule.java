package opencode.nexus.web;

import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.settings.Settings;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/**
 * What Metatype cannot say of {@link AccessSettings}. It is registered by the bundle's activator and is no component: so it
 * is there before {@link CloudflareAccess} is, which then never sees a value that was not checked.
 */
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
public final class AccessRule implements Settings.Rule, BundleActivator {
    private static final String NAME = "access";

    @Override
    public void start(BundleContext context) {
        context.registerService(Settings.Rule.class, this, new Hashtable<>(Map.of(Settings.Rule.GROUP, NAME)));
    }

    @Override
    public void stop(BundleContext context) {}

    @Override
    public List<Field> check(Map<String, Object> values) {
        return AccessApplication.problems(text(values.get("team")), text(values.get("audience")));
    }

    private static String text(@Nullable Object value) {
        return value instanceof String text ? text : "";
    }
}
