package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.stream.Collectors;
import opencode.nexus.testkit.cloudflared.Ingress.Rule;
import org.jspecify.annotations.Nullable;

/**
 * One request of a visitor, carried to the origin that the rules name. What the edge adds or overwrites, what passes
 * untouched, and what is logged when the origin or the visitor is gone is as recorded from cloudflared 2026.8.2.
 */
final class Visit {
    private static final int QUICK_LIMIT = 200;
    private static final String UNREACHABLE = "Unable to reach the origin service. The service may be down or it may "
            + "not be responding to traffic from cloudflared: ";

    private final Log log;
    private final Control control;
    private final Standing standing;
    private final PublicFront front;
    private final Line visitor;
    private volatile @Nullable Line origin;
    private volatile boolean carried;
    private boolean answered;
    private volatile boolean cut;
    private volatile boolean visitorIsGone;

    Visit(Log log, Control control, Standing standing, PublicFront front, Line visitor) {
        this.log = log;
        this.control = control;
        this.standing = standing;
        this.front = front;
        this.visitor = visitor;
    }

    boolean isCarried() {
        return carried;
    }

    void hangUp() {
        cut = true;
        visitor.hangUp();
        Line open = origin;
        if (open != null) {
            open.hangUp();
        }
    }

    void serve() {
        try {
            Head request = Head.read(visitor.in()).orElse(null);
            if (request != null) {
                serve(request);
            }
        } catch (IOException e) {
            // The visitor went away: nobody is left to be told.
            visitorIsGone = true;
        } finally {
            hangUp();
        }
    }

    private void serve(Head request) throws IOException {
        String host =
                request.first("Host").orElse("").replaceFirst(":\\d+$", "").toLowerCase(Locale.ROOT);
        if (standing.connections() == 0 || standing.isQuick && !host.equals(standing.hostname)) {
            answer(request, 530, "error code: 1033");
            return;
        }
        int limit = control.number("edge.limit", standing.isQuick ? QUICK_LIMIT : Integer.MAX_VALUE);
        if (standing.running.incrementAndGet() > limit) {
            standing.running.decrementAndGet();
            answer(request, 429, "error code: 429");
            return;
        }
        carried = true;
        standing.requests.incrementAndGet();
        try {
            carry(request, host);
        } finally {
            carried = false;
            standing.running.decrementAndGet();
        }
    }

    private void carry(Head request, String host) throws IOException {
        String path = request.word(1);
        Ingress ingress = standing.ingress();
        int number = ingress.match(host, path.replaceFirst("\\?.*", ""));
        Rule rule = ingress.rule(number);
        if (log.debugs()) {
            log.debug(
                    request.start(),
                    "connIndex",
                    0,
                    "event",
                    1,
                    "headers",
                    shown(request),
                    "host",
                    host,
                    "ingressRule",
                    number,
                    "originService",
                    rule.service(),
                    "path",
                    path);
        }
        if (rule.service().startsWith("http_status:")) {
            answer(request, Integer.parseInt(rule.service().substring("http_status:".length())), "");
            return;
        }
        if (rule.service().startsWith("hello")) {
            answer(request, 200, "Congrats! You created a tunnel!");
            return;
        }
        Head asked = EdgeHeaders.towardsOrigin(request, control, standing, rule);
        try {
            Line opened = open(rule.service());
            origin = opened;
            exchange(asked, request, opened, number, rule);
        } catch (IOException e) {
            failed(e, number, rule, request, host);
        }
    }

    private void exchange(Head asked, Head request, Line opened, int number, Rule rule) throws IOException {
        opened.out().write(asked.bytes());
        opened.out().flush();
        front.run(() -> upload(opened));
        Head answer = Head.read(opened.in()).orElseThrow(() -> new IOException("EOF"));
        if (!answer.word(1).matches("\\d{3}")) {
            throw new IOException("malformed HTTP response \"" + answer.start() + "\"");
        }
        standing.answered(Integer.parseInt(answer.word(1)));
        if (log.debugs()) {
            log.debug(
                    answer.word(1) + " " + answer.word(2),
                    "connIndex",
                    0,
                    "content-length",
                    answer.first("Content-Length").orElse("-1"),
                    "event",
                    1,
                    "headers",
                    shown(answer),
                    "ingressRule",
                    number,
                    "originService",
                    rule.service());
        }
        answered = true;
        Download.of(answer, request, control, standing).pump(opened.in(), visitor.out());
    }

