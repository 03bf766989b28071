package opencode.nexus.testkit.cloudflared;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The public address, as far as it can stand on loopback: takes visitors, one request for each connection. */
final class PublicFront {
    private static final int MOST = 1_000;

    private final Log log;
    private final Control control;
    private final Standing standing;
    private final ServerSocket listener;
    private final Set<Visit> visits = ConcurrentHashMap.newKeySet();
    private final AtomicInteger threads = new AtomicInteger();
    private final ExecutorService pool =
            new ThreadPoolExecutor(0, 3 * MOST, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread);

    private PublicFront(Log log, Control control, Standing standing, ServerSocket listener) {
        this.log = log;
        this.control = control;
        this.standing = standing;
        this.listener = listener;
    }

    /** Listens on the port that the test wants, any free one unless it says so, and tells the test which it is. */
    static PublicFront open(Log log, Control control, Standing standing) throws Failure {
        int port = control.number("public.port", 0);
        try {
            ServerSocket listener = new ServerSocket(port, 200, InetAddress.getLoopbackAddress());
            PublicFront front = new PublicFront(log, control, standing, listener);
            control.publish(listener.getLocalPort());
            front.thread(front::accept).start();
            return front;
        } catch (IOException e) {
            throw Failure.exit(70, "stand-in: no public address on port " + port + ": " + e.getMessage());
        }
    }

    /** Visitors who are being served by an origin. */
    boolean isIdle() {
        return visits.stream().noneMatch(Visit::isCarried);
    }

    /** The connections with the edge are gone: so is everybody who was on one. */
    void cut() {
        // Whoever came after the loss gets an answer.
        visits.stream().filter(Visit::isCarried).forEach(Visit::hangUp);
    }

    void run(Runnable task) {
        pool.execute(task);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                if (visits.size() >= MOST) {
                    socket.close();
                    continue;
                }
                Visit visit = new Visit(log, control, standing, this, Line.of(socket));
                visits.add(visit);
                pool.execute(() -> {
                    try {
                        visit.serve();
                    } finally {
                        visits.remove(visit);
                    }
                });
            } catch (IOException e) {
                // One visitor fewer; the next one may be luckier.
                continue;
            }
        }
    }

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task, "nexus-stand-in-edge-" + threads.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }
}
