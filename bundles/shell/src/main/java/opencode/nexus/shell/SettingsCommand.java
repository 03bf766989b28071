package opencode.nexus.shell;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Group;
import opencode.nexus.api.settings.Settings.Setting;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:settings}: all groups and their values, or one group with what each setting means. */
@Service
@Command(scope = "nexus", name = "settings", description = "Show the settings, or one group of them in detail")
public final class SettingsCommand implements Action {

    @Reference(optional = true)
    @Nullable
    Settings settings;

    @Argument(name = "group", description = "The group; all of them if left out")
    @Completion(SettingCompleter.class)
    @Nullable
    String group;

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
        if (group == null) {
            present.groups().forEach(each -> print(out, each, false));
            return;
        }
        try {
            print(out, present.group(group), true);
        } catch (NexusException e) {
            out.println(e.getMessage());
        }
    }

    static void print(PrintStream out, Group group, boolean inDetail) {
        out.println(group.name() + " - " + group.title());
        if (group.problem() != null) {
            out.println("  ! " + group.problem());
        }
        for (Setting setting : group.fields()) {
            out.println("  " + setting.name() + " = "
                    + shown(setting, group.values().get(setting.name())));
            if (inDetail) {
                out.println("      " + setting.description() + meaning(setting));
            }
        }
    }

    private static String shown(Setting setting, @Nullable Object value) {
        if (setting.secret() && !setting.list()) {
            return value == null || value.equals("") ? "" : "(set)";
        }
        return value instanceof List<?> list
                ? String.join(", ", list.stream().map(String::valueOf).toList())
                : String.valueOf(value).replace("\n", "\\n");
    }

    private static String meaning(Setting setting) {
        StringBuilder meaning = new StringBuilder(" (")
                .append(setting.list() ? "list of " : "")
                .append(setting.type().name().toLowerCase(Locale.ROOT));
        if (setting.min() != null) {
            meaning.append(", from ").append(number(setting.min()));
        }
        if (setting.max() != null) {
            meaning.append(setting.min() == null ? ", up to " : " to ").append(number(setting.max()));
        }
        if (!setting.choices().isEmpty()) {
            meaning.append(", one of ").append(String.join(", ", setting.choices()));
        }
        String standard = shown(setting, setting.standard());
        return meaning.append(standard.isEmpty() ? "" : ", else " + standard)
                .append(')')
                .toString();
    }

    private static String number(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? String.valueOf((long) number)
                : String.valueOf(number);
    }
}
