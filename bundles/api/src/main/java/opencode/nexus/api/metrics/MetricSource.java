package opencode.nexus.api.metrics;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Something that can tell how it does. A whiteboard service: whoever publishes one is measured, kept, charted and exported
 * with the rest. Asked on the one thread that takes samples, once a second at most.
 */
@ConsumerType
public interface MetricSource {

    /**
     * What it measures, all at one moment. Must return at once: a source that takes longer than 100 ms, or throws, is left
     * out for a minute. The same metrics each time, as far as they are known; at most 32.
     */
    List<Metric> measure();
}
