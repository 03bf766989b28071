package opencode.nexus.testkit.cloudflared;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The commands that only look: {@code ingress validate}, {@code ingress rule} and {@code ready}. */
final class Inspection {
    private static final String NO_FILE =
            "No configuration file was found. Please create one, or use the --config flag "
                    + "to specify its filepath. You can use the help command to learn more about configuration files";

    private Inspection() {}

    /**
     * Looks at the syntax alone.
     *
     * @param said gets what is said on stdout; last is {@code OK}, unless there are keys that nobody knows
     */
    static void validate(Options options, Config config, List<String> said) throws Failure {
        if (config.source() == null) {
            throw new Failure(NO_FILE);
        }
        said.add("Validating rules from " + config.source());
        checked(config);
        if (options.isSet("url")) {
            throw new Failure("You can't set the --url flag (or $TUNNEL_URL) when using multiple-origin ingress rules");
        }
        if (config.unused().isEmpty()) {
            said.add("OK");
            return;
        }
        said.add("Warning: unused keys detected in your config file. Here is a list of unused keys:");
        said.add("yaml: unmarshal errors:");
        config.unused().forEach(unused -> said.add("  " + unused));
    }

    static List<String> rule(Options options, Config config) throws Failure {
        if (options.operands().isEmpty()) {
            throw new Failure("cloudflared tunnel rule expects a single argument, the URL to test");
        }
        URI url = URI.create(options.operands().get(0));
        if (url.getHost() == null) {
            throw new Failure(url + " doesn't have a hostname, consider adding a scheme");
        }
        List<String> said = new ArrayList<>();
        said.add("Using rules from " + config.source());
        Ingress ingress = checked(config);
        int number = ingress.match(url.getHost(), url.getPath());
        said.add("Matched rule #" + number);
        Ingress.Rule rule = ingress.rule(number);
        if (!rule.hostname().isEmpty()) {
            said.add("\thostname: " + rule.hostname());
        }
        if (rule.path() != null) {
            said.add("\tpath: " + rule.path().pattern());
        }
        said.add("\tservice: " + rule.service());
        return said;
    }

    static void ready(Options options) throws Failure, InterruptedException {
        String metrics = options.value("metrics", "");
        if (metrics.isEmpty()) {
            throw new Failure("--metrics has to be provided");
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + metrics + "/ready"))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            int status = HttpClient.newHttpClient()
                    .send(request, BodyHandlers.discarding())
                    .statusCode();
            if (status != 200) {
                throw new Failure("http://" + metrics + "/ready endpoint returned status code " + status);
            }
        } catch (IOException e) {
            throw new Failure(
                    "Get \"http://" + metrics + "/ready\": dial tcp " + metrics + ": connect: connection refused");
        }
    }

    private static Ingress checked(Config config) throws Failure {
        try {
            return Ingress.of(config.root());
        } catch (Failure e) {
            throw new Failure("Validation failed: " + e.text());
        }
    }
}
