package opencode.nexus.notify;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.NotificationChannel;

/** Keeps what it is given, after it has done what a test wants it to do. */
final class RecordingChannel implements NotificationChannel {
    private final String name;
    private final BlockingQueue<Notification> delivered = new LinkedBlockingQueue<>();
    volatile boolean available = true;
    volatile Consumer<Notification> behaviour = notification -> {};

    RecordingChannel(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String title() {
        return "Channel " + name;
    }

    @Override
    public boolean isAvailable() {
        return available;
    }

    @Override
    public void deliver(Notification notification) {
        behaviour.accept(notification);
        delivered.add(notification);
    }

    /** Waits for the next one; fails after 20 seconds. */
    Notification next() throws InterruptedException {
        Notification next = delivered.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing was delivered by " + name);
        }
        return next;
    }

    boolean isEmpty() {
        return delivered.isEmpty();
    }
}
