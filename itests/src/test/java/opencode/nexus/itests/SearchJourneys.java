package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Everything that was ever said is found again. */
abstract class SearchJourneys extends Journey {
    @Test
    void aHitOpensItsSessionAtTheMessage() throws Exception {
        STAGE.bed()
                .model()
                .on("about lanterns", (request, reply) -> reply.text("A lantern needs oil, said the keeper."));
        String old = said("Harbour", "tell me about lanterns", "words:400:0", "words:300:0");
        said("Elsewhere", "a ship without lanterns");
        STAGE.owner().call("PATCH", "/api/chat/sessions/" + old, Map.of("active", false));
        awaitFound("keeper");
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            visit.open("/");
            if (visit.isTouch()) {
                visit.button("Menu").click();
                visit.button("Search everything").click();
            } else {
                visit.see("Elsewhere");
                visit.page().keyboard().press("/");
            }
            Locator search = visit.dialog();
            search.getByRole(AriaRole.SEARCHBOX).fill("lantern keeper");
            Locator hit = search.getByRole(AriaRole.BUTTON, called(Pattern.compile("^Harbour\\b.*Assistant")));
            visit.see(hit);
            assertThat(hit.locator("mark")).hasText(new String[] {"lantern", "keeper"});
            visit.clean("search-" + visit.look());
            hit.click();

            assertThat(visit.log("Harbour")).isVisible();
            Locator heading = turn(visit, "A lantern needs oil")
                    .getByRole(AriaRole.HEADING)
                    .first();
            assertThat(heading).isFocused();
            assertThat(heading).isInViewport();
            STAGE.owner().call("PATCH", "/api/chat/sessions/" + old, Map.of("active", false));
            assertThat(visit.log("Harbour")).hasCount(0);
        }
    }

    @Test
    void signsOfPatternsAreFoundAsTheyAre() throws Exception {
        said("Patterns", "does [a-z]+.*\\d{2}? match (alpha|beta) and ^$ 100%", "and the zebra that does not");
        awaitFound("zebra");
        Visit visit = STAGE.desktop().open("/");
        visit.card("Patterns");
        visit.choose("Menu for Patterns", "Search in it");
        Locator field = visit.dialog().getByRole(AriaRole.SEARCHBOX);
        for (String words : new String[] {"(alpha|beta)", "[a-z]+.*\\d{2}?", "100%", "\"match (alpha\"", "alpha* ("}) {
            field.fill(words);
            visit.see(visit.dialog().getByRole(AriaRole.STATUS).getByText(Pattern.compile("^\\d+ messages?$")));
            assertThat(visit.dialog().getByRole(AriaRole.ALERT)).hasCount(0);
        }
        field.fill("(alpha|beta)");
        visit.see(visit.dialog().getByRole(AriaRole.BUTTON, called(Pattern.compile("^You\\b.*alpha"))));
        visit.clean("search-in-it-desktop-light");
        field.fill("(?:.*)");
        visit.see(visit.dialog().getByText("Type a word or a number."));
        field.fill("xylophone");
        visit.see(visit.dialog().getByText("Nothing matches “xylophone”."));
        visit.page().keyboard().press("Escape");
        visit.page().keyboard().press("Escape");
        assertThat(visit.dialog()).hasCount(0);
    }

    /** Sessions that were put away are found by what was said in them, too. */
    @Test
    void theListOfSessionsFindsTitlesAndTexts() throws Exception {
        String away = said("Put aside", "the quokka smiles");
        STAGE.owner().call("PATCH", "/api/chat/sessions/" + away, Map.of("active", false));
        awaitFound("quokka");
        Visit visit = STAGE.phone().open("/");
        Locator all = region(visit, "All sessions");
        all.getByPlaceholder("Find by title or text").fill("quokka");
        Locator hit = all.getByRole(AriaRole.BUTTON, called(Pattern.compile("^Put aside\\b.*You")));
        visit.see(hit);
        visit.clean("found-in-list-phone-dark");
        hit.click();
        assertThat(visit.log("Put aside")).isVisible();
    }

    private static void awaitFound(String words) throws Exception {
        STAGE.owner()
                .await(
                        "/api/chat/search?q=" + URLEncoder.encode(words, StandardCharsets.UTF_8),
                        answer -> answer.json().path("total").asInt() > 0);
    }
}
