package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A message is written: what it mentions, what goes with it, who answers it, and when it goes out. */
abstract class ComposerJourneys extends Journey {
    @Test
    void filesAndCommandsAreFoundWhileWriting() throws Exception {
        Visit visit = STAGE.desktop();
        opened(visit, "Box");
        Locator box = visit.box();
        box.pressSequentially("look at @retry");
        visit.see(visit.role(AriaRole.LISTBOX, "Files").getByText("retry.ts"));
        visit.clean("mentions-desktop-light");
        box.press("Enter");
        assertThat(box).hasValue("look at @src/retry.ts ");
        visit.see(visit.button("Remove src/retry.ts"));
        box.press("Enter");
        visit.see(visit.log().getByText("src/retry.ts", exact()));

        box.pressSequentially("/cou");
        visit.see(visit.role(AriaRole.LISTBOX, "Commands").getByText("Counts some words"));
        visit.clean("commands-desktop-light");
        box.press("Enter");
        box.pressSequentially("12");
        box.press("Shift+Enter");
        assertThat(box).hasValue("/count 12\n");
        box.press("Enter");
        visit.see(visit.log().getByText(Pattern.compile("w0011")));

        // What was sent comes back into the empty box.
        assertThat(box).hasValue("");
        box.press("ArrowUp");
        assertThat(box).not().hasValue("");
        box.press("ArrowDown");
        assertThat(box).hasValue("");
    }

    @Test
    void modelAndAgentAreRememberedForTheSession() throws Exception {
        Visit visit = STAGE.desktop();
        opened(visit, "Choices");
        visit.button(Pattern.compile("^Model: ")).click();
        visit.clean("models-desktop-light");
        visit.role(AriaRole.OPTION, Pattern.compile("^Scripted titles")).click();
        visit.button(Pattern.compile("^Agent: ")).click();
        visit.page().keyboard().type("pl");
        visit.page().keyboard().press("Enter");
        visit.see(visit.button(Pattern.compile("^Agent: plan")));
        visit.page().reload();
        visit.see(visit.button(Pattern.compile("^Agent: plan")));
        visit.see(visit.button(Pattern.compile("^Model: Scripted titles")));

        Visit phone = STAGE.phone().open("/");
        phone.card("Choices");
        phone.button(Pattern.compile("^Agent: plan")).click();
        phone.clean("agents-phone-dark");
        phone.role(AriaRole.OPTION, Pattern.compile("^build")).click();
        visit.see(visit.button(Pattern.compile("^Agent: build")));
    }

    @Test
    void filesGoWithAMessage() throws Exception {
        Visit visit = STAGE.desktop();
        opened(visit, "Files");
        attach(
                visit,
                new FilePayload("dot.png", "image/png", picture()),
                text("notes.md"),
                new FilePayload("big.pdf", "application/pdf", pdf(11 << 20)),
                new FilePayload("program.exe", "image/png", new byte[] {'M', 'Z', 0, 0, 1, 2, 3}));
        visit.see(visit.page().getByText(Pattern.compile("^big\\.pdf is 12.MB; 10.MB fit")));
        visit.see(visit.page().getByText(Pattern.compile("^program\\.exe ")));
        visit.see(visit.button("Remove dot.png"));
        visit.clean("files-desktop-light");
        visit.button("Close this notice").click();
        visit.button("Remove notes.md").click();

        // By pasting and by dropping.
        bring(visit, "paste", "pasted.md");
        visit.see(visit.button("Remove pasted.md"));
        bring(visit, "drop", "dropped.md");
        visit.see(visit.button("Remove dropped.md"));

        // They are still there after a reload, and with the words.
        visit.box().fill("look");
        visit.until("kept", "() => Object.values(localStorage).join().includes('look')", null);
        visit.page().reload();
        assertThat(visit.box()).hasValue("look");
        visit.see(visit.button("Remove dropped.md"));
        visit.box().press("Enter");
        visit.see(visit.log().getByText(Pattern.compile("I see: .*image/png")));
        visit.log().getByRole(AriaRole.BUTTON, called("Show dot.png")).click();
        visit.see(visit.dialog().getByRole(AriaRole.IMG, called("dot.png")));
        visit.clean("picture-desktop-light");
    }

    @Test
    void onThePhonePhotosAndFilesAreChosen() throws Exception {
        Visit visit = STAGE.phone();
        opened(visit, "Photos");
        visit.page()
                .waitForFileChooser(() -> visit.choose("Attach files", "Take a photo"))
                .setFiles(new FilePayload("photo.png", "image/png", picture()));
        visit.page()
                .waitForFileChooser(() -> visit.choose("Attach files", "Choose files"))
                .setFiles(text("notes.md"));
        visit.see(visit.button("Remove photo.png"));
        visit.see(visit.button("Remove notes.md"));
        visit.clean("files-phone-dark");
        visit.say("look");
        visit.see(visit.log().getByText(Pattern.compile("I see: .*image/png")));
    }

    @Test
    void aTextThatIsTooLongIsRefusedWithItsLength() throws Exception {
        Visit visit = STAGE.phone();
        opened(visit, "Long text");
        visit.box().fill("x".repeat(104_210));
        visit.see(visit.page().getByText(Pattern.compile("104,210 characters; 100,000 fit")));
        visit.clean("too-long-phone-dark");
        visit.button("Attach as file").click();
        assertThat(visit.box()).hasValue("");
        visit.see(visit.button(Pattern.compile("^Remove ")));
    }

    @Test
    void messagesWaitForTheEndOfTheAnswerAndCanBeTakenBack() throws Exception {
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            opened(visit, "Queue of " + (visit.isTouch() ? "phone" : "desktop"));
            visit.say("endless:40");
            visit.see(visit.log().getByText("w0010"));
            visit.say("words:5:5");
            visit.say("words:6:5");
            visit.see("2 waiting");
            visit.clean("queue-" + visit.look());
            visit.button("Take back “words:6:5”").click();
            assertThat(visit.box()).hasValue("words:6:5");
            visit.button(Pattern.compile("^Stop Queue")).click();
            visit.see(visit.log().getByText("You stopped this answer."));
            visit.button("Send now").click();
            visit.see(visit.log().getByText("words:5:5"));
            assertThat(visit.log().getByRole(AriaRole.ARTICLE).last()).containsText("w0003 w0004");
            assertThat(visit.box()).hasValue("words:6:5");
        }
    }

    static void attach(Visit visit, FilePayload... files) {
        visit.page()
                .waitForFileChooser(() -> visit.button("Attach files").click())
                .setFiles(files);
    }

    /** A file that another program hands over. */
    private static void bring(Visit visit, String how, String name) {
        visit.box()
                .evaluate(
                        """
                (box, [how, name]) => {
                  const data = new DataTransfer();
                  data.items.add(new File(["# " + name], name, { type: "text/markdown" }));
                  const how_ = { bubbles: true, cancelable: true };
                  box.dispatchEvent(how === "paste"
                    ? new ClipboardEvent("paste", { ...how_, clipboardData: data })
                    : new DragEvent("drop", { ...how_, dataTransfer: data }));
                }
                """,
                        new Object[] {how, name});
    }

    private static FilePayload text(String name) {
        return new FilePayload(name, "text/markdown", "# Notes".getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] pdf(int size) {
        byte[] bytes = new byte[size];
        System.arraycopy("%PDF-1.7".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 8);
        return bytes;
    }
}
