package opencode.nexus.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.settings.Settings.Rule;

/** The rules that bundles add to what Metatype says, by group. */
final class Rules {

    private record Added(String group, Rule rule) {}

    private final List<Added> rules = new CopyOnWriteArrayList<>();

    void add(String group, Rule rule) {
        rules.add(new Added(group, rule));
    }

    void remove(Rule rule) {
        rules.removeIf(added -> added.rule() == rule);
    }

    /**
     * What the rules have against some values that they do not have against those in use already. So a directory that has
     * vanished since it was set does not stand in the way of changing something else.
     */
    List<NexusException.Field> objections(String group, Map<String, Object> values, Map<String, Object> inUse) {
        List<NexusException.Field> objections = new ArrayList<>();
        for (Added added : rules) {
            if (added.group().equals(group)) {
                objections.addAll(added.rule().check(values));
                objections.removeAll(added.rule().check(inUse));
            }
        }
        return objections;
    }
}
