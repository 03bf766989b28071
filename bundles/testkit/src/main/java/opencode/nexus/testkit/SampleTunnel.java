package opencode.nexus.testkit;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.EdgeIp;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import opencode.nexus.api.tunnel.TunnelStatus;
import opencode.nexus.api.tunnel.TunnelStatus.EdgeLight;
import opencode.nexus.api.tunnel.TunnelStatus.Lamp;
import opencode.nexus.api.tunnel.TunnelStatus.ProcessLight;
import opencode.nexus.api.tunnel.TunnelStatus.RoundTripLight;

/** A tunnel and its JSON, which events, files and answers have to agree on. */
public final class SampleTunnel {
    private static final Instant SINCE = Instant.parse("2026-01-02T03:04:05Z");

    /** With everything there can be. */
    public static final TunnelStatus FULL = new TunnelStatus(
            TunnelStatus.State.OPEN,
            URI.create("https://quiet-lake.trycloudflare.com"),
            true,
            SINCE,
            "Something is wrong.",
            Kind.QUICK,
            "2026.8.2",
            new ProcessLight(Lamp.ON, 4_711L),
            new EdgeLight(Lamp.ON, 2, List.of("bru01", "fra03")),
            new RoundTripLight(Lamp.OFF, Duration.ofMillis(87), true, SINCE.plusSeconds(60), "It is slow."),
            URI.create("https://old-pond.trycloudflare.com"));

    public static final String FULL_JSON =
            "{\"state\":\"open\",\"url\":\"https://quiet-lake.trycloudflare.com\",\"ready\":true,"
                    + "\"since\":\"2026-01-02T03:04:05Z\",\"problem\":\"Something is wrong.\",\"kind\":\"quick\","
                    + "\"version\":\"2026.8.2\",\"process\":{\"lamp\":\"on\",\"pid\":4711},"
                    + "\"edge\":{\"lamp\":\"on\",\"connections\":2,\"locations\":[\"bru01\",\"fra03\"]},"
                    + "\"roundTrip\":{\"lamp\":\"off\",\"delayMillis\":87,\"streamsHeld\":true,"
                    + "\"at\":\"2026-01-02T03:05:05Z\",\"problem\":\"It is slow.\"},"
                    + "\"deadUrl\":\"https://old-pond.trycloudflare.com\"}";

    /** With as little as there can be. */
    public static final TunnelStatus CLOSED = new TunnelStatus(
            TunnelStatus.State.CLOSED,
            null,
            false,
            null,
            null,
            Kind.TOKEN,
            null,
            new ProcessLight(Lamp.OFF, null),
            new EdgeLight(Lamp.UNKNOWN, null, List.of()),
            RoundTripLight.UNKNOWN,
            null);

    public static final String CLOSED_JSON =
            "{\"state\":\"closed\",\"ready\":false,\"kind\":\"token\",\"process\":{\"lamp\":\"off\"},"
                    + "\"edge\":{\"lamp\":\"unknown\",\"locations\":[]},\"roundTrip\":{\"lamp\":\"unknown\"}}";

    /** With everything there can be, but without a token. */
    public static final TunnelConfig CONFIG = new TunnelConfig(
            Kind.CREDENTIALS,
            null,
            true,
            "/home/me/credentials.json",
            "nexus.example.com",
            true,
            Protocol.HTTP2,
            EdgeIp.V4,
            "us",
            List.of(
                    new Rule("nexus.example.com", "^/api", TunnelConfig.NEXUS, Map.of("connectTimeout", "10s")),
                    new Rule(null, null, "http_status:404", Map.of())),
            List.of("--post-quantum"));

    /** What is in its file; an answer ends with {@code ,"tokenSet":true} in addition. */
    public static final String CONFIG_JSON =
            "{\"kind\":\"credentials\",\"credentialsFile\":\"/home/me/credentials.json\","
                    + "\"domain\":\"nexus.example.com\",\"autoStart\":true,\"protocol\":\"http2\","
                    + "\"edgeIpVersion\":\"4\",\"region\":\"us\",\"ingress\":[{\"hostname\":\"nexus.example.com\","
                    + "\"path\":\"^/api\",\"service\":\"nexus\",\"originRequest\":{\"connectTimeout\":\"10s\"}},"
                    + "{\"service\":\"http_status:404\"}],\"arguments\":[\"--post-quantum\"]}";

    private SampleTunnel() {}
}
