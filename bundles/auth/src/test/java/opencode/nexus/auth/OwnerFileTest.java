package opencode.nexus.auth;

import static opencode.nexus.auth.Wall.PASSWORD;
import static opencode.nexus.auth.Wall.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.auth.AuthService.Grant;
import opencode.nexus.testkit.FakeHome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnerFileTest {
    @TempDir
    Path base;

    private FakeHome home;
    private Wall wall;
    private Grant grant;

    @BeforeEach
    void setUp() {
        home = new FakeHome(base);
        wall = new Wall(home);
        grant = wall.setUp();
    }

    @AfterEach
    void stop() {
        wall.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"version\":1}",
                "\u0000\u0000\u0000\u0000",
                "{\"version\":1,\"id\":\"a\",\"password\":\"secret\",\"createdAt\":\"2026-01-01T00:00:00Z\","
                        + "\"changedAt\":\"2026-01-01T00:00:00Z\"}",
                "{\"version\":1,\"id\":\"a\",\"password\":\"$argon2id$v=19$m=99999999,t=3,p=1$c29tZXNhbHQ$"
                        + "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc\",\"createdAt\":\"2026-01-01T00:00:00Z\","
                        + "\"changedAt\":\"2026-01-01T00:00:00Z\"}"
            })
    void aDamagedFileLetsNobodyInAndDoesNotOpenTheSetupAgain(String damaged) {
        wall.put("owner.json", damaged);

        wall.restart();

        assertClosed();
        assertThat(wall.content("owner.json")).isEqualTo(damaged);
    }

    @Test
    void halfAFileIsDamaged() {
        String whole = wall.content("owner.json");
        wall.put("owner.json", whole.substring(0, whole.length() / 2));

        wall.restart();

        assertClosed();
    }

    @Test
    void aFileOfANewerVersionIsNotGuessedAt() {
        wall.put("owner.json", wall.content("owner.json").replace("\"version\":1", "\"version\":2"));

        wall.restart();

        assertClosed();
    }

    @Test
    void aFileThatTheDiskRefusesIsNotAMissingFile() {
        home.refuseReads(true);
        wall.restart();
        home.refuseReads(false);

        assertClosed();
    }

    @Test
    void aGoodCopyPutBackOpensAgain() {
        String good = wall.content("owner.json");
        wall.put("owner.json", "damaged");
        wall.restart();
        wall.put("owner.json", good);

        wall.restart();

        assertThat(wall.auth.authenticate(grant.token())).isPresent();
        assertThat(wall.auth.login(PASSWORD, null, "x").token()).isNotEmpty();
    }

    @Test
    void whenTheOwnerIsRemovedByHandNobodyInheritsTheOldLogins() throws Exception {
        Files.delete(wall.file("owner.json"));
        wall.restart();
        assertThat(wall.auth.setupRequired()).isTrue();
        assertThat(wall.auth.authenticate(grant.token())).isEmpty();

        wall.setUp();

        assertThat(wall.auth.authenticate(grant.token())).isEmpty();
        assertThat(wall.auth.devices()).hasSize(1);
        wall.restart();
        assertThat(wall.auth.authenticate(grant.token())).isEmpty();
    }

    @Test
    void thePasswordIsNowhereInTheFiles() {
        assertThat(wall.content("owner.json")).doesNotContain(PASSWORD).contains("$argon2id$v=19$m=8,t=1,p=1$");
        assertThat(wall.content("devices.json")).doesNotContain(PASSWORD).doesNotContain(grant.token());
        assertThat(new OwnerFile(home).require().toString()).doesNotContain("argon2");
    }

    private void assertClosed() {
        assertThat(wall.auth.setupRequired()).isFalse();
        assertThat(wall.auth.setupCode()).isEmpty();
        assertThat(wall.auth.authenticate(grant.token())).isEmpty();
        for (NexusException refused : new NexusException[] {
            failure(() -> wall.auth.login(PASSWORD, null, "x")),
            failure(() -> wall.auth.login(PASSWORD, grant.token(), "x")),
            failure(() -> wall.auth.setUp("any", PASSWORD, "x"))
        }) {
            assertThat(refused.kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(refused.code()).isEqualTo("credentials-unreadable");
            assertThat(refused).hasMessageContaining("state/auth/owner.json").hasNoCause();
        }
    }
}
