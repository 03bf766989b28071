package opencode.nexus.restart;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import opencode.nexus.api.restart.RestartService.Sample;
import opencode.nexus.api.supervise.Vitals;
import org.jspecify.annotations.Nullable;

/** Memory and processor of the last ten minutes. Not safe for use by several threads. */
final class Curve {
    private static final long KEPT_MILLIS = Duration.ofMinutes(10).toMillis();
    private static final int MOST = 150;

    private final Deque<Point> points = new ArrayDeque<>();
    private @Nullable Long pid;
    private @Nullable Double cpuSeconds;
    private long at;

    private record Point(long at, Sample sample) {}

    /** @param now of the clock that knows no date; going back, it makes nothing older */
    void add(Vitals vitals, long now) {
        boolean same = pid != null && pid.equals(vitals.pid());
        Double cpu = same ? cores(vitals.cpuSeconds(), now) : null;
        pid = vitals.pid();
        cpuSeconds = vitals.cpuSeconds();
        at = now;
        points.add(new Point(now, new Sample(vitals.at(), vitals.rssBytes(), cpu)));
        while (points.size() > MOST || now - points.getFirst().at() > KEPT_MILLIS) {
            points.removeFirst();
        }
    }

    List<Sample> samples() {
        return points.stream().map(Point::sample).toList();
    }

    private @Nullable Double cores(@Nullable Double next, long now) {
        Double before = cpuSeconds;
        if (next == null || before == null || now <= at) {
            return null;
        }
        // A process below it that ended takes its time along.
        return Math.max(0, Math.round((next - before) * 1_000_000 / (now - at)) / 1_000.0);
    }
}
