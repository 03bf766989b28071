package opencode.nexus.testkit;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.restart.RestartService;
import org.jspecify.annotations.Nullable;

/** Starts nothing again; it answers what the test says and writes down what it was asked for. */
public final class FakeRestartService implements RestartService {

    /** Every change of the policy that was asked for, oldest first. */
    public final List<Map<String, ? extends @Nullable Object>> changes = new CopyOnWriteArrayList<>();

    public final List<Subject> subjects = new CopyOnWriteArrayList<>();

    /** Newest first. */
    public final List<PostMortem> postMortems = new CopyOnWriteArrayList<>();

    /** What {@link #policy} and {@link #change} answer. */
    public volatile Policy policy = new Policy(true, 10, 600, 500, 2.0, 60_000, 4_096, 8_192, true, true);

    private volatile @Nullable NexusException refusal;

    /** Every change of the policy from now on fails so; null makes it work again. */
    public void refuse(@Nullable NexusException failure) {
        refusal = failure;
    }

    @Override
    public Policy policy() {
        return policy;
    }

    @Override
    public Policy change(Map<String, ? extends @Nullable Object> values) {
        NexusException failure = refusal;
        if (failure != null) {
            throw failure;
        }
        changes.add(values);
        return policy;
    }

    @Override
    public List<Subject> subjects() {
        return List.copyOf(subjects);
    }

    @Override
    public List<Attempt> attempts() {
        return postMortems.stream().map(PostMortem::attempt).toList();
    }

    @Override
    public PostMortem postMortem(String attemptId) {
        return postMortems.stream()
                .filter(found -> found.attempt().id().equals(attemptId))
                .findFirst()
                .orElseThrow(() -> new NexusException(
                        NexusException.Kind.NOT_FOUND, "unknown-attempt", "There is no such attempt, or no more."));
    }
}
