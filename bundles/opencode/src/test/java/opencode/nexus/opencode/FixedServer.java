package opencode.nexus.opencode;

import java.util.List;
import java.util.Optional;

/** An OpenCode that is where the test says. */
final class FixedServer implements RunningOpenCode {
    private final List<String> workspaces;
    private Optional<Endpoint> endpoint;

    FixedServer(Endpoint endpoint, String... workspaces) {
        this.endpoint = Optional.of(endpoint);
        this.workspaces = List.of(workspaces);
    }

    synchronized void move(Optional<Endpoint> next) {
        endpoint = next;
        notifyAll();
    }

    @Override
    public synchronized Optional<Endpoint> endpoint() {
        return endpoint;
    }

    @Override
    public String reason() {
        return "OpenCode is stopped.";
    }

    @Override
    public List<String> workspaces() {
        return workspaces;
    }

    @Override
    public void heard() {}

    @Override
    public synchronized Optional<Endpoint> awaitChange(Optional<Endpoint> seen, long millis)
            throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (endpoint.equals(seen) && System.nanoTime() < end) {
            wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        }
        return endpoint;
    }
}
