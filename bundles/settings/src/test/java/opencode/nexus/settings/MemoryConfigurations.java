package opencode.nexus.settings;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Configuration Admin in memory. It counts updates, and can refuse them as a full disk does. */
final class MemoryConfigurations implements ConfigurationAdmin {
    private final Map<String, One> byPid = new HashMap<>();
    private final List<String> updated = new ArrayList<>();
    private Trouble trouble = () -> {};

    /** What happens before an update. */
    interface Trouble {
        void happen() throws IOException;
    }

    void refuseUpdates(boolean refused) {
        onUpdate(() -> {
            if (refused) {
                throw new IOException("the disk is full");
            }
        });
    }

    void onUpdate(Trouble next) {
        trouble = next;
    }

    /** The PIDs that were updated, in order. */
    List<String> updated() {
        return List.copyOf(updated);
    }

    /** What a component would be given, before plugins. */
    @Nullable
    Object value(String pid, String key) {
        One one = byPid.get(pid);
        return one == null || one.properties == null ? null : one.properties.get(key);
    }

    /** As another program would do it. */
    void meddle(String pid, String key, Object value) {
        Dictionary<String, Object> properties = byPid.get(pid).properties;
        properties.put(key, value);
    }

    @Override
    public Configuration getConfiguration(String pid, @Nullable String location) {
        return byPid.computeIfAbsent(pid, One::new);
    }

    @Override
    public Configuration getConfiguration(String pid) {
        return getConfiguration(pid, null);
    }

    @Override
    public Configuration createFactoryConfiguration(String factoryPid) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Configuration createFactoryConfiguration(String factoryPid, String location) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Configuration getFactoryConfiguration(String factoryPid, String name, String location) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Configuration getFactoryConfiguration(String factoryPid, String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Configuration[] listConfigurations(String filter) {
        throw new UnsupportedOperationException();
    }

    private final class One implements Configuration {
        private final String pid;
        private @Nullable Dictionary<String, Object> properties;

        One(String pid) {
            this.pid = pid;
        }

        @Override
        public String getPid() {
            return pid;
        }

        @Override
        public @Nullable Dictionary<String, Object> getProperties() {
            return properties;
        }

        @Override
        public void update(Dictionary<String, ?> next) throws IOException {
            trouble.happen();
            Hashtable<String, Object> copy = new Hashtable<>();
            next.keys().asIterator().forEachRemaining(key -> copy.put(key, next.get(key)));
            copy.put("service.pid", pid);
            properties = copy;
            updated.add(pid);
        }

        @Override
        public Dictionary<String, Object> getProcessedProperties(ServiceReference<?> reference) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void delete() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getFactoryPid() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void update() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean updateIfDifferent(Dictionary<String, ?> next) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setBundleLocation(String location) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getBundleLocation() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long getChangeCount() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addAttributes(ConfigurationAttribute... attributes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<ConfigurationAttribute> getAttributes() {
            return EnumSet.noneOf(ConfigurationAttribute.class);
        }

        @Override
        public void removeAttributes(ConfigurationAttribute... attributes) {
            throw new UnsupportedOperationException();
        }
    }
}
