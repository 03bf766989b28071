package opencode.nexus.testkit.cloudflared;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * {@code tunnel} and {@code tunnel run}: finds out what is to be run and says what is said before anything runs, in the
 * order recorded from cloudflared 2026.8.2.
 */
final class Launch {
    private static final String API = "https://api.trycloudflare.com";
    private static final String NOTHING_TO_DO =
            """
            You did not specify any valid additional argument to the cloudflared tunnel command.

            If you are trying to run a Quick Tunnel then you need to explicitly pass the --url flag.
            Eg. cloudflared tunnel --url localhost:8080/.

            Please note that Quick Tunnels are meant to be ephemeral and should only be used for testing purposes.
            For production usage, we recommend creating Named Tunnels. (https://developers.cloudflare.com/cloudflare-one/connections/connect-apps/install-and-setup/tunnel-guide/)
            """;
    private static final String DISCLAIMER = "Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare "
            + "account, is a quick way to experiment and try it out. However, be aware that these account-less Tunnels "
            + "have no uptime guarantee, are subject to the Cloudflare Online Services Terms of Use "
            + "(https://www.cloudflare.com/website-terms/). If you intend to use Tunnels in production you should use a "
            + "pre-created named tunnel by following: https://developers.cloudflare.com/cloudflare-one/connections/"
            + "connect-apps";
    private static final List<String> WORDS = List.of(
            "quiet", "lake", "demo", "words", "amber", "river", "paper", "cloud", "north", "apple", "stone", "field");

    private final Control control;
    private final Options options;
    private final Config config;
    private final Log log;

    private Launch(Control control, Options options, Config config, Log log) {
        this.control = control;
        this.options = options;
        this.config = config;
        this.log = log;
    }

    static void run(Control control, Options options, Config config, Log log) throws Failure, InterruptedException {
        Launch launch = new Launch(control, options, config, log);
        launch.check();
        if (options.command().equals("tunnel run")) {
            launch.named();
            return;
        }
        String configured = config.root().at("tunnel").scalar();
        if (options.isSet("url") || options.isSet("hello-world") || options.isSet("unix-socket")) {
            launch.quick();
            return;
        }
        if (configured.isEmpty()) {
            throw new Failure(NOTHING_TO_DO.strip());
        }
        throw new Failure("Use `cloudflared tunnel run` to start tunnel " + configured);
    }

    private void check() throws Failure {
        String protocol = options.value("protocol", "auto");
        if (!List.of("auto", "quic", "http2").contains(protocol)) {
            throw new Failure("unknown protocol " + protocol + ", Available protocols: 'auto', 'quic', 'http2'");
        }
        String ipVersion = options.value("edge-ip-version", "auto");
        if (!List.of("auto", "4", "6").contains(ipVersion)) {
            throw new Failure("invalid value for edge-ip-version: " + ipVersion);
        }
        Duration grace = GoDuration.parse(options.value("grace-period", "30s"))
                .orElseThrow(() -> new Failure("invalid duration " + options.value("grace-period", "")));
        if (grace.compareTo(Duration.ofMinutes(3)) > 0) {
            throw new Failure("grace-period must be equal or less than 3m0s");
        }
    }

    private void quick() throws Failure, InterruptedException {
        log.info(DISCLAIMER);
        log.info("Requesting new quick Tunnel on trycloudflare.com...");
        control.pause(Duration.ofMillis(300));
        String hostname = requested();
        String border = "+" + "-".repeat(92) + "+";
        log.info(border);
        log.info("|  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |");
        log.info("|  " + ("https://" + hostname + " ".repeat(88)).substring(0, 88) + "  |");
        log.info(border);
        warnWithoutConfig();
        // A configuration that has rules wins over --url: this is why one of our own is always given.
        Ingress ingress = config.rules().isEmpty()
                ? Ingress.single(origin(), options.value("http-host-header", ""))
                : Ingress.of(config.root());
        Standing standing = new Standing(hostname, ingress, options.edges());
        new Tunnel(log, control, options, standing, false, false).run();
    }

    private String origin() {
        if (options.isSet("unix-socket")) {
            return "unix:" + options.value("unix-socket", "");
        }
        String url = options.value("url", "hello_world");
        return url.contains("://") || !options.isSet("url") ? url.replaceFirst("/$", "") : "http://" + url;
    }

    private String requested() throws Failure {
        String asked =
                "failed to request quick Tunnel: Post \"" + options.value("quick-service", API) + "/tunnel\": dial tcp";
        switch (control.quick()) {
            case NO_DNS ->
                throw new Failure(asked + ": lookup api.trycloudflare.com on 127.0.0.53:53: server misbehaving");
            case REFUSED -> throw new Failure(asked + " 192.0.2.10:443: connect: connection refused");
            case TOO_MANY -> {
                String invalid = "invalid character 'e' looking for beginning of value";
                log.error(
                        "Error unmarshaling QuickTunnel response: error code: 1015",
                        "error",
                        invalid,
                        "status_code",
                        "429 Too Many Requests");
                throw new Failure("failed to unmarshal quick Tunnel: " + invalid);
            }
            case API_ERROR -> throw new Failure("failed to parse quick Tunnel ID: invalid UUID length: 0");
            case OK -> {
                String any = new Random()
                        .ints(4, 0, WORDS.size())
                        .mapToObj(WORDS::get)
                        .collect(Collectors.joining("-"));
                return control.text("quick.hostname", any + ".trycloudflare.com");
            }
        }
        throw new IllegalStateException("unreachable");
    }

    private void named() throws Failure, InterruptedException {
        if (options.operands().size() > 1) {
            throw Failure.usage(
                    "\"cloudflared tunnel run\" accepts only one argument, the ID or name of the tunnel to run.");
        }
        String configured = options.operands().stream()
                .findFirst()
                .orElse(config.root().at("tunnel").scalar());
        Credentials credentials = Credentials.of(options, configured, log);
        log.info("Starting tunnel", "tunnelID", credentials.tunnelId());
        warnWithoutConfig();
        Ingress ingress = Ingress.none();
        if (!config.rules().isEmpty()) {
            ingress = Ingress.of(config.root());
        } else if (options.isSet("url")) {
            ingress = Ingress.single(origin(), options.value("http-host-header", ""));
        } else {
            log.warn("No ingress rules were defined in provided config (if any) nor from the cli, cloudflared will "
                    + "return 503 for all incoming HTTP requests");
        }
        new Tunnel(
                        log,
                        control,
                        options,
                        new Standing("", ingress, options.edges()),
                        credentials.isToken(),
                        credentials.isForeign())
                .run();
    }

    private void warnWithoutConfig() {
        if (config.source() == null) {
            log.info("Cannot determine default configuration path. " + Config.places());
        }
    }
}
