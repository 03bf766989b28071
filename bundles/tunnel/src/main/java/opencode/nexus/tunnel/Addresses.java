package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.NotificationService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the last address, the last port of the door and that QUIC does not get through, also for a later gateway; tells
 * the owner of a new address.
 */
final class Addresses {
    private static final Logger LOG = LoggerFactory.getLogger(Addresses.class);
    private static final Duration NO_QUIC = Duration.ofDays(1);

    private final NexusHome home;
    private final Path file;
    private volatile @Nullable NotificationService notifications;
    private @Nullable URI last;
    private @Nullable URI dead;
    private @Nullable Instant http2Until;
    private int door;

    Addresses(NexusHome home) {
        this.home = home;
        file = home.directory("tunnel").resolve("memory.json");
        try {
            JsonNode node = home.read(file)
                    .map(bytes -> new String(bytes, UTF_8))
                    .map(Addresses::parse)
                    .orElse(null);
            if (node != null) {
                last = uri(node.path("url").asText(""));
                dead = uri(node.path("deadUrl").asText(""));
                http2Until = instant(node.path("http2Until").asText(""));
                int port = node.path("door").asInt(0);
                door = port > 0 && port <= 65_535 ? port : 0;
            }
        } catch (NexusException e) {
            LOG.warn("The last address of the tunnel is not known: {}", e.getMessage());
        }
    }

    void set(NotificationService next) {
        notifications = next;
    }

    void unset(NotificationService gone) {
        if (notifications == gone) {
            notifications = null;
        }
    }

    /** The address before this one. */
    synchronized @Nullable URI dead() {
        return dead;
    }

    /** The tunnel has this address now. */
    void found(URI url) {
        URI before;
        synchronized (this) {
            before = last;
            if (url.equals(before)) {
                return;
            }
            last = url;
            dead = before;
            keep();
        }
        NotificationService told = notifications;
        if (before != null && told != null) {
            told.tell(
                    Notification.Kind.ADDRESS_CHANGED,
                    "tunnel",
                    "The public address is another one",
                    "It is " + url + " now. " + before + " leads nowhere any more.",
                    "/dashboard#tunnel");
        }
    }

    /** The port the door had last, 0 for none: rules that are set at Cloudflare lead there, so it should stay the same. */
    synchronized int door() {
        return door;
    }

    /** The door has this port now. */
    synchronized void door(int port) {
        if (port != door) {
            door = port;
            keep();
        }
    }

    synchronized boolean avoidsQuic(Instant now) {
        return http2Until != null && now.isBefore(http2Until);
    }

    /** QUIC did not get through, and something else did. */
    synchronized void avoidQuic(Instant now) {
        http2Until = now.plus(NO_QUIC);
        keep();
    }

    private void keep() {
        ObjectNode node = TunnelJson.MAPPER.createObjectNode();
        if (last != null) {
            node.put("url", last.toString());
        }
        if (dead != null) {
            node.put("deadUrl", dead.toString());
        }
        if (http2Until != null) {
            node.put("http2Until", http2Until.toString());
        }
        if (door > 0) {
            node.put("door", door);
        }
        try {
            home.write(file, node.toString().getBytes(UTF_8));
        } catch (NexusException e) {
            LOG.warn("The address of the tunnel is not remembered: {}", e.getMessage());
        }
    }

    private static @Nullable JsonNode parse(String text) {
        try {
            return TunnelJson.MAPPER.readTree(text);
        } catch (IOException e) {
            LOG.debug("Not to be read", e);
            return null;
        }
    }

    private static @Nullable URI uri(String text) {
        try {
            return text.startsWith("https://") ? URI.create(text) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
