package opencode.nexus.restart;

import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.restart.supervisor.Action.News;
import org.jspecify.annotations.Nullable;

/** What a ward is surrounded by. Safe for use by several threads; nothing of it blocks but {@link #look} and {@link #sessions}. */
interface Surroundings {

    Policy policy();

    /** It stands differently. */
    void changed(Subject subject);

    /** A failure, or what became of it. */
    void changed(Attempt attempt);

    void tell(String subject, News news, String text);

    /** All is well: how the sessions stand now is how they stood before a failure that may come. */
    void look();

    /**
     * The sessions that are open, and how they stood at the last {@link #look} when the failure has changed that already;
     * null when nobody knows.
     */
    @Nullable
    Evidence sessions();
}
