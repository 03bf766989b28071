package opencode.nexus.hub;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A number that no two lives of the hub share, one to three characters long. It is counted in a file; when that is not to
 * be had, it is drawn by lot, since a repeated epoch would pass off old ids as known.
 */
final class Epoch {
    private static final Logger LOG = LoggerFactory.getLogger(Epoch.class);
    private static final int RADIX = Character.MAX_RADIX;
    private static final int END = RADIX * RADIX * RADIX;

    private Epoch() {}

    /** The next one, written down. */
    static String next(NexusHome home) {
        try {
            Path file = home.directory("hub").resolve("epoch");
            String epoch = home.read(file).map(Epoch::after).orElse("1");
            home.write(file, epoch.getBytes(StandardCharsets.US_ASCII));
            return epoch;
        } catch (NexusException e) {
            LOG.warn("{} Events are numbered from a random start until then", e.getMessage());
            return drawn();
        }
    }

    private static String after(byte[] content) {
        String last = new String(content, StandardCharsets.US_ASCII).strip();
        if (!last.matches("[0-9a-z]{1,3}")) {
            return drawn();
        }
        int next = Integer.parseInt(last, RADIX) + 1;
        return Integer.toString(next < END ? next : 1, RADIX);
    }

    private static String drawn() {
        return Integer.toString(ThreadLocalRandom.current().nextInt(RADIX * RADIX, END), RADIX);
    }
}
