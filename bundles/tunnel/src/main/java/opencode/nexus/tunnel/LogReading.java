package opencode.nexus.tunnel;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What cloudflared's last lines tell, as JSON or as text. The address is never taken from them, nor whether the edge is
 * connected: for both it has an answer of its own.
 *
 * @param refused what the edge says to a tunnel it will never take; null when it took it later, or says nothing such
 * @param locations where the connections of these lines go
 */
record LogReading(@Nullable String refused, List<String> locations) {
    private static final int LONGEST = 16 * 1024;
    private static final String REGISTERED = "Registered tunnel connection";

    private static final Pattern SETTINGS = Pattern.compile("Provided Tunnel token is not valid"
            + "|Failed to read token file"
            + "|requires the ID or name of the tunnel"
            + "|did not specify any valid additional argument"
            + "|error parsing YAML"
            + "|: no such file or directory$"
            + "|redentials file"
            + "|origin cert"
            + "|last ingress rule must match"
            + "|^Validation failed"
            + "|unknown protocol|invalid value for|invalid duration|grace-period must be");
    private static final Pattern PORT = Pattern.compile("metrics server listener.*address already in use");
    private static final Pattern TOO_MANY =
            Pattern.compile("429 Too Many Requests|error code: 1015|failed to unmarshal quick Tunnel");
    private static final Pattern NETWORK =
            Pattern.compile("failed to request quick Tunnel: .*(?:dial tcp|no such host|timeout|deadline exceeded)"
                    + "|Could not lookup srv records");
    private static final Pattern USAGE = Pattern.compile("^Incorrect Usage|flag provided but not defined");
    private static final String HINT = "See 'cloudflared ";

    /** Whether and how another start could help. */
    enum End {
        /** By a later start. */
        ENDED,
        /** Not before the owner changes something. */
        SETTINGS,
        ARGUMENTS,
        /** With another port for metrics. */
        PORT,
        /** Not before some minutes have passed. */
        TOO_MANY,
        /** Not before the network is there. */
        NETWORK
    }

    /** @param reason its last words that say something; may be empty */
    record Last(End end, String reason) {}

    static LogReading of(List<String> lines) {
        String refused = null;
        Set<String> locations = new TreeSet<>();
        for (String line : lines) {
            // Few lines are of interest, and parsing is dear when there are very many.
            if (line.contains(REGISTERED)) {
                refused = null;
                String location = field(line, "location");
                if (!location.isEmpty() && locations.size() < 8) {
                    locations.add(location);
                }
            } else if (line.contains("Unauthorized") && line.contains("Register")) {
                refused = field(line, "error");
                locations.clear();
            }
        }
        return new LogReading(refused, List.copyOf(locations));
    }

    /** @param code what it exited with; negative when nobody knows */
    static Last end(int code, List<String> lines) {
        String last = "";
        End end = code == 255 ? End.SETTINGS : End.ENDED;
        for (int i = lines.size() - 1; i >= Math.max(0, lines.size() - 60); i--) {
            String line = lines.get(i).strip();
            boolean isLog = line.startsWith("{");
            if (USAGE.matcher(line).find()) {
                return new Last(End.ARGUMENTS, line);
            }
            if (TOO_MANY.matcher(line).find()) {
                return new Last(End.TOO_MANY, line);
            }
            if (NETWORK.matcher(line).find()) {
                return new Last(End.NETWORK, line);
            }
            if (!isLog && PORT.matcher(line).find()) {
                return new Last(End.PORT, line);
            }
            if (!isLog && SETTINGS.matcher(line).find()) {
                return new Last(End.SETTINGS, line);
            }
            if (last.isEmpty() && !line.isEmpty() && !line.startsWith(HINT)) {
                last = isLog ? text(line) : line;
            }
        }
        return new Last(end, last);
    }

    private static String text(String line) {
        String message = field(line, "message");
        String error = field(line, "error");
        return error.isEmpty() ? message : message.isEmpty() ? error : message + ": " + error;
    }

    private static String field(String line, String name) {
        if (line.startsWith("{") && line.length() <= LONGEST) {
            try {
                JsonNode node = TunnelJson.MAPPER.readTree(line);
                return node.path(name).asText("");
            } catch (IOException e) {
                // Cut where the output was capped: read as text.
                return "";
            }
        }
        var found = Pattern.compile("\\b" + name + "=(\"(?:[^\"\\\\]|\\\\.)*+\"|\\S+)")
                .matcher(line);
        return found.find() ? found.group(1).replaceAll("^\"|\"$", "") : "";
    }
}
