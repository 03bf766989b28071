package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What OpenCode may not do, or does not know, without the owner. */
abstract class RequestJourneys extends Journey {
    @Test
    void whatNeedsTheOwnerIsAnsweredByKeysInTheInbox() throws Exception {
        String runs = waits("Runs", "bash:deploy now || true");
        String asks = waits("Asks", "question");
        Visit visit = STAGE.desktop().open("/");
        visit.see(visit.button("2 need you"));
        Keyboard keys = visit.page().keyboard();
        keys.press("i");
        Locator inbox = visit.role(AriaRole.DIALOG, "Needs you");
        assertThat(inbox.getByRole(AriaRole.HEADING, new Locator.GetByRoleOptions().setLevel(3)))
                .containsText(new String[] {"Run a command in ", "Which colour?"});
        visit.see(inbox.getByText("deploy now || true"));
        visit.clean("inbox-desktop-light");
        keys.press("a");
        keys.press("o");
        awaitIdle(runs);
        assertThat(inbox.getByRole(AriaRole.HEADING, called("Which colour?"))).isFocused();
        keys.press("2");
        assertThat(inbox.getByLabel("Blue")).isChecked();
        keys.press("Enter");
        awaitIdle(asks);
        visit.see(inbox.getByText("Nothing needs you."));
        keys.press("Escape");
        assertThat(inbox).isHidden();
        visit.card("Asks");
        visit.see(visit.log().getByText(Pattern.compile("The tool said: .*Blue")));
    }

    @Test
    void aChangeIsShownBeforeItIsAllowed() throws Exception {
        String id = waits("Changes", "write:new.asked");
        Path file = STAGE.bed().workspace().resolve("new.asked");
        Visit visit = STAGE.desktop().open("/");
        // A closed card has no room for it: it leads into the open one.
        visit.role(AriaRole.ARTICLE, "Changes")
                .getByRole(AriaRole.BUTTON, called("Answer"))
                .click();
        Locator request = visit.role(AriaRole.ARTICLE, "Change a file");
        visit.see(request.getByRole(AriaRole.GROUP, called("Changes in new.asked"))
                .getByText("written by a script"));
        visit.clean("permission-diff-desktop-light");
        assertThat(file).doesNotExist();
        request.getByRole(AriaRole.BUTTON, called("Always…")).click();
        visit.see(request.getByText(Pattern.compile("“Always” would allow")));
        request.getByRole(AriaRole.BUTTON, called("Back")).click();
        request.getByRole(AriaRole.BUTTON, called("Allow once")).click();
        awaitIdle(id);
        assertThat(file).hasContent("written by a script");
        assertThat(request).hasCount(0);
    }

    @Test
    void onThePhoneAPermissionIsRefusedWithAReason() throws Exception {
        String id = waits("Refuses", "bash:deploy now");
        Visit visit = STAGE.phone().open("/");
        // A finger, not a mouse, under which nothing would move.
        visit.button("1 needs you").tap();
        Locator inbox = visit.role(AriaRole.DIALOG, "Needs you");
        inbox.getByRole(AriaRole.BUTTON, called("Reject and say why")).tap();
        inbox.getByLabel("What shall it do instead?").fill("use something else");
        visit.clean("refusing-phone-dark");
        inbox.getByRole(AriaRole.BUTTON, called("Reject")).tap();
        awaitIdle(id);
        visit.see(inbox.getByText("Nothing needs you."));
        visit.page().goBack();
        visit.card("Refuses");
        visit.log().getByText("refused", exact()).tap();
        visit.see(visit.log().getByText(Pattern.compile("use something else")));
    }

