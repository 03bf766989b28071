package opencode.nexus.auth;

import static opencode.nexus.auth.Wall.PASSWORD;
import static opencode.nexus.auth.Wall.WRONG;
import static opencode.nexus.auth.Wall.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.auth.AuthService.Grant;
import opencode.nexus.testkit.FakeHome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasswordAuthTest {
    private static final String NEXT = "seven wet otters juggling";

    @TempDir
    Path base;

    private FakeHome home;
    private Wall wall;

    @BeforeEach
    void start() {
        home = new FakeHome(base);
        wall = new Wall(home);
    }

    @AfterEach
    void stop() {
        wall.close();
    }

    @Test
    void beforeTheSetupThereIsNothingToLogInTo() {
        NexusException refused = failure(() -> wall.auth.login(PASSWORD, null, "x"));

        assertThat(refused.kind()).isEqualTo(Kind.CONFLICT);
        assertThat(refused.code()).isEqualTo("not-set-up");
    }

    @Test
    void theRightPasswordLetsInAndTheWrongOneDoesNot() {
        wall.setUp();

        NexusException refused = failure(() -> wall.auth.login(WRONG, null, "x"));
        assertThat(refused.kind()).isEqualTo(Kind.UNAUTHENTICATED);
        assertThat(refused.code()).isEqualTo("wrong-password");
        assertThat(wall.auth.login(PASSWORD, null, "x").token()).isNotEmpty();
    }

    @Test
    void aPasswordIsTheSameHoweverAKeyboardComposedIt() {
        wall.auth.setUp(wall.code(), "ein Stück Käsekuchen bitte", "x");

        assertThat(wall.auth
                        .login("ein Stu\u0308ck Ka\u0308sekuchen bitte", null, "x")
                        .token())
                .isNotEmpty();
    }

    @Test
    void absurdPasswordsAreMerelyWrong() {
        Grant grant = wall.setUp();

        assertThat(failure(() -> wall.auth.login("", grant.token(), "x")).code())
                .isEqualTo("wrong-password");
        assertThat(failure(() -> wall.auth.login("a\u0301\u0327".repeat(1_000_000), grant.token(), "x"))
                        .code())
                .isEqualTo("wrong-password");
    }

    @Test
    void changingThePasswordEndsAllOtherLogins() {
        Grant laptop = wall.setUp();
        Grant phone = wall.auth.login(PASSWORD, null, "Phone");
        List<String> ended = new ArrayList<>();
        wall.auth.onLogoutOf(ended::add);

        wall.auth.changePassword(laptop.token(), PASSWORD, NEXT);

        assertThat(wall.auth.authenticate(laptop.token())).isPresent();
        assertThat(wall.auth.authenticate(phone.token())).isEmpty();
        assertThat(ended).containsExactly(phone.device().id());
        assertThat(failure(() -> wall.auth.login(PASSWORD, null, "x")).code()).isEqualTo("wrong-password");
        assertThat(wall.auth.login(NEXT, phone.token(), "Phone").device().id())
                .isEqualTo(phone.device().id());
        wall.restart();
        assertThat(wall.auth.login(NEXT, null, "x").token()).isNotEmpty();
    }

    @Test
    void changingThePasswordWantsTheCurrentOneAndALogin() {
        Grant laptop = wall.setUp();

        assertThat(failure(() -> wall.auth.changePassword(laptop.token(), WRONG, NEXT))
                        .code())
                .isEqualTo("wrong-password");
        assertThat(failure(() -> wall.auth.changePassword("unheard of", PASSWORD, NEXT))
                        .kind())
                .isEqualTo(Kind.UNAUTHENTICATED);
        wall.auth.logout(laptop.token());
        assertThat(failure(() -> wall.auth.changePassword(laptop.token(), PASSWORD, NEXT))
                        .kind())
                .isEqualTo(Kind.UNAUTHENTICATED);
        assertThat(wall.auth.login(PASSWORD, null, "x").token()).isNotEmpty();
    }

    @Test
    void whoIsLoggedInCanProveThatItIsTheOwner() {
        Grant laptop = wall.setUp();

        wall.auth.confirm(laptop.token(), PASSWORD);

        NexusException wrong = failure(() -> wall.auth.confirm(laptop.token(), WRONG));
        assertThat(wrong.kind()).isEqualTo(Kind.FORBIDDEN);
        assertThat(wrong.code()).isEqualTo("wrong-password");
        assertThat(wall.auth.authenticate(laptop.token())).isPresent();
        wall.auth.logout(laptop.token());
        assertThat(failure(() -> wall.auth.confirm(laptop.token(), PASSWORD)).code())
                .isEqualTo("not-logged-in");
    }

    @Test
    void provingItCountsAsAGuess() {
        Grant laptop = wall.setUp();
        for (int i = 0; i < 3; i++) {
            assertThat(failure(() -> wall.auth.confirm(laptop.token(), WRONG)).code())
                    .isEqualTo("wrong-password");
        }

        assertThat(failure(() -> wall.auth.confirm(laptop.token(), PASSWORD)).kind())
                .isEqualTo(Kind.TOO_MANY);
        assertThat(failure(() -> wall.auth.changePassword(laptop.token(), PASSWORD, NEXT))
                        .kind())
                .isEqualTo(Kind.TOO_MANY);
    }

    @Test
    void aWeakNewPasswordIsRefusedAndNamesItsField() {
        Grant laptop = wall.setUp();

        NexusException refused = failure(() -> wall.auth.changePassword(laptop.token(), PASSWORD, "too short"));

        assertThat(refused.kind()).isEqualTo(Kind.INVALID);
        assertThat(refused.fields()).singleElement().extracting("field").isEqualTo("next");
        assertThat(wall.auth.login(PASSWORD, null, "x").token()).isNotEmpty();
    }

    @Test
    void aPasswordThatCannotBeStoredStaysAsItWas() {
        Grant laptop = wall.setUp();
        home.refuseWrites(true);
        assertThat(failure(() -> wall.auth.changePassword(laptop.token(), PASSWORD, NEXT))
                        .kind())
                .isEqualTo(Kind.UNAVAILABLE);
        home.refuseWrites(false);

        assertThat(wall.auth.login(PASSWORD, null, "x").token()).isNotEmpty();
    }

    @Test
    void aLoginRenewsAHashThatIsTooCheap() {
        wall.setUp();
        wall.auth.close();
        wall.auth = wall.start(wall.clock, new Argon2.Cost(16, 2, 1));

        wall.auth.login(PASSWORD, null, "x");

        assertThat(wall.content("owner.json")).contains("$argon2id$v=19$m=16,t=2,p=1$");
        assertThat(wall.auth.login(PASSWORD, null, "x").token()).isNotEmpty();
    }
}
