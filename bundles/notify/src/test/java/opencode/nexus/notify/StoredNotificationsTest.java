package opencode.nexus.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.event.NexusEvent;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService.Channel;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.RecordingHub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.util.converter.Converters;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StoredNotificationsTest {
    @TempDir
    Path base;

    private final FakeClock clock = new FakeClock();
    private final RecordingHub hub = new RecordingHub();
    private final RecordingChannel desktop = new RecordingChannel("desktop");
    private FakeHome home;
    private StoredNotifications notifications;

    @BeforeEach
    void start() {
        home = new FakeHome(base);
        notifications = start(Map.of());
    }

    @AfterEach
    void close() {
        home.refuseWrites(false);
        notifications.close();
    }

    // ---- the list ----

    @Test
    void whatIsToldIsListedPublishedAndKept() {
        notifications.tell(Kind.NEEDS_ME, "request:1", "A session needs you", "May I?", "/#inbox");

        Notification told = notifications.all().get(0);
        assertThat(notifications.unread()).isEqualTo(1);
        assertThat(told.at()).isEqualTo(clock.instant());
        NexusEvent event = hub.published("notification").get(0);
        assertThat(event.topic()).isEqualTo("notifications");
        assertThat(event.data())
                .isEqualTo("{\"id\":\"" + told.id() + "\",\"at\":\"2026-01-01T00:00:00Z\",\"kind\":\"needs-me\","
                        + "\"subject\":\"request:1\",\"title\":\"A session needs you\",\"text\":\"May I?\","
                        + "\"link\":\"/#inbox\",\"count\":1}");

        restart();
        assertThat(notifications.all()).containsExactly(told);
    }

    @Test
    void whatWasReadStaysRead() {
        tell(Kind.FINISHED, "1");
        tell(Kind.FINISHED, "2");
        String id = notifications.all().get(0).id();
        clock.advance(Duration.ofSeconds(1));

        Notification read = notifications.read(id);

        assertThat(read.readAt()).isEqualTo(clock.instant());
        assertThat(notifications.unread()).isEqualTo(1);
        assertThat(hub.published("notification")).hasSize(3);
        assertThat(hub.published("notification").get(2).data()).contains("\"readAt\":\"2026-01-01T00:00:01Z\"");
        restart();
        assertThat(notifications.unread()).isEqualTo(1);
        assertThat(notifications.read(id)).isEqualTo(read);
        assertThat(hub.published("notification")).as("nothing changed").hasSize(3);
    }

    @Test
    void allCanBeReadAtOnce() {
        tell(Kind.FINISHED, "1");
        tell(Kind.FAILED, "2");

        notifications.readAll();

        assertThat(notifications.unread()).isZero();
        assertThat(hub.published("notification")).hasSize(4);
    }

    @Test
    void whatIsNotThereCannotBeRead() {
        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> notifications.read("nothing"))
                .satisfies(failure -> {
                    assertThat(failure.kind()).isEqualTo(NexusException.Kind.NOT_FOUND);
                    assertThat(failure.code()).isEqualTo("unknown-notification");
                });
    }

    @Test
    void whatIsSettledCountsAsRead() {
        tell(Kind.NEEDS_ME, "request:1");
        tell(Kind.NEEDS_ME, "request:2");
        tell(Kind.FAILED, "request:1");

        notifications.settle(Kind.NEEDS_ME, "request:1");

        assertThat(notifications.all().stream().filter(one -> one.readAt() == null))
                .extracting(one -> one.kind() + " " + one.subject())
                .containsExactly("FAILED request:1", "NEEDS_ME request:2");
    }

    @Test
    void textsAreCutAndPlain() {
        notifications.tell(Kind.FAILED, "s".repeat(1_000), "t\u0000i\n" + "t".repeat(200), "x".repeat(5_000), null);

        Notification told = notifications.all().get(0);
        assertThat(told.title()).hasSize(120).startsWith("t i ttt").endsWith("…");
        assertThat(told.text()).hasSize(1_000).endsWith("…");
        notifications.settle(Kind.FAILED, "s".repeat(1_000));
        assertThat(notifications.unread()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com/",
                "//example.com/",
                "/\\example.com/",
                "javascript:alert(1)",
                "",
                " /",
                "/a b",
                "/\n"
            })
    void aLinkLeadsNowhereElse(String link) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> notifications.tell(Kind.FAILED, null, "title", "text", link));
    }

    @Test
    void manyOfAKindAreListedAsOneInTheEnd() {
        for (int number = 1; number <= 1_000; number++) {
            tell(Kind.FINISHED, "session:" + number);
        }

        List<Notification> all = notifications.all();
        assertThat(all).hasSize(21);
        assertThat(all.get(0).title()).isEqualTo("Many answers are complete");
        assertThat(all.get(0).text()).isEqualTo("title of session:1000");
        assertThat(all.get(0).count()).isEqualTo(980);
    }

    // ---- the file ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not json",
                "[]",
                "{\"version\":2,\"notifications\":[]}",
                "{\"version\":1}",
                "{\"version\":1,\"notifications\":[{\"id\":{}}]}",
                "{\"version\":1,\"notifications\":[]} and more"
            })
    void aDamagedFileIsPutAsideAndTheOwnerTold(String content) throws Exception {
        notifications.close();
        Files.writeString(file(), content);

        notifications = start(Map.of());

        assertThat(notifications.all())
                .extracting(Notification::title)
                .containsExactly("Earlier notifications are lost");
        assertThat(file().resolveSibling("notifications.json.damaged")).hasContent(content);
        restart();
        assertThat(notifications.all()).hasSize(1);
    }

    @Test
    void aFileThatCannotBeReadStopsNothing() {
        tell(Kind.FAILED, "1");
        notifications.close();
        home.refuseReads(true);

        notifications = start(Map.of());

        assertThat(notifications.all()).hasSize(1);
    }

    @Test
    void whatIsOddInTheFileIsLeftOutOrPutRight() throws Exception {
        notifications.close();
        String line =
                "{\"id\":\"%s\",\"at\":\"2026-01-01T00:00:00Z\",\"kind\":\"%s\",\"title\":\"a\\nb\",\"text\":\"\","
                        + "\"link\":\"%s\",\"count\":-5,\"later\":1}";
        Files.writeString(
                file(),
                "{\"version\":1,\"notifications\":["
                        + String.join(
                                ",",
                                line.formatted("1", "failed", "//evil"),
                                line.formatted("1", "failed", "/"),
                                line.formatted("2", "of-a-later-nexus", "/"),
                                "{}",
                                "null")
                        + "]}");

        notifications = start(Map.of());

        assertThat(notifications.all()).hasSize(1);
        Notification left = notifications.all().get(0);
        assertThat(left.title()).isEqualTo("a b");
        assertThat(left.link()).isNull();
        assertThat(left.count()).isEqualTo(1);
    }

    @Test
    void aFullDiskStopsNothingAndIsMadeUpFor() {
        home.refuseWrites(true);
        tell(Kind.FAILED, "1");
        assertThat(notifications.all()).hasSize(1);
        assertThat(hub.published("notification")).hasSize(1);

        home.refuseWrites(false);
        clock.advance(Duration.ofSeconds(31));
        notifications.tick();

        StoredNotifications later = start(Map.of());
        assertThat(later.all()).hasSize(1);
        later.close();
    }

    // ---- channels ----

    @Test
    void whatIsUrgentGoesToTheDesktopByDefault() throws Exception {
        notifications.addChannel(desktop);
        tell(Kind.FINISHED, "session:1");
        tell(Kind.NEEDS_ME, "request:1");
        tell(Kind.FAILED, "session:2");
        tell(Kind.GAVE_UP, "server");

        assertThat(desktop.next().kind()).isEqualTo(Kind.NEEDS_ME);
        assertThat(desktop.next().kind()).isEqualTo(Kind.FAILED);
        assertThat(desktop.next().kind()).isEqualTo(Kind.GAVE_UP);
    }

    @Test
    void aStormBecomesADigest() throws Exception {
        notifications.addChannel(desktop);
        for (int number = 1; number <= 12; number++) {
            tell(Kind.FAILED, "session:" + number);
        }
        clock.advance(Duration.ofSeconds(10));
        notifications.tick();

        for (int number = 1; number <= 5; number++) {
            assertThat(desktop.next().subject()).isEqualTo("session:" + number);
        }
        Notification digest = desktop.next();
        assertThat(digest.title()).isEqualTo("7 more failures");
        assertThat(digest.count()).isEqualTo(7);
        assertThat(notifications.all()).as("the list has them all").hasSize(12);
    }

    @Test
    void whatWasSettledInTimeIsNotInTheDigest() throws Exception {
        notifications.addChannel(desktop);
        for (int number = 1; number <= 8; number++) {
            tell(Kind.NEEDS_ME, "request:" + number);
        }
        notifications.settle(Kind.NEEDS_ME, "request:6");
        notifications.settle(Kind.NEEDS_ME, "request:7");
        clock.advance(Duration.ofSeconds(10));
        notifications.tick();

        for (int number = 1; number <= 5; number++) {
            desktop.next();
        }
        assertThat(desktop.next().subject()).isEqualTo("request:8");
    }

    @Test
    void theOwnerChoosesWhatGoesWhere() throws Exception {
        notifications.close();
        notifications = start(Map.of(
                "finished", new String[] {"desktop"},
                "failed", new String[] {""},
                "needsMe", new String[] {"app"}));
        notifications.addChannel(desktop);

        tell(Kind.FAILED, "session:1");
        tell(Kind.NEEDS_ME, "request:1");
        tell(Kind.FINISHED, "session:2");

        assertThat(desktop.next().kind()).isEqualTo(Kind.FINISHED);
        assertThat(notifications.all()).extracting(Notification::kind).containsExactly(Kind.NEEDS_ME);
        assertThat(hub.published("notification")).hasSize(1);
    }

    @Test
    void aChangedFileHoldsAtOnce() throws Exception {
        notifications.addChannel(desktop);

        notifications.modified(config(Map.of("finished", new String[] {"desktop"})));
        tell(Kind.FINISHED, "session:2");

        assertThat(desktop.next().kind()).isEqualTo(Kind.FINISHED);
        assertThat(notifications.all()).isEmpty();
    }

    @Test
    void theChannelsThatAreThereAreShown() {
        notifications.addChannel(desktop);

        assertThat(notifications.preferences().channels())
                .containsExactly(
                        new Channel("app", "This list", true, null),
                        new Channel("desktop", "Channel desktop", true, null));
        assertThat(notifications.preferences().kinds())
                .hasSize(Kind.values().length)
                .containsEntry(Kind.FINISHED, Set.of("app"))
                .containsEntry(Kind.NEEDS_ME, Set.of("app", "desktop"));

        notifications.removeChannel(desktop);
        assertThat(notifications.preferences().channels()).hasSize(1);
    }

    @Test
    void aChoiceIsStoredInTheSettings() {
        RecordingSettings settings = new RecordingSettings();
        notifications.setSettings(settings);

        var preferences = notifications.prefer(Map.of(Kind.GAVE_UP, Set.of("push", "app"), Kind.FINISHED, Set.of()));

        assertThat(settings.changes)
                .containsExactly(Map.of("notify", Map.of("gaveUp", List.of("app", "push"), "finished", List.of())));
        assertThat(preferences.kinds())
                .containsEntry(Kind.GAVE_UP, Set.of("app", "push"))
                .containsEntry(Kind.FINISHED, Set.of())
                .containsEntry(Kind.NEEDS_ME, Set.of("app", "desktop"));
    }

    @Test
    void whatIsNoNameOfAChannelIsRefused() {
        RecordingSettings settings = new RecordingSettings();
        notifications.setSettings(settings);
        Set<String> many = Set.copyOf(Stream.iterate(1, number -> number + 1)
                .limit(11)
                .map(number -> "c" + number)
                .toList());

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> notifications.prefer(
                        Map.of(Kind.NEEDS_ME, Set.of("No Name"), Kind.FAILED, many, Kind.FINISHED, Set.of("app"))))
                .satisfies(failure -> {
                    assertThat(failure.kind()).isEqualTo(NexusException.Kind.INVALID);
                    assertThat(failure.fields())
                            .extracting(NexusException.Field::field)
                            .containsExactly("kinds.needs-me", "kinds.failed");
                });
        assertThat(settings.changes).isEmpty();
    }

    @Test
    void withoutSettingsNothingCanBeChosen() {
        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> notifications.prefer(Map.of(Kind.FINISHED, Set.of())))
                .satisfies(failure -> assertThat(failure.kind()).isEqualTo(NexusException.Kind.UNAVAILABLE));
        assertThat(notifications.preferences().kinds()).containsEntry(Kind.FINISHED, Set.of("app"));
    }

    @Test
    void aSettingThatNamesNoChannelIsNamed() {
        Map<String, Object> values = new HashMap<>();
        values.put("needsMe", List.of("app", "push"));
        values.put("failed", List.of("app", "/etc/passwd"));
        values.put("finished", List.of());

        assertThat(new ChannelNames().check(values))
                .extracting(NexusException.Field::field)
                .containsExactly("failed");
    }

    private void tell(Kind kind, String subject) {
        notifications.tell(kind, subject, "title of " + subject, "text of " + subject, "/");
    }

    private void restart() {
        notifications.close();
        notifications = start(Map.of());
    }

    private StoredNotifications start(Map<String, Object> config) {
        return new StoredNotifications(
                config(config), home, hub, clock, Runnable::run, () -> {}, StoredNotifications.STANDARD);
    }

    private static StoredNotifications.Config config(Map<String, Object> config) {
        return Converters.standardConverter().convert(config).to(StoredNotifications.Config.class);
    }

    private Path file() {
        return base.resolve("notify").resolve("notifications.json");
    }

    /** Takes every change. */
    private static final class RecordingSettings implements Settings {
        private final List<Map<String, Map<String, ?>>> changes = new ArrayList<>();

        @Override
        public List<Group> groups() {
            return List.of();
        }

        @Override
        public Group group(String name) {
            return new Group(name, name, List.of(), Map.of(), null);
        }

        @Override
        public Group change(String name, Map<String, ? extends @Nullable Object> values) {
            changes.add(Map.of(name, values));
            return group(name);
        }
    }
}
