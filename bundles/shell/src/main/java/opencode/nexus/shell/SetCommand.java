package opencode.nexus.shell;

import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Group;
import opencode.nexus.api.settings.Settings.Setting;
import opencode.nexus.api.settings.Settings.Type;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/**
 * {@code nexus:set group name value}: changes one setting; without a value it goes back to its default. {@code nexus:set group
 * name=value name=value}: changes several that belong together.
 */
@Service
@Command(scope = "nexus", name = "set", description = "Change a setting; without a value it goes back to its default")
public final class SetCommand implements Action {

    @Reference(optional = true)
    @Nullable
    Settings settings;

    @Argument(index = 0, name = "group", required = true, description = "The group, as nexus:settings shows it")
    @Completion(SettingCompleter.class)
    String group = "";

    @Argument(index = 1, name = "name", required = true, description = "The setting, or several: name=value …")
    @Completion(SettingCompleter.class)
    String name = "";

    @Argument(index = 2, name = "value", multiValued = true, description = "The value; several for a list")
    @Nullable
    List<String> words;

    @Override
    public @Nullable Object execute() {
        print(System.out);
        return null;
    }

    void print(PrintStream out) {
        Settings present = settings;
        if (present == null) {
            out.println("The settings are missing: feature:install nexus-settings");
            return;
        }
        try {
            SettingsCommand.print(out, present.change(group, changes(present.group(group))), false);
        } catch (NexusException e) {
            out.println("Nothing was changed.");
            if (e.fields().isEmpty()) {
                out.println(e.getMessage());
            }
            e.fields().forEach(field -> out.println(field.field() + ": " + field.message()));
        }
    }

    private Map<String, @Nullable Object> changes(Group known) {
        List<String> given = words == null ? List.of() : words;
        Map<String, @Nullable Object> changes = new HashMap<>();
        if (name.indexOf('=') < 0) {
            changes.put(name, value(known, name, given));
            return changes;
        }
        Stream.concat(Stream.of(name), given.stream()).forEach(change -> {
            String[] parts = change.split("=", 2);
            if (parts.length < 2) {
                throw NexusException.invalid(change, "must be name=value, as the first one is");
            }
            changes.put(parts[0], value(known, parts[0], parts[1].isEmpty() ? List.of() : List.of(parts[1])));
        });
        return changes;
    }

    private static @Nullable Object value(Group known, String name, List<String> given) {
        if (given.isEmpty()) {
            return null;
        }
        Setting setting = known.fields().stream()
                .filter(field -> field.name().equals(name))
                .findAny()
                .orElse(null);
        if (setting == null || !setting.list()) {
            return typed(setting, String.join(" ", given));
        }
        List<Object> values = new ArrayList<>();
        given.forEach(word -> values.add(typed(setting, word)));
        return values;
    }

    /** As the setting wants it; a word that does not fit is left to the settings, which say what is wrong with it. */
    private static Object typed(@Nullable Setting setting, String word) {
        Type type = setting == null ? Type.TEXT : setting.type();
        if (type == Type.BOOLEAN && (word.equals("true") || word.equals("false"))) {
            return Boolean.valueOf(word);
        }
        if ((type == Type.INTEGER || type == Type.DECIMAL) && word.length() <= 50) {
            try {
                return new BigDecimal(word);
            } catch (NumberFormatException e) {
                return word;
            }
        }
        return word;
    }
}
