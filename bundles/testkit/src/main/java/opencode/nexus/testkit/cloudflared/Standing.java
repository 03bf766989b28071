package opencode.nexus.testkit.cloudflared;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How the tunnel stands: what the edge's loop writes and what the metrics port and the public address read. */
final class Standing {
    private static final String[] ADDRESSES = {"198.51.100.7", "198.51.100.33", "203.0.113.53", "203.0.113.167"};

    final UUID connectorId = UUID.randomUUID();
    final String hostname;
    final boolean isQuick;
    final AtomicInteger requests = new AtomicInteger();
    final AtomicInteger errors = new AtomicInteger();
    final AtomicInteger running = new AtomicInteger();
    final AtomicInteger registered = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final Map<Integer, AtomicInteger> answers = new ConcurrentSkipListMap<>();

    private final List<String> edges;
    private volatile Ingress ingress;
    private volatile int configuration = -1;
    private volatile int connections;
    private volatile boolean attempts = true;
    private volatile boolean drains;

    /**
     * A tunnel that is not connected yet.
     *
     * @param hostname of a quick tunnel; empty for any other
     * @param edges {@code host:port} of each that is to be used; empty for those of Cloudflare
     */
    Standing(String hostname, Ingress ingress, List<String> edges) {
        this.hostname = hostname;
        this.isQuick = !hostname.isEmpty();
        this.ingress = ingress;
        this.edges = List.copyOf(edges);
    }

    Ingress ingress() {
        return ingress;
    }

    /** -1: the configuration is local. */
    int configuration() {
        return configuration;
    }

    void push(int version, Ingress pushed) {
        ingress = pushed;
        configuration = version;
    }

    /** Registered ones; none as soon as the tunnel is about to end. */
    int connections() {
        return drains ? 0 : connections;
    }

    void connections(int count) {
        connections = count;
    }

    /** Whether a connection is being made just now. */
    boolean attempts() {
        return attempts;
    }

    void attempts(boolean now) {
        attempts = now;
    }

    boolean drains() {
        return drains;
    }

    /** @return how many connections there were */
    int drain() {
        drains = true;
        return connections;
    }

    void answered(int status) {
        answers.computeIfAbsent(status, code -> new AtomicInteger()).incrementAndGet();
    }

    static String location(int connection) {
        return new String[] {"bru01", "bru03", "ams04", "ams12"}[connection % 4];
    }

    /** {@code host:port} of the edge that this connection goes to. */
    String edge(int connection) {
        return edges.isEmpty() ? ADDRESSES[connection % 4] + ":7844" : edges.get(connection % edges.size());
    }

    String address(int connection) {
        return edge(connection).replaceFirst(":[0-9]+$", "");
    }
}
