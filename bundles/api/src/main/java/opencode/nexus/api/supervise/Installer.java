package opencode.nexus.api.supervise;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Installs the program of a {@link Supervised} where the owner has none, or one that is too old, into the home of Nexus.
 * Published with the service property {@link Supervised#NAME}. Every change is published in the hub with the status, as
 * {@code <name>.state}. Safe for use by several threads.
 */
@ProviderType
public interface Installer {

    /** How it stands. Never blocks. */
    Installation installation();

    /**
     * Begins to install the newest version and returns at once; what comes of it is told by {@link #installation}. When it
     * is there and wanted, it is started; one that runs is exchanged as soon as nothing is lost by it.
     *
     * @throws opencode.nexus.api.NexusException CONFLICT {@code install-running}; CONFLICT {@code not-controlled} when
     *     somebody else runs it; CONFLICT {@code installed-elsewhere} when there is one that Nexus did not install;
     *     UNAVAILABLE {@code npm-missing}
     */
    void install();

    /**
     * How an installation stands.
     *
     * @param offer what the owner may ask for now; null for nothing
     * @param since when the state began; null for {@link Progress#NONE}
     * @param code {@code install-failed}, when it failed
     * @param message what is done or was done; why it failed with the last lines that were said, redacted
     */
    record Installation(
            Progress state,
            @Nullable Offer offer,
            @Nullable Instant since,
            @Nullable String code,
            @Nullable String message) {

        /** Nothing was installed, and nothing needs to be. */
        public static final Installation NOTHING = new Installation(Progress.NONE, null, null, null, null);
    }

    enum Progress {
        NONE,
        RUNNING,
        FAILED,
        DONE
    }

    enum Offer {
        /** There is no program. */
        INSTALL,
        /** The program that Nexus installed is older than the tested one. */
        UPDATE
    }
}
