package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Cloudflare Access before the public address: who does not come through it gets nothing, not even a login. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AccessIT {
    private static final String HOST = "home.example.org";
    private static final List<String> ADDRESSES =
            List.of("/", "/login", "/setup", "/api/setup", "/api/health", "/api/me", "/api/events", "/metrics");

    private static TestBed bed;
    private static AccessTeam team;
    private static Nexus nexus;
    private static Owner owner;
    private static int port;
    private static String question;
    private static String answer;
    private static String cookie;

    @BeforeAll
    static void open() throws Exception {
        bed = TestBed.stub();
        team = new AccessTeam(bed.directory("team"));
        nexus = Nexus.run(
                bed.setup(bed.directory("home")).with("NEXUS_CDS", "0").with("NEXUS_OPTS", team.options()));
        owner = Owner.setUp(nexus);
        set(AccessTeam.NAME, AccessTeam.AUDIENCE);
        Path jar = bed.directory("opener").resolve("tunnel-opener.jar");
        Path told = bed.directory("opener").resolve("told");
        TunnelOpener.pack(jar, HOST, told);
        await(bed.directory("home").resolve("etc/console.key"));
        Nexus.Output output = Nexus.command(
                nexus.home(),
                Map.of(),
                "console",
                "--",
                "bundle:install",
                "-s",
                jar.toUri().toString());
        assertThat(output.exit()).as(output.text()).isZero();
        await(told);
        List<String> lines = Files.readAllLines(told);
        port = Integer.parseInt(lines.get(0));
        question = lines.get(1);
        answer = lines.get(2);
    }

    @AfterAll
    static void close() throws Exception {
        nexus.close();
        team.close();
        bed.close();
    }

    @Test
    @Order(1)
    void nexusStillReachesItself() throws Exception {
        assertThat(visit("GET", question + "x", "")).startsWith("HTTP/1.1 403 ").contains("access-required");
        assertThat(visit("GET", question, "")).startsWith("HTTP/1.1 200 ").contains(answer);
    }

    @Test
    @Order(2)
    void whoDoesNotComeThroughAccessGetsNothing() throws Exception {
        for (String path : ADDRESSES) {
            for (String headers : List.of("", token("a.b.c"), token(team.forged()), token(team.token()) + token("x"))) {
                assertThat(visit("GET", path, headers))
                        .as(path + headers)
                        .startsWith("HTTP/1.1 403 ")
                        .contains("access-required")
                        .doesNotContain("Set-Cookie", "<html");
            }
        }
        String login = json("{\"password\":\"" + Owner.PASSWORD + "\"}");
        assertThat(visit("POST", "/api/login", login))
                .startsWith("HTTP/1.1 403 ")
                .contains("access-required")
                .doesNotContain("Set-Cookie");
        assertThat(visit("GET", "/", "Accept: text/html\r\n"))
                .startsWith("HTTP/1.1 403 ")
                .contains("did not come through Cloudflare Access", "Strict-Transport-Security: ")
                .doesNotContain(AccessTeam.AUDIENCE);
        assertThat(visit("GET", "/", "Accept: text/html\r\n" + token(team.tokenFor("0b".repeat(32)))))
                .startsWith("HTTP/1.1 403 ")
                .contains("for another application");
    }

    @Test
    @Order(3)
    void whoComesThroughItLogsInAsEver() throws Exception {
        String token = token(team.token());
        assertThat(visit("GET", "/login", token)).startsWith("HTTP/1.1 200 ");
        assertThat(visit("GET", "/api/me", token)).startsWith("HTTP/1.1 401 ");
        String login = visit("POST", "/api/login", token + json("{\"password\":\"" + Owner.PASSWORD + "\"}"));
        assertThat(login).startsWith("HTTP/1.1 204 ");
        cookie = "Cookie: " + login.replaceAll("(?s).*Set-Cookie: ([^;]*);.*", "$1") + "\r\n";

        assertThat(visit("GET", "/api/me", token + cookie)).startsWith("HTTP/1.1 200 ");
        assertThat(visit("GET", "/api/me", cookie)).startsWith("HTTP/1.1 403 ");
        assertThat(team.asked()).isEqualTo(1);
    }

    @Test
    @Order(4)
    void atTheMachineNothingChanges() throws Exception {
        int first = nexus.uri("/").getPort();

        assertThat(owner.get("/api/me").status()).isEqualTo(200);
        assertThat(raw(first, "GET", "/login", "127.0.0.1:" + first, token("garbage")))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    @Order(5)
    void otherSettingsHoldAtOnceForOpenStreamsToo() throws Exception {
        try (Socket far = send(port, "GET", "/api/events", HOST, token(team.token()) + cookie);
                EventReader here = owner.events()) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(far.getInputStream(), StandardCharsets.UTF_8));
            readTo(lines, "event: hello");

            set("nobody", AccessTeam.AUDIENCE);

            readTo(lines, "event: bye");
            assertThat(lines.readLine()).contains("renew");
            here.await(frame -> frame.event().equals("hello"));
        }
        int tries = 0;
        String page = visit("GET", "/", "Accept: text/html\r\n" + token(team.token()));
        while (page.contains("Back in a moment") && tries++ < 500) {
            TimeUnit.MILLISECONDS.sleep(20);
            page = visit("GET", "/", "Accept: text/html\r\n" + token(team.token()));
        }
        assertThat(page).startsWith("HTTP/1.1 503 ").contains("cannot be fetched");
        assertThat(visit("GET", "/api/me", token(team.token()) + cookie))
                .startsWith("HTTP/1.1 503 ")
                .contains("access-unavailable", "Retry-After: 60");
        assertThat(owner.get("/api/me").status()).isEqualTo(200);
        assertThat(Files.readString(nexus.home().resolve("data/log/nexus.log")))
                .contains("The keys of Cloudflare Access cannot be fetched: the answer has status 404")
                .doesNotContain(team.token().substring(0, 20), "PKIX");
    }

    @Test
    @Order(6)
    void whatDoesNotFitIsRefusedWhereItIsSet() throws Exception {
        for (Map<String, String> wrong : List.of(
                Map.of("team", "https://harbour.cloudflareaccess.com"), Map.of("audience", "0a"), Map.of("team", ""))) {
            Owner.Answer refused = owner.call("PUT", "/api/settings/access", wrong);
            assertThat(refused.status()).as(refused.text()).isEqualTo(422);
        }
        assertThat(owner.get("/api/settings/access").text()).contains("nobody");
    }

    @Test
    @Order(7)
    void withoutItEverythingIsAsBefore() throws Exception {
        set("", "");

        assertThat(visit("GET", "/login", "")).startsWith("HTTP/1.1 200 ");
        assertThat(visit("GET", "/api/me", cookie)).startsWith("HTTP/1.1 200 ");
        assertThat(visit("GET", "/api/me", "")).startsWith("HTTP/1.1 401 ");
    }

    private static void set(String name, String audience) throws Exception {
        Owner.Answer answer = owner.call("PUT", "/api/settings/access", Map.of("team", name, "audience", audience));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private static String token(String token) {
        return "Cf-Access-Jwt-Assertion: " + token + "\r\n";
    }

    private static String visit(String method, String path, String headers) throws IOException {
        return raw(port, method, path, HOST, headers);
    }

    /** The rest of a request that carries a body from our own page. */
    private static String json(String body) {
        return "Origin: https://" + HOST + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static String raw(int port, String method, String path, String host, String headers) throws IOException {
        try (Socket socket = send(port, method, path, host, "Connection: close\r\n" + headers)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Socket send(int port, String method, String path, String host, String headers) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(60_000);
        String end = headers.contains("\r\n\r\n") ? "" : "\r\n";
        socket.getOutputStream()
                .write((method + " " + path + " HTTP/1.1\r\nHost: " + host
                                + "\r\nX-Forwarded-Proto: https\r\nCF-Connecting-IP: 203.0.113.7\r\n" + headers + end)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static void readTo(BufferedReader lines, String start) throws IOException {
        for (String line = lines.readLine(); !line.startsWith(start); line = lines.readLine()) {
            assertThat(line).isNotNull();
        }
    }

    private static void await(Path file) throws Exception {
        for (int tries = 0; tries < 3_000 && !Files.exists(file); tries++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(file).exists();
    }
}
