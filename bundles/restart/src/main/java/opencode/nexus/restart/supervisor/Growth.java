package opencode.nexus.restart.supervisor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Whether memory rises steadily. It keeps the lowest value of every half minute, which is what is left when garbage was
 * collected, for twenty minutes.
 *
 * <p>The slope is that of Theil and Sen: the median of the slopes between all pairs, which up to 29 % of outliers cannot
 * move. A slope alone would take one large answer, after which memory stays, for a leak; so nearly all pairs must rise, as
 * in the test of Mann and Kendall, and it must have grown by half. OpenCode holds 0.3 to 0.7 GB as a rule, and after large
 * answers up to 1.6 GB: such steps are no leak.
 *
 * @param floors the lowest value of each half minute, in bytes, oldest first
 * @param begun when the present half minute began
 * @param lowest of the present half minute; {@link Long#MAX_VALUE} before the first value
 */
record Growth(List<Long> floors, long begun, long lowest) {
    static final Growth NONE = new Growth(List.of(), 0, Long.MAX_VALUE);

    static final long BUCKET_MILLIS = 30_000;
    static final int MOST = 40;
    /** Ten minutes. */
    static final int LEAST = 20;

    private static final int BUCKETS_AN_HOUR = 120;
    private static final double GROWTH = 1.5;
    private static final double RISING = 0.8;
    private static final int EDGE = 3;

    Growth {
        floors = List.copyOf(floors);
    }

    Growth with(long bytes, long now) {
        if (lowest == Long.MAX_VALUE) {
            return new Growth(floors, now, bytes);
        }
        if (now >= begun && now - begun < BUCKET_MILLIS) {
            return new Growth(floors, begun, Math.min(lowest, bytes));
        }
        List<Long> next = new ArrayList<>(floors.subList(Math.max(0, floors.size() + 1 - MOST), floors.size()));
        next.add(lowest);
        return new Growth(next, now, bytes);
    }

    /** Whether it rises so steadily that it would be at the limit within an hour. */
    boolean reaches(long limit) {
        int size = floors.size();
        if (size < LEAST) {
            return false;
        }
        double first = median(floors.subList(0, EDGE));
        double last = median(floors.subList(size - EDGE, size));
        if (last < first * GROWTH) {
            return false;
        }
        double[] slopes = new double[size * (size - 1) / 2];
        int rising = 0;
        int count = 0;
        for (int from = 0; from < size; from++) {
            for (int to = from + 1; to < size; to++) {
                double slope = (floors.get(to) - floors.get(from)) / (double) (to - from);
                rising += slope > 0 ? 1 : 0;
                slopes[count++] = slope;
            }
        }
        Arrays.sort(slopes);
        return rising >= RISING * count && last + slopes[count / 2] * BUCKETS_AN_HOUR >= limit;
    }

    private static double median(List<Long> three) {
        return three.stream().sorted().toList().get(EDGE / 2);
    }
}
