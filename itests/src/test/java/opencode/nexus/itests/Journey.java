package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;

/** What the journeys of {@link ChatJourneysIT} and {@link WritingJourneysIT} have in common: a stage that is empty. */
abstract class Journey {
    static final Stage STAGE = Stage.real(Journey::furnish);

    /** Commands that begin so, and changes of files that end so, are asked for. */
    private static final String ASKED =
            """
            {"permission":{"bash":{"*":"allow","deploy*":"ask"},"edit":{"*":"allow","*.asked":"ask"}},
            """;

    private static void furnish(TestBed bed) throws IOException {
        Path workspace = bed.workspace();
        Files.createDirectories(workspace.resolve("src"));
        Files.writeString(workspace.resolve("src/retry.ts"), "export const tries = 3;\n");
        Path commands = Files.createDirectories(workspace.resolve(".opencode/command"));
        Files.writeString(
                commands.resolve("count.md"), "---\ndescription: Counts some words\n---\nwords:$ARGUMENTS:5\n");
        Path config = workspace.resolve("opencode.json");
        Files.writeString(config, ASKED + Files.readString(config).strip().substring(1));
        Files.copy(config, shop(bed).resolve("opencode.json"));
        Files.writeString(
                bed.directory("nexus-home/etc").resolve("opencode.nexus.opencode.cfg"),
                "workspaces=" + shop(bed) + "\n");
    }

    /** Another folder OpenCode works in. */
    static Path shop(TestBed bed) throws IOException {
        return bed.directory("shop");
    }

    @BeforeEach
    void nothingIsLeft() throws Exception {
        Owner owner = STAGE.owner();
        if (!owner.get("/api/server").json().path("state").asText().equals("running")) {
            owner.post("/api/server/start", Map.of());
            owner.awaitServer();
        }
        for (JsonNode session : owner.get("/api/chat/sessions").json()) {
            String path = "/api/chat/sessions/" + session.path("id").asText();
            owner.post(path + "/abort", Map.of());
            owner.call("DELETE", path, Map.of());
        }
        owner.await("/api/chat/sessions", answer -> answer.json().isEmpty());
    }

    // ---- what a journey begins with ----

    /** A new session, opened on a page. */
    static String opened(Visit visit, String title) throws Exception {
        String id = STAGE.owner().newSession(title);
        visit.open("/").card(title);
        return id;
    }

    /** A session in which this was said and answered. */
    static String said(String title, String... texts) throws Exception {
        String id = STAGE.owner().newSession(title);
        for (int i = 0; i < texts.length; i++) {
            STAGE.owner().say(id, texts[i]);
            awaitAnswered(id, i + 1);
        }
        return id;
    }

    /** Until so many messages of the owner have their answers: a session is idle also before it begins with one. */
    static void awaitAnswered(String session, int messages) throws Exception {
        STAGE.owner().await("/api/chat/sessions/" + session + "/messages?limit=200", answer -> {
            JsonNode all = answer.json().path("messages");
            JsonNode last = all.path(all.size() - 1);
            return ofOwner(all) == messages
                    && last.path("role").asText().equals("assistant")
                    && last.path("state").asText().equals("complete");
        });
        awaitIdle(session);
    }

    static void awaitIdle(String session) throws Exception {
        awaitStatus(session, "idle");
    }

    static void awaitStatus(String session, String status) throws Exception {
        STAGE.owner()
                .await(
                        "/api/chat/sessions/" + session,
                        answer -> answer.json().path("status").asText().equals(status)
                                && answer.json().path("queued").asInt() == 0);
    }

    /** How many messages of the owner OpenCode has. */
    static long asked(String session) throws Exception {
        return ofOwner(STAGE.owner().messages(session).path("messages"));
    }

    private static long ofOwner(JsonNode messages) {
        return messages.findValuesAsText("role").stream().filter("user"::equals).count();
    }

    // ---- what is looked for ----

    static Page.GetByRoleOptions named(Pattern name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    static Locator region(Visit visit, String name) {
        return visit.role(AriaRole.REGION, name);
    }

    /** Short news at the edge of the page. */
    static Locator news(Visit visit, String text) {
        return region(visit, "News").getByText(text, exact());
    }

    static Locator.GetByTextOptions exact() {
        return new Locator.GetByTextOptions().setExact(true);
    }

    static Locator.GetByRoleOptions called(String name) {
        return new Locator.GetByRoleOptions().setName(name).setExact(true);
    }

    static Locator.GetByRoleOptions called(Pattern name) {
        return new Locator.GetByRoleOptions().setName(name);
    }

    /** The titles of the cards, in the order of the page. */
    static void seeCards(Visit visit, String... titles) {
        assertThat(visit.page()
                        .getByRole(AriaRole.MAIN)
                        .getByRole(AriaRole.HEADING, new Locator.GetByRoleOptions().setLevel(2)))
                .hasText(Stream.concat(Stream.of(titles), Stream.of("All sessions"))
                        .toArray(String[]::new));
    }

    /** A turn of the conversation that holds these words. */
    static Locator turn(Visit visit, String words) {
        return visit.log().getByRole(AriaRole.ARTICLE).filter(new Locator.FilterOptions().setHasText(words));
    }

    static byte[] picture() throws IOException {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int at = 0; at < 64 * 64; at++) {
            image.setRGB(at % 64, at / 64, at * 2_654_435);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }
}
