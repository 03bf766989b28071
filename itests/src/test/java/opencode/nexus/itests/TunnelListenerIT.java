package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Everybody who may come in through the tunnel, and what they get: the login for its owner, nothing for all others. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TunnelListenerIT {
    private static final String HOST = "home.example.org";
    private static final String ADDRESS = "203.0.113.7";

    private static TestBed bed;
    private static Nexus nexus;
    private static Owner owner;
    private static int port;
    private static String question;
    private static List<String> answer;
    private static String cookie;

    @BeforeAll
    static void open() throws Exception {
        bed = TestBed.stub();
        nexus = Nexus.run(bed.setup(bed.directory("home")).with("NEXUS_CDS", "0"));
        Path jar = bed.directory("opener").resolve("tunnel-opener.jar");
        Path told = bed.directory("opener").resolve("told");
        TunnelOpener.pack(jar, HOST, told);
        await(bed.directory("home").resolve("etc/console.key"));
        console("bundle:install", "-s", jar.toUri().toString());
        await(told);
        List<String> lines = Files.readAllLines(told);
        port = Integer.parseInt(lines.get(0));
        question = lines.get(1);
        answer = lines.subList(2, 4);
    }

    @AfterAll
    static void close() throws Exception {
        nexus.close();
        bed.close();
    }

    @Test
    @Order(1)
    void withoutAnOwnerEverythingIsRefused() throws Exception {
        for (String path : List.of("/", "/login", "/setup", "/api/setup", "/api/health", question)) {
            assertThat(visit("GET", path, ""))
                    .as(path)
                    .startsWith("HTTP/1.1 403 ")
                    .contains("not-set-up");
        }
        String code = nexus.awaitSetupCode();
        assertThat(visit(
                        "POST",
                        "/api/setup",
                        json("{\"code\":\"" + code + "\",\"password\":\"" + Owner.PASSWORD + "\"}")))
                .startsWith("HTTP/1.1 403 ")
                .contains("not-set-up")
                .doesNotContain("Set-Cookie");
        owner = new Owner(nexus.uri("/"));
        assertThat(owner.post("/api/setup", Map.of("code", code, "password", Owner.PASSWORD))
                        .status())
                .isEqualTo(201);
    }

    @Test
    @Order(2)
    void theRoundTripIsProvedOnce() throws Exception {
        assertThat(visit("GET", question + "x", "")).startsWith("HTTP/1.1 401 ");
        assertThat(visit("GET", question, ""))
                .startsWith("HTTP/1.1 200 ")
                .contains("Strict-Transport-Security: max-age=31536000\r\n", "Content-Type: text/event-stream")
                .containsSubsequence(answer.get(0), answer.get(1));
        assertThat(visit("GET", question, "")).startsWith("HTTP/1.1 401 ");
    }

    @Test
    @Order(3)
    void strangersGetNothing() throws Exception {
        String here = owner.headers().get("Cookie");
        String token = here.substring(here.indexOf('=') + 1);
        for (String cookies : List.of(
                "",
                "Cookie: " + here + "\r\n",
                "Cookie: __Host-" + here + "\r\n",
                "Cookie: __Host-nexus-device=" + token + "x\r\n")) {
            assertThat(visit("GET", "/api/me", cookies)).as(cookies).startsWith("HTTP/1.1 401 ");
            assertThat(visit("GET", "/api/events", cookies)).as(cookies).startsWith("HTTP/1.1 401 ");
        }
        for (String host : List.of("localhost", "127.0.0.1:" + port, "[::1]", "evil.example", HOST + ":8443")) {
            assertThat(raw(port, "GET", "/api/health", host, "X-Forwarded-Host: " + HOST + "\r\n"))
                    .as(host)
                    .startsWith("HTTP/1.1 421 ");
        }
        String login = "{\"password\":\"" + Owner.PASSWORD + "\"}";
        for (String origin : List.of("https://evil.example", "http://" + HOST, "null")) {
            assertThat(visit("POST", "/api/login", json(login).replace("https://" + HOST, origin)))
                    .as(origin)
                    .startsWith("HTTP/1.1 403 ")
                    .doesNotContain("Set-Cookie");
        }
        assertThat(visit("POST", "/api/setup", json("{\"code\":\"x\",\"password\":\"y\"}")))
                .startsWith("HTTP/1.1 403 ")
                .contains("setup-is-local");
        assertThat(visit("GET", "/api/me", "X-Forwarded-Proto: http\r\n"))
                .startsWith("HTTP/1.1 403 ")
                .contains("https-only");
        assertThat(visit("GET", "/login", "Cf-Visitor: {\"scheme\":\"http\"}\r\n"))
                .startsWith("HTTP/1.1 302 ")
                .contains("Location: https://" + HOST + "/login\r\n");
        assertThat(visit("GET", "/api/health", "X-Long: " + "x".repeat(20_000) + "\r\n"))
                .startsWith("HTTP/1.1 431 ")
                .contains("Strict-Transport-Security: ");
        assertThat(visit("POST", "/api/login", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"))
                .startsWith("HTTP/1.1 400 ");
    }

    @Test
    @Order(4)
    void whatIsForgedAtTheFirstListenerIsNotRead() throws Exception {
        int first = nexus.uri("/").getPort();
        String forged = "CF-Connecting-IP: " + ADDRESS + "\r\nCF-Ray: 8f00-FRA\r\nX-Forwarded-Proto: https\r\n"
                + "Cf-Visitor: {\"scheme\":\"https\"}\r\nX-Forwarded-Host: " + HOST + "\r\n";

        assertThat(raw(first, "GET", "/api/health", HOST, forged)).startsWith("HTTP/1.1 421 ");
        assertThat(raw(first, "GET", "/api/health", "127.0.0.1:" + first, forged))
                .startsWith("HTTP/1.1 200 ")
                .doesNotContain("Strict-Transport-Security");
        assertThat(raw(
                        first,
                        "POST",
                        "/api/login",
                        "127.0.0.1:" + first,
                        forged
                                + json("{\"password\":\"" + Owner.PASSWORD + "\"}")
                                        .replace("https://" + HOST, "http://127.0.0.1:" + first)))
                .startsWith("HTTP/1.1 204 ")
                .contains("Set-Cookie: nexus-device=")
                .doesNotContain("Secure");
        assertThat(owner.get("/api/devices").text()).doesNotContain(ADDRESS);
        assertThat(raw(first, "GET", question, "127.0.0.1:" + first, "")).startsWith("HTTP/1.1 401 ");
    }

    @Test
    @Order(5)
    void theOwnerLogsInThereAndIsSeenWhereTheyAre() throws Exception {
        String login = visit("POST", "/api/login", json("{\"password\":\"" + Owner.PASSWORD + "\"}"));
        assertThat(login).startsWith("HTTP/1.1 204 ").contains("Set-Cookie: __Host-nexus-device=", "; Secure");
        cookie = login.replaceAll("(?s).*Set-Cookie: ([^;]*);.*", "$1");

        assertThat(visit("GET", "/api/me", "Cookie: " + cookie + "\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .contains("\"address\":\"" + ADDRESS + "\"");
        assertThat(owner.get("/api/devices").text()).contains("\"address\":\"" + ADDRESS + "\"");
        String elsewhere = cookie.replace("__Host-", "");
        int first = nexus.uri("/").getPort();
        assertThat(raw(first, "GET", "/api/me", "127.0.0.1:" + first, "Cookie: " + elsewhere + "\r\n"))
                .startsWith("HTTP/1.1 401 ");
    }

    @Test
    @Order(6)
    void aStreamOutlivesTheIdleTimeoutAndHearsThatTheTunnelCloses() throws Exception {
        try (Socket far = send(port, "GET", "/api/events", HOST, "Cookie: " + cookie + "\r\n");
                EventReader here = owner.events()) {
            here.await(frame -> frame.event().equals("hello"));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(far.getInputStream(), StandardCharsets.UTF_8));
            readTo(lines, "event: hello");
            // The heartbeat comes after three times as long as a connection may be idle there.
            readTo(lines, ":");

            console("bundle:stop", "tunnel-opener");

            readTo(lines, "event: bye");
            assertThat(lines.readLine()).contains("tunnel-closed");
            assertThatThrownBy(() -> visit("GET", "/api/health", "")).isInstanceOf(IOException.class);
            assertThat(owner.get("/api/me").status()).isEqualTo(200);
            owner.newSession("still here");
            here.await(frame -> frame.event().equals("chat.session"));
        }
    }

    private static String visit(String method, String path, String headers) throws IOException {
        String proto = headers.contains("X-Forwarded-Proto") ? "" : "X-Forwarded-Proto: https\r\n";
        return raw(port, method, path, HOST, proto + "CF-Connecting-IP: " + ADDRESS + "\r\n" + headers);
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
                .write((method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + end)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static void readTo(BufferedReader lines, String start) throws IOException {
        for (String line = lines.readLine(); !line.startsWith(start); line = lines.readLine()) {
            assertThat(line).isNotNull();
        }
    }

    private static void console(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("console", "--"));
        all.addAll(List.of(words));
        Nexus.Output output = Nexus.command(nexus.home(), Map.of(), all.toArray(String[]::new));
        assertThat(output.exit()).as(output.text()).isZero();
    }

    private static void await(Path file) throws Exception {
        for (int tries = 0; tries < 3_000 && !Files.exists(file); tries++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(file).exists();
    }
}
