package opencode.nexus.api.settings;

import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException.Field;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the owner may set, group by group. A group is a configuration PID {@code opencode.nexus.<group>} that a bundle
 * describes with Metatype, and a file {@code etc/opencode.nexus.<group>.cfg}. One set of rules holds for the page, the API,
 * the console and files edited by hand: type, bounds and choices from Metatype, and whatever {@link Rule} adds.
 *
 * <p>A component is given checked values only: a file that breaks a rule is put aside as {@code …cfg.rejected}, the last
 * good one is used, and {@link Group#problem} says so.
 *
 * <p>What a secret holds is never given out, but to its component. Safe for use by several threads.
 */
@ProviderType
public interface Settings {

    /**
     * Stands in {@link Group#values} for what a secret holds; of a list of secrets {@code NAME=value} only for each value.
     * Given to {@link #change} it means what is set already. No secret may contain it.
     */
    String MASK = "\u2022\u2022\u2022\u2022";

    /** Every group that some bundle describes, by name. */
    List<Group> groups();

    /** @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-group} */
    Group group(String name);

    /**
     * Changes some values of a group and leaves the others. All are checked first; then the file is replaced in one step,
     * the one before is kept as {@code …cfg.bak}, and the component is told. Returns when the file is on the disk; the
     * component may take a moment more. {@code null} as a value means its default.
     *
     * @param values by name; numbers, booleans, strings, or lists of these
     * @throws opencode.nexus.api.NexusException INVALID naming every wrong field, with nothing changed; NOT_FOUND
     *     {@code unknown-group}; UNAVAILABLE {@code not-saved} when the disk refuses, with nothing changed
     */
    Group change(String name, Map<String, ? extends @Nullable Object> values);

    /**
     * One group.
     *
     * @param title for people
     * @param values what holds now, one for each field, defaults included; secrets are masked, see {@link #MASK}
     * @param problem one sentence when the file was put aside, until the group is changed or a good file comes
     */
    record Group(
            String name, String title, List<Setting> fields, Map<String, Object> values, @Nullable String problem) {
        public Group {
            fields = List.copyOf(fields);
            values = Map.copyOf(values);
        }
    }

    /**
     * One field.
     *
     * @param name as in the file and the API
     * @param description one sentence for people
     * @param list whether it takes a list of such values
     * @param standard the default; a list when {@code list}
     * @param min the smallest number, or the shortest text
     * @param max the largest number, or the longest text
     * @param choices the only values taken; empty when any is
     * @param secret a password, token or the like; or, when {@code list}, {@code NAME=value} with a value that is one
     * @param lines a text that may have several lines, and is more than blanks where it has a shortest length
     */
    record Setting(
            String name,
            String description,
            Type type,
            boolean list,
            Object standard,
            @Nullable Double min,
            @Nullable Double max,
            List<String> choices,
            boolean secret,
            boolean lines) {
        public Setting {
            choices = List.copyOf(choices);
        }

        /** One whose text has one line. */
        public Setting(
                String name,
                String description,
                Type type,
                boolean list,
                Object standard,
                @Nullable Double min,
                @Nullable Double max,
                List<String> choices,
                boolean secret) {
            this(name, description, type, list, standard, min, max, choices, secret, false);
        }
    }

    enum Type {
        BOOLEAN,
        /** A whole number. */
        INTEGER,
        /** A number. */
        DECIMAL,
        TEXT
    }

    /**
     * What Metatype cannot say: fields that depend on each other, directories that must be there. A whiteboard service with
     * the service property {@link #GROUP}. It is asked with complete and typed values, must be quick and change nothing.
     */
    @ConsumerType
    interface Rule {
        /** Service property: the name of the group. */
        String GROUP = "nexus.settings.group";

        /** What is wrong, one entry for each field; empty when nothing is. */
        List<Field> check(Map<String, Object> values);
    }
}
