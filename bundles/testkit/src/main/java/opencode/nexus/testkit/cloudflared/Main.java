package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Start;

/** The program itself. {@link StandInCloudflared} makes the script that starts it. */
public final class Main {
    /** System property: the file in which the test says what it wants. */
    static final String CONTROL = "nexus.stand-in.control";

    private final Control control;
    private final Map<String, String> environment;
    private final List<String> said = new ArrayList<>();

    private Main(Control control, Map<String, String> environment) {
        this.control = control;
        this.environment = environment;
    }

    /** Runs as the real program with these arguments would, and never returns. */
    public static void main(String... arguments) throws Exception {
        Control control = new Control(Path.of(System.getProperty(CONTROL)));
        int code = new Main(control, System.getenv()).run(arguments);
        // Whoever listens or waits for a visitor is not asked.
        Runtime.getRuntime().halt(code);
    }

    private int run(String... arguments) throws InterruptedException, IOException {
        if (control.start() == Start.HANGS) {
            new CountDownLatch(1).await();
        }
        try {
            if (control.start() == Start.FAILS) {
                control.pause(Duration.ofMillis(control.number("exit.after", 0)));
                throw Failure.exit(
                        control.number("exit.code", 1), control.text("exit.line", "the stand-in was told to fail"));
            }
            run(Options.parse(arguments, environment, control.version()));
            printed();
            return 0;
        } catch (Failure e) {
            if (e.isMisuse()) {
                said.add("Incorrect Usage: " + e.text());
                said.addAll(help());
                printed();
                return e.code();
            }
            printed();
            write(new FileOutputStream(FileDescriptor.err), e.text());
            return e.code();
        }
    }

    private void run(Options options) throws Failure, InterruptedException {
        if (options.isSet("help") || options.isSet("h")) {
            said.addAll(help());
            return;
        }
        Config config = Config.load(options, environment);
        options.below(config.settings());
        Log log = Log.of(options, control.start() == Start.SILENT);
        config.warn(log);
        switch (options.command()) {
            case "version" -> said.add(options.isSet("short") || options.isSet("s") ? control.version() : version());
            case "tunnel", "tunnel run" -> Launch.run(control, options, config, log);
            case "tunnel ready" -> Inspection.ready(options);
            case "tunnel ingress validate" -> Inspection.validate(options, config, said);
            case "tunnel ingress rule" -> said.addAll(Inspection.rule(options, config));
            default -> {
                boolean asksVersion = options.isSet("version") || options.isSet("v") || options.isSet("V");
                said.addAll(asksVersion ? List.of(version()) : help());
            }
        }
    }

    private String version() {
        return "cloudflared version " + control.version() + " (built 2026-08-20-1005 UTC)";
    }

    private static List<String> help() {
        return List.of(
                "",
                "NAME:",
                "   cloudflared - Cloudflare's command-line tool and agent",
                "",
                "USAGE:",
                "   cloudflared [global options] [command] [command options]",
                "");
    }

    private void printed() throws IOException {
        if (!said.isEmpty()) {
            write(new FileOutputStream(FileDescriptor.out), String.join("\n", said));
        }
    }

    private void write(OutputStream out, String text) throws IOException {
        if (control.start() != Start.SILENT) {
            out.write((text + "\n").getBytes(UTF_8));
            out.flush();
        }
    }
}
