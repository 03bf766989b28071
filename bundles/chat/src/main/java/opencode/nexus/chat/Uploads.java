package opencode.nexus.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.chat.Upload;
import opencode.nexus.api.home.NexusHome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that wait to be attached: the content in a file named by a random id, what it is in another beside it, written
 * last. Kept until OpenCode has them, for a day at most. Safe for use by several threads.
 */
final class Uploads {
    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);
    private static final int MOST = 200;
    private static final Duration AGE = Duration.ofDays(1);
    private static final int ID_BYTES = 16;
    private static final int CHUNK = 64 * 1024;
    private static final String KNOWN = ".json";
    private static final FileAttribute<?>[] PRIVATE =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                    ? new FileAttribute<?>[] {
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                    }
                    : new FileAttribute<?>[0];

    /** One that was kept, and where. */
    record Kept(Upload upload, Path file, Instant at) {}

    private final NexusHome home;
    private final Path directory;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Kept> kept = new HashMap<>();
    private int coming;

    Uploads(NexusHome home, InstantSource clock) {
        this.home = home;
        this.clock = clock;
        this.directory = home.directory("chat-uploads");
        read();
    }

    /** The ids of the uploads that a message takes along. */
    static List<String> of(Queue.Waiting message) {
        return message.attachments().stream()
                .map(Prompt.Attachment::upload)
                .filter(Objects::nonNull)
                .toList();
    }

    /** As {@link ChatService#upload}. */
    Upload keep(String name, @Nullable String mime, InputStream content) throws IOException {
        reserve();
        String id = newId();
        Path file = directory.resolve(id);
        try {
            Upload upload = write(id, name, mime, content, file);
            Kept added = new Kept(upload, file, clock.instant());
            home.write(directory.resolve(id + KNOWN), describe(added));
            synchronized (this) {
                kept.put(id, added);
            }
            return upload;
        } catch (IOException | RuntimeException e) {
            delete(id);
            throw e;
        } finally {
            synchronized (this) {
                coming--;
            }
        }
    }

    synchronized Optional<Kept> find(String id) {
        return Optional.ofNullable(kept.get(id));
    }

    /** Forgets a file; nothing when it is gone already. */
    void discard(String id) {
        boolean known;
        synchronized (this) {
            known = kept.remove(id) != null;
        }
        if (known) {
            delete(id);
        }
    }

    /** Forgets what is older than a day, except what is needed still. */
    void clean(Set<String> needed) {
        Instant oldest = clock.instant().minus(AGE);
        List<String> old;
        synchronized (this) {
            old = kept.values().stream()
                    .filter(one -> one.at().isBefore(oldest))
                    .map(one -> one.upload().id())
                    .filter(id -> !needed.contains(id))
                    .toList();
        }
        old.forEach(this::discard);
    }

    private synchronized void reserve() {
        if (kept.size() + coming >= MOST) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT,
                    "too-many-uploads",
                    MOST + " files wait to be attached already. Send or remove some of them first.");
        }
        coming++;
    }

    private Upload write(String id, String name, @Nullable String mime, InputStream content, Path file)
            throws IOException {
        MediaCheck check = new MediaCheck();
        byte[] chunk = new byte[CHUNK];
        try (OutputStream out = create(file)) {
            for (int length = content.read(chunk); length >= 0; length = content.read(chunk)) {
                check.add(chunk, length);
                if (check.size() > ChatService.MAX_ATTACHMENT_BYTES) {
                    throw new NexusException(
                            NexusException.Kind.TOO_LARGE,
                            "attachment-too-large",
                            name + " is larger than 10 MB. Send a smaller file.");
                }
                append(out, chunk, length);
            }
        }
        MediaCheck.Verdict verdict = check.verdict(name, mime, true);
        if (verdict.mime() == null) {
            throw NexusException.invalid("data", String.valueOf(verdict.problem()));
        }
        return new Upload(id, name, verdict.mime(), check.size());
    }

    private static OutputStream create(Path file) {
        try {
            return Channels.newOutputStream(Files.newByteChannel(
                    file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE));
        } catch (IOException e) {
            throw notWritable(e);
        }
    }

    private static void append(OutputStream out, byte[] chunk, int length) {
        try {
            out.write(chunk, 0, length);
        } catch (IOException e) {
            throw notWritable(e);
        }
    }

    private static NexusException notWritable(IOException cause) {
        return new NexusException(
                NexusException.Kind.UNAVAILABLE,
                "home-not-writable",
                "Nexus cannot keep the file: check the free space and the permissions of its home.",
                cause);
    }

    private String newId() {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    private byte[] describe(Kept one) throws IOException {
        return json.writeValueAsBytes(json.createObjectNode()
                .put("name", one.upload().name())
                .put("mime", one.upload().mime())
                .put("at", one.at().toEpochMilli()));
    }

    private void delete(String id) {
        try {
            // What it is goes first: content alone counts for nothing.
            Files.deleteIfExists(directory.resolve(id + KNOWN));
            Files.deleteIfExists(directory.resolve(id));
        } catch (IOException e) {
            LOG.warn("An upload could not be removed: {}", e.getMessage());
        }
    }

    private void read() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.endsWith(KNOWN) && !read(name, file)) {
                    LOG.info("The upload {} is not whole and is removed", name);
                    delete(name);
                }
            }
        } catch (IOException e) {
            LOG.warn("What was uploaded before is not known any more: {} cannot be read", directory);
        }
    }

    private boolean read(String id, Path file) {
        try {
            Optional<byte[]> described = home.read(directory.resolve(id + KNOWN));
            if (described.isEmpty()) {
                return false;
            }
            JsonNode known = json.readTree(described.get());
            String name = known.path("name").textValue();
            String mime = known.path("mime").textValue();
            if (name == null || mime == null) {
                return false;
            }
            Instant at = Instant.ofEpochMilli(known.path("at").asLong());
            kept.put(id, new Kept(new Upload(id, name, mime, Files.size(file)), file, at));
            return true;
        } catch (NexusException | IOException e) {
            LOG.debug("The upload {} cannot be read", id, e);
            return false;
        }
    }
}
