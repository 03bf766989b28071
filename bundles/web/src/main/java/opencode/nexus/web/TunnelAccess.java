package opencode.nexus.web;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import opencode.nexus.api.tunnel.TunnelListener.Probe;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** What is let in at the tunnel's listener without a login: the public names, and what Nexus asks of itself. */
@Component(service = TunnelAccess.class, immediate = true)
public final class TunnelAccess {
    static final String ECHO = "/api/tunnel/echo/";

    private static final Duration LIFE = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int MAX_PROBES = 32;
    private static final int RANDOM_BYTES = 24;

    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Asked> probes = new LinkedHashMap<>();
    private volatile Set<String> hosts = Set.of();

    @Activate
    public TunnelAccess() {
        this(Clock.systemUTC());
    }

    TunnelAccess(Clock clock) {
        this.clock = clock;
    }

    private record Asked(Probe probe, Instant until) {}

    /** Takes the names to answer under, in lower case, in place of those before. */
    void allow(Set<String> names) {
        hosts = Set.copyOf(names);
    }

    /** From now on there is no name to ask under and nothing of ours to answer. */
    synchronized void shut() {
        hosts = Set.of();
        probes.clear();
    }

    boolean isAllowed(String host) {
        return hosts.contains(host);
    }

    synchronized Probe ask() {
        forgetOld();
        while (probes.size() >= MAX_PROBES) {
            probes.remove(probes.keySet().iterator().next());
        }
        Probe probe = new Probe(ECHO + random(), random(), random(), PAUSE);
        probes.put(probe.path(), new Asked(probe, clock.instant().plus(LIFE)));
        return probe;
    }

    /** True for a question of ours that was not answered yet. */
    synchronized boolean isProbed(String path) {
        forgetOld();
        return probes.containsKey(path);
    }

    /** The question at this path, once; empty when it was answered before, or is none of ours. */
    synchronized Optional<Probe> take(String path) {
        forgetOld();
        return Optional.ofNullable(probes.remove(path)).map(Asked::probe);
    }

    /** Also those that a clock which was set back would keep for longer. */
    private void forgetOld() {
        Instant now = clock.instant();
        probes.values()
                .removeIf(asked -> !asked.until().isAfter(now) || asked.until().isAfter(now.plus(LIFE)));
    }

    private String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
