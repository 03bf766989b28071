package opencode.nexus.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.home.NexusHome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cards on the main page, each with a number that it keeps until it is put away. Kept in a file. Not safe for use by
 * several threads.
 */
final class ActiveCards {
    private static final Logger LOG = LoggerFactory.getLogger(ActiveCards.class);

    /** Begins what stands in the place of a session that is being created. No session has such an id. */
    private static final String RESERVED = "?";

    private final NexusHome home;
    private final Path file;
    private final ObjectMapper json = new ObjectMapper();
    private final @Nullable String[] places = new String[ChatService.MAX_ACTIVE];
    private int reservations;

    ActiveCards(NexusHome home) {
        this.home = home;
        this.file = home.directory("chat").resolve("active.json");
        read();
    }

    /** Number of a session's card, null when it has none. */
    @Nullable
    Integer number(String sessionId) {
        int place = place(sessionId);
        return place < 0 ? null : place + 1;
    }

    /** The sessions that have a card, in the order of their numbers. */
    List<String> sessions() {
        return Arrays.stream(places)
                .filter(Objects::nonNull)
                .filter(id -> !id.startsWith(RESERVED))
                .toList();
    }

    /**
     * Keeps the lowest free number for a session that has no id yet.
     *
     * @return what {@link #assign} and {@link #release} name it by
     * @throws NexusException CONFLICT {@code too-many-active}
     */
    String reserve() {
        for (int place = 0; place < places.length; place++) {
            if (places[place] == null) {
                reservations++;
                places[place] = RESERVED + reservations;
                return RESERVED + reservations;
            }
        }
        throw new NexusException(
                NexusException.Kind.CONFLICT,
                "too-many-active",
                ChatService.MAX_ACTIVE + " sessions are active. Put one of them away first.");
    }

    void release(String reservation) {
        places[place(reservation)] = null;
    }

    void assign(String reservation, String sessionId) {
        places[place(reservation)] = sessionId;
        write();
    }

    /**
     * Gives a card another number. Is that taken, the cards from there to where it was move over by one.
     *
     * @return false when the session has no card
     */
    boolean move(String sessionId, int number) {
        int from = place(sessionId);
        if (from < 0) {
            return false;
        }
        int to = number - 1;
        if (places[to] == null) {
            places[from] = null;
        } else if (from < to) {
            System.arraycopy(places, from + 1, places, from, to - from);
        } else {
            System.arraycopy(places, to, places, to + 1, from - to);
        }
        places[to] = sessionId;
        write();
        return true;
    }

    /** Whether it had a card. */
    boolean remove(String sessionId) {
        int place = place(sessionId);
        if (place < 0) {
            return false;
        }
        places[place] = null;
        write();
        return true;
    }

    private int place(String sessionId) {
        return Arrays.asList(places).indexOf(sessionId);
    }

    private void read() {
        try {
            byte[] content = home.read(file).orElse(null);
            if (content == null) {
                return;
            }
            JsonNode cards = json.readTree(content).path("cards");
            for (int place = 0; place < Math.min(cards.size(), places.length); place++) {
                String id = cards.get(place).textValue();
                if (id != null && !id.isEmpty() && !id.startsWith(RESERVED) && place(id) < 0) {
                    places[place] = id;
                }
            }
        } catch (NexusException | IOException e) {
            LOG.warn("Which sessions were active is not known any more: {} cannot be read", file);
        }
    }

    private void write() {
        ObjectNode root = json.createObjectNode();
        ArrayNode cards = root.putArray("cards");
        for (String id : places) {
            if (id == null || id.startsWith(RESERVED)) {
                cards.addNull();
            } else {
                cards.add(id);
            }
        }
        try {
            home.write(file, json.writeValueAsString(root).getBytes(StandardCharsets.UTF_8));
        } catch (NexusException | JsonProcessingException e) {
            // The cards are still right as long as this gateway runs, and the next change writes them again.
            LOG.warn("Which sessions are active could not be stored: {}", e.getMessage());
        }
    }
}
