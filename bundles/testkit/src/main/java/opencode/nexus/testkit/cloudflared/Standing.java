package opencode.nexus.testkit.cloudflared;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How the tunnel stands: what the edge's loop writes and what the metrics port and the public address read. */
final class Standing {
    final UUID connectorId = UUID.randomUUID();
    final String hostname;
    final boolean isQuick;
    final AtomicInteger requests = new AtomicInteger();
    final AtomicInteger errors = new AtomicInteger();
    final AtomicInteger running = new AtomicInteger();
    final AtomicInteger registered = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final Map<Integer, AtomicInteger> answers = new ConcurrentSkipListMap<>();

    private volatile Ingress ingress;
    private volatile int configuration = -1;
    private volatile int connections;
    private volatile boolean attempts = true;
    private volatile boolean drains;

    /** @param hostname of a quick tunnel; empty for any other */
    Standing(String hostname, Ingress ingress) {
        this.hostname = hostname;
        this.isQuick = !hostname.isEmpty();
        this.ingress = ingress;
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

    static String address(int connection) {
        return new String[] {"198.51.100.7", "198.51.100.33", "203.0.113.53", "203.0.113.167"}[connection % 4];
    }
}
