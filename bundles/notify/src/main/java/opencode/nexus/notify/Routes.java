package opencode.nexus.notify;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.notify.Notification.Kind;

/** Which kinds go where, between the settings and the contract. */
final class Routes {

    private Routes() {}

    /** What the settings say. */
    static Map<Kind, Set<String>> of(StoredNotifications.Config config) {
        return Map.of(
                Kind.NEEDS_ME, names(config.needsMe()),
                Kind.FINISHED, names(config.finished()),
                Kind.FAILED, names(config.failed()),
                Kind.RESTARTED, names(config.restarted()),
                Kind.GAVE_UP, names(config.gaveUp()),
                Kind.ADDRESS_CHANGED, names(config.addressChanged()),
                Kind.NEW_DEVICE, names(config.newDevice()),
                Kind.THRESHOLD, names(config.threshold()));
    }

    /**
     * What the settings shall say.
     *
     * @throws NexusException INVALID naming each kind whose channels are no names, or too many
     */
    static Map<String, Object> settings(Map<Kind, Set<String>> wanted) {
        List<Field> wrong = new ArrayList<>();
        Map<String, Object> values = new TreeMap<>();
        new TreeMap<>(wanted).forEach((kind, channels) -> {
            String problem = ChannelNames.problem(channels);
            if (problem != null) {
                wrong.add(new Field("kinds." + kind.word(), problem));
            }
            values.put(name(kind), List.copyOf(new TreeSet<>(channels)));
        });
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
        return values;
    }

    /** The field of a kind: {@code needsMe}. */
    private static String name(Kind kind) {
        StringBuilder name = new StringBuilder();
        for (String word : kind.word().split("-")) {
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }

    /** An empty list comes from a file as one empty text. */
    private static Set<String> names(String[] names) {
        return Stream.of(names)
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .limit(ChannelNames.MOST)
                .collect(Collectors.toUnmodifiableSet());
    }
}
