package opencode.nexus.notify;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.notify.NotificationChannel;
import opencode.nexus.api.settings.Settings;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;

/** What the lists of channels in the settings may hold. A channel that is not there may be named: it may come back. */
@Component(immediate = true, property = Settings.Rule.GROUP + "=" + StoredNotifications.GROUP)
public final class ChannelNames implements Settings.Rule {
    /** The list of the page, which is no service. */
    static final String APP = "app";

    static final int MOST = 10;

    @Override
    public List<Field> check(Map<String, Object> values) {
        List<Field> wrong = new ArrayList<>();
        values.forEach((name, value) -> {
            String problem = value instanceof Collection<?> names ? problem(names) : null;
            if (problem != null) {
                wrong.add(new Field(name, problem));
            }
        });
        return wrong;
    }

    /** What is wrong with a list of channels; null when nothing is. */
    static @Nullable String problem(Collection<?> names) {
        if (names.size() > MOST) {
            return "at most " + MOST + " channels";
        }
        boolean wellFormed = names.stream().allMatch(name -> name instanceof String text && isName(text.strip()));
        return wellFormed ? null : "each must be the name of a channel: lower-case letters, digits and dashes";
    }

    /** The name of a channel; null when it has none by which it could be chosen. */
    static @Nullable String nameOf(NotificationChannel channel) {
        String name = channel.name();
        return name != null && isName(name) && !name.equals(APP) ? name : null;
    }

    private static boolean isName(String text) {
        return text.matches("[a-z][a-z0-9-]{0,31}");
    }
}
