package opencode.nexus.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import opencode.nexus.api.process.ChildProcess.Usage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a process and those below it use: from {@code /proc} where there is one, else from {@code ps}. */
final class ProcessUsage {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessUsage.class);
    private static final Path PROC = Path.of("/proc");
    private static final boolean HAS_PROC = Files.isReadable(PROC.resolve("self/status"));
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");
    private static final int PS_SECONDS = 2;

    private ProcessUsage() {}

    static Usage of(ProcessHandle root) {
        List<ProcessHandle> all = new ArrayList<>(List.of(root));
        all.addAll(ProcessTree.below(root));
        List<Duration> times = all.stream()
                .map(one -> one.info().totalCpuDuration())
                .flatMap(Optional::stream)
                .toList();
        Double seconds = times.isEmpty()
                ? null
                : times.stream().mapToDouble(time -> time.toMillis() / 1_000.0).sum();
        return new Usage(HAS_PROC ? fromProc(all) : fromPs(all), seconds);
    }

    private static @Nullable Long fromProc(List<ProcessHandle> all) {
        long kilobytes = 0;
        boolean known = false;
        for (ProcessHandle one : all) {
            try {
                Matcher line = RESIDENT.matcher(Files.readString(
                        PROC.resolve(Long.toString(one.pid())).resolve("status"), StandardCharsets.ISO_8859_1));
                if (line.find()) {
                    kilobytes += Long.parseLong(line.group(1));
                    known = true;
                }
            } catch (IOException e) {
                LOG.trace("Process {} has ended meanwhile", one.pid());
            }
        }
        return known ? kilobytes * 1024 : null;
    }

    private static @Nullable Long fromPs(List<ProcessHandle> all) {
        String pids = all.stream().map(one -> Long.toString(one.pid())).collect(Collectors.joining(","));
        try {
            Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", pids)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!ps.waitFor(PS_SECONDS, TimeUnit.SECONDS)) {
                ps.destroyForcibly();
                return null;
            }
            String output = new String(ps.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            List<Long> sizes = output.lines()
                    .map(String::strip)
                    .filter(line -> line.matches("\\d+"))
                    .map(Long::valueOf)
                    .toList();
            return sizes.isEmpty()
                    ? null
                    : sizes.stream().mapToLong(size -> size).sum() * 1024;
        } catch (IOException e) {
            LOG.debug("ps tells nothing", e);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
