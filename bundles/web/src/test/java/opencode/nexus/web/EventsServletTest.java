package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.stream.BrowserStream;
import opencode.nexus.api.stream.BrowserStream.Frame;
import opencode.nexus.api.stream.StreamService;
import opencode.nexus.testkit.FakeAuthService;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.web.http.Json;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventsServletTest {
    private static final int PLENTY = 1_000_000;

    private final FakeAuthService auth = FakeAuthService.owned();
    private final AuthService.Grant grant = auth.login(FakeAuthService.PASSWORD, null, "Test");
    private final FakeClock clock = new FakeClock();
    private final Streams streams = new Streams();
    private final EventsServlet servlet = new EventsServlet(clock, streams);

    @AfterEach
    void close() throws Exception {
        servlet.close();
    }

    /** Hands out prepared streams and remembers what was asked for. */
    private static final class Streams implements StreamService {
        final BlockingQueue<FakeBrowserStream> prepared = new LinkedBlockingQueue<>();
        final List<@Nullable String> after = new ArrayList<>();
        final List<Set<String>> topics = new ArrayList<>();
        volatile Runnable wake = () -> {};
        volatile boolean full;

        @Override
        public BrowserStream open(@Nullable String id, Set<String> wanted, Runnable told) {
            if (full || prepared.isEmpty()) {
                throw new NexusException(NexusException.Kind.TOO_MANY, "too-many-streams", "Close one.");
            }
            after.add(id);
            topics.add(wanted);
            wake = told;
            told.run(); // may come at any time, even now
            return prepared.remove();
        }
    }

    // ---- what is asked for ----

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            value = {
                "/api/events                       | -   | -",
                "/api/events?after=1-2             | -   | 1-2",
                "/api/events?after=1-2             | 1-7 | 1-7",
                "/api/events?after=                | ''  | -",
            })
    void aBrowserThatComesBackSaysWhatItSawLast(String target, @Nullable String header, @Nullable String after)
            throws Exception {
        streams.prepared.add(new FakeBrowserStream());

        stream(new FakeExchange("GET", target).header("Last-Event-ID", header), new FakeWire(0));

        assertThat(streams.after).containsExactly(after);
        assertThat(streams.topics).containsExactly(StreamService.DEFAULT_TOPICS);
    }

    @Test
    void topicsAreChosen() throws Exception {
        streams.prepared.add(new FakeBrowserStream());

        stream(new FakeExchange("POST", "/api/events?topics=logs,,chat"), new FakeWire(0));

        assertThat(streams.topics).containsExactly(Set.of("logs", "chat"));
    }

    @ParameterizedTest
    @CsvSource({
        "/api/events?topics=nope, topics",
        "'/api/events?topics=chat,nope', topics",
        "'/api/events?topics=,', topics",
        "/api/events?mode=push, mode"
    })
    void whatCannotBeAskedForIsNamed(String target, String field) throws Exception {
        streams.prepared.add(new FakeBrowserStream());
        FakeExchange exchange = call(new FakeExchange("GET", target));

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(exchange.text()).contains("\"field\":\"" + field + "\"");
        assertThat(streams.after).isEmpty();
    }

    @Test
    void anIdThatIsNoneIsRefused() throws Exception {
        assertThat(call(new FakeExchange("GET", "/api/events?after=" + "x".repeat(101)))
                        .status())
                .isEqualTo(422);
    }

    @Test
    void tooManyStreamsAreRefusedBeforeAnythingIsSent() throws Exception {
        FakeExchange exchange = call(new FakeExchange("GET", "/api/events"));

        assertThat(exchange.status()).isEqualTo(429);
        assertThat(exchange.answered("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    void aTabThatWasClosedMakesRoomForAnother() throws Exception {
        FakeWire closed = openStream(grant);
        closed.breaks();
        streams.full = true;
        streams.prepared.add(new FakeBrowserStream());
        closed.completed.thenRun(() -> streams.full = false);

        FakeExchange exchange = stream(new FakeExchange("GET", "/api/events"), new FakeWire(0));

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(closed.isCompleted()).isTrue();
    }

    @Test
    void withoutTheServiceEventsAreUnavailable() throws Exception {
        EventsServlet alone = new EventsServlet(clock, null);
        FakeExchange exchange = known(new FakeExchange("GET", "/api/events"));

        alone.service(exchange.request(), exchange.response());
        alone.close();

        assertThat(exchange.status()).isEqualTo(503);
        assertThat(exchange.text()).contains("\"code\":\"streaming-unavailable\"");
    }

    @Test
    void headOpensNoStream() throws Exception {
        streams.prepared.add(new FakeBrowserStream());

        assertThat(call(new FakeExchange("HEAD", "/api/events")).status()).isEqualTo(405);
        assertThat(streams.after).isEmpty();
    }

    // ---- streams ----

    @Test
    void aStreamSaysThatItMustNotBeHeldBack() throws Exception {
        streams.prepared.add(new FakeBrowserStream());

        FakeExchange exchange = stream(new FakeExchange("GET", "/api/events"), new FakeWire(0));

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.answered("Content-Type")).isEqualTo("text/event-stream");
        assertThat(exchange.answered("Cache-Control")).isEqualTo("no-store, no-transform");
        assertThat(exchange.answered("X-Accel-Buffering")).isEqualTo("no");
    }

    @Test
    void logoutEndsTheStreamsOfThatDeviceAlone() throws Exception {
        FakeWire mine = openStream(grant);
        FakeWire other = openStream(auth.login(FakeAuthService.PASSWORD, null, "Other"));
        servlet.setAuth(auth);

        auth.logout(grant.token());
        mine.awaitCompleted();

        assertThat(mine.sent()).endsWith("data: {\"reason\":\"logged-out\"}\n\n");
        assertThat(other.isCompleted()).isFalse();
    }

    @Test
    void aLoginThatEndedBetweenGateAndStreamEndsIt() throws Exception {
        servlet.setAuth(auth);
        auth.logout(grant.token());

        FakeWire wire = openStream(grant);

        wire.awaitCompleted();
    }

    @Test
    void aNewLoginServiceChecksTheStreamsItFinds() throws Exception {
        FakeWire wire = openStream(grant);
        auth.expire(grant.token());

        servlet.setAuth(auth);

        wire.awaitCompleted();
    }

    @Test
    void aLoginServiceThatGoesAwayThrowsNobodyOut() throws Exception {
        servlet.setAuth(auth);
        FakeWire wire = openStream(grant);

        servlet.unsetAuth(auth);

        assertThat(auth.listeners()).isZero();
        assertThat(wire.isCompleted()).isFalse();
    }

    @Test
    void aReplacedLoginServiceIsLetGo() {
        FakeAuthService successor = FakeAuthService.owned();
        servlet.setAuth(auth);

        servlet.setAuth(successor); // a greedy reference binds the new one first
        servlet.unsetAuth(auth);

        assertThat(auth.listeners()).isZero();
        assertThat(successor.listeners()).isOne();
    }

    @Test
    void closingEndsEveryStreamWithAFarewell() throws Exception {
        FakeWire reading = openStream(grant);
        FakeWire stuck = new FakeWire(0);
        streams.prepared.add(new FakeBrowserStream());
        stream(new FakeExchange("GET", "/api/events"), stuck);

        servlet.close();

        reading.awaitCompleted();
        stuck.awaitCompleted();
        assertThat(reading.sent()).endsWith("event: bye\ndata: {\"reason\":\"restart\"}\n\n");
    }

    @Test
    void whenTheTunnelClosesThoseWhoCameThroughItHearItAndNobodyElse() throws Exception {
        FakeWire here = openStream(grant);
        FakeWire far = new FakeWire(PLENTY);
        FakeWire stuck = new FakeWire(0);
        for (FakeWire wire : List.of(far, stuck)) {
            streams.prepared.add(new FakeBrowserStream());
            stream(new FakeExchange("GET", "/api/events").attribute(Visitor.LISTENER, "tunnel"), wire);
        }
        far.takesMore(0);

        servlet.endTunnelled();

        far.awaitCompleted();
        stuck.awaitCompleted();
        assertThat(far.sent()).endsWith("event: bye\ndata: {\"reason\":\"tunnel-closed\"}\n\n");
        assertThat(here.isCompleted()).isFalse();
    }

    @Test
    void aStreamDoesNotOutliveALoginAtCloudflareAccess() throws Exception {
        FakeWire here = openStream(grant);
        FakeWire far = new FakeWire(PLENTY);
        streams.prepared.add(new FakeBrowserStream());
        stream(
                new FakeExchange("GET", "/api/events")
                        .attribute(Visitor.LISTENER, "tunnel")
                        .attribute(CloudflareAccess.UNTIL, clock.instant().plusSeconds(90)),
                far);
        far.takesMore(0);

        clock.advance(Duration.ofSeconds(91)); // the servlet looks at the clock once a second

        far.awaitCompleted();
        assertThat(far.sent()).endsWith("event: bye\ndata: {\"reason\":\"renew\"}\n\n");
        assertThat(here.isCompleted()).isFalse();
    }

    @Test
    void whenOtherRulesHoldThereThoseWhoCameThroughTheTunnelComeInAnew() throws Exception {
        FakeWire here = openStream(grant);
        FakeWire far = new FakeWire(PLENTY);
        streams.prepared.add(new FakeBrowserStream());
        stream(new FakeExchange("GET", "/api/events").attribute(Visitor.LISTENER, "tunnel"), far);
        far.takesMore(0);

        servlet.renewTunnelled();

        far.awaitCompleted();
        assertThat(far.sent()).endsWith("event: bye\ndata: {\"reason\":\"renew\"}\n\n");
        assertThat(here.isCompleted()).isFalse();
    }

    // ---- polls ----

    @Test
    void theFirstPollIsAnsweredAtOnce() throws Exception {
        FakeBrowserStream stream = new FakeBrowserStream();

        JsonNode answer = poll("/api/events?mode=poll", stream);

        assertThat(answer.path("cursor").asText()).isEqualTo("1-5");
        assertThat(answer.path("events").findValuesAsText("event")).containsExactly("hello");
        assertThat(stream.isClosed()).isTrue();
    }

    @Test
    void aPollBringsWhatIsThereAsJsonAndWhereToGoOn() throws Exception {
        FakeBrowserStream stream = new FakeBrowserStream()
                .add("1-6", "chat.session", "{\"id\":\"s\"}")
                .add(Frame.HEARTBEAT)
                .add("1-8", "text", "{\"part\":\"k\",\"text\":\"hé\"}");

        JsonNode answer = poll("/api/events?mode=poll&after=1-5", stream);

        assertThat(answer)
                .isEqualTo(
                        Json.mapper()
                                .readTree(
                                        """
                                {"events":[
                                  {"id":"1-6","event":"chat.session","data":{"id":"s"}},
                                  {"id":"1-8","event":"text","data":{"part":"k","text":"hé"}}],
                                 "cursor":"1-8"}"""));
    }

    @Test
    void aPollTellsOfAGap() throws Exception {
        JsonNode answer = poll("/api/events?mode=poll&after=0-1", new FakeBrowserStream("gap"));

        assertThat(answer.path("events").path(0).path("data").path("verdict").asText())
                .isEqualTo("gap");
        assertThat(answer.path("cursor").asText()).isEqualTo("1-5");
    }

    @Test
    void aPollWaitsForTheFirstEvent() throws Exception {
        FakeBrowserStream stream = new FakeBrowserStream();
        Poll poll = new Poll("/api/events?mode=poll&after=1-5", stream);
        stream.add(Frame.HEARTBEAT);
        streams.wake.run();
        assertThat(poll.wire.isCompleted()).isFalse();

        stream.add("1-6", "a", "1");
        streams.wake.run();

        assertThat(poll.answer().path("events")).hasSize(1);
    }

    @Test
    void aPollThatWaitedInVainIsAnsweredWithNothing() throws Exception {
        Poll poll = new Poll("/api/events?mode=poll&after=1-5", new FakeBrowserStream());

        clock.advance(PollExchange.PATIENCE.plusSeconds(1)); // the servlet looks at the clock once a second

        assertThat(poll.answer()).isEqualTo(Json.mapper().readTree("{\"events\":[],\"cursor\":\"1-5\"}"));
    }

    @Test
    void aPollOfAnEndedLoginIsRefused() throws Exception {
        servlet.setAuth(auth);
        Poll poll = new Poll("/api/events?mode=poll&after=1-5", new FakeBrowserStream());

        auth.logout(grant.token());
        poll.wire.awaitCompleted();

        assertThat(poll.exchange.status()).isEqualTo(401);
        assertThat(poll.exchange.text()).contains("login-required");
    }

    @Test
    void aPollIsAnsweredWhenTheServletGoes() throws Exception {
        Poll poll = new Poll("/api/events?mode=poll&after=1-5", new FakeBrowserStream());

        servlet.close();

        assertThat(poll.answer().path("cursor").asText()).isEqualTo("1-5");
    }

    private FakeWire openStream(AuthService.Grant who) throws Exception {
        streams.prepared.add(new FakeBrowserStream());
        FakeWire wire = new FakeWire(PLENTY);
        FakeExchange exchange =
                known(new FakeExchange("GET", "/api/events"), who).async(wire.exchange(), wire);
        servlet.service(exchange.request(), exchange.response());
        wire.takesMore(0);
        return wire;
    }

    private FakeExchange stream(FakeExchange exchange, FakeWire wire) throws Exception {
        return call(exchange.async(wire.exchange(), wire));
    }

    private FakeExchange call(FakeExchange exchange) throws Exception {
        known(exchange);
        servlet.service(exchange.request(), exchange.response());
        return exchange;
    }

    private FakeExchange known(FakeExchange exchange) {
        return known(exchange, grant);
    }

    private static FakeExchange known(FakeExchange exchange, AuthService.Grant who) {
        return exchange.attribute(NexusHttp.DEVICE, who.device()).attribute(NexusHttp.TOKEN, who.token());
    }

    private JsonNode poll(String target, FakeBrowserStream stream) throws Exception {
        return new Poll(target, stream).answer();
    }

    /** One poll that was sent. */
    private final class Poll {
        final FakeExchange exchange;
        final FakeWire wire;

        Poll(String target, FakeBrowserStream stream) throws Exception {
            streams.prepared.add(stream);
            exchange = known(new FakeExchange("GET", target));
            wire = new FakeWire(0).answering(exchange.response());
            exchange.async(wire.exchange());
            servlet.service(exchange.request(), exchange.response());
        }

        JsonNode answer() throws Exception {
            wire.completed.get(30, TimeUnit.SECONDS);
            assertThat(exchange.status()).isEqualTo(200);
            return Json.mapper().readTree(exchange.text());
        }
    }
}
