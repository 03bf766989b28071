package opencode.nexus.itests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import opencode.nexus.testkit.cloudflared.StandInCloudflared;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import opencode.nexus.testkit.cloudflared.TunnelSamples;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The tunnel from end to end, with the assembled product and a program that behaves like cloudflared. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TunnelIT {
    private static final String DOMAIN = "nexus.boats.example.org";
    private static final Map<String, String> LED_ASTRAY = Map.of(
            "TUNNEL_TOKEN", "of-another-tunnel",
            "TUNNEL_LOGLEVEL", "debug",
            "NO_AUTOUPDATE", "false",
            "NO_TLS_VERIFY", "true",
            "STDIN_CONTROL", "true",
            "DIAL_EDGE_TIMEOUT", "1s");

    private static TestBed bed;
    private static StandInCloudflared cloudflared;
    private static Nexus.Setup setup;
    private static Nexus nexus;
    private static Owner owner;

    @BeforeAll
    static void begin() throws Exception {
        bed = TestBed.stub();
        Path programs = bed.directory("programs");
        cloudflared = StandInCloudflared.in(programs).timeScale(0.05);
        setup = bed.setup(bed.directory("home"))
                .with("NEXUS_CDS", "0")
                .with("PATH", programs + ":" + System.getenv("PATH"));
        for (Map.Entry<String, String> variable : LED_ASTRAY.entrySet()) {
            setup = setup.with(variable.getKey(), variable.getValue());
        }
        nexus = Nexus.run(setup);
    }

    @AfterAll
    static void end() throws Exception {
        nexus.close();
        bed.close();
    }

    @Test
    @Order(1)
    void itOpensOnlyForAnOwnerAndLeadsToTheLogin() throws Exception {
        owner = Owner.setUp(nexus);
        assertThat(owner.get("/api/tunnel/qr").status()).isEqualTo(404);
        JsonNode open = start();

        URI url = URI.create(open.path("url").asText());
        assertThat(url.getHost()).endsWith(".trycloudflare.com");
        assertThat(open.path("process").path("lamp").asText()).isEqualTo("on");
        assertThat(open.path("edge").path("lamp").asText()).isEqualTo("on");
        Owner.Answer code = owner.get("/api/tunnel/qr");
        assertThat(code.status()).isEqualTo(200);
        assertThat(code.text()).startsWith("<svg").contains(url.toString());

        assertThat(visit(url, "GET", "/api/me", "")).startsWith("HTTP/1.1 401 ");
        String login = visit(url, "POST", "/api/login", json(url, "{\"password\":\"" + Owner.PASSWORD + "\"}"));
        assertThat(login).startsWith("HTTP/1.1 204 ").contains("__Host-nexus-device=", "; Secure");
        assertThat(visit(url, "GET", "/api/me", "Cookie: " + cookie(login) + "\r\n"))
                .startsWith("HTTP/1.1 200 ");

        String environment = proc(open.path("process").path("pid").asLong(), "environ");
        assertThat(environment).contains("PATH=");
        LED_ASTRAY.forEach((name, value) -> assertThat(environment).doesNotContain(name + "="));
    }

    @Test
    @Order(2)
    void aPhoneComesInByALinkOnce() throws Exception {
        Owner.Answer link = owner.post("/api/tunnel/login-link", null);
        assertThat(link.status()).as(link.text()).isEqualTo(200);
        assertThat(link.json().path("qr").asText()).startsWith("<svg");
        String address = link.json().path("url").asText();
        URI url = URI.create(status().path("url").asText());
        assertThat(address).startsWith(url + "/login#code=");
        String code = address.substring(address.indexOf('=') + 1);
        String body = "{\"code\":\"" + code + "\"}";

        String login = visit(url, "POST", "/api/login/link", json(url, body));
        assertThat(login).startsWith("HTTP/1.1 204 ").contains("__Host-nexus-device=");
        assertThat(visit(url, "GET", "/api/me", "Cookie: " + cookie(login) + "\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(visit(url, "POST", "/api/login/link", json(url, body)))
                .startsWith("HTTP/1.1 403 ")
                .contains("link-expired")
                .doesNotContain("Set-Cookie");
        nowhere(code);
    }

    @Test
    @Order(3)
    void whatIsWrongIsNamedAndWhatLeadsPastTheLoginAsksForThePassword() throws Exception {
        JsonNode before = owner.get("/api/tunnel/config").json();
        Map<String, Object> wrong = Map.of("kind", "token", "token", "no token", "domain", "https://x/ y");
        for (Owner.Answer refused :
                List.of(owner.post("/api/tunnel/validate", wrong), owner.call("PUT", "/api/tunnel/config", wrong))) {
            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.json().path("errors").findValuesAsText("field")).contains("token", "domain");
            assertThat(refused.text()).doesNotContain("no token");
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
    @Order(4)
    void aQuickOneThatIsKilledHasAnotherAddressWhichIsTold() throws Exception {
        JsonNode before = status();
        kill(before);
        JsonNode after = await(now -> isOpen(now) && !now.path("url").equals(before.path("url")));

        assertThat(after.path("deadUrl").asText()).isEqualTo(before.path("url").asText());
        owner.await("/api/notifications", list -> list.text()
                .contains(after.path("url").asText()));
    }

    @Test
    @Order(5)
    void exchangingTheBundleTouchesNeitherProcessNorAddress() throws Exception {
        JsonNode before = status();
        console("bundle:restart", "opencode.nexus.tunnel");
        same(before, await(TunnelIT::isOpen));
        console("bundle:refresh", "opencode.nexus.tunnel");
        same(before, await(TunnelIT::isOpen));
    }

    @Test
    @Order(6)
    void theNextGatewayTakesItOver() throws Exception {
        JsonNode before = status();
        nexus.kill();
        assertThat(ProcessHandle.of(before.path("process").path("pid").asLong()))
                .isPresent();
        nexus = Nexus.run(setup);
        owner = owner.at(nexus);

        same(before, await(TunnelIT::isOpen));
        assertThat(visit(URI.create(before.path("url").asText()), "GET", "/api/me", ""))
                .startsWith("HTTP/1.1 401 ");
    }

    @Test
    @Order(7)
    void aNamedOneThatIsKilledKeepsItsAddressAndTheTokenIsNowhere() throws Exception {
        Owner.Answer stored = owner.call(
                "PUT", "/api/tunnel/config", Map.of("kind", "token", "token", TunnelSamples.TOKEN, "domain", DOMAIN));
        assertThat(stored.status()).as(stored.text()).isEqualTo(200);
        assertThat(stored.json().path("tokenSet").asBoolean()).isTrue();
        JsonNode before = await(now -> isOpen(now) && now.path("url").asText().equals("https://" + DOMAIN));

        kill(before);
        await(now -> isOpen(now)
                && now.path("url").equals(before.path("url"))
                && now.path("process").path("pid").asLong()
                        != before.path("process").path("pid").asLong());
        console("nexus:tunnel-status");
        String pid = owner.get("/api/server").json().path("pid").asText();
        assertThat(console("nexus:status"))
                .containsPattern("server +running, .*pid " + pid + ",")
                .containsPattern("tunnel +open, https://" + DOMAIN);
        Path token = setup.home().resolve("state/tunnel/token");
        assertThat(Files.getPosixFilePermissions(token))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        assertThat(proc(status().path("process").path("pid").asLong(), "cmdline"))
                .contains("--token-file")
                .contains(token.toString());
        nowhere(TunnelSamples.TOKEN);
        nowhere(TunnelSamples.SECRET);
        nowhere(Owner.PASSWORD);
    }

    @Test
    @Order(8)
    void aFloodOfLinesIsCappedAndEverythingElseGoesOn() throws Exception {
        cloudflared.edge(Edge.FLOODS).floodLines(600_000);
        assertThat(owner.call("PUT", "/api/tunnel/config", Map.of("kind", "quick"))
                        .status())
                .isEqualTo(200);
        await(now -> now.path("kind").asText().equals("quick")
                && now.path("process").path("lamp").asText().equals("on"));
        Path log = setup.home().resolve("state/process/cloudflared.log");
        owner.await("/api/tunnel/log?lines=5", lines -> lines.status() == 200 && moved(log));

        assertThat(owner.get("/api/health").status()).isEqualTo(200);
        cloudflared.edge(Edge.UP);
        await(TunnelIT::isOpen);
        owner.await("/api/health", health -> size(log) < 20_000_000);
    }

    @Test
    @Order(9)
    void whoIsConnectedThroughItIsToldBeforeItCloses() throws Exception {
        JsonNode open = status();
        URI url = URI.create(open.path("url").asText());
        String login = visit(url, "POST", "/api/login", json(url, "{\"password\":\"" + Owner.PASSWORD + "\"}"));
        try (Socket far = send(
                url,
                "POST",
                "/api/events",
                "Cookie: " + cookie(login) + "\r\nContent-Length: 0\r\nOrigin: " + url + "\r\n")) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(far.getInputStream(), UTF_8));
            readTo(lines, "event: hello");
            assertThat(owner.post("/api/tunnel/stop", null).status()).isEqualTo(202);
            readTo(lines, "event: bye");
            readTo(lines, "data: ");
        }
        await(now -> now.path("state").asText().equals("closed")
                && now.path("process").path("lamp").asText().equals("off"));
        assertThat(ProcessHandle.of(open.path("process").path("pid").asLong()).filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThatThrownBy(() -> visit(url, "GET", "/api/me", "")).isInstanceOf(IOException.class);
    }

    // ---- the tunnel ----

    private static JsonNode start() throws Exception {
        assertThat(owner.post("/api/tunnel/start", null).status()).isEqualTo(202);
        return await(TunnelIT::isOpen);
    }

    private static JsonNode status() throws Exception {
        return owner.get("/api/tunnel").json();
    }

    private static JsonNode await(Predicate<JsonNode> wanted) throws Exception {
        return owner.await("/api/tunnel", answer -> answer.status() == 200 && wanted.test(answer.json()))
                .json();
    }

    private static boolean isOpen(JsonNode status) {
        return status.path("state").asText().equals("open")
                && status.path("ready").asBoolean();
    }

    private static void same(JsonNode before, JsonNode after) {
        assertThat(after.path("url")).isEqualTo(before.path("url"));
        assertThat(after.path("process")).isEqualTo(before.path("process"));
    }

    private static void kill(JsonNode status) {
        ProcessHandle.of(status.path("process").path("pid").asLong())
                .orElseThrow()
                .destroyForcibly();
    }

    // ---- where a secret could show ----

    /** Neither in an answer, nor in a file but those made for it, nor in an argument, nor in what was printed. */
    private static void nowhere(String secret) throws Exception {
        for (String path : List.of(
                "/api/tunnel",
                "/api/tunnel/config",
                "/api/tunnel/log",
                "/api/restart",
                "/api/notifications",
                "/api/settings/tunnel",
                "/dashboard")) {
            assertThat(owner.get(path).text()).as(path).doesNotContain(secret);
        }
        assertThat(String.join("\n", nexus.output())).doesNotContain(secret);
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            assertThat(proc(process.pid(), "cmdline")).as("arguments").doesNotContain(secret);
        }
        int read = 0;
        try (Stream<Path> files = Files.walk(setup.home())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.endsWith("state/tunnel/token")) {
                    String text = text(file);
                    assertThat(text).as(file.toString()).doesNotContain(secret);
                    read += text.isEmpty() ? 0 : 1;
                }
            }
        }
        assertThat(read).as("files that were looked into").isGreaterThan(50);
    }

    private static String proc(long pid, String file) {
        return text(Path.of("/proc", Long.toString(pid), file));
    }

    /** Empty when it is gone, or somebody else's. */
    private static String text(Path file) {
        try {
            return Files.readString(file, ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean moved(Path log) {
        return Files.exists(log.resolveSibling("cloudflared.log.1"));
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    // ---- visitors ----

    /** What a visitor of the public address gets. */
    private static String visit(URI url, String method, String path, String headers) throws IOException {
        try (Socket socket = send(url, method, path, "Connection: close\r\n" + headers)) {
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private static Socket send(URI url, String method, String path, String headers) throws IOException {
        Socket socket = new Socket("127.0.0.1", cloudflared.publicPort().orElseThrow());
        socket.setSoTimeout(60_000);
        String end = headers.contains("\r\n\r\n") ? "" : "\r\n";
        socket.getOutputStream()
                .write((method + " " + path + " HTTP/1.1\r\nHost: " + url.getHost() + "\r\n" + headers + end)
                        .getBytes(UTF_8));
        return socket;
    }

    private static String json(URI url, String body) {
        return "Origin: " + url + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private static String cookie(String login) {
        return login.replaceAll("(?s).*[Ss]et-[Cc]ookie: ([^;]*);.*", "$1");
    }

    private static void readTo(BufferedReader lines, String start) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith(start)) {
            line = lines.readLine();
        }
        assertThat(line).as("a line that begins with " + start).isNotNull();
    }

    /** It is ready a moment after the page: first its key is there, and then it listens. */
    private static String console(String... words) throws Exception {
        String[] line =
                Stream.concat(Stream.of("console", "--"), Stream.of(words)).toArray(String[]::new);
        Nexus.Output output = Nexus.command(setup.home(), Map.of(), line);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (output.exit() != 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            output = Nexus.command(setup.home(), Map.of(), line);
        }
        assertThat(output.exit()).as(output.text()).isZero();
        assertThat(output.text()).doesNotContain(TunnelSamples.TOKEN);
        return output.text();
    }
}
