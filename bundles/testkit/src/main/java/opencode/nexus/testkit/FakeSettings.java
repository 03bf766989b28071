package opencode.nexus.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.settings.Settings;
import org.jspecify.annotations.Nullable;

/** Settings in memory, with no rules but the one that a test sets. */
public final class FakeSettings implements Settings {
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private @Nullable NexusException refusal;

    /** What was asked for, in order, refused or not. */
    public final List<Map<String, @Nullable Object>> changes = new ArrayList<>();

    public void add(Group group) {
        groups.put(group.name(), group);
    }

    /** Every change fails with this from now on. */
    public void refuse(NexusException failure) {
        refusal = failure;
    }

    @Override
    public List<Group> groups() {
        return List.copyOf(groups.values());
    }

    @Override
    public Group group(String name) {
        Group group = groups.get(name);
        if (group == null) {
            throw new NexusException(NexusException.Kind.NOT_FOUND, "unknown-group", "There are no such settings.");
        }
        return group;
    }

    @Override
    public Group change(String name, Map<String, ? extends @Nullable Object> values) {
        Group group = group(name);
        changes.add(new LinkedHashMap<>(values));
        if (refusal != null) {
            throw refusal;
        }
        Map<String, Object> next = new HashMap<>(group.values());
        for (Setting setting : group.fields()) {
            if (values.containsKey(setting.name())) {
                Object value = values.get(setting.name());
                next.put(setting.name(), value == null ? setting.standard() : value);
            }
        }
        groups.put(name, new Group(name, group.title(), group.fields(), next, null));
        return group(name);
    }
}
