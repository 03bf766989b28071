package opencode.nexus.streaming;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.stream.BrowserStream;
import opencode.nexus.api.stream.StreamService;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Gives each browser a place in the hub's ring. A slow browser costs nobody else anything: it falls behind alone. */
@Component(configurationPid = "opencode.nexus.streaming", immediate = true)
@Designate(ocd = RingStreams.Config.class)
public final class RingStreams implements StreamService {
    private static final Duration COME_BACK = Duration.ofSeconds(5);
    private static final int MAX_TOPICS_SHOWN = 100;

    @ObjectClassDefinition(name = "Nexus: streams to browsers")
    public @interface Config {
        @AttributeDefinition(description = "Streams that may be open at the same time", min = "1", max = "1000")
        int maxStreams() default 20;

        @AttributeDefinition(description = "Milliseconds between two heartbeats", min = "100", max = "60000")
        int heartbeatMillis() default 15_000;
    }

    private final Config config;
    private final EventHub hub;
    private final ScheduledThreadPoolExecutor heart =
            new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nexus-heartbeat"));
    private final Map<RingStream, ScheduledFuture<?>> open = new LinkedHashMap<>();
    private boolean closed;

    @Activate
    public RingStreams(Config config, @Reference EventHub hub) {
        this.config = config;
        this.hub = hub;
        heart.setRemoveOnCancelPolicy(true);
    }

    @Override
    public BrowserStream open(@Nullable String after, Set<String> topics, Runnable wake) {
        check(topics);
        synchronized (open) {
            if (closed) {
                throw new NexusException(
                        NexusException.Kind.UNAVAILABLE,
                        "streaming-not-ready",
                        "Live events are being replaced. Try again in a moment.");
            }
            int most = Math.max(1, config.maxStreams());
            if (open.size() >= most) {
                throw NexusException.tooMany(
                        "too-many-streams", most + " pages are open already. Close one of them.", COME_BACK);
            }
            Feed feed = hub.follow(after, topics, wake);
            RingStream stream = new RingStream(feed, hub.epoch(), wake, this::forget);
            long period = Math.max(1, config.heartbeatMillis());
            open.put(stream, heart.scheduleAtFixedRate(stream::beat, period, period, TimeUnit.MILLISECONDS));
            return stream;
        }
    }

    @Deactivate
    public void close() {
        List<RingStream> left;
        synchronized (open) {
            closed = true;
            left = List.copyOf(open.keySet());
        }
        heart.shutdownNow();
        left.forEach(RingStream::swap);
    }

    private void forget(RingStream stream) {
        synchronized (open) {
            ScheduledFuture<?> heartbeat = open.remove(stream);
            if (heartbeat != null) {
                heartbeat.cancel(false);
            }
        }
    }

    private static void check(Set<String> topics) {
        if (topics.isEmpty()) {
            throw NexusException.invalid("topics", "must name at least one of " + String.join(", ", TOPICS));
        }
        Set<String> unknown = new HashSet<>(topics);
        unknown.removeAll(TOPICS);
        if (!unknown.isEmpty()) {
            String named = String.join(", ", unknown);
            throw NexusException.invalid(
                    "topics",
                    "unknown: " + named.substring(0, Math.min(named.length(), MAX_TOPICS_SHOWN)) + "; known are "
                            + String.join(", ", TOPICS));
        }
    }
}
