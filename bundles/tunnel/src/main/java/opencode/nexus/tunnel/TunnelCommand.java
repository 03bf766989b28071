package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import org.jspecify.annotations.Nullable;

/** How cloudflared is started: with a configuration of ours and no other, and with no secret in its arguments. */
final class TunnelCommand {
    static final String PROCESS = "cloudflared";

    /** Each flag of cloudflared has a variable, which wins over what is written in a configuration. */
    static final Set<String> WITHHELD = Set.of(
            "TUNNEL_*",
            "NO_AUTOUPDATE",
            "NO_TLS_VERIFY",
            "STDIN_CONTROL",
            "DIAL_EDGE_TIMEOUT",
            "NEXUS_*",
            "KARAF_*",
            "OPENCODE_*");

    private final NexusHome home;
    private final Path directory;
    private final @Nullable String testEdge;

    /** @param testEdge as {@link TestEdge#arguments}; null but in a test */
    TunnelCommand(NexusHome home, @Nullable String testEdge) {
        this.home = home;
        this.testEdge = testEdge;
        directory = home.directory("tunnel");
    }

    /**
     * Writes the configuration of this start and says how to start with it.
     *
     * @throws NexusException UNAVAILABLE when the disk refuses; INVALID when the credentials are not usable any more, or the edge of a
     *     test is none
     */
    ProcessSpec spec(Path program, TunnelConfig config, Place place, Path tokenFile) {
        Path file = directory.resolve("config.yml");
        home.write(file, text(config, place).getBytes(UTF_8));
        List<String> line = new ArrayList<>(List.of(
                program.toString(),
                "tunnel",
                "--config",
                file.toString(),
                "--no-autoupdate",
                "--metrics",
                "127.0.0.1:" + place.metrics(),
                "--protocol",
                TunnelJson.lower(place.protocol()),
                "--grace-period",
                ConfigYaml.GRACE_SECONDS + "s",
                "--output",
                "json"));
        line.addAll(config.arguments());
        line.addAll(TestEdge.arguments(testEdge));
        switch (config.kind()) {
            case QUICK -> line.addAll(List.of("--url", "http://127.0.0.1:" + place.listener()));
            case TOKEN -> line.addAll(List.of("run", "--token-file", tokenFile.toString()));
            case CREDENTIALS -> line.add("run");
        }
        return new ProcessSpec(PROCESS, line, directory, Map.of(), WITHHELD, place.notes());
    }

    /** @throws NexusException INVALID when the credentials are not usable any more */
    static String text(TunnelConfig config, Place place) {
        String tunnelId = "";
        if (config.kind() == Kind.CREDENTIALS) {
            Secrets.Found found = Secrets.credentials(String.valueOf(config.credentialsFile()));
            if (found.problem() != null) {
                throw NexusException.invalid("credentialsFile", found.problem());
            }
            tunnelId = found.tunnelId();
        }
        return ConfigYaml.text(config, place.protocol(), tunnelId, place.metrics(), place.listener());
    }

    /** Changes with everything that a running cloudflared cannot be told anew. */
    static String fingerprint(TunnelConfig config, @Nullable String token) {
        String all = TunnelJson.of(config).without("autoStart") + "\0" + (config.kind() == Kind.TOKEN ? token : "");
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
