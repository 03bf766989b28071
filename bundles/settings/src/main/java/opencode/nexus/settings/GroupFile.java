package opencode.nexus.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.settings.Field.WrongException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of one group: the owner's file, and what of it is in use. Used under the lock of {@link FileSettings}.
 *
 * <p>Beside the owner's file there is a copy of the last one that held, in {@code state/settings}. It is what a broken file
 * is replaced by, and it tells after a start whether the owner wrote something meanwhile. The copy follows the file only
 * when that has held for two looks: a rule that comes a moment after the description can still object until then.
 */
final class GroupFile {
    private static final Logger LOG = LoggerFactory.getLogger(GroupFile.class);
    private static final int LARGEST = 262_144;
    private static final int STRANGERS_NAMED = 5;
    private static final int LONGEST_NAME = 40;
    private static final int LOOKS_UNTIL_IT_HOLDS = 2;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Description description;
    private final Rules rules;
    private final NexusHome home;
    private final Path file;
    private final Path copy;

    /** As the copy has it; null when there is no file. */
    private byte @Nullable [] held;

    /** As the file had it when it was read last and was good; null when there is no file. */
    private byte @Nullable [] content;

    private CfgText text = CfgText.EMPTY;
    private Map<String, Object> values;
    private @Nullable String problem;
    private @Nullable FileStamp taken;
    private @Nullable FileStamp waiting;
    private int looks;

    /** Reads the copy; the file is only read by {@link #take}. */
    GroupFile(Description description, Rules rules, NexusHome home, Path etc) {
        this.description = description;
        this.rules = rules;
        this.home = home;
        file = etc.resolve(description.fileName());
        copy = home.directory("settings").resolve(description.fileName());
        values = description.standard();
        held = readable(copy);
        fallBackTo(held != null ? held : readable(beside(".bak")));
    }

    Description description() {
        return description;
    }

    /** One for each field, checked, in the order of the description; secrets as they are. */
    Map<String, Object> values() {
        return values;
    }

    /** As {@link #values}, for everybody but the component. */
    Map<String, Object> shown() {
        Map<String, Object> shown = new LinkedHashMap<>(values);
        shown.replaceAll((name, value) -> Mask.shown(description.fields().get(name), value));
        return shown;
    }

    @Nullable
    String problem() {
        return problem;
    }

    /** Whether what is in use is what was in use before the last start. */
    boolean hasHeld() {
        return Arrays.equals(held, content);
    }

    /** Takes the file as it is when it changed, and nobody has written to it since the last look. */
    void look() {
        FileStamp now = FileStamp.of(file);
        if (now.equals(taken)) {
            waiting = null;
            if (!hasHeld() && ++looks >= LOOKS_UNTIL_IT_HOLDS) {
                keepPredecessor();
                hold();
            }
            return;
        }
        if (!now.equals(waiting)) {
            waiting = now; // perhaps somebody is still writing
            return;
        }
        take();
    }

    /** A rule has come. What has not held yet must stand up to it. */
    void takeAgain() {
        if (!hasHeld()) {
            fallBackTo(held);
            take();
        }
    }

    /** Takes the file as it is now. When it breaks a rule, it is put aside and the values stay as they are. */
    void take() {
        FileStamp now = FileStamp.of(file);
        taken = now;
        waiting = null;
        try {
            switch (now.form()) {
                case ABSENT -> use(null, CfgText.EMPTY, description.standard());
                case OTHER ->
                    problem = file.getFileName() + " is no file that can be read; the last good settings are in use.";
                case FILE -> takeContent(now);
            }
        } catch (NexusException e) {
            problem = e.getMessage() + " The last good settings are in use.";
            LOG.warn("{}", problem, e);
        } catch (RuntimeException e) {
            problem = file.getFileName() + " could not be checked; the last good settings are in use.";
            LOG.error("{}", problem, e);
        }
    }

    private void takeContent(FileStamp stamp) {
        if (stamp.size() > LARGEST) {
            putAside(null, "it has more than " + LARGEST / 1024 + " kB");
            return;
        }
        keepPrivate();
        byte[] bytes = home.read(file).orElse(new byte[0]);
        if (Arrays.equals(bytes, content) && problem == null) {
            return;
        }
        try {
            CfgText read = CfgText.parse(bytes);
            List<NexusException.Field> wrong = new ArrayList<>();
            Map<String, Object> next = read(read, wrong);
            if (wrong.isEmpty()) {
                wrong.addAll(rules.objections(description.name(), next, values));
            }
            if (wrong.isEmpty()) {
                use(bytes, read, next);
                return;
            }
            putAside(
                    bytes,
                    wrong.stream()
                            .map(field -> field.field() + " " + field.message())
                            .collect(Collectors.joining("; ")));
        } catch (CfgText.BrokenException e) {
            putAside(bytes, e.getMessage());
        }
    }

