package opencode.nexus.settings;

import java.util.Collections;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationPlugin;

/**
 * Stands between Configuration Admin and the components: whatever others may have put there, a component of a known group
 * is given the values that were checked, and no others. It also comes after the plugin that replaces {@code $[env:…]}, so
 * a setting means what it says.
 */
final class CheckedValues implements ConfigurationPlugin {
    /** The last of those that may change anything. */
    static final int RANKING = 1_000;

    private static final Set<String> AUTOMATIC = Set.of(
            Constants.SERVICE_PID, ConfigurationAdmin.SERVICE_FACTORYPID, ConfigurationAdmin.SERVICE_BUNDLELOCATION);

    private final Map<String, Map<String, Object>> byPid = new ConcurrentHashMap<>();

    /** From now on these are the values of a PID, in the types of Configuration Admin; null for a PID that is not known. */
    void set(String pid, @Nullable Map<String, Object> values) {
        if (values == null) {
            byPid.remove(pid);
        } else {
            byPid.put(pid, values);
        }
    }

    @Override
    public void modifyConfiguration(@Nullable ServiceReference<?> reference, Dictionary<String, Object> properties) {
        Map<String, Object> checked = byPid.get(String.valueOf(properties.get(Constants.SERVICE_PID)));
        if (checked == null) {
            return;
        }
        List<String> keys = Collections.list(properties.keys());
        keys.removeAll(AUTOMATIC);
        keys.forEach(properties::remove);
        checked.forEach(properties::put);
    }
}
