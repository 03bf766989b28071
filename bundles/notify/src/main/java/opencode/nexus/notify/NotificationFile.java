package opencode.nexus.notify;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notifications as JSON, and the file they outlive a restart in. A file that cannot be understood is put aside. */
final class NotificationFile {
    private static final Logger LOG = LoggerFactory.getLogger(NotificationFile.class);
    private static final int VERSION = 1;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** One notification as the HTTP API shows it. */
    private record Line(
            @Nullable String id,
            @Nullable Instant at,
            @Nullable String kind,
            @Nullable String subject,
            @Nullable String title,
            @Nullable String text,
            @Nullable String link,
            int count,
            @Nullable Instant readAt) {

        static Line of(Notification one) {
            return new Line(
                    one.id(),
                    one.at(),
                    one.kind().word(),
                    one.subject(),
                    one.title(),
                    one.text(),
                    one.link(),
                    one.count(),
                    one.readAt());
        }

        /** Nothing when a later Nexus has written what this one does not know, or somebody else something odd. */
        Optional<Notification> notification() {
            Optional<Kind> known = Stream.of(Kind.values())
                    .filter(one -> one.word().equals(kind))
                    .findFirst();
            if (known.isEmpty() || id == null || id.isEmpty() || at == null || title == null || text == null) {
                return Optional.empty();
            }
            return Optional.of(new Notification(
                    id,
                    at,
                    known.get(),
                    subject,
                    PlainText.of(title, StoredNotifications.LONGEST_TITLE),
                    PlainText.of(text, StoredNotifications.LONGEST_TEXT),
                    link != null && StoredNotifications.isLink(link) ? link : null,
                    Math.max(1, count),
                    readAt));
        }
    }

    private record Content(int version, List<Line> notifications) {}

    private final NexusHome home;
    private final Path file;
    private boolean damaged;

    NotificationFile(NexusHome home) {
        this.home = home;
        this.file = home.directory("notify").resolve("notifications.json");
    }

    /** One notification as JSON on one line. */
    static String json(Notification one) {
        try {
            return JSON.writeValueAsString(Line.of(one));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What is kept, newest first; nothing when there is no file, or none that can be understood. */
    List<Notification> read() {
        try {
            Optional<byte[]> content = home.read(file);
            return content.isEmpty() ? List.of() : parsed(content.get());
        } catch (IOException | NexusException e) {
            putAside(e instanceof NexusException ? e.getMessage() : "it is damaged");
            return List.of();
        }
    }

    /** Whether what was kept could not be understood. */
    boolean wasDamaged() {
        return damaged;
    }

    /**
     * Replaces the file.
     *
     * @throws NexusException UNAVAILABLE {@code home-not-writable}
     */
    void write(List<Notification> newestFirst) {
        Content content =
                new Content(VERSION, newestFirst.stream().map(Line::of).toList());
        try {
            home.write(file, JSON.writeValueAsBytes(content));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Notification> parsed(byte[] bytes) throws IOException {
        JsonNode root = JSON.readTree(bytes);
        if (root.path("version").asInt() != VERSION
                || !root.path("notifications").isArray()) {
            throw new IOException("not a list of notifications");
        }
        List<Notification> notifications = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (JsonNode line : root.path("notifications")) {
            Optional.ofNullable(JSON.treeToValue(line, Line.class))
                    .flatMap(Line::notification)
                    .filter(one -> ids.add(one.id()))
                    .ifPresent(notifications::add);
        }
        return notifications;
    }

    private void putAside(String reason) {
        damaged = true;
        Path aside = file.resolveSibling(file.getFileName() + ".damaged");
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn("Earlier notifications cannot be shown: {}. Put aside as {}", reason, aside);
        } catch (IOException e) {
            LOG.warn("Earlier notifications cannot be shown: {}. It cannot be put aside: {}", reason, e.getMessage());
        }
    }
}