    /** What Nexus writes is nobody else's to read; an editor may be less careful. */
    private void keepPrivate() {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null || !description.hasSecrets()) {
            return;
        }
        try {
            if (!OWNER_ONLY.containsAll(view.readAttributes().permissions())) {
                view.setPermissions(OWNER_ONLY);
                LOG.info("{} may hold secrets: from now on only its owner can read it", file);
            }
        } catch (IOException e) {
            LOG.warn("{} may hold secrets, and others can perhaps read it: {}", file, e.getMessage());
        }
    }

    /** Takes the file if it changed, for a change that comes: what the owner wrote a moment ago must not be overwritten. */
    void refresh() {
        if (!FileStamp.of(file).equals(taken)) {
            take();
        }
    }

    /**
     * Changes some values.
     *
     * @throws NexusException INVALID naming every wrong field; UNAVAILABLE {@code not-saved}; nothing is changed then
     */
    void change(Map<String, ? extends @Nullable Object> changes) {
        List<NexusException.Field> wrong = new ArrayList<>();
        Map<String, Object> next = new LinkedHashMap<>(values);
        CfgText changed = content == null ? CfgText.EMPTY.withHead(head()) : text;
        for (Map.Entry<String, ? extends @Nullable Object> change : changes.entrySet()) {
            Field field = description.fields().get(change.getKey());
            try {
                if (field == null) {
                    throw new WrongException("is no setting here; there are: " + names());
                }
                Object value = field.fromCaller(Mask.restored(field, change.getValue(), values.get(field.name())));
                next.put(field.name(), value);
                changed = changed.with(field.name(), change.getValue() == null ? null : field.written(value));
            } catch (WrongException e) {
                wrong.add(new NexusException.Field(change.getKey(), String.valueOf(e.getMessage())));
            }
        }
        if (wrong.isEmpty()) {
            wrong.addAll(rules.objections(description.name(), next, values));
        }
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
        replace(changed, next);
    }

    private void replace(CfgText changed, Map<String, Object> next) {
        byte[] bytes = changed.bytes();
        byte[] there = readable(file);
        if (there == null && next.equals(values)) {
            problem = null;
            return;
        }
        if (!Arrays.equals(bytes, there)) {
            write(bytes);
        }
        use(bytes, changed, next);
        taken = FileStamp.of(file);
        hold();
    }

    private void write(byte[] bytes) {
        if (bytes.length > LARGEST) {
            throw new NexusException(
                    NexusException.Kind.TOO_LARGE, "too-large", "These settings do not fit into one file.");
        }
        try {
            if (content != null) {
                home.write(beside(".bak"), content);
            }
            home.write(file, bytes);
        } catch (NexusException e) {
            throw notSaved(e);
        }
    }

    /** What there is before a change, for {@link #undo}. */
    Runnable memento() {
        byte[] oldContent = content;
        CfgText oldText = text;
        Map<String, Object> oldValues = values;
        return () -> {
            use(oldContent, oldText, oldValues);
            try {
                putBack(oldContent);
            } catch (IOException | NexusException e) {
                LOG.error("{} holds a change that could not be applied", file, e);
            }
            taken = FileStamp.of(file);
            hold();
        };
    }

    private void putBack(byte @Nullable [] oldContent) throws IOException {
        if (oldContent == null) {
            Files.deleteIfExists(file);
            return;
        }
        if (Arrays.equals(oldContent, readable(beside(".bak")))) {
            // For this there is room even on a full disk.
            Files.move(beside(".bak"), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        home.write(file, oldContent);
    }

    static NexusException notSaved(Throwable cause) {
        return new NexusException(
                NexusException.Kind.UNAVAILABLE,
                "not-saved",
                "The settings could not be saved, and nothing was changed: check the free space and the permissions of etc.",
                cause);
    }

    // ---- what is in use ----

    private void use(byte @Nullable [] bytes, CfgText read, Map<String, Object> next) {
        content = bytes;
        text = read;
        values = Collections.unmodifiableMap(next);
        looks = 0;
        List<String> strangers = read.entries().keySet().stream()
                .filter(key -> !description.describes(key) && !isOfKaraf(key))
                .limit(STRANGERS_NAMED)
                .map(key -> key.substring(0, Math.min(key.length(), LONGEST_NAME)))
                .toList();
        problem = strangers.isEmpty()
                ? null
                : file.getFileName() + " has settings that are not known here and do nothing: "
                        + String.join(", ", strangers) + ". There are: " + names() + ".";
    }

    /** Uses what is still good of what was good once; a newer version may have other bounds. */
    private void fallBackTo(byte @Nullable [] bytes) {
        CfgText good = CfgText.EMPTY;
        try {
            good = bytes == null ? CfgText.EMPTY : CfgText.parse(bytes);
        } catch (CfgText.BrokenException e) {
            LOG.warn("The copy of {} is damaged: {}", file, e.getMessage());
        }
        List<NexusException.Field> wrong = new ArrayList<>();
        Map<String, Object> next = read(good, wrong);
        for (NexusException.Field field : wrong) {
            good = good.with(field.field(), null);
        }
        use(bytes == null ? null : good.bytes(), good, next);
    }

    /** Values for every field; one that is wrong keeps its default and is reported. */
    private Map<String, Object> read(CfgText read, List<NexusException.Field> wrong) {
        Map<String, Object> next = new LinkedHashMap<>(description.standard());
        Map<String, String> entries = read.entries();
        description.fields().forEach((name, field) -> {
            String written = entries.get(name);
            try {
                if (written != null) {
                    next.put(name, field.fromFile(written));
                }
            } catch (WrongException e) {
                wrong.add(new NexusException.Field(name, String.valueOf(e.getMessage())));
            }
        });
        return next;
    }

    /** From now on this is what is fallen back to. */
    private void hold() {
        held = content;
        try {
            if (content == null) {
                Files.deleteIfExists(copy);
            } else {
                home.write(copy, content);
            }
        } catch (IOException | NexusException e) {
            LOG.warn("No copy of {} could be kept: {}", file, e.getMessage());
        }
    }

    /** For what the owner wrote: the backup is made afterwards, from the copy. */
    private void keepPredecessor() {
        try {
            if (held != null) {
                home.write(beside(".bak"), held);
            }
        } catch (NexusException e) {
            LOG.warn("No backup of {} could be made: {}", file, e.getMessage());
        }
    }

    // ---- a file that is wrong ----

    /** @param bytes the content; null for a file that is too large to be read */
    private void putAside(byte @Nullable [] bytes, String reason) {
        Path aside = beside(".rejected");
        String what = file.getFileName() + " was put aside as " + aside.getFileName() + ": " + reason + ".";
        LOG.warn("{} The last good settings are in use", what);
        try {
            if (bytes == null) {
                Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } else {
                ByteArrayOutputStream marked = new ByteArrayOutputStream();
                marked.writeBytes(("# " + what + "\n").getBytes(UTF_8));
                marked.writeBytes(bytes);
                home.write(aside, marked.toByteArray());
            }
            if (content != null) {
                home.write(file, content);
            } else {
                Files.deleteIfExists(file);
            }
            taken = FileStamp.of(file);
            problem = what + " The last good settings are in use.";
        } catch (IOException | NexusException e) {
            problem = file.getFileName() + " is not used: " + reason + ". The last good settings are in use.";
            LOG.warn("{} could not be put aside", file, e);
        }
    }

    private byte @Nullable [] readable(Path path) {
        try {
            Optional<byte[]> read =
                    FileStamp.of(path).form() == FileStamp.Form.FILE ? home.read(path) : Optional.empty();
            return read.orElse(null);
        } catch (NexusException e) {
            LOG.warn("{}", e.getMessage());
            return null;
        }
    }

    private Path beside(String ending) {
        return file.resolveSibling(file.getFileName() + ending);
    }

    private String names() {
        return String.join(", ", description.fields().keySet());
    }

    private String head() {
        return description.title() + ". Comments are kept when Nexus writes here; a list is separated by commas.";
    }

    /** Left there by the console's commands for configuration. */
    private static boolean isOfKaraf(String key) {
        return key.startsWith("service.") || key.startsWith("felix.fileinstall.");
    }
}
