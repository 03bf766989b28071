package opencode.nexus.testkit.cloudflared;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Quick;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Start;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Stop;

/** What the test wants just now: a file beside the script, read anew for each question. */
final class Control {
    static final String FILE = "cloudflared.control";
    static final String PUBLIC_PORT = "cloudflared.public";
    static final String FLOODED = "cloudflared.flooded";
    static final String VERSION = "2026.8.2";

    private final Path file;

    Control(Path file) {
        this.file = file;
    }

    Edge edge() {
        return Edge.valueOf(choice("edge", Edge.UP.name()));
    }

    Quick quick() {
        return Quick.valueOf(choice("quick", Quick.OK.name()));
    }

    Start start() {
        return Start.valueOf(choice("start", Start.NORMAL.name()));
    }

    Stop stop() {
        return Stop.valueOf(choice("stop", Stop.GRACEFUL.name()));
    }

    String version() {
        return text("version", VERSION);
    }

    String text(String key, String otherwise) {
        return read().getProperty(key, otherwise);
    }

    boolean flag(String key, boolean otherwise) {
        return Boolean.parseBoolean(text(key, Boolean.toString(otherwise)));
    }

    int number(String key, int otherwise) {
        return Integer.parseInt(text(key, Integer.toString(otherwise)));
    }

    /** How long something takes that takes {@code recorded} in the real program: times {@code time.scale}. */
    Duration scaled(Duration recorded) {
        double scale = Double.parseDouble(text("time.scale", "1"));
        return Duration.ofNanos((long) (recorded.toNanos() * scale));
    }

    void pause(Duration recorded) {
        try {
            Thread.sleep(scaled(recorded).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Tells the test where the public address is. */
    void publish(int port) throws IOException {
        write(file.resolveSibling(PUBLIC_PORT), Integer.toString(port));
    }

    /** Tells the test that all these lines were taken by whoever reads them. */
    void flooded(long lines) {
        try {
            write(file.resolveSibling(FLOODED), Long.toString(lines));
        } catch (IOException e) {
            throw new IllegalStateException("cannot write beside " + file, e);
        }
    }

    /** Nobody ever reads half of it. */
    static void write(Path file, String content) throws IOException {
        Path unfinished = Files.createTempFile(file.toAbsolutePath().getParent(), file.getFileName() + ".", ".new");
        Files.writeString(unfinished, content);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private String choice(String key, String otherwise) {
        return text(key, otherwise).toUpperCase(Locale.ROOT);
    }

    private Properties read() {
        Properties wanted = new Properties();
        if (!Files.exists(file)) {
            return wanted;
        }
        try (Reader reader = Files.newBufferedReader(file)) {
            wanted.load(reader);
            return wanted;
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file, e);
        }
    }
}
