package opencode.nexus.api.metrics;

import java.util.Map;
import java.util.TreeMap;

/**
 * One measured thing with its value at one moment. Its {@link #series} is the same from sample to sample and from one run to
 * the next; history and charts know it by that.
 *
 * @param name words with dots between them, from the general to the particular: {@code opencode.requests}. Letters, digits
 *     and underscores; at most 60 characters. Without unit and without {@code total}, which are added where they are usual
 * @param help one sentence: what it is and where the number comes from
 * @param labels what tells apart things of one name, for instance {@code path}; at most three
 * @param value in {@code unit}; NaN when it is not known just now
 */
public record Metric(String name, Kind kind, Unit unit, String help, Map<String, String> labels, double value) {

    /** How values of one metric belong together. */
    public enum Kind {
        /** Goes up and down. */
        GAUGE,
        /** Only grows, from 0 at the start of what counts. History shows how much it grows in a second. */
        COUNTER
    }

    /** What a value counts. */
    public enum Unit {
        NONE,
        SECONDS,
        BYTES,
        /** Busy processor cores: 1.0 is one core. */
        CORES,
        /** From 0 to 1. */
        RATIO,
        USD
    }

    public Metric {
        if (!name.matches("[a-z][a-z0-9_]*(\\.[a-z0-9_]+)*") || name.length() > 60) {
            throw new IllegalArgumentException("not the name of a metric: " + name);
        }
        if (labels.size() > 3 || !labels.keySet().stream().allMatch(key -> key.matches("[a-z][a-z0-9_]{0,30}"))) {
            throw new IllegalArgumentException("not the labels of a metric: " + labels.keySet());
        }
        labels = Map.copyOf(labels);
    }

    public static Metric gauge(String name, Unit unit, String help, double value) {
        return new Metric(name, Kind.GAUGE, unit, help, Map.of(), value);
    }

    public static Metric counter(String name, Unit unit, String help, double value) {
        return new Metric(name, Kind.COUNTER, unit, help, Map.of(), value);
    }

    /** The same with one label more. */
    public Metric with(String label, String text) {
        Map<String, String> more = new TreeMap<>(labels);
        more.put(label, text);
        return new Metric(name, kind, unit, help, more, value);
    }

    /** The name, with the labels in braces when there are any: {@code machine.disk_free{path=/home}}. */
    public String series() {
        if (labels.isEmpty()) {
            return name;
        }
        StringBuilder series = new StringBuilder(name).append('{');
        new TreeMap<>(labels)
                .forEach((label, text) -> series.append(series.charAt(series.length() - 1) == '{' ? "" : ",")
                        .append(label)
                        .append('=')
                        .append(text));
        return series.append('}').toString();
    }
}
