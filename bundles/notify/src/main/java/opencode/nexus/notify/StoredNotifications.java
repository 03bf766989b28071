package opencode.nexus.notify;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationChannel;
import opencode.nexus.api.notify.NotificationService;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.notify.Ledger.Draft;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the list in memory and in {@code state/notify}. Telling only changes the memory; one thread publishes what changed
 * and writes it down, another hands it to channels.
 */
@Component(
        service = NotificationService.class,
        configurationPid = "opencode.nexus." + StoredNotifications.GROUP,
        immediate = true)
@Designate(ocd = StoredNotifications.Config.class)
public final class StoredNotifications implements NotificationService {
    static final String GROUP = "notify";
    static final int LONGEST_TITLE = 120;
    static final int LONGEST_TEXT = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(StoredNotifications.class);
    private static final int LONGEST_SUBJECT = 200;
    private static final int LONGEST_LINK = 500;
    private static final String FLOOD = "many";
    private static final String CHANNELS = "Where it goes: app is the list of the page, desktop this computer";
    private static final Duration TRY_AGAIN = Duration.ofSeconds(30);

    static final Delivery.Limits STANDARD =
            new Delivery.Limits(Duration.ofSeconds(10), 100, StoredNotifications::undelivered);

    /** Which kinds go where; one list for each kind. */
    @ObjectClassDefinition(name = "Nexus: notifications")
    public @interface Config {
        @AttributeDefinition(name = "A permission or a question waits", description = CHANNELS)
        String[] needsMe() default {"app", "desktop"};

        @AttributeDefinition(name = "An answer is complete", description = CHANNELS)
        String[] finished() default {"app"};

        @AttributeDefinition(name = "An answer or a part of Nexus failed", description = CHANNELS)
        String[] failed() default {"app", "desktop"};

        @AttributeDefinition(name = "Something was started again", description = CHANNELS)
        String[] restarted() default {"app"};

        @AttributeDefinition(name = "Something is not started again any more", description = CHANNELS)
        String[] gaveUp() default {"app", "desktop"};

        @AttributeDefinition(name = "The public address is another one", description = CHANNELS)
        String[] addressChanged() default {"app"};

        @AttributeDefinition(name = "Somebody logged in on a new device", description = CHANNELS)
        String[] newDevice() default {"app", "desktop"};

        @AttributeDefinition(name = "A value passed a threshold, or something is broken", description = CHANNELS)
        String[] threshold() default {"app"};
    }

    private final Object lock = new Object();
    private final NotificationFile file;
    private final EventHub hub;
    private final Clock clock;
    private final Executor work;
    private final Runnable stop;
    private final Ledger ledger;
    private final Storms storms = new Storms();
    private final Delivery delivery;
    /** What changed and was not published yet. */
    private final Map<String, Notification> changed = new LinkedHashMap<>();

    private boolean unwritten;
    private boolean asked;
    private boolean closed;
    private Instant writtenAt = Instant.EPOCH;
    private boolean refused;
    private volatile Map<Kind, Set<String>> kinds;
    private volatile @Nullable Settings settings;

