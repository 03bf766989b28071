package opencode.nexus.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import opencode.nexus.api.tunnel.TunnelService;
import opencode.nexus.api.tunnel.TunnelStatus;
import org.jspecify.annotations.Nullable;

/** Opens nothing; it answers what the test says and writes down what it was asked for. */
public final class FakeTunnelService implements TunnelService {

    /** {@code start}, {@code stop}, {@code configure}, oldest first. */
    public final List<String> asked = new CopyOnWriteArrayList<>();

    /** What {@link #validate} finds in every configuration. */
    public final List<TunnelProblem> problems = new CopyOnWriteArrayList<>();

    /** All that cloudflared wrote. */
    public final List<String> lines = new CopyOnWriteArrayList<>();

    public volatile TunnelStatus status = SampleTunnel.CLOSED;
    public volatile TunnelConfig config = TunnelConfig.STANDARD;

    /** The token that was given last, if any. */
    public volatile @Nullable String token;

    private volatile @Nullable NexusException refusal;

    /** Every start and configuration from now on fails so; null makes it work again. */
    public void refuse(@Nullable NexusException failure) {
        refusal = failure;
    }

    @Override
    public TunnelStatus status() {
        return status;
    }

    @Override
    public void start() {
        failIfTold();
        asked.add("start");
    }

    @Override
    public void stop() {
        asked.add("stop");
    }

    @Override
    public TunnelConfig config() {
        return config;
    }

    @Override
    public TunnelConfig configure(TunnelConfig next) {
        failIfTold();
        asked.add("configure");
        String given = next.token();
        if (given != null) {
            token = given.isEmpty() ? null : given;
        }
        config = next.shown(token != null);
        return config;
    }

    @Override
    public List<TunnelProblem> validate(TunnelConfig checked) {
        return List.copyOf(problems);
    }

    @Override
    public String preview(TunnelConfig shown) {
        List<Field> errors = problems.stream()
                .filter(problem -> problem.severity() == Severity.ERROR)
                .map(problem -> new Field(problem.field(), problem.message()))
                .toList();
        if (!errors.isEmpty()) {
            throw NexusException.invalid(errors);
        }
        return "kind: " + shown.kind() + "\n";
    }

    @Override
    public List<String> logTail(int count) {
        List<String> all = new ArrayList<>(lines);
        return List.copyOf(all.subList(Math.max(0, all.size() - count), all.size()));
    }

    private void failIfTold() {
        NexusException failure = refusal;
        if (failure != null) {
            throw failure;
        }
    }
}
