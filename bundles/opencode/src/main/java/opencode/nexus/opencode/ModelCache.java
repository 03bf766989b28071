package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import opencode.nexus.api.model.ModelOffer;
import org.jspecify.annotations.Nullable;

/** The models of each directory, asked for again after a few seconds. Safe for use by several threads. */
final class ModelCache {
    private static final Duration FRESH = Duration.ofSeconds(5);
    private static final int MAX_DIRECTORIES = 100;
    private static final int MAX_RECENT_BYTES = 1024 * 1024;

    private final RunningOpenCode server;
    private final OpenCodeCalls calls;
    private final Clock clock;
    private final Map<String, Known> known = new LinkedHashMap<>();

    private record Known(
            JsonNode config, JsonNode providers, JsonNode recent, Optional<Endpoint> endpoint, Instant until) {}

    ModelCache(RunningOpenCode server, OpenCodeCalls calls, Clock clock) {
        this.server = server;
        this.calls = calls;
        this.clock = clock;
    }

    Models in(String directory, @Nullable ModelOffer offer) {
        Known found;
        synchronized (known) {
            known.values()
                    .removeIf(entry -> !clock.instant().isBefore(entry.until())
                            || !entry.endpoint().equals(server.endpoint()));
            found = known.get(directory);
        }
        if (found == null) {
            found = ask(directory);
            synchronized (known) {
                if (known.size() < MAX_DIRECTORIES) {
                    known.put(directory, found);
                }
            }
        }
        return new Models(found.config(), found.providers(), found.recent(), offer);
    }

    private Known ask(String directory) {
        String query = "?directory=" + OpenCodeHttp.encode(directory);
        Optional<Endpoint> endpoint = server.endpoint();
        return new Known(
                calls.get("/config" + query),
                calls.get("/config/providers" + query),
                recent(Wire.text(calls.get("/path" + query), "state", "")),
                endpoint,
                clock.instant().plus(FRESH));
    }

    /** What was used last in OpenCode's terminal; it goes by it too. */
    private static JsonNode recent(String state) {
        if (state.isEmpty()) {
            return Wire.MAPPER.missingNode();
        }
        try (InputStream file = Files.newInputStream(Path.of(state, "model.json"))) {
            return Wire.MAPPER.readTree(file.readNBytes(MAX_RECENT_BYTES)).path("recent");
        } catch (IOException | InvalidPathException e) {
            return Wire.MAPPER.missingNode();
        }
    }
}
