package opencode.nexus.chat;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees a workspace go and come back while a page is open and asks for nothing. On a thread of its own: a directory on a
 * drive that does not answer holds up nothing else.
 */
@Component(service = WorkspaceWatch.class, immediate = true)
public final class WorkspaceWatch {
    private static final Logger LOG = LoggerFactory.getLogger(WorkspaceWatch.class);
    private static final int SECONDS = 5;

    private final SessionBoard board;
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nexus-workspaces"));

    @Activate
    public WorkspaceWatch(@Reference SessionBoard board) {
        this.board = board;
        thread.scheduleWithFixedDelay(this::look, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    @Deactivate
    void close() {
        thread.shutdownNow();
    }

    private void look() {
        try {
            board.lookForWorkspaces();
        } catch (RuntimeException e) {
            LOG.warn("Whether the workspaces are there could not be seen", e);
        }
    }
}
