package opencode.nexus.testkit.cloudflared;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Properties;

/**
 * Makes a program {@code cloudflared} in a directory of the test and tells it what goes wrong, before it starts or while
 * it runs. The program behaves as recorded from cloudflared 2026.8.2; all it needs is a JDK. It reads nothing from its
 * environment but what the real one reads, so that a test can prove that the environment was scrubbed.
 *
 * <pre>{@code
 * StandInCloudflared cloudflared = StandInCloudflared.in(directory).timeScale(0.01);
 * cloudflared.edge(Edge.DOWN);                       // connections fall to 0
 * cloudflared.publicPort();                          // http://127.0.0.1:PORT with Host: <public name>
 * }</pre>
 *
 * The public address ends with the process: a visitor of a dead tunnel is refused by TCP, not by an edge.
 */
public final class StandInCloudflared {

    /** How the edge behaves. */
    public enum Edge {
        UP,
        /** Cannot be reached; connections that were there are lost. Back after about 15 s of the time scale. */
        DOWN,
        /** The first registration fails for want of names: exit 1. One that is registered already does not notice. */
        NO_DNS,
        /** Refuses the first registration with a text that {@link #edgeText} sets: exit 1. */
        REFUSES,
        /** Refuses with "Unauthorized…", which never ends the program. */
        UNAUTHORIZED,
        /** UDP is dead: QUIC never becomes ready; {@code auto} of a named tunnel falls back after 144 s. */
        NO_QUIC,
        /** The program writes 600,000 lines in 12 s. */
        FLOODS
    }

    /** What a request for a quick tunnel gets. */
    public enum Quick {
        OK,
        NO_DNS,
        REFUSED,
        TOO_MANY,
        API_ERROR
    }

    /** How the program begins, whatever it is asked. */
    public enum Start {
        NORMAL,
        /** Says nothing, does nothing, never ends of its own. */
        HANGS,
        /** Works, but prints nothing. */
        SILENT,
        /** Ends with what {@link #exit} sets. */
        FAILS
    }

    /** What TERM does. */
    public enum Stop {
        GRACEFUL,
        /** Nothing at all. */
        IGNORED,
        /** It begins to stop and never ends, whatever the grace period; a second TERM ends it. */
        ENDLESS
    }

    private final Path directory;
    private final Properties wanted = new Properties();

    private StandInCloudflared(Path directory) {
        this.directory = directory;
    }

    /** Makes the program in a directory, which is made if need be. It works until told otherwise. */
    public static StandInCloudflared in(Path directory) throws IOException {
        StandInCloudflared made =
                new StandInCloudflared(Files.createDirectories(directory).toRealPath());
        made.save();
        Files.writeString(made.program(), made.script());
        Files.setPosixFilePermissions(made.program(), PosixFilePermissions.fromString("rwxr-xr-x"));
        return made;
    }

    /** A {@code cloudflared} that is a directory. */
    public static Path aDirectoryIn(Path directory) throws IOException {
        return Files.createDirectories(directory.resolve("cloudflared"));
    }

    /** What to start; its directory may be put on the PATH. */
    public Path program() {
        return directory.resolve("cloudflared");
    }

    /** What {@code version} prints. A version that is too old does not know the flags that came later either. */
    public StandInCloudflared version(String version) throws IOException {
        return set("version", version);
    }

    public StandInCloudflared edge(Edge edge) throws IOException {
        return set("edge", edge.name());
    }

    /** What the edge says when it refuses. */
    public StandInCloudflared edgeText(String text) throws IOException {
        return set("edge.text", text);
    }

    /** How many connections the edge keeps; a named tunnel has four of them. */
    public StandInCloudflared edgeConnections(int count) throws IOException {
        return set("edge.connections", Integer.toString(count));
    }

    /** Whether the answer to a GET without a length is held back until its end; unset: on a quick tunnel. */
    public StandInCloudflared holdsGetStreams(boolean holds) throws IOException {
        return set("edge.hold", Boolean.toString(holds));
    }

