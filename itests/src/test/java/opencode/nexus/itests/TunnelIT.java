package opencode.nexus.itests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static opencode.nexus.itests.TunnelBed.DOMAIN;
import static opencode.nexus.itests.TunnelBed.cookie;
import static opencode.nexus.itests.TunnelBed.isOpen;
import static opencode.nexus.itests.TunnelBed.json;
import static opencode.nexus.itests.TunnelBed.pid;
import static opencode.nexus.itests.TunnelBed.readTo;
import static opencode.nexus.itests.TunnelBed.same;
import static opencode.nexus.itests.TunnelBed.visit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import opencode.nexus.testkit.cloudflared.TunnelSamples;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The tunnel from end to end, with the assembled product and a program that behaves like cloudflared; what that allows, with
 * the real one and an edge of the test, where {@link RealCloudflared} is named.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TunnelIT {
    private static final Map<String, String> LED_ASTRAY = Map.of(
            "TUNNEL_TOKEN", "of-another-tunnel",
            "TUNNEL_LOGLEVEL", "debug",
            "TUNNEL_CRED_FILE", "/of/another/tunnel.json",
            "NO_AUTOUPDATE", "false",
            "NO_TLS_VERIFY", "true",
            "STDIN_CONTROL", "true",
            "DIAL_EDGE_TIMEOUT", "1s");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");
    private static final String FORGED = "198.51.100.66";
    private static final long CAP = 8 * 1024 * 1024;

    private static TunnelBed bed;

    @BeforeAll
    static void begin() throws Exception {
        bed = new TunnelBed(LED_ASTRAY);
    }

    @AfterAll
    static void end() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    @Order(1)
    void itOpensOnlyForAnOwner() throws Exception {
        Owner owner = bed.owner();
        assertThat(owner.get("/api/tunnel/qr").status()).isEqualTo(404);
        bed.configure(Map.of("kind", "quick"));
        if (!bed.isReal()) {
            bed.names().passes(false);
        }
        JsonNode open = bed.start();

        assertThat(open.path("url").asText()).startsWith("https://");
        assertThat(open.path("process").path("lamp").asText()).isEqualTo("on");
        assertThat(open.path("edge").path("lamp").asText()).isEqualTo("on");
        assertThat(open.path("edge").path("connections").asInt()).isPositive();
        assertThat(open.path("version").asText()).isEqualTo(version());
        Owner.Answer code = owner.get("/api/tunnel/qr");
        assertThat(code.status()).isEqualTo(200);
        assertThat(code.text()).startsWith("<svg").contains(open.path("url").asText());
        environmentIsScrubbed(open);
        List<String> arguments = List.of(proc(open, "cmdline").split("\0"));
        assertThat(arguments).containsAll(bed.edge());
        assertThat(arguments.stream().filter(each -> each.matches("--(edge|quick-service|cacert)=.*")))
                .hasSize(bed.edge().size());
    }

    @Test
    @Order(2)
    void itLeadsToTheLogin() throws Exception {
        URI url = url();
        assertThat(url.getHost()).endsWith(".trycloudflare.com");
        assertThat(bed.visit(url, "GET", "/api/me", "")).startsWith("HTTP/1.1 401 ");
        String login = login(url, "");
        assertThat(login).startsWith("HTTP/1.1 204 ").contains("__Host-nexus-device=", "; Secure");
        assertThat(bed.visit(url, "GET", "/api/me", "Cookie: " + cookie(login) + "\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    @Order(3)
    void strangersGetNothingThroughIt() throws Exception {
        URI url = url();
        Owner owner = bed.owner();
        String here = owner.headers().get("Cookie");
        String value = here.substring(here.indexOf('=') + 1);
        for (String cookies : List.of(
                "",
                "Cookie: " + here + "\r\n",
                "Cookie: __Host-" + here + "\r\n",
                "Cookie: __Host-nexus-device=" + value + "x\r\n")) {
            for (String path : List.of("/api/me", "/api/events", "/api/tunnel", "/api/chat/sessions")) {
                assertThat(bed.visit(url, "GET", path, cookies))
                        .as(cookies + path)
                        .startsWith("HTTP/1.1 401 ");
            }
        }
        // The edge of a quick tunnel knows no other name; one that is only told is not believed.
        for (String host : List.of("localhost", "evil.example")) {
            assertThat(visit(bed.publicPort(), host, "GET", "/api/health", "")).startsWith("HTTP/1.1 530 ");
        }
        assertThat(bed.visit(url, "GET", "/api/me", "X-Forwarded-Host: localhost\r\nX-Forwarded-For: 127.0.0.1\r\n"))
                .startsWith("HTTP/1.1 401 ");
        for (String origin : List.of("https://evil.example", "http://" + url.getHost(), "null")) {
            assertThat(bed.visit(url, "POST", "/api/login", json(origin, "{\"password\":\"" + Owner.PASSWORD + "\"}")))
                    .as(origin)
                    .startsWith("HTTP/1.1 403 ")
                    .doesNotContain("Set-Cookie");
        }
        assertThat(bed.visit(url, "POST", "/api/setup", json(url, "{\"code\":\"x\",\"password\":\"y\"}")))
                .startsWith("HTTP/1.1 403 ")
                .contains("setup-is-local");
        // What a visitor says of himself is overwritten at the edge, and appended to where it is not.
        String forged = "CF-Connecting-IP: " + FORGED + "\r\nX-Forwarded-For: " + FORGED + "\r\nX-Real-IP: " + FORGED
                + "\r\nForwarded: for=" + FORGED + "\r\nX-Forwarded-Proto: http\r\n";
        String login = login(url, forged);
        assertThat(login).startsWith("HTTP/1.1 204 ").contains("; Secure");
        assertThat(owner.get("/api/devices").text()).contains("203.0.113.7").doesNotContain(FORGED);
        // And at the other listener nobody asks who says that he comes through the tunnel.
        int first = bed.nexus().uri("/").getPort();
        assertThat(visit(first, url.getHost(), "GET", "/api/health", forged)).startsWith("HTTP/1.1 421 ");
        for (String cookies : List.of("", "Cookie: " + cookie(login) + "\r\n")) {
            assertThat(visit(first, "127.0.0.1:" + first, "GET", "/api/me", forged + cookies))
                    .as(cookies)
                    .startsWith("HTTP/1.1 401 ");
        }
    }

    @Test
    @Order(4)
    void aPhoneComesInByALinkOnce() throws Exception {
        URI url = url();
        Owner.Answer link = bed.owner().post("/api/tunnel/login-link", null);
        assertThat(link.status()).as(link.text()).isEqualTo(200);
        assertThat(link.json().path("qr").asText()).startsWith("<svg");
        String address = link.json().path("url").asText();
        assertThat(address).startsWith(url + "/login#code=");
        String code = address.substring(address.indexOf('=') + 1);
        String body = "{\"code\":\"" + code + "\"}";

        String login = bed.visit(url, "POST", "/api/login/link", json(url, body));
        assertThat(login).startsWith("HTTP/1.1 204 ").contains("__Host-nexus-device=");
        assertThat(bed.visit(url, "GET", "/api/me", "Cookie: " + cookie(login) + "\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(bed.visit(url, "POST", "/api/login/link", json(url, body)))
                .startsWith("HTTP/1.1 403 ")
                .contains("link-expired")
                .doesNotContain("Set-Cookie");
        SecretScan.of(bed, Set.of()).nowhere(code);
    }

    @Test
    @Order(5)
    void whatIsWrongIsNamedAndWhatLeadsPastTheLoginAsksForThePassword() throws Exception {
        Owner owner = bed.owner();
        JsonNode before = owner.get("/api/tunnel/config").json();
        Map<String, Object> wrong = Map.of("kind", "token", "token", "no token", "domain", "https://x/ y");
        for (Owner.Answer refused :
                List.of(owner.post("/api/tunnel/validate", wrong), owner.call("PUT", "/api/tunnel/config", wrong))) {
            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.json().path("errors").findValuesAsText("field")).contains("token", "domain");
            assertThat(refused.text()).doesNotContain("no token");
        }
        // What chooses an edge is for tests alone, however it is asked for.
        for (String argument : List.of("--edge=127.0.0.1:1", "--quick-service=http://127.0.0.1:1", "--cacert=/x")) {
            assertThat(owner.call("PUT", "/api/tunnel/config", Map.of("kind", "quick", "arguments", List.of(argument)))
                            .status())
                    .as(argument)
                    .isEqualTo(422);
        }
        Owner.Answer right = owner.post("/api/tunnel/validate", Map.of("kind", "quick"));
        assertThat(right.status()).as(right.text()).isEqualTo(200);
        assertThat(right.json().path("preview").asText()).contains("ingress");

        Map<String, Object> past =
                Map.of("kind", "quick", "ingress", List.of(Map.of("service", "http://127.0.0.1:3000")));
        assertThat(owner.call("PUT", "/api/tunnel/config", past).code()).isEqualTo("password-required");
        assertThat(owner.call(
                                "PUT",
                                "/api/tunnel/config",
                                Map.of("kind", "quick", "ingress", past.get("ingress"), "password", "not this one"))
                        .code())
                .isEqualTo("wrong-password");
        assertThat(owner.get("/api/tunnel/config").json()).isEqualTo(before);
    }

    @Test
    @Order(6)
    void nexusKnowsWhetherItReachesItself() throws Exception {
        PublicNames names = bed.names();
        JsonNode dark = bed.await(now -> lamp(now, "roundTrip").equals("off"));
        assertThat(isOpen(dark)).isTrue();
        assertThat(dark.path("roundTrip").path("problem").asText()).contains("does not reach itself");

        names.passes(true);
        JsonNode before = bed.status();
        TunnelBed.kill(before);
        JsonNode lit = bed.await(
                now -> pid(now) != pid(before) && lamp(now, "roundTrip").equals("on"));
        assertThat(lit.path("roundTrip").path("delayMillis").isNumber())
                .as(lit.toString())
                .isTrue();
        // What a GET asks a quick tunnel for comes in one piece.
        assertThat(lit.path("roundTrip").path("streamsHeld").asBoolean()).isTrue();
    }

    @Test
    @Order(7)
    void anEdgeThatIsLostAndComesBackIsShownAndTheProcessStays() throws Exception {
        JsonNode before = bed.status();
        bed.scripted().edge(Edge.DOWN);
        JsonNode lost = bed.await(now -> lamp(now, "edge").equals("off"));
        assertThat(lost.path("edge").path("connections").asInt()).isZero();
        assertThat(lost.path("ready").asBoolean()).isFalse();
        assertThat(lost.path("problem").asText()).contains("connection to Cloudflare is lost");
        same(before, lost);

        bed.scripted().edge(Edge.UP);
        JsonNode back = bed.await(TunnelBed::isOpen);
        assertThat(lamp(back, "edge")).isEqualTo("on");
        assertThat(back.path("edge").path("connections").asInt()).isPositive();
        same(before, back);
    }

    @Test
    @Order(8)
    void aQuickOneThatIsKilledHasAnotherAddressWhichIsTold() throws Exception {
        JsonNode before = bed.status();
        TunnelBed.kill(before);
        JsonNode after = bed.await(now -> isOpen(now) && pid(now) != pid(before));

        if (!bed.isReal() || !after.path("url").equals(before.path("url"))) {
            assertThat(after.path("deadUrl").asText())
                    .isEqualTo(before.path("url").asText());
            bed.owner().await("/api/notifications", list -> list.text()
                    .contains(after.path("url").asText()));
        }
    }

    @Test
    @Order(9)
    void exchangingTheBundleTouchesNeitherProcessNorAddress() throws Exception {
        JsonNode before = bed.status();
        bed.console("bundle:restart", "opencode.nexus.tunnel", ";", "bundle:refresh", "opencode.nexus.tunnel");
        same(before, bed.await(TunnelBed::isOpen));

        Path next = nextVersion();
        assertThat(bed.console(
                        "bundle:update",
                        "opencode.nexus.tunnel",
                        next.toUri().toString(),
                        ";",
                        "bundle:headers",
                        "opencode.nexus.tunnel"))
                .contains("1.0.0.next");
        same(before, bed.await(TunnelBed::isOpen));
    }

    @Test
    @Order(10)
    void theNextGatewayTakesItOver() throws Exception {
        JsonNode before = bed.status();
        bed.crash();
        assertThat(ProcessHandle.of(pid(before))).isPresent();

        same(before, bed.await(TunnelBed::isOpen));
        if (!bed.isReal()) {
            assertThat(bed.visit(url(), "GET", "/api/me", "")).startsWith("HTTP/1.1 401 ");
        }
    }

    @Test
    @Order(11)
    void aNamedOneThatIsKilledKeepsItsAddressAndTheTokenIsNowhere() throws Exception {
        Owner owner = bed.owner();
        // So that the file of this group has a backup, which is looked into as well.
        for (String command : List.of(bed.program().toString(), "cloudflared")) {
            assertThat(owner.call("PUT", "/api/settings/tunnel", Map.of("command", command))
                            .status())
                    .isEqualTo(200);
        }
        JsonNode before = bed.exchange(Map.of("kind", "token", "token", TunnelSamples.TOKEN, "domain", DOMAIN));
        assertThat(owner.get("/api/tunnel/config").json().path("tokenSet").asBoolean())
                .isTrue();
        assertThat(before.path("url").asText()).isEqualTo("https://" + DOMAIN);
        environmentIsScrubbed(before);

        TunnelBed.kill(before);
        JsonNode after = bed.await(now -> isOpen(now) && pid(now) != pid(before));
        assertThat(after.path("url")).isEqualTo(before.path("url"));
        String server = owner.get("/api/server").json().path("pid").asText();
        assertThat(bed.console(
                        "nexus:tunnel-status ; nexus:tunnel-config ; nexus:tunnel-validate --preview ; nexus:status"))
                .containsPattern("server +running, .*pid " + server + ",")
                .containsPattern("tunnel +open, https://" + DOMAIN);
        Path token = bed.home().resolve("state/tunnel/token");
        assertThat(Files.getPosixFilePermissions(token)).isEqualTo(PRIVATE);
        assertThat(proc(after, "cmdline")).contains("--token-file").contains(token.toString());

        SecretScan scan = SecretScan.of(bed, Set.of(token));
        for (String place : List.of(
                "etc/opencode.nexus.tunnel.cfg.bak",
                "state/tunnel/config.json",
                "state/process/cloudflared.log",
                "data/log/nexus.log",
                "/api/events",
                "environ of " + pid(after),
                "cmdline of " + bed.nexus().handle().pid())) {
            assertThat(scan.saw(place)).as(place).isTrue();
        }
        scan.nowhere(TunnelSamples.TOKEN);
        scan.nowhere(TunnelSamples.SECRET);
        scan.nowhere(Owner.PASSWORD);
    }

    @Test
    @Order(12)
    void oneByCredentialsHasTheDomainAndItsSecretIsNowhere() throws Exception {
        Path credentials =
                Files.writeString(bed.directory("account").resolve("tunnel.json"), TunnelSamples.CREDENTIALS);
        Files.setPosixFilePermissions(credentials, PRIVATE);
        JsonNode open = bed.exchange(Map.of(
                "kind", "credentials", "credentialsFile", credentials.toString(), "domain", DOMAIN, "token", ""));

        assertThat(open.path("url").asText()).isEqualTo("https://" + DOMAIN);
        environmentIsScrubbed(open);
        Path ours = bed.home().resolve("state/tunnel/config.yml");
        assertThat(Files.readString(ours)).contains(TunnelSamples.TUNNEL_ID, credentials.toString(), DOMAIN);
        assertThat(Files.getPosixFilePermissions(ours)).isEqualTo(PRIVATE);
        assertThat(proc(open, "cmdline")).contains("--config\0" + ours).endsWith("run\0");
        assertThat(bed.home().resolve("state/tunnel/token")).isEmptyFile();
        SecretScan scan = SecretScan.of(bed, Set.of());
        scan.nowhere(TunnelSamples.SECRET);
        scan.nowhere(TunnelSamples.TOKEN);
        if (!bed.isReal()) {
            URI url = url();
            assertThat(login(url, "")).startsWith("HTTP/1.1 204 ");
            assertThat(visit(
                            bed.publicPort(),
                            "other.example.org",
                            "GET",
                            "/api/me",
                            "X-Forwarded-Host: " + DOMAIN + "\r\n"))
                    .startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    @Order(13)
    void aFloodOfLinesIsCappedAndEverythingElseGoesOn() throws Exception {
        Owner owner = bed.owner();
        bed.scripted().edge(Edge.FLOODS).floodLines(600_000);
        long last = pid(bed.status());
        bed.configure(Map.of("kind", "quick"));
        JsonNode flooding = bed.await(now -> pid(now) > 0 && pid(now) != last);
        owner.await("/api/tunnel/log?lines=5", lines -> lines.status() == 200 && flooded() == 600_000);
        assertThat(owner.get("/api/health").status()).isEqualTo(200);

        bed.scripted().edge(Edge.UP);
        assertThat(pid(bed.awaitOpen())).isEqualTo(pid(flooding));
        assertThat(login(url(), "")).startsWith("HTTP/1.1 204 ");
        Path log = bed.home().resolve("state/process/cloudflared.log");
        Path older = log.resolveSibling("cloudflared.log.1");
        assertThat(older).exists();
        owner.await("/api/health", health -> size(log) <= CAP && size(older) <= CAP);
    }

    @Test
    @Order(14)
    void whoIsConnectedThroughItIsToldBeforeItCloses() throws Exception {
        URI url = url();
        JsonNode open = bed.status();
        String events = "Cookie: " + cookie(login(url, "")) + "\r\nContent-Length: 0\r\nOrigin: " + url + "\r\n";
        try (Socket far = TunnelBed.send(bed.publicPort(), url.getHost(), "POST", "/api/events", events)) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(far.getInputStream(), UTF_8));
            readTo(lines, "event: hello");
            assertThat(bed.owner().post("/api/tunnel/stop", null).status()).isEqualTo(202);
            readTo(lines, "event: bye");
            readTo(lines, "data: ");
        }
        closed(open);
        assertThatThrownBy(() -> bed.visit(url, "GET", "/api/me", "")).isInstanceOf(IOException.class);
    }

    @Test
    @Order(15)
    void itClosesAndWhatIsNotKnownAnyMoreIsNotShown() throws Exception {
        bed.configure(Map.of("kind", "quick"));
        JsonNode open = bed.start();
        assertThat(bed.owner().post("/api/tunnel/stop", null).status()).isEqualTo(202);
        JsonNode closed = closed(open);
        assertThat(lamp(closed, "edge")).isEqualTo("off");
        assertThat(lamp(closed, "roundTrip")).isEqualTo("unknown");
    }

    private static JsonNode closed(JsonNode open) throws Exception {
        JsonNode closed = bed.await(now -> now.path("state").asText().equals("closed")
                && now.path("process").path("lamp").asText().equals("off"));
        bed.owner().await("/api/tunnel", now -> ProcessHandle.of(pid(open))
                .filter(ProcessHandle::isAlive)
                .isEmpty());
        return closed;
    }

    /** Of the address that is reached only where the way to it is made by the test. */
    private static URI url() throws Exception {
        bed.names();
        return URI.create(bed.awaitOpen().path("url").asText());
    }

    private static String login(URI url, String headers) throws IOException {
        return bed.visit(url, "POST", "/api/login", headers + json(url, "{\"password\":\"" + Owner.PASSWORD + "\"}"));
    }

    private static String lamp(JsonNode status, String light) {
        return status.path(light).path("lamp").asText();
    }

    private static String proc(JsonNode status, String file) {
        return SecretScan.proc(ProcessHandle.of(pid(status)).orElseThrow(), file);
    }

    private static void environmentIsScrubbed(JsonNode status) {
        String environment = proc(status, "environ");
        assertThat(environment).contains("PATH=").doesNotContain("NEXUS_OPTS=");
        LED_ASTRAY.forEach((name, value) -> assertThat(environment).doesNotContain(name + "="));
    }

    private static String version() throws Exception {
        Process asked = new ProcessBuilder(bed.program().toString(), "version", "--short").start();
        return new String(asked.getInputStream().readAllBytes(), UTF_8).strip();
    }

    private static long flooded() {
        try {
            return bed.scripted().flooded().orElse(0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The bundle as an upgrade brings it: another version, and something in it that was not there. */
    private static Path nextVersion() throws IOException {
        Path built;
        try (var found = Files.find(
                Nexus.distribution().resolve("system/opencode/nexus/opencode.nexus.tunnel"),
                2,
                (file, attributes) -> file.toString().endsWith(".jar"))) {
            built = found.findFirst().orElseThrow();
        }
        Path next = bed.directory("upgrade").resolve("tunnel-next.jar");
        try (JarFile old = new JarFile(built.toFile())) {
            Manifest manifest = new Manifest(old.getManifest());
            manifest.getMainAttributes().putValue("Bundle-Version", "1.0.0.next");
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(next), manifest)) {
                for (JarEntry entry : old.stream().toList()) {
                    if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new JarEntry(entry.getName()));
                        old.getInputStream(entry).transferTo(out);
                    }
                }
                out.putNextEntry(new JarEntry("opencode/nexus/tunnel/next.txt"));
            }
        }
        return next;
    }
}
