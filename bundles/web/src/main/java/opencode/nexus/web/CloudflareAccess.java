package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.web.AccessCheck.Verdict;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that who came through the tunnel came through Cloudflare Access first, where the owner wants that. cloudflared
 * passes on whatever it is sent: that a request has a token proves nothing, the token has to be verified here.
 *
 * <p>What is set holds from the next request on, and of what was fetched and verified before nothing is used again.
 */
@Component(service = CloudflareAccess.class, immediate = true, configurationPid = "opencode.nexus.access")
@Designate(ocd = AccessSettings.class)
public final class CloudflareAccess {

    /** Request attribute: until when the login at Access is good, an {@link java.time.Instant}. Absent without Access. */
    static final String UNTIL = "opencode.nexus.access.until";

    static final String TOKEN = "Cf-Access-Jwt-Assertion";

    private static final Logger LOG = LoggerFactory.getLogger(CloudflareAccess.class);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final int WAITING_FETCHES = 4;

    private final Clock clock;
    private final Function<AccessApplication, AccessKeys.Source> sources;
    private final Executor fetcher;
    private final Runnable changed;
    private final Runnable end;
    private volatile Door door;

    /** Who passes under what is set: everybody, when there is neither a check nor a refusal. */
    private record Door(String team, String audience, @Nullable AccessCheck check, @Nullable AccessRefusal shut) {
        boolean isFor(AccessSettings settings) {
            return team.equals(settings.team()) && audience.equals(settings.audience());
        }
    }

    @Activate
    public CloudflareAccess(AccessSettings settings, @Reference EventsServlet events) {
        ThreadPoolExecutor fetching = new ThreadPoolExecutor(
                1,
                1,
                IDLE.toSeconds(),
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING_FETCHES),
                task -> thread(task, "nexus-access"));
        fetching.allowCoreThreadTimeOut(true);
        ScheduledThreadPoolExecutor watch =
                new ScheduledThreadPoolExecutor(1, task -> thread(task, "nexus-access-limit"));
        watch.setKeepAliveTime(IDLE.toSeconds(), TimeUnit.SECONDS);
        watch.allowCoreThreadTimeOut(true);
        watch.setRemoveOnCancelPolicy(true);
        clock = Clock.systemUTC();
        sources = application -> new AccessCerts(application.certs(), AccessCerts.LIMIT, watch);
        fetcher = fetching;
        changed = events::renewTunnelled;
        end = () -> {
            fetching.shutdownNow();
            watch.shutdown(); // not at once: it still ends what is being fetched
        };
        door = door(settings);
    }

    /**
     * @param sources where the keys of an application are fetched from
     * @param fetcher who fetches them
     * @param changed called after other settings have begun to hold
     */
    CloudflareAccess(
            AccessSettings settings,
            Clock clock,
            Function<AccessApplication, AccessKeys.Source> sources,
            Executor fetcher,
            Runnable changed) {
        this.clock = clock;
        this.sources = sources;
        this.fetcher = fetcher;
        this.changed = changed;
        end = () -> {};
        door = door(settings);
    }

    @Modified
    void modified(AccessSettings settings) {
        if (!door.isFor(settings)) {
            door = door(settings);
            changed.run();
        }
    }

    @Deactivate
    void close() {
        end.run();
    }

    /** Why a request is not let in; empty when it may go on. For requests that came through the tunnel. Never blocks. */
    Optional<AccessRefusal> refuse(HttpServletRequest request) {
        Door now = door;
        AccessCheck check = now.check();
        if (check == null) {
            return Optional.ofNullable(now.shut());
        }
        List<String> tokens = Collections.list(request.getHeaders(TOKEN));
        if (tokens.isEmpty()) {
            return Optional.of(AccessRefusal.NO_TOKEN);
        }
        if (tokens.size() > 1) {
            return Optional.of(AccessRefusal.NOT_GENUINE);
        }
        Verdict verdict = check.of(tokens.get(0));
        if (verdict.refusal() == null) {
            request.setAttribute(UNTIL, verdict.until());
        }
        return Optional.ofNullable(verdict.refusal());
    }

    private Door door(AccessSettings settings) {
        String team = settings.team();
        String audience = settings.audience();
        List<Field> wrong = AccessApplication.problems(team, audience);
        if (!wrong.isEmpty()) {
            LOG.warn("Nobody is let in through the tunnel: what is set for Cloudflare Access is wrong: {}", wrong);
            return new Door(team, audience, null, AccessRefusal.BROKEN);
        }
        return new Door(
                team,
                audience,
                AccessApplication.of(team, audience).map(this::check).orElse(null),
                null);
    }

    private AccessCheck check(AccessApplication application) {
        LOG.info("Through the tunnel nobody is let in but by Cloudflare Access of {}", application.team());
        AccessKeys keys = new AccessKeys(sources.apply(application), clock, fetcher);
        keys.prepare();
        return new AccessCheck(application, keys, clock);
    }

    private static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