    public StandInCloudflared quick(Quick quick) throws IOException {
        return set("quick", quick.name());
    }

    /** The name that the next quick tunnel gets; unset: another one each time. */
    public StandInCloudflared quickHostname(String hostname) throws IOException {
        return set("quick.hostname", hostname);
    }

    public StandInCloudflared start(Start start) throws IOException {
        return set("start", start.name());
    }

    public StandInCloudflared stop(Stop stop) throws IOException {
        return set("stop", stop.name());
    }

    /** With {@link Start#FAILS}, or when {@link #dies}: the code, and the bare line before it. */
    public StandInCloudflared exit(int code, String line) throws IOException {
        wanted.setProperty("exit.line", line);
        return set("exit.code", Integer.toString(code));
    }

    /** A tunnel that runs ends at once, as {@link #exit} says; the next one does too, until this is taken back. */
    public StandInCloudflared dies(boolean dies) throws IOException {
        return set("dies", Boolean.toString(dies));
    }

    /** An update is there: a tunnel without {@code --no-autoupdate} ends with exit code 11. */
    public StandInCloudflared updateIsThere(boolean isThere) throws IOException {
        return set("update", Boolean.toString(isThere));
    }

    /** How many lines {@link Edge#FLOODS} writes. */
    public StandInCloudflared floodLines(int lines) throws IOException {
        return set("flood.lines", Integer.toString(lines));
    }

    /** How many lines {@link Edge#FLOODS} has written, as soon as it has written all of them and nobody held it up. */
    public OptionalLong flooded() throws IOException {
        Path file = directory.resolve(Control.FLOODED);
        return Files.exists(file) ? OptionalLong.of(Long.parseLong(Files.readString(file))) : OptionalLong.empty();
    }

    /**
     * How long everything takes, the grace period too, times what was recorded: 0.01 makes 15 s 150 ms. Relations
     * stay as they are.
     */
    public StandInCloudflared timeScale(double scale) throws IOException {
        return set("time.scale", Double.toString(scale));
    }

    /** The port of the public address; 0, which is the default: any free one. Read when the tunnel starts. */
    public StandInCloudflared publicPort(int port) throws IOException {
        return set("public.port", Integer.toString(port));
    }

    /** Where the tunnel that started last has its public address; there before its first registration is logged. */
    public OptionalInt publicPort() throws IOException {
        Path file = directory.resolve(Control.PUBLIC_PORT);
        return Files.exists(file) ? OptionalInt.of(Integer.parseInt(Files.readString(file))) : OptionalInt.empty();
    }

    /** The visitor's address as the edge tells it. */
    public StandInCloudflared visitorAddress(String address) throws IOException {
        return set("visitor.address", address);
    }

    /** The edge sends a configuration to a token tunnel: JSON with {@code ingress}, whose last rule matches all. */
    public StandInCloudflared push(int version, String json) throws IOException {
        wanted.setProperty("push.config", json);
        return set("push.version", Integer.toString(version));
    }

    private StandInCloudflared set(String key, String value) throws IOException {
        wanted.setProperty(key, value);
        save();
        return this;
    }

    private void save() throws IOException {
        StringWriter text = new StringWriter();
        wanted.store(text, null);
        Control.write(directory.resolve(Control.FILE), text.toString());
    }

    private String script() throws IOException {
        return """
                #!/bin/sh
                unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS CLASSPATH
                exec '%s' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xmx96m '-D%s=%s' -cp '%s' %s "$@"
                """
                .formatted(
                        Path.of(System.getProperty("java.home"), "bin", "java"),
                        Main.CONTROL,
                        directory.resolve(Control.FILE),
                        classes(),
                        Main.class.getName());
    }

    private static Path classes() throws IOException {
        try {
            return Path.of(StandInCloudflared.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException("the testkit is not in a file", e);
        }
    }
}