    @Activate
    public StoredNotifications(Config config, @Reference NexusHome home, @Reference EventHub hub) {
        this(
                config,
                home,
                hub,
                Clock.systemUTC(),
                Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "nexus-notify")));
    }

    private StoredNotifications(
            Config config, NexusHome home, EventHub hub, Clock clock, ScheduledExecutorService executor) {
        this(config, home, hub, clock, executor, () -> end(executor), STANDARD);
        executor.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    /** For tests: nothing happens by time unless {@link #tick} is called. */
    StoredNotifications(
            Config config,
            NexusHome home,
            EventHub hub,
            Clock clock,
            Executor work,
            Runnable stop,
            Delivery.Limits limits) {
        this.file = new NotificationFile(home);
        this.hub = hub;
        this.clock = clock;
        this.work = work;
        this.stop = stop;
        this.kinds = Routes.of(config);
        this.ledger = new Ledger(file.read());
        this.delivery = new Delivery(limits, this::isWanted);
        if (file.wasDamaged()) {
            tell(
                    Kind.THRESHOLD,
                    "file:notifications",
                    "Earlier notifications are lost",
                    "The file they were kept in is damaged. It was put aside in state/notify.",
                    null);
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void addChannel(NotificationChannel channel) {
        delivery.add(channel);
    }

    void removeChannel(NotificationChannel channel) {
        delivery.remove(channel);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setSettings(Settings added) {
        settings = added;
    }

    void unsetSettings(Settings removed) {
        if (settings == removed) {
            settings = null;
        }
    }

    @Modified
    void modified(Config config) {
        kinds = Routes.of(config);
    }

    @Deactivate
    void close() {
        synchronized (lock) {
            closed = true;
        }
        delivery.close();
        stop.run();
        flush();
    }

    // ---- telling ----

    @Override
    public void tell(Kind kind, @Nullable String subject, String title, String text, @Nullable String link) {
        if (link != null && !isLink(link)) {
            throw new IllegalArgumentException("not an address on Nexus: " + link);
        }
        Set<String> channels = kinds.getOrDefault(kind, Set.of());
        if (channels.isEmpty()) {
            return;
        }
        Draft draft = new Draft(
                kind,
                subject == null ? null : PlainText.of(subject, LONGEST_SUBJECT),
                PlainText.of(title, LONGEST_TITLE),
                PlainText.of(text, LONGEST_TEXT),
                link);
        synchronized (lock) {
            enter(draft, channels, now());
        }
    }

    private void enter(Draft draft, Set<String> channels, Instant now) {
        boolean listed = channels.contains(ChannelNames.APP);
        Ledger.Told told = ledger.repeat(draft, now).orElse(null);
        int counted = told == null || told.deliver() ? storms.count(draft.kind(), now) : 0;
        if (told == null) {
            told = ledger.tell(counted > Storms.LISTED ? flood(draft) : draft, listed, now);
        }
        if (listed) {
            changed(List.of(told.notification()));
        }
        boolean held = counted > Storms.LISTED;
        if ((told.deliver() || held) && storms.passes(told.notification(), counted, now)) {
            delivery.deliver(told.notification(), others(channels));
        }
    }

    /** Of so many the list shows one with a count. */
    private static Draft flood(Draft draft) {
        return new Draft(draft.kind(), FLOOD, Storms.many(draft.kind()), draft.title(), Storms.PLACE);
    }

    @Override
    public void settle(Kind kind, String subject) {
        String kept = PlainText.of(subject, LONGEST_SUBJECT);
        markRead(one -> one.kind() == kind && kept.equals(one.subject()));
    }

    // ---- looking and reading ----

    @Override
    public List<Notification> all() {
        synchronized (lock) {
            return ledger.listed();
        }
    }

    @Override
    public int unread() {
        return (int) all().stream().filter(one -> one.readAt() == null).count();
    }

    @Override
    public Notification read(String id) {
        synchronized (lock) {
            markRead(one -> one.id().equals(id));
            return ledger.listed().stream()
                    .filter(one -> one.id().equals(id))
                    .findFirst()
                    .orElseThrow(() -> new NexusException(
                            NexusException.Kind.NOT_FOUND,
                            "unknown-notification",
                            "There is no such notification any more."));
        }
    }

    @Override
    public void readAll() {
        markRead(one -> true);
    }

    private void markRead(Predicate<Notification> wanted) {
        synchronized (lock) {
            changed(ledger.read(wanted, now()));
        }
    }

    private boolean isWanted(Notification notification) {
        synchronized (lock) {
            return ledger.find(notification.id())
                    .map(one -> one.readAt() == null)
                    .orElse(true);
        }
    }

    // ---- preferences ----

    @Override
    public Preferences preferences() {
        List<Channel> channels = new ArrayList<>();
        channels.add(new Channel(ChannelNames.APP, "This list", true, null));
        channels.addAll(delivery.channels());
        return new Preferences(kinds, channels);
    }

    @Override
    public Preferences prefer(Map<Kind, Set<String>> wanted) {
        Map<String, Object> values = Routes.settings(wanted);
        Settings present = settings;
        if (present == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "settings-unavailable",
                    "The part of Nexus that keeps settings is not there right now; try again in a moment.");
        }
        present.change(GROUP, values);
        // The component is told by and by; whoever asked sees at once what will hold.
        Map<Kind, Set<String>> next = new EnumMap<>(kinds);
        wanted.forEach((kind, channels) -> next.put(kind, Set.copyOf(channels)));
        kinds = Map.copyOf(next);
        return preferences();
    }

    // ---- what happens by and by ----

    /** Sends out what a storm held back, and tries again to write what could not be written. */
    void tick() {
        try {
            synchronized (lock) {
                for (Notification one : storms.due(this::isWanted, now())) {
                    delivery.deliver(one, others(kinds.getOrDefault(one.kind(), Set.of())));
                }
                if (unwritten && !Ledger.within(TRY_AGAIN, writtenAt, now())) {
                    ask();
                }
            }
        } catch (RuntimeException e) {
            LOG.error("Notifications are held up", e);
        }
    }

    private void changed(List<Notification> notifications) {
        if (notifications.isEmpty()) {
            return;
        }
        for (Notification one : notifications) {
            changed.remove(one.id());
            changed.put(one.id(), one);
        }
        unwritten = true;
        ask();
    }

    private void ask() {
        if (!asked && !closed) {
            asked = true;
            work.execute(this::flush);
        }
    }

    /** Publishes what changed and writes it down. */
    private void flush() {
        List<Notification> news;
        List<Notification> all;
        synchronized (lock) {
            asked = false;
            news = List.copyOf(changed.values());
            changed.clear();
            all = ledger.listed();
            if (!unwritten) {
                return;
            }
            unwritten = false;
            writtenAt = now();
        }
        news.forEach(one -> hub.publish("notifications", "notification", NotificationFile.json(one)));
        try {
            file.write(all);
            refused = false;
        } catch (NexusException e) {
            if (!refused) {
                LOG.warn("Notifications are not written down yet: {}", e.getMessage());
            }
            refused = true;
            synchronized (lock) {
                unwritten = true;
            }
        }
    }

    /** What it still has to write must not come after what is written last. */
    private static void end(ExecutorService executor) {
        executor.shutdown();
        try {
            executor.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static Set<String> others(Set<String> channels) {
        return channels.stream().filter(name -> !name.equals(ChannelNames.APP)).collect(Collectors.toUnmodifiableSet());
    }

    /** A place on Nexus; never one that a browser takes for another host. */
    static boolean isLink(String link) {
        return link.length() <= LONGEST_LINK && link.matches("/(?![/\\\\])\\p{Graph}*");
    }

    private static Notification undelivered(int count) {
        return new Notification(
                "undelivered",
                Instant.now(),
                Kind.THRESHOLD,
                null,
                count + " notifications are in the list only",
                "They came faster than they could be shown here.",
                Storms.PLACE,
                count,
                null);
    }
}
