package opencode.nexus.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService.Channel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DeliveryTest {
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final Set<String> unwanted = ConcurrentHashMap.newKeySet();
    private final RecordingChannel desktop = new RecordingChannel("desktop");
    private final RecordingChannel push = new RecordingChannel("push");
    private final CountDownLatch open = new CountDownLatch(1);
    private @Nullable Delivery delivery;

    @AfterEach
    void end() {
        open.countDown();
        if (delivery != null) {
            delivery.close();
        }
    }

    @Test
    void eachChannelGetsWhatIsForIt() throws Exception {
        Delivery started = start(LONG, 10);

        started.deliver(notification("1"), Set.of("desktop"));
        started.deliver(notification("2"), Set.of("push"));
        started.deliver(notification("3"), Set.of("desktop", "push", "fax"));

        assertThat(desktop.next().id()).isEqualTo("1");
        assertThat(desktop.next().id()).isEqualTo("3");
        assertThat(push.next().id()).isEqualTo("2");
        assertThat(push.next().id()).isEqualTo("3");
    }

    @Test
    void whatNobodyNeedsAnyMoreIsNotDelivered() throws Exception {
        Delivery started = start(LONG, 10);
        unwanted.add("1");

        started.deliver(notification("1"), Set.of("desktop"));
        started.deliver(notification("2"), Set.of("desktop"));

        assertThat(desktop.next().id()).isEqualTo("2");
    }

    @Test
    void aChannelThatIsNotAvailableIsNotAsked() throws Exception {
        Delivery started = start(LONG, 10);
        desktop.available = false;

        started.deliver(notification("1"), Set.of("desktop"));
        started.deliver(notification("2"), Set.of("push"));
        push.next();

        assertThat(desktop.isEmpty()).isTrue();
        assertThat(channel("desktop").available()).isFalse();
        assertThat(channel("desktop").problem()).isNull();
    }

    @Test
    void aFailureIsShownUntilItWorksAgain() throws Exception {
        Delivery started = start(LONG, 10);
        desktop.behaviour = notification -> {
            throw new NexusException(NexusException.Kind.UNAVAILABLE, "not-shown", "The screen\nis dark.");
        };

        started.deliver(notification("1"), Set.of("desktop"));
        passBy();
        assertThat(channel("desktop").problem()).isEqualTo("The screen is dark.");

        desktop.behaviour = notification -> {};
        started.deliver(notification("2"), Set.of("desktop"));
        desktop.next();
        passBy();
        assertThat(channel("desktop").problem()).isNull();
    }

    @Test
    void aBugInAChannelHurtsNobodyElse() throws Exception {
        Delivery started = start(LONG, 10);
        desktop.behaviour = notification -> {
            throw new IllegalStateException("secret detail");
        };

        started.deliver(notification("1"), Set.of("desktop"));
        passBy();

        assertThat(channel("desktop").problem()).contains("log").doesNotContain("secret");
    }

    @Test
    void aChannelWhoseBundleIsGoneIsNoSuccess() throws Exception {
        Delivery started = start(LONG, 10);
        desktop.behaviour = notification -> {
            throw new NoClassDefFoundError("gone");
        };

        started.deliver(notification("1"), Set.of("desktop"));
        passBy();

        assertThat(channel("desktop").problem()).isNotNull();
    }

    @Test
    void aSlowChannelIsInterrupted() throws Exception {
        Delivery started = start(SHORT, 10);
        CountDownLatch interrupted = new CountDownLatch(1);
        desktop.behaviour = notification -> {
            try {
                open.await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw new IllegalStateException(e);
            }
        };

        started.deliver(notification("1"), Set.of("desktop"));

        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        passBy();
        assertThat(channel("desktop").problem()).isEqualTo("It takes too long.");
    }

    @Test
    void aChannelThatHangsIsLeftAloneUntilItComesBack() throws Exception {
        Delivery started = start(SHORT, 10);
        desktop.behaviour = notification -> waitWhateverHappens();

        started.deliver(notification("1"), Set.of("desktop"));
        started.deliver(notification("2"), Set.of("desktop"));
        passBy();
        assertThat(desktop.isEmpty()).isTrue();

        open.countDown();
        assertThat(desktop.next().id()).isEqualTo("1");
        assertThat(desktop.isEmpty())
                .as("what came while it hung is not made up for")
                .isTrue();
    }

    @Test
    void whenTooManyWaitTheOldestIsLostAndTheNumberTold() throws Exception {
        Delivery started = start(LONG, 3);
        CountDownLatch held = new CountDownLatch(1);
        desktop.behaviour = notification -> {
            held.countDown();
            waitWhateverHappens();
        };
        started.deliver(notification("0"), Set.of("desktop"));
        held.await();
        for (int number = 1; number <= 8; number++) {
            started.deliver(notification(Integer.toString(number)), Set.of("desktop"));
        }

        open.countDown();

        assertThat(desktop.next().id()).isEqualTo("0");
        assertThat(desktop.next().id()).isEqualTo("6");
        assertThat(desktop.next().id()).isEqualTo("7");
        assertThat(desktop.next().id()).isEqualTo("8");
        assertThat(desktop.next().title()).isEqualTo("5 lost");
    }

    @Test
    void aNameIsTakenOnce() {
        start(LONG, 10);
        RecordingChannel other = new RecordingChannel("desktop");
        delivery.add(other);
        delivery.add(new RecordingChannel("app"));
        delivery.add(new RecordingChannel("No Name"));

        assertThat(delivery.channels()).extracting(Channel::name).containsExactly("desktop", "push");

        delivery.remove(other);
        assertThat(delivery.channels()).hasSize(2);
        delivery.remove(desktop);
        assertThat(delivery.channels()).extracting(Channel::name).containsExactly("push");
    }

    @Test
    void afterTheEndNothingIsDelivered() throws Exception {
        Delivery started = start(LONG, 10);
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        desktop.behaviour = notification -> {
            held.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        };
        started.deliver(notification("1"), Set.of("desktop"));
        started.deliver(notification("2"), Set.of("push"));
        held.await();

        started.close();
        started.deliver(notification("3"), Set.of("push"));

        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(push.isEmpty()).isTrue();
    }

    private Delivery start(Duration patience, int waiting) {
        delivery = new Delivery(
                new Delivery.Limits(patience, waiting, lost -> notification("lost", lost + " lost")),
                notification -> !unwanted.contains(notification.id()));
        delivery.add(desktop);
        delivery.add(push);
        return delivery;
    }

    /** Returns when everything before is done, since one comes after the other. */
    private void passBy() throws InterruptedException {
        delivery.deliver(notification("passes by"), Set.of("push"));
        push.next();
    }

    private void waitWhateverHappens() {
        boolean interrupted = false;
        while (open.getCount() > 0) {
            try {
                open.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Channel channel(String name) {
        return delivery.channels().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Notification notification(String id) {
        return notification(id, "title " + id);
    }

    private static Notification notification(String id, String title) {
        return new Notification(id, Instant.EPOCH, Kind.FINISHED, null, title, "text", null, 1, null);
    }
}
