package opencode.nexus.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Group;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeNotifications;
import opencode.nexus.testkit.RecordingHub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSettingsTest {
    private static final long BUNDLE = 7;

    @TempDir
    Path base;

    private final MemoryConfigurations admin = new MemoryConfigurations();
    private final RecordingHub hub = new RecordingHub();
    private final FakeNotifications owner = new FakeNotifications();
    private Path etc;
    private Path file;
    private FakeHome home;
    private FileSettings settings;
    private Instant clock = Instant.parse("2026-01-01T00:00:00Z");

    @BeforeEach
    void start() throws IOException {
        etc = Files.createDirectories(base.resolve("etc"));
        file = etc.resolve("opencode.nexus.opencode.cfg");
        home = new FakeHome(base);
        restart();
    }

    // ---- groups ----

    @Test
    void aGroupComesAndGoesWithItsBundle() {
        assertThat(settings.groups()).isEmpty();
        assertThat(failure(() -> settings.group("opencode")).code()).isEqualTo("unknown-group");

        settings.described(BUNDLE, List.of(Sample.description()));

        assertThat(settings.groups()).extracting(Group::name).containsExactly("opencode");
        assertThat(settings.group("server").name()).isEqualTo("opencode");
        assertThat(settings.group("opencode").title()).isEqualTo("Nexus: sample");
        assertThat(settings.group("opencode").values()).containsEntry("port", 0).containsEntry("workspaces", List.of());

        settings.gone(BUNDLE);
        assertThat(settings.groups()).isEmpty();
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(0);
    }

    @Test
    void theSuccessorOfABundleKeepsTheGroupWhenTheOldOneGoes() {
        settings.described(BUNDLE, List.of(Sample.description()));
        settings.described(BUNDLE + 1, List.of(Sample.description()));

        settings.gone(BUNDLE);

        assertThat(settings.groups()).hasSize(1);
    }

    @Test
    void valuesAreThereAsSoonAsTheGroupIs() throws IOException {
        write("port = 4096\nworkspaces = /a, /b\n");

        settings.described(BUNDLE, List.of(Sample.description()));

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(admin.value(Sample.PID, "workspaces")).isEqualTo(new String[] {"/a", "/b"});
        assertThat(admin.value(Sample.PID, "multiplier")).isEqualTo(2.0);
        assertThat(admin.value(Sample.PID, "numbers")).isEqualTo(new Integer[] {1, 2});
    }

    @Test
    void whenNothingChangedNoComponentIsDisturbed() throws IOException {
        write("workspaces = /a, /b\nnumbers = 3\n");
        settings.described(BUNDLE, List.of(Sample.description()));
        assertThat(admin.updated()).hasSize(1);

        looks(3);
        restart();
        settings.described(BUNDLE, List.of(Sample.description()));
        looks(3);

        assertThat(admin.updated()).hasSize(1);
    }

    @Test
    void nobodyElseReachesAComponent() {
        settings.described(BUNDLE, List.of(Sample.description()));
        admin.meddle(Sample.PID, "port", 70_000);
        admin.meddle(Sample.PID, "surprise", "x");
        Hashtable<String, Object> onTheWay = new Hashtable<>(Map.of(
                "service.pid", Sample.PID, "port", 70_000, "surprise", "x", "felix.fileinstall.filename", "file:/x"));

        settings.plugin().modifyConfiguration(null, onTheWay);

        assertThat(onTheWay)
                .containsEntry("service.pid", Sample.PID)
                .containsEntry("port", 0)
                .doesNotContainKeys("surprise", "felix.fileinstall.filename");

        settings.look();
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(0);
        assertThat(admin.value(Sample.PID, "surprise")).isNull();
    }

    @Test
    void otherConfigurationsAreNoneOfItsBusiness() {
        settings.described(BUNDLE, List.of(Sample.description()));
        Hashtable<String, Object> other = new Hashtable<>(Map.of("service.pid", "org.ops4j.pax.web", "port", 1));

        settings.plugin().modifyConfiguration(null, other);

        assertThat(other).containsEntry("port", 1);
    }

    // ---- changes ----

    @Test
    void aChangeIsOnDiskAndInUseWhenItReturns() {
        settings.described(BUNDLE, List.of(Sample.description()));

        Group changed = settings.change("server", Map.of("port", 4096, "workspaces", List.of("/a", "/b, c")));

        assertThat(changed.values()).containsEntry("port", 4096).containsEntry("autoStart", true);
        assertThat(read(file))
                .startsWith("# Nexus: sample. Comments are kept when Nexus writes here")
                .contains("port = 4096\n", "workspaces = /a, /b\\, c\n")
                .hasLineCount(3);
        assertThat(admin.value(Sample.PID, "workspaces")).isEqualTo(new String[] {"/a", "/b, c"});
        assertThat(etc.resolve("opencode.nexus.opencode.cfg.bak")).doesNotExist();
    }

    @Test
    void theRestOfTheFileStaysAndTheOneBeforeIsKept() throws IOException {
        String before = "# by hand\nport = 4096\n\n# why not\nautoStart = false\n";
        write(before);
        settings.described(BUNDLE, List.of(Sample.description()));

        settings.change("opencode", Map.of("port", 4097));

        assertThat(file).hasContent(before.replace("4096", "4097"));
        assertThat(etc.resolve("opencode.nexus.opencode.cfg.bak")).hasContent(before);
    }

    @Test
    void nullIsTheDefault() throws IOException {
        write("# my port\nport = 4096\ncommand = oc\n");
        settings.described(BUNDLE, List.of(Sample.description()));
        Map<String, @Nullable Object> change = new HashMap<>();
        change.put("port", null);

        assertThat(settings.change("opencode", change).values()).containsEntry("port", 0);

        assertThat(file).hasContent("# my port\ncommand = oc\n");
    }

    @Test
    void allWrongFieldsAreNamedAndNothingIsChanged() throws IOException {
        write("port = 4096\n");
        settings.described(BUNDLE, List.of(Sample.description()));

        NexusException failure = failure(
                () -> settings.change("opencode", Map.of("port", -1, "prot", 1, "command", "good", "multiplier", "x")));

        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure.fields())
                .extracting(NexusException.Field::field)
                .containsExactlyInAnyOrder("port", "prot", "multiplier");
        assertThat(file).hasContent("port = 4096\n");
        assertThat(settings.group("opencode").values()).containsEntry("command", "opencode");
    }

    @Test
    void rulesAreAskedWithCompleteAndTypedValues() {
        List<Map<String, Object>> asked = new ArrayList<>();
        settings.addRule(
                values -> {
                    asked.add(values);
                    return values.get("port").equals(1)
                            ? List.of(new NexusException.Field("port", "is not good"))
                            : List.of();
                },
                Map.of(Settings.Rule.GROUP, "server"));
        settings.described(BUNDLE, List.of(Sample.description()));

        assertThat(failure(() -> settings.change("opencode", Map.of("port", 1))).fields())
                .containsExactly(new NexusException.Field("port", "is not good"));
        assertThat(asked.get(asked.size() - 2)).containsEntry("port", 1).containsKeys("command", "workspaces");
        assertThat(settings.change("opencode", Map.of("port", 2)).values()).containsEntry("port", 2);
    }

    @Test
    void whatWasTakenOnceDoesNotStandInTheWay() {
        List<String> gone = new ArrayList<>();
        Settings.Rule rule = values -> ((List<?>) values.get("workspaces"))
                .stream()
                        .filter(gone::contains)
                        .map(path -> new NexusException.Field("workspaces", path + " is not there"))
                        .toList();
        settings.addRule(rule, Map.of(Settings.Rule.GROUP, "opencode"));
        settings.described(BUNDLE, List.of(Sample.description()));
        settings.change("opencode", Map.of("workspaces", List.of("/disk")));
        gone.add("/disk");
        gone.add("/other");

        assertThat(settings.change("opencode", Map.of("port", 5)).values()).containsEntry("port", 5);
        assertThat(failure(() -> settings.change("opencode", Map.of("workspaces", List.of("/disk", "/other"))))
                        .fields())
                .extracting(NexusException.Field::message)
                .containsExactly("/other is not there");

        restart();
        settings.addRule(rule, Map.of(Settings.Rule.GROUP, "opencode"));
        settings.described(BUNDLE, List.of(Sample.description()));
        assertThat(settings.group("opencode").values()).containsEntry("workspaces", List.of("/disk"));
        assertThat(settings.group("opencode").problem()).isNull();
    }

    @Test
    void aFullDiskChangesNothing() throws IOException {
        write("port = 4096\n");
        settings.described(BUNDLE, List.of(Sample.description()));
        home.refuseWrites(true);

        NexusException failure = failure(() -> settings.change("opencode", Map.of("port", 4097)));

        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(failure.code()).isEqualTo("not-saved");
        assertThat(file).hasContent("port = 4096\n");
        assertThat(settings.group("opencode").values()).containsEntry("port", 4096);
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);

        home.refuseWrites(false);
        assertThat(settings.change("opencode", Map.of("port", 4097)).values()).containsEntry("port", 4097);
    }

    @Test
    void aChangeThatCannotBeAppliedIsTakenBack() throws IOException {
        write("port = 4096\n");
        settings.described(BUNDLE, List.of(Sample.description()));
        admin.refuseUpdates(true);

        assertThat(failure(() -> settings.change("opencode", Map.of("port", 4097)))
                        .code())
                .isEqualTo("not-saved");

        assertThat(file).hasContent("port = 4096\n");
        assertThat(settings.group("opencode").values()).containsEntry("port", 4096);
        admin.refuseUpdates(false);
        settings.look();
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
    }

    @Test
    void ofManyAtOnceNoneIsLost() throws Exception {
        settings.described(BUNDLE, List.of(Sample.description()));
        List<Map<String, Object>> changes = List.of(
                Map.of("port", 1),
                Map.of("command", "oc"),
                Map.of("autoStart", false),
                Map.of("multiplier", 3),
                Map.of("ceiling", 5),
                Map.of("protocol", "http2"),
                Map.of("workspaces", List.of("/a")),
                Map.of("apiToken", "t"));
        ExecutorService callers = Executors.newFixedThreadPool(changes.size());
        try {
            List<Future<Group>> made = new ArrayList<>();
            changes.forEach(change -> made.add(callers.submit(() -> settings.change("opencode", change))));
            for (Future<Group> one : made) {
                one.get();
            }
        } finally {
            callers.shutdownNow();
        }

        restart();
        settings.described(BUNDLE, List.of(Sample.description()));
        assertThat(settings.group("opencode").values())
                .containsEntry("port", 1)
                .containsEntry("command", "oc")
                .containsEntry("autoStart", false)
                .containsEntry("multiplier", 3.0)
                .containsEntry("ceiling", 5L)
                .containsEntry("protocol", "http2")
                .containsEntry("workspaces", List.of("/a"))
                .containsEntry("apiToken", Settings.MASK);
    }

    @Test
    void openPagesAreToldWithoutSecrets() {
        settings.described(BUNDLE, List.of(Sample.description()));

        settings.change("opencode", Map.of("port", 1, "apiToken", "hunter2"));

        assertThat(hub.published("settings")).singleElement().satisfies(event -> {
            assertThat(event.topic()).isEqualTo("server");
            assertThat(event.data())
                    .startsWith("{\"group\":\"opencode\",\"values\":{\"command\":\"opencode\",\"workspaces\":[],")
                    .contains("\"port\":1", "\"apiTokenSet\":true", "\"keySet\":false")
                    .doesNotContain("hunter2");
        });
    }

    // ---- secrets ----

    @Test
    void whatASecretHoldsIsGivenToItsComponentOnly() throws IOException {
        settings.described(BUNDLE, List.of(Sample.description()));

        Group changed = settings.change(
                "opencode",
                Map.of("apiToken", "hunter2", "variables", List.of("KEY=hunter3", "EMPTY=", "=hunter4", "hunter5")));

        assertThat(changed.values())
                .containsEntry("apiToken", "••••")
                .containsEntry("key", "")
                .containsEntry("variables", List.of("KEY=••••", "EMPTY=", "=••••", "••••"))
                .isEqualTo(settings.group("opencode").values())
                .isEqualTo(settings.groups().get(0).values());
        assertThat(hub.published("settings")).singleElement().satisfies(event -> assertThat(event.data())
                .contains("\"variables\":[\"KEY=••••\",\"EMPTY=\",\"=••••\",\"••••\"]")
                .doesNotContain("hunter"));
        assertThat(admin.value(Sample.PID, "apiToken")).isEqualTo("hunter2");
        assertThat(admin.value(Sample.PID, "variables"))
                .isEqualTo(new String[] {"KEY=hunter3", "EMPTY=", "=hunter4", "hunter5"});
        assertThat(file).content().contains("apiToken = hunter2", "variables = KEY=hunter3, EMPTY=, =hunter4, hunter5");
    }

    @Test
    void whoSendsBackWhatIsShownKeepsWhatIsSet() {
        settings.described(BUNDLE, List.of(Sample.description()));
        settings.change(
                "opencode", Map.of("apiToken", "hunter2", "variables", List.of("A=1", "B=2", "A=3", "hunter5")));

        settings.change("opencode", settings.group("opencode").values());
        assertThat(admin.value(Sample.PID, "variables")).isEqualTo(new String[] {"A=1", "B=2", "A=3", "hunter5"});
        settings.change("opencode", Map.of("variables", List.of("C=4", "B=••••", "A=••••", "A=5")));

        assertThat(admin.value(Sample.PID, "variables")).isEqualTo(new String[] {"C=4", "B=2", "A=1", "A=5"});
        assertThat(admin.value(Sample.PID, "apiToken")).isEqualTo("hunter2");
    }

    @Test
    void aNewValueUnderTheSameNameIsTold() {
        settings.described(BUNDLE, List.of(Sample.description()));
        settings.change("opencode", Map.of("variables", List.of("A=1")));

        settings.change("opencode", Map.of("variables", List.of("A=2")));

        assertThat(hub.published("settings")).hasSize(2);
        assertThat(admin.value(Sample.PID, "variables")).isEqualTo(new String[] {"A=2"});
    }

    @ParameterizedTest
    @ValueSource(strings = {"B=••••", "••••", "A=••••x", "A=x••••", "A••••=x"})
    void aMaskOfNothingThatIsSetIsRefused(String entry) {
        settings.described(BUNDLE, List.of(Sample.description()));
        settings.change("opencode", Map.of("variables", List.of("A=hunter2")));

        NexusException failure =
                failure(() -> settings.change("opencode", Map.of("variables", List.of("A=••••", entry))));

        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure.fields()).singleElement().satisfies(wrong -> {
            assertThat(wrong.field()).isEqualTo("variables");
            assertThat(wrong.message()).contains("••••").doesNotContain("hunter2");
        });
        assertThat(failure(() -> settings.change("opencode", Map.of("variables", List.of("A=••••", "A=••••")))))
                .hasMessageNotContaining("hunter2")
                .returns(Kind.INVALID, NexusException::kind);
        assertThat(admin.value(Sample.PID, "variables")).isEqualTo(new String[] {"A=hunter2"});
    }

    @Test
    void aFileThatMayHoldSecretsIsTheOwnersAlone() throws IOException {
        write("apiToken = hunter2\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        settings.described(BUNDLE, List.of(Sample.description()));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(admin.value(Sample.PID, "apiToken")).isEqualTo("hunter2");
    }

    @Test
    void aFileThatHoldsAMaskIsPutAside() throws IOException {
        write("apiToken = hunter2\n");
        settings.described(BUNDLE, List.of(Sample.description()));
        looks(2);

        write("apiToken = ••••\n");
        looks(2);

        assertThat(admin.value(Sample.PID, "apiToken")).isEqualTo("hunter2");
        assertThat(settings.group("opencode").problem()).contains("apiToken").doesNotContain("hunter2");
    }

    // ---- files edited by hand ----

    @Test
    void aFileIsTakenWhenItHasBeenTheSameForTwoLooks() throws IOException {
        settings.described(BUNDLE, List.of(Sample.description()));

        write("port = 40");
        settings.look();
        write("port = 4096\ncom");
        settings.look();
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(0);
        write("port = 4096\ncommand = oc\n");
        looks(2);

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(admin.value(Sample.PID, "command")).isEqualTo("oc");
        assertThat(settings.group("opencode").problem()).isNull();
        assertThat(hub.published("settings")).hasSize(1);
    }

    @Test
    void aFileThatIsDeletedMeansDefaults() throws IOException {
        write("port = 4096\n");
        settings.described(BUNDLE, List.of(Sample.description()));
        looks(2);

        Files.delete(file);
        looks(1);
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        looks(3);

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(0);
        assertThat(etc.resolve("opencode.nexus.opencode.cfg.bak")).hasContent("port = 4096\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "port = 70000\n",
                "port\n",
                "port = 1\nport = 2\n",
                "autoStart = perhaps\n",
                "command =\n",
                "protocol = quic\n",
                "\u0000\u0000"
            })
    void aBrokenFileIsPutAsideAndTheLastGoodOneIsBack(String broken) throws IOException {
        String good = "# mine\nport = 4096\n";
        write(good);
        settings.described(BUNDLE, List.of(Sample.description()));
        looks(2);
        settings.setNotifications(owner);

        write(broken);
        looks(2);

        Path aside = etc.resolve("opencode.nexus.opencode.cfg.rejected");
        assertThat(file).hasContent(good);
        assertThat(read(aside))
                .startsWith("# opencode.nexus.opencode.cfg was put aside")
                .endsWith(broken);
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(settings.group("opencode").problem())
                .contains("was put aside as opencode.nexus.opencode.cfg.rejected")
                .endsWith("The last good settings are in use.");
        assertThat(owner.all()).singleElement().satisfies(told -> {
            assertThat(told.kind()).isEqualTo(Notification.Kind.THRESHOLD);
            assertThat(told.subject()).isEqualTo("settings:opencode");
            assertThat(told.text()).contains("put aside");
            assertThat(told.link()).isEqualTo("/dashboard#settings");
        });

        looks(3);
        assertThat(owner.all()).hasSize(1);
        settings.change("opencode", Map.of("port", 4097));
        assertThat(settings.group("opencode").problem()).isNull();
        assertThat(owner.settled).containsExactly("THRESHOLD settings:opencode");
    }

    @Test
    void aBrokenFileAtTheStartIsReplacedByTheLastGoodOne() throws IOException {
        settings.described(BUNDLE, List.of(Sample.description()));
        settings.change("opencode", Map.of("port", 4096));
        String good = read(file);
        write("port = many\n");

        restart();
        settings.described(BUNDLE, List.of(Sample.description()));
        assertThat(owner.all()).isEmpty();
        settings.setNotifications(owner);

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(file).hasContent(good);
        assertThat(owner.all()).hasSize(1);
    }

    @Test
    void aBrokenFileAtTheVeryFirstStartLeavesTheDefaults() throws IOException {
        write("port = many\n");

        settings.described(BUNDLE, List.of(Sample.description()));

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(0);
        assertThat(file).doesNotExist();
        assertThat(etc.resolve("opencode.nexus.opencode.cfg.rejected")).exists();
        looks(3);
        assertThat(settings.group("opencode").problem()).contains("port must be a whole number");
    }

    @Test
    void withoutTheCopyTheBackupIsTheLastGoodOne() throws IOException {
        Files.writeString(etc.resolve("opencode.nexus.opencode.cfg.bak"), "port = 4096\n");
        write("port = many\n");

        settings.described(BUNDLE, List.of(Sample.description()));

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(file).hasContent("port = 4096\n");
    }

    @Test
    void aBrokenFileOnAFullDiskIsNotUsedEither() throws IOException {
        write("port = 4096\n");
        settings.described(BUNDLE, List.of(Sample.description()));
        home.refuseWrites(true);

        write("port = many\n");
        looks(2);

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(settings.group("opencode").problem()).contains("is not used");

        home.refuseWrites(false);
        settings.change("opencode", Map.of("command", "oc"));
        assertThat(file).hasContent("port = 4096\ncommand = oc\n");
    }

    @Test
    void aFileThatCannotBeReadLeavesTheLastGoodSettings() throws IOException {
        write("port = 4096\n");
        settings.described(BUNDLE, List.of(Sample.description()));

        home.refuseReads(true);
        write("port = 4097\n");
        looks(2);
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(settings.group("opencode").problem()).isNotNull();

        home.refuseReads(false);
        write("port = 4098\n");
        looks(2);
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4098);
        assertThat(settings.group("opencode").problem()).isNull();
    }

    @Test
    void aDirectoryInItsPlaceIsLeftAlone() throws IOException {
        Files.createDirectories(file.resolve("full"));

        settings.described(BUNDLE, List.of(Sample.description()));

        assertThat(settings.group("opencode").problem()).contains("is no file");
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(0);
    }

    @Test
    void aHugeFileIsNotEvenRead() throws IOException {
        settings.described(BUNDLE, List.of(Sample.description()));

        write("#".repeat(300_000));
        looks(2);

        assertThat(etc.resolve("opencode.nexus.opencode.cfg.rejected")).exists();
        assertThat(file).doesNotExist();
        assertThat(settings.group("opencode").problem()).contains("256 kB");
    }

    @Test
    void aTypingMistakeIsNamed() throws IOException {
        write("port = 4096\nprot = 4097\nservice.pid = x\nfelix.fileinstall.filename = y\n");
        settings.setNotifications(owner);

        settings.described(BUNDLE, List.of(Sample.description()));

        assertThat(settings.group("opencode").problem())
                .contains("not known here and do nothing: prot.")
                .doesNotContain("fileinstall");
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(admin.value(Sample.PID, "prot")).isNull();
        assertThat(owner.all()).hasSize(1);

        looks(3);
        restart();
        settings.setNotifications(owner);
        settings.described(BUNDLE, List.of(Sample.description()));
        assertThat(settings.group("opencode").problem()).contains("prot");
        assertThat(owner.all()).hasSize(1);
        assertThat(file).content().contains("prot = 4097");
    }

    @Test
    void aChangeComesOnTopOfWhatTheOwnerJustWrote() throws IOException {
        settings.described(BUNDLE, List.of(Sample.description()));
        write("# mine\ncommand = oc\n");

        settings.change("opencode", Map.of("port", 4096));

        assertThat(file).hasContent("# mine\ncommand = oc\nport = 4096\n");
        assertThat(admin.value(Sample.PID, "command")).isEqualTo("oc");
    }

    @Test
    void aRuleThatComesAfterTheDescriptionStillObjectsToWhatWasWrittenWhileNexusWasStopped() throws IOException {
        settings.described(BUNDLE, List.of(Sample.description()));
        settings.change("opencode", Map.of("port", 4096));
        write("port = 666\n");
        restart();

        settings.described(BUNDLE, List.of(Sample.description()));
        settings.addRule(FileSettingsTest::noDevil, Map.of(Settings.Rule.GROUP, "opencode"));

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(4096);
        assertThat(settings.group("opencode").problem()).contains("port is not good");
    }

    @Test
    void aRuleThatIsNewDoesNotTouchWhatHasHeld() throws IOException {
        write("port = 666\n");
        settings.described(BUNDLE, List.of(Sample.description()));
        looks(2);

        settings.addRule(FileSettingsTest::noDevil, Map.of(Settings.Rule.GROUP, "opencode"));

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(666);
        assertThat(failure(() -> settings.change("opencode", Map.of("port", 0, "command", "")))
                        .fields())
                .hasSize(1);
    }

    @Test
    void aRuleThatFailsLetsNothingThrough() throws IOException {
        settings.addRule(
                values -> {
                    throw new IllegalStateException("a bug");
                },
                Map.of(Settings.Rule.GROUP, "opencode"));
        settings.described(BUNDLE, List.of(Sample.description()));

        write("port = 4096\n");
        looks(2);
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(0);
        assertThat(settings.group("opencode").problem()).contains("could not be checked");
        assertThat(file).hasContent("port = 4096\n");
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> settings.change("opencode", Map.of("port", 1)));
    }

    @Test
    void aNewVersionWithNarrowerBoundsKeepsWhatStillFits() throws IOException {
        settings.described(BUNDLE, List.of(Sample.description()));
        settings.change("opencode", Map.of("port", 5000, "command", "oc"));

        settings.described(BUNDLE + 1, List.of(Sample.description("opencode", 1000)));

        assertThat(settings.group("opencode").values()).containsEntry("port", 0).containsEntry("command", "oc");
        assertThat(settings.group("opencode").problem()).contains("port must be a whole number from 0 to 1000");
        assertThat(read(etc.resolve("opencode.nexus.opencode.cfg.rejected"))).contains("port = 5000");
        assertThat(read(file)).contains("command = oc").doesNotContain("port");
    }

    // ---- how it is done ----

    private static List<NexusException.Field> noDevil(Map<String, Object> values) {
        return values.get("port").equals(666) ? List.of(new NexusException.Field("port", "is not good")) : List.of();
    }

    private void restart() {
        settings = new FileSettings(etc, home, admin, hub, Runnable::run);
    }

    private void looks(int count) {
        for (int look = 0; look < count; look++) {
            settings.look();
        }
    }

    /** With a time of its own, since two writes of a test may fall into one tick of the disk. */
    private void write(String content) throws IOException {
        Files.writeString(file, content);
        clock = clock.plusSeconds(1);
        Files.setLastModifiedTime(file, FileTime.from(clock));
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static NexusException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(NexusException.class, call);
    }
}
