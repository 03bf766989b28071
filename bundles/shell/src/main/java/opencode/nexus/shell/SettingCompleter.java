package opencode.nexus.shell;

import java.util.List;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Group;
import opencode.nexus.api.settings.Settings.Setting;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jspecify.annotations.Nullable;

/** Completes the name of a group, and after a group the names of its settings. */
@Service
public final class SettingCompleter implements Completer {

    @Reference(optional = true)
    @Nullable
    Settings settings;

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        String[] words = line.getArguments();
        boolean first = line.getCursorArgumentIndex() <= 1 || words.length < 2;
        List<String> names = (first ? groups() : fields(words[1])).toList();
        return new StringsCompleter(names).complete(session, line, candidates);
    }

    private Stream<String> groups() {
        return settings == null ? Stream.of() : settings.groups().stream().map(Group::name);
    }

    private Stream<String> fields(String group) {
        try {
            return settings == null
                    ? Stream.of()
                    : settings.group(group).fields().stream().map(Setting::name);
        } catch (NexusException e) {
            return Stream.of(); // not the name of a group
        }
    }
}
