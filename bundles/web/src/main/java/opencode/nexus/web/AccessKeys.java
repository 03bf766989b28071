package opencode.nexus.web;

import java.io.IOException;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that tokens are signed with, as they were fetched last. Nobody who asks ever waits for the network: what is
 * missing is fetched meanwhile, once at a time and at most once a minute. Safe for use by several threads.
 */
final class AccessKeys {
    /** Older keys are fetched anew, and used until that has succeeded. */
    static final Duration FRESH = Duration.ofHours(1);
    /** Older keys are not used. */
    static final Duration USABLE = Duration.ofHours(24);

    static final Duration PAUSE = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(AccessKeys.class);

    /** Where they are fetched from. */
    @FunctionalInterface
    interface Source {
        /**
         * At least one key, each by its id. May take a few seconds.
         *
         * @throws IOException with a reason for the owner
         */
        Map<String, RSAPublicKey> fetch() throws IOException;
    }

    enum Standing {
        KNOWN,
        /** There are keys, but no such one. */
        UNKNOWN,
        /** It may be among those that are being fetched. */
        FETCHING,
        /** There are no keys at all. */
        NONE
    }

    /** @param key there when it is known */
    record Found(Standing standing, @Nullable RSAPublicKey key) {}

    private final Source source;
    private final Clock clock;
    private final Executor fetcher;

    // Guarded by this.
    private Map<String, RSAPublicKey> keys = Map.of();
    private @Nullable Instant fetchedAt;
    private @Nullable Instant triedAt;
    private boolean fetching;
    private boolean failing;

    AccessKeys(Source source, Clock clock, Executor fetcher) {
        this.source = source;
        this.clock = clock;
        this.fetcher = fetcher;
    }

    /** Begins to fetch them, so that they are there when somebody comes. */
    void prepare() {
        find("");
    }

    Found find(String id) {
        if (isToBeFetched(id)) {
            try {
                fetcher.execute(this::fetch);
            } catch (RejectedExecutionException e) {
                LOG.debug("The keys of Cloudflare Access are not fetched now", e);
                ended();
            }
        }
        return look(id);
    }

    private synchronized boolean isToBeFetched(String id) {
        Instant now = clock.instant();
        boolean wanted = isPast(fetchedAt, FRESH, now) || !keys.containsKey(id);
        if (!wanted || fetching || !isPast(triedAt, PAUSE, now)) {
            return false;
        }
        fetching = true;
        triedAt = now;
        return true;
    }

    private synchronized Found look(String id) {
        boolean usable = !isPast(fetchedAt, USABLE, clock.instant());
        RSAPublicKey key = usable ? keys.get(id) : null;
        if (key != null) {
            return new Found(Standing.KNOWN, key);
        }
        return new Found(fetching ? Standing.FETCHING : usable ? Standing.UNKNOWN : Standing.NONE, null);
    }

    private void fetch() {
        try {
            take(source.fetch());
        } catch (IOException | RuntimeException e) {
            failed(e);
        } finally {
            ended();
        }
    }

    private synchronized void take(Map<String, RSAPublicKey> fetched) {
        keys = fetched;
        fetchedAt = clock.instant();
        if (failing) {
            LOG.info("The keys of Cloudflare Access could be fetched again");
        }
        failing = false;
    }

    private synchronized void failed(Exception failure) {
        failing = true;
        LOG.warn(
                "The keys of Cloudflare Access cannot be fetched: {}; those before are used for {} hours at most",
                failure.getMessage(),
                USABLE.toHours());
        LOG.debug("Because of this", failure);
    }

    private synchronized void ended() {
        fetching = false;
    }

    /** Also when the clock was set back meanwhile: then nobody knows how old it is. */
    private static boolean isPast(@Nullable Instant since, Duration age, Instant now) {
        return since == null || now.isBefore(since) || !now.isBefore(since.plus(age));
    }
}