    /** Carries what the visitor sends; when the visitor goes, the origin knows at once. */
    private void upload(Line opened) {
        byte[] buffer = new byte[16 * 1024];
        try {
            for (int count = heard(buffer); count >= 0; count = heard(buffer)) {
                opened.out().write(buffer, 0, count);
                opened.out().flush();
            }
        } catch (IOException e) {
            // The origin does not take any more: its answer tells.
            return;
        }
        opened.hangUp();
    }

    /** What the visitor says next; less than 0 when he is gone, in whatever manner. */
    private int heard(byte[] buffer) {
        int count;
        try {
            count = visitor.in().read(buffer);
        } catch (IOException e) {
            count = -1;
        }
        visitorIsGone = count < 0;
        return count;
    }

    private void failed(IOException e, int number, Rule rule, Head request, String host) throws IOException {
        if (cut) {
            return;
        }
        boolean unreachable = !answered && !visitorIsGone;
        String error =
                visitorIsGone ? "context canceled" : unreachable ? UNREACHABLE + reason(e, rule) : "unexpected EOF";
        standing.errors.incrementAndGet();
        log.error(
                "", "error", error, "connIndex", 0, "event", 1, "ingressRule", number, "originService", rule.service());
        log.error(
                "Request failed",
                "error",
                error,
                "connIndex",
                0,
                "dest",
                "https://" + host + request.word(1),
                "event",
                0,
                "ip",
                standing.address(0),
                "type",
                "http");
        if (unreachable) {
            answer(request, 502, "error code: 502");
        }
    }

    private static String reason(IOException e, Rule rule) {
        if (e instanceof UnknownHostException) {
            return "dial tcp: lookup " + URI.create(rule.service()).getHost() + " on 127.0.0.53:53: no such host";
        }
        if (!(e instanceof ConnectException)) {
            return String.valueOf(e.getMessage());
        }
        return "dial tcp " + URI.create(rule.service()).getAuthority() + ": connect: connection refused";
    }

    private static Line open(String service) throws IOException {
        if (service.startsWith("unix:")) {
            return Line.unix(service.substring("unix:".length()));
        }
        URI address = URI.create(service);
        if (!address.getScheme().equals("http")) {
            throw new IOException("the stand-in speaks plain http to an origin only");
        }
        return Line.of(new Socket(address.getHost(), address.getPort() < 0 ? 80 : address.getPort()));
    }

    private void answer(Head request, int status, String body) throws IOException {
        // A connection that is closed before all was read is torn down, and the answer with it.
        int length = request.first("Content-Length")
                .filter(value -> value.matches("\\d{1,7}"))
                .map(Integer::parseInt)
                .orElse(0);
        if (origin == null) {
            visitor.in().readNBytes(length);
        }
        byte[] bytes = body.getBytes(UTF_8);
        Head head = new Head("HTTP/1.1 " + status + " " + (status == 530 ? "Origin Error" : "Stand-in"))
                .add("Content-Type", "text/plain; charset=UTF-8")
                .add("Content-Length", Integer.toString(bytes.length))
                .add("Server", "cloudflare")
                .add("Connection", "close");
        if (carried) {
            standing.answered(status);
        }
        OutputStream out = visitor.out();
        out.write(head.bytes());
        out.write(bytes);
        out.flush();
    }

    private static String shown(Head head) {
        return head.headers().stream()
                .map(header -> Json.quoted(header.getKey()) + ":[" + Json.quoted(header.getValue()) + "]")
                .collect(Collectors.joining(",", "{", "}"));
    }
}
