package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;

/**
 * Asks whether OpenCode is ready. Its own {@code /global/health} says yes even when every other call fails because of a
 * broken configuration, so one call that needs a directory is made too. And it has to refuse whoever has no password.
 */
final class Readiness {
    private static final Duration QUICK = Duration.ofSeconds(2);

    /** The first call into a directory takes a second or two, on a busy machine many more. */
    private static final Duration PATIENT = Duration.ofSeconds(30);

    private final OpenCodeHttp http;

    Readiness(OpenCodeHttp http) {
        this.http = http;
    }

    enum Verdict {
        /** Does not answer yet. */
        NOT_YET,
        READY,
        /** Runs, but cannot use its configuration; {@link Answer#text()} says why. Only another start can mend that. */
        BROKEN,
        /** Must not stay: it lets in whoever asks, or does not let us in. */
        UNSAFE
    }

    /**
     * @param text the version when ready, else what is wrong
     * @param file the file that is broken; empty when none is
     */
    record Answer(Verdict verdict, String text, String file) {
        Answer(Verdict verdict, String text) {
            this(verdict, text, "");
        }
    }

    Answer ask(Endpoint endpoint, String directory) {
        try {
            OpenCodeHttp.Call health = OpenCodeHttp.Call.of("GET", "/global/health", null, QUICK);
            OpenCodeHttp.Answer healthy = http.exchange(endpoint, health);
            if (healthy.status() == 401) {
                return new Answer(Verdict.UNSAFE, "OpenCode does not accept the password it was started with.");
            }
            if (healthy.status() != 200 || healthy.json() == null) {
                return notYet("health check answers with status " + healthy.status());
            }
            if (!Wire.flag(healthy.json(), "healthy", false)) {
                return notYet("OpenCode says it is not healthy");
            }
            if (http.exchange(endpoint, health.anonymous()).status() != 401) {
                return new Answer(Verdict.UNSAFE, "OpenCode answers without its password and was stopped.");
            }
            return configured(endpoint, directory, Wire.text(healthy.json(), "version", "unknown"));
        } catch (IOException e) {
            return notYet(e.getMessage());
        }
    }

    private Answer configured(Endpoint endpoint, String directory, String version) throws IOException {
        String path = "/config?directory=" + OpenCodeHttp.encode(directory);
        OpenCodeHttp.Answer answer = http.exchange(endpoint, OpenCodeHttp.Call.of("GET", path, null, PATIENT));
        if (answer.status() == 200 && answer.json() != null) {
            return new Answer(Verdict.READY, version);
        }
        if (answer.status() == 400 && answer.json() != null) {
            return broken(answer.json());
        }
        return notYet("the first call answers with status " + answer.status());
    }

    /** File and fault; never the content, which may hold keys. */
    private static Answer broken(JsonNode error) {
        JsonNode data = error.path("data");
        String file = Wire.text(data, "path", "");
        JsonNode issue = data.path("issues").path(0);
        String fault;
        if (issue.isObject()) {
            StringBuilder field = new StringBuilder();
            issue.path("path")
                    .forEach(step -> field.append(field.isEmpty() ? "" : ".").append(step.asText()));
            fault = (field.isEmpty() ? "" : field + ": ") + Wire.text(issue, "message", "not valid");
            fault = fault.replaceAll(", got .*", "");
        } else {
            String message = Wire.text(data, "message", "");
            int errors = message.indexOf("--- Errors ---");
            fault = errors >= 0 ? message.substring(errors + "--- Errors ---".length()) : message;
            fault = message.contains("--- JSONC Input ---") && errors < 0 ? "not valid JSON" : Failures.shorten(fault);
        }
        String place = file.isEmpty() ? "" : " (" + file + ")";
        return new Answer(Verdict.BROKEN, "OpenCode cannot use its configuration" + place + ": " + fault, file);
    }

    private static Answer notYet(String why) {
        return new Answer(Verdict.NOT_YET, why);
    }
}
