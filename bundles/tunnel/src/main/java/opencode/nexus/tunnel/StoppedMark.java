package opencode.nexus.tunnel;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers that the owner stopped the tunnel, also for a gateway that comes after a crash: a stop is final until a start. */
final class StoppedMark {
    private static final Logger LOG = LoggerFactory.getLogger(StoppedMark.class);
    private static final byte[] STOPPED = "stopped by the owner\n".getBytes(StandardCharsets.UTF_8);

    private final NexusHome home;
    private final Path file;

    StoppedMark(NexusHome home) {
        this.home = home;
        file = home.directory("tunnel").resolve("wanted");
    }

    boolean isSet() {
        try {
            return home.read(file).filter(content -> content.length > 0).isPresent();
        } catch (NexusException e) {
            LOG.warn("Whether the tunnel was stopped by its owner is not known: {}", e.getMessage());
            return false;
        }
    }

    void set(boolean stopped) {
        if (stopped == isSet()) {
            return;
        }
        try {
            home.write(file, stopped ? STOPPED : new byte[0]);
        } catch (NexusException e) {
            LOG.warn("That the tunnel was {} is not remembered: {}", stopped ? "stopped" : "started", e.getMessage());
        }
    }
}