    @Test
    void severalQuestionsAreAnsweredWithChoicesAndOwnWords() throws Exception {
        STAGE.bed().model().on("ask me all", (request, reply) -> reply.toolCall("question", QUESTIONS));
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            String title = "Several, " + (visit.isTouch() ? "phone" : "desktop");
            String id = waits(title, "ask me all");
            visit.open("/").card(title);
            Locator request = visit.role(AriaRole.ARTICLE, "2 questions");
            request.getByLabel("Docs").check();
            request.getByLabel("Tests").check();
            request.getByRole(AriaRole.BUTTON, called("Answer")).click();
            visit.see(request.getByText("Question 2 has no answer yet."));
            request.getByRole(AriaRole.TEXTBOX, called("Your own words: How shall it be called?"))
                    .fill("Ada");
            visit.clean("questions-" + visit.look());
            request.getByRole(AriaRole.BUTTON, called("Answer")).click();
            awaitIdle(id);
            visit.see(visit.log().getByText(Pattern.compile("^The tool said: .*Docs, Tests.*Ada")));
        }
    }

    @Test
    void aRequestThatIsAnsweredElsewhereDisappearsHere() throws Exception {
        String id = waits("Elsewhere", "bash:deploy now || true");
        String request =
                STAGE.owner().get("/api/chat/requests").json().get(0).path("id").asText();
        Visit visit = STAGE.desktop().open("/");
        visit.card("Elsewhere");
        visit.see(visit.button("Allow once"));
        Visit phone = STAGE.phone().open("/");
        phone.button("1 needs you").click();
        STAGE.owner().post("/api/chat/permissions/" + request, Map.of("reply", "once"));
        assertThat(visit.button("Allow once")).hasCount(0);
        visit.see(visit.log().getByText(Pattern.compile("The tool said:")));
        assertThat(phone.button("Allow once")).hasCount(0);
        awaitIdle(id);

        // Nobody can answer it a second time.
        assertThat(STAGE.owner()
                        .post("/api/chat/permissions/" + request, Map.of("reply", "once"))
                        .status())
                .isIn(404, 409);
    }

    /** OpenCode goes on listing what an abort left behind. */
    @Test
    void whatAnAbortLeftBehindIsNotShown() throws Exception {
        String id = waits("Aborted", "bash:deploy now");
        Visit visit = STAGE.desktop().open("/");
        visit.card("Aborted");
        visit.see(visit.button("Allow once"));
        visit.page().keyboard().press("Control+.");
        assertThat(visit.button("Allow once")).hasCount(0);
        awaitIdle(id);
        visit.page().reload();
        assertThat(visit.log("Aborted")).isVisible();
        assertThat(visit.button("Allow once")).hasCount(0);
        assertThat(visit.button(Pattern.compile("need.? you$"))).hasCount(0);
        assertThat(STAGE.owner().get("/api/chat/requests").json()).isEmpty();
    }

    @Test
    void aSessionWhoseFolderIsGoneCanBeReadButNotContinued() throws Exception {
        Path shop = shop(STAGE.bed());
        Path elsewhere = shop.resolveSibling("shop-elsewhere");
        String id = STAGE.owner()
                .post("/api/chat/sessions", Map.of("title", "Moved away", "workspace", shop.toString()))
                .json()
                .path("id")
                .asText();
        STAGE.owner().say(id, "words:5:1");
        awaitAnswered(id, 1);
        Files.move(shop, elsewhere);
        try {
            for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
                visit.open("/");
                visit.see(visit.page()
                        .getByText(Pattern.compile("is not there any more\\. You can read, but not continue")));
                visit.card("Moved away");
                visit.see(visit.log().getByText(Pattern.compile("w0004")));
                assertThat(visit.box()).hasCount(0);
                visit.clean("folder-gone-" + visit.look());
            }
        } finally {
            Files.move(elsewhere, shop);
        }
    }

    private static final Map<String, ?> QUESTIONS = Map.of(
            "questions",
            List.of(
                    Map.of(
                            "question",
                            "What shall be written?",
                            "header",
                            "Parts",
                            "multiple",
                            true,
                            "options",
                            List.of(
                                    Map.of("label", "Docs", "description", "what it is for"),
                                    Map.of("label", "Tests", "description", "whether it works"))),
                    Map.of(
                            "question",
                            "How shall it be called?",
                            "header",
                            "Name",
                            "options",
                            List.of(Map.of("label", "Nameless", "description", "no name at all")))));

    /** A session that waits for the owner. */
    private static String waits(String title, String text) throws Exception {
        String id = STAGE.owner().newSession(title);
        STAGE.owner().say(id, text);
        awaitStatus(id, "waiting");
        return id;
    }
}
