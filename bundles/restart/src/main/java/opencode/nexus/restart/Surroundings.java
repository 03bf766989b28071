package opencode.nexus.restart;

import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.restart.supervisor.Action.News;
import org.jspecify.annotations.Nullable;

/** What a ward is surrounded by. Safe for use by several threads; nothing of it blocks. */
interface Surroundings {

    Policy policy();

    /** It stands differently. */
    void changed(Subject subject);

    /** A failure, or what became of it. */
    void changed(Attempt attempt);

    void tell(String subject, News news, String text);

    /** The sessions that are open; null when nobody knows. */
    @Nullable
    Evidence sessions();
}
