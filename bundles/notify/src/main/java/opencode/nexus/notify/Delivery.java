package opencode.nexus.notify;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.NotificationChannel;
import opencode.nexus.api.notify.NotificationService.Channel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands notifications to channels, one after the other. A channel that takes too long is interrupted; one that does not
 * heed that is left alone, with the thread it holds, until it comes back. Safe for use by several threads.
 */
final class Delivery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final Duration LAST_WORD = Duration.ofSeconds(1);
    private static final int LONGEST_PROBLEM = 200;

    /** How long a channel may take, how many notifications may wait, and what those are called that had to go. */
    record Limits(Duration patience, int waiting, IntFunction<Notification> lost) {}

    private record Parcel(Notification notification, Set<String> channels) {}

    /** A channel and what is known of it. */
    private static final class Line {
        private final NotificationChannel channel;
        private volatile @Nullable String problem;
        /** The call that was made last; it may not have come back. */
        private volatile @Nullable Call call;

        Line(NotificationChannel channel) {
            this.channel = channel;
        }
    }

    /** One call of a channel, on a thread that can be given up. */
    private static final class Call implements Runnable {
        private final NotificationChannel channel;
        private final Notification notification;
        private final Thread thread;
        private volatile @Nullable Throwable failure;

        Call(String name, NotificationChannel channel, Notification notification) {
            this.channel = channel;
            this.notification = notification;
            this.thread = new Thread(this, "nexus-notify-" + name);
            thread.setDaemon(true);
        }

        @Override
        public void run() {
            try {
                channel.deliver(notification);
            } catch (RuntimeException | LinkageError e) {
                // The latter from a bundle that is being replaced.
                failure = e;
            }
        }

        /** Whether it comes back in time. An interrupt of the waiting thread interrupts the call, too. */
        boolean comesBack(Duration patience) throws InterruptedException {
            try {
                thread.join(Math.max(1, patience.toMillis()));
            } catch (InterruptedException e) {
                thread.interrupt();
                throw e;
            }
            return !thread.isAlive();
        }
    }

    private final Limits limits;
    private final Predicate<Notification> wanted;
    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private final Deque<Parcel> waiting = new ArrayDeque<>();
    private final Set<String> lostTo = new LinkedHashSet<>();
    private int lost;
    private boolean closed;
    private final Thread thread = new Thread(this::run, "nexus-notify-delivery");

    /** @param wanted whether the owner still needs to hear of one, asked right before it is delivered */
    Delivery(Limits limits, Predicate<Notification> wanted) {
        this.limits = limits;
        this.wanted = wanted;
        thread.setDaemon(true);
        thread.start();
    }

    /** Ends all, what is being delivered included. What waits is not delivered; the list has it. */
    @Override
    public void close() {
        synchronized (waiting) {
            closed = true;
            waiting.clear();
        }
        thread.interrupt();
    }

    void add(NotificationChannel channel) {
        String name = ChannelNames.nameOf(channel);
        if (name == null || lines.putIfAbsent(name, new Line(channel)) != null) {
            LOG.warn("A channel for notifications is not used: its name {} is taken or no name", name);
        }
    }

    void remove(NotificationChannel channel) {
        lines.values().removeIf(line -> line.channel == channel);
    }

    /** The channels that are there, by name. */
    Collection<Channel> channels() {
        Map<String, Channel> channels = new TreeMap<>();
        lines.forEach((name, line) -> channels.put(name, shown(name, line)));
        return channels.values();
    }

    /** Delivers by and by. When too many wait, the oldest is lost, and the owner told of the number. */
    void deliver(Notification notification, Set<String> channels) {
        synchronized (waiting) {
            if (closed || channels.isEmpty()) {
                return;
            }
            if (waiting.size() >= limits.waiting()) {
                lostTo.addAll(waiting.removeFirst().channels());
                lost++;
            }
            waiting.addLast(new Parcel(notification, Set.copyOf(channels)));
            waiting.notifyAll();
        }
    }

    private void run() {
        try {
            while (true) {
                Parcel parcel = next();
                for (String name : parcel.channels()) {
                    Line line = lines.get(name);
                    if (line != null && wanted.test(parcel.notification())) {
                        deliver(name, line, parcel.notification());
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("No more notifications are delivered", e);
        }
    }

    private Parcel next() throws InterruptedException {
        synchronized (waiting) {
            while (waiting.isEmpty() && lost == 0) {
                if (closed) {
                    throw new InterruptedException();
                }
                waiting.wait();
            }
            if (!waiting.isEmpty()) {
                return waiting.removeFirst();
            }
            LOG.warn("{} notifications were not delivered, because too many waited", lost);
            Parcel told = new Parcel(limits.lost().apply(lost), Set.copyOf(lostTo));
            lost = 0;
            lostTo.clear();
            return told;
        }
    }

    private void deliver(String name, Line line, Notification notification) throws InterruptedException {
        Call last = line.call;
        if (last != null && last.thread.isAlive() || !shown(name, line).available()) {
            return;
        }
        Call call = new Call(name, line.channel, notification);
        line.call = call;
        call.thread.start();
        if (!call.comesBack(limits.patience())) {
            call.thread.interrupt();
            failed(name, line, "It takes too long.");
            if (!call.comesBack(LAST_WORD)) {
                LOG.warn("Notifications by {} do not come back; it is left alone until they do", name);
            }
            return;
        }
        Throwable failure = call.failure;
        if (failure == null) {
            solved(name, line);
        } else if (failure instanceof NexusException) {
            failed(name, line, String.valueOf(failure.getMessage()));
        } else {
            LOG.warn("Notifications by {} fail", name, failure);
            failed(name, line, "Something went wrong inside; the log tells more.");
        }
    }

    private void solved(String name, Line line) {
        if (line.problem != null) {
            LOG.info("Notifications by {} arrive again", name);
            line.problem = null;
        }
    }

    private void failed(String name, Line line, String problem) {
        if (line.problem == null) {
            LOG.warn("Notifications by {} do not arrive: {}", name, problem);
        }
        line.problem = PlainText.of(problem, LONGEST_PROBLEM);
    }

    private static Channel shown(String name, Line line) {
        try {
            return new Channel(
                    name,
                    PlainText.of(line.channel.title(), StoredNotifications.LONGEST_TITLE),
                    line.channel.isAvailable(),
                    line.problem);
        } catch (RuntimeException e) {
            LOG.warn("The channel {} does not say how it is", name, e);
            return new Channel(name, name, false, "It does not say how it is.");
        }
    }
}
