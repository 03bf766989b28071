package opencode.nexus.chat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.chat.Upload;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.testkit.FakeOpenCodeClient;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttachmentsTest {
    private static final String ID = "ses_a";
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13};
    private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0, 0, 16};
    private static final byte[] WEBP = "RIFF\u0010\0\0\0WEBPVP8 ".getBytes(ISO_8859_1);
    private static final int LARGEST = 10 * 1024 * 1024;

    @TempDir
    Path directory;

    private ChatFixture nexus;
    private FakeOpenCodeClient opencode;
    private Path workspace;

    @BeforeEach
    void begin() {
        use(new ChatFixture(directory));
        opencode.addSession(ID, "One");
        opencode.deliver();
        workspace = Path.of(opencode.workspaces().get(0));
    }

    @AfterEach
    void end() {
        nexus.chat.close();
    }

    // ---- kinds ----

    @Test
    void picturesAndPdfAreKeptAsWhatTheyAre() {
        assertThat(upload("a.png", "image/png", PNG))
                .extracting(Upload::name, Upload::mime, Upload::size)
                .containsExactly("a.png", "image/png", 12L);
        assertThat(upload("a.jpg", "image/JPG", JPEG).mime()).isEqualTo("image/jpeg");
        assertThat(upload("a.gif", "image/gif", "GIF89a...".getBytes(UTF_8)).mime())
                .isEqualTo("image/gif");
        assertThat(upload("a.webp", "image/webp", WEBP).mime()).isEqualTo("image/webp");
        assertThat(upload("a.pdf", "application/pdf", "%PDF-1.4 x".getBytes(UTF_8))
                        .mime())
                .isEqualTo("application/pdf");
        assertThat(upload("photo", "application/octet-stream", PNG).mime()).isEqualTo("image/png");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "text/markdown",
                "text/html",
                "application/json",
                "application/xml",
                "application/javascript",
                "application/x-yaml",
                "image/svg+xml",
                "application/octet-stream",
                "x/unheard-of"
            })
    void allTextIsSentAsPlainText(String mime) {
        assertThat(upload("a", mime, "<svg>häl\ud83d\ude00</svg>".getBytes(UTF_8))
                        .mime())
                .isEqualTo("text/plain");
    }

    @ParameterizedTest
    @CsvSource({
        "image/png, a.png is said to be a PNG image",
        "image/jpeg, a.png is said to be a JPEG image",
        "application/pdf, a.png is said to be a PDF",
        "image/heic, a.png cannot be read by OpenCode. Send the picture as PNG",
        "image/tiff, a.png cannot be read by OpenCode",
    })
    void whatIsNoPictureIsNoPicture(String mime, String problem) {
        NexusException refused = failure(() -> upload("a.png", mime, "not a picture".getBytes(UTF_8)));

        assertThat(refused.fields()).singleElement().satisfies(field -> {
            assertThat(field.field()).isEqualTo("data");
            assertThat(field.message()).startsWith(problem);
        });
        assertThat(files()).isEmpty();
    }

    @Test
    void aPictureOfAnotherKindIsRefused() {
        assertInvalid("data", () -> upload("a.png", "image/png", JPEG));
        assertInvalid("data", () -> upload("a.txt", "text/plain", PNG));
        assertInvalid("data", () -> upload("a.png", "image/png", Arrays.copyOf(PNG, 7)));
    }

    @Test
    void otherBinariesAreRefused() {
        List<byte[]> binaries = List.of(
                new byte[] {'a', 0, 'b'},
                "h\u00e4".getBytes(ISO_8859_1),
                new byte[] {'P', 'K', 3, 4, (byte) 0xff},
                "cut in two \u20ac".getBytes(UTF_8));
        byte[] cut = binaries.get(3);
        for (byte[] binary :
                List.of(binaries.get(0), binaries.get(1), binaries.get(2), Arrays.copyOf(cut, cut.length - 1))) {
            NexusException refused = failure(() -> upload("a.bin", "application/octet-stream", binary));
            assertThat(refused.fields().get(0).message()).startsWith("a.bin cannot be read by OpenCode.");
        }
        assertInvalid("data", () -> upload("a.txt", "text/plain", new byte[0]));
        assertThat(files()).isEmpty();
    }

    @Test
    void aCharacterMayLieAcrossTheChunksOfALargeText() {
        byte[] text = ("x" + "\u20ac".repeat(100_000)).getBytes(UTF_8);

        assertThat(upload("a.txt", "text/plain", text).size()).isEqualTo(300_001);
        byte[] broken = text.clone();
        broken[200_000] = (byte) 0xff;
        assertInvalid("data", () -> upload("a.txt", "text/plain", broken));
    }

    // ---- keeping ----

    @Test
    void tenMegabytesFitAndNotOneByteMore() {
        byte[] largest = Arrays.copyOf(PNG, LARGEST);

        assertThat(upload("a.png", "image/png", largest).size()).isEqualTo(LARGEST);
        NexusException refused = failure(() -> upload("a.png", "image/png", Arrays.copyOf(PNG, LARGEST + 1)));
        assertThat(refused.kind()).isEqualTo(NexusException.Kind.TOO_LARGE);
        assertThat(refused.code()).isEqualTo("attachment-too-large");
        assertThat(files()).hasSize(2);
    }

    @Test
    void anUploadIsReadableByItsOwnerAloneAndHasAnIdNobodyGuesses() throws Exception {
        Upload upload = upload("a.png", "image/png", PNG);

        assertThat(upload.id()).matches("[0-9a-f]{32}");
        Path file = nexus.home.directory("chat-uploads").resolve(upload.id());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void twoHundredFilesFit() {
        List<Upload> uploads = new ArrayList<>();
        for (int number = 0; number < 200; number++) {
            uploads.add(upload("a.txt", "text/plain", "x".getBytes(UTF_8)));
        }

        NexusException refused = failure(() -> upload("a.txt", "text/plain", "x".getBytes(UTF_8)));
        assertThat(refused.kind()).isEqualTo(NexusException.Kind.CONFLICT);
        assertThat(refused.code()).isEqualTo("too-many-uploads");
        nexus.chat.discard(uploads.get(0).id());
        upload("a.txt", "text/plain", "x".getBytes(UTF_8));
        nexus.chat.discard("0".repeat(32));
        nexus.chat.discard("../chat/active.json");
    }

    @Test
    void aBrokenLineLeavesNothingBehind() {
        InputStream broken = new InputStream() {
            private int left = 100_000;

            @Override
            public int read() throws IOException {
                if (left-- <= 0) {
                    throw new IOException("reset");
                }
                return 'x';
            }
        };

        assertThatThrownBy(() -> nexus.chat.upload("a.txt", "text/plain", broken))
                .isInstanceOf(IOException.class)
                .hasMessage("reset");
        assertThat(files()).isEmpty();
        for (int number = 0; number < 200; number++) {
            upload("a.txt", "text/plain", "x".getBytes(UTF_8));
        }
    }

    @Test
    void namesAndKindsAreChecked() {
        assertInvalid("name", () -> upload("", "text/plain", PNG));
        assertInvalid("name", () -> upload("a\nb", "text/plain", PNG));
        assertInvalid("name", () -> upload("x".repeat(256), "text/plain", PNG));
        assertInvalid("mime", () -> upload("a", "text", PNG));
        assertInvalid("mime", () -> upload("a", "text/plain;charset=utf-8", PNG));
    }

    @Test
    void whatIsOlderThanADayGoesUnlessItWaits() {
        Upload old = upload("old.txt", "text/plain", "x".getBytes(UTF_8));
        Upload waits = upload("waits.txt", "text/plain", "x".getBytes(UTF_8));
        opencode.beginAnswer(ID);
        opencode.deliver();
        send(uploaded(waits));
        nexus.clock.advance(Duration.ofHours(25));
        Upload young = upload("young.txt", "text/plain", "x".getBytes(UTF_8));
        nexus.chat.discard(waits.id());

        nexus.chat.outbox().clean();

        assertThat(files()).hasSize(4);
        assertInvalid("attachments[0].upload", () -> send(uploaded(old)));
        send(uploaded(young));
        assertThat(nexus.chat.queue(ID).messages()).hasSize(2);
    }

    @Test
    void uploadsAreKnownAfterARestartAndHalvesAreRemoved() throws Exception {
        Upload upload = upload("a.png", "image/png", PNG);
        Path uploads = nexus.home.directory("chat-uploads");
        Files.write(uploads.resolve("f".repeat(32)), PNG);
        Files.write(uploads.resolve("e".repeat(32)), PNG);
        Files.writeString(uploads.resolve("e".repeat(32) + ".json"), "{");

        use(nexus.successor());

        assertThat(files()).hasSize(2);
        send(uploaded(upload));
        assertThat(sent()).extracting(Outgoing.File::name).containsExactly("a.png");
    }

    // ---- sending ----

    @Test
    void anUploadGoesAlongAndIsForgottenWhenOpenCodeHasIt() {
        Upload upload = upload("a.png", "image/png", PNG);

        send(uploaded(upload));

        Outgoing.File file = sent().get(0);
        assertThat(file.name()).isEqualTo("a.png");
        assertThat(file.mime()).isEqualTo("image/png");
        assertThat(file.mentioned()).isFalse();
        assertThat(file.path()).hasBinaryContent(PNG);
        nexus.done();
        assertThat(file.path()).doesNotExist();
        assertThat(files()).isEmpty();
        assertInvalid("attachments[0].upload", () -> send(uploaded(upload)));
    }

    @Test
    void aRefusedMessageKeepsItsFiles() {
        Upload upload = upload("a.png", "image/png", PNG);
        opencode.refuseNext("ImageDecodeError: Image could not be decoded");

        send(uploaded(upload));
        nexus.done();

        assertThat(files()).hasSize(2);
        send(uploaded(upload));
        assertThat(opencode.prompts()).hasSize(2);
    }

    @Test
    void whatWaitsTellsItsFiles() {
        opencode.beginAnswer(ID);
        opencode.deliver();
        Upload upload = upload("a.png", "image/png", PNG);
        write("src/a.ts", "export {}");

        send(uploaded(upload), mention(url("src/a.ts")));

        Queue.Waiting waiting = nexus.chat.queue(ID).messages().get(0);
        assertThat(waiting.attachments())
                .containsExactly(
                        new Prompt.Attachment("a.png", "image/png", upload.id(), null),
                        new Prompt.Attachment("src/a.ts", "text/plain", null, url("src/a.ts")));
    }

    @Test
    void tenFilesGoAlongAndNotEleven() {
        Prompt.Attachment[] eleven = new Prompt.Attachment[11];
        write("a.txt", "x");
        Arrays.fill(eleven, mention(url("a.txt")));

        assertInvalid("attachments", () -> send(eleven));
        send(Arrays.copyOf(eleven, 10));
        assertThat(sent()).hasSize(10);
    }

    @Test
    void anAttachmentIsEitherAnUploadOrAMention() {
        assertInvalid("attachments[0].upload", () -> send(new Prompt.Attachment("a", "text/plain", null, null)));
        assertInvalid(
                "attachments[0].upload",
                () -> send(new Prompt.Attachment(null, null, "0".repeat(32), "file:///etc/passwd")));
        assertInvalid("attachments[0].upload", () -> send(new Prompt.Attachment(null, null, "../a", null)));
        assertInvalid("attachments[0].upload", () -> send(new Prompt.Attachment(null, null, "0".repeat(32), null)));
        assertInvalid("attachments[0].name", () -> send(new Prompt.Attachment("a\nb", null, "0".repeat(32), null)));
    }

    // ---- mentions ----

    @Test
    void filesAndDirectoriesOfTheWorkspaceAreMentioned() {
        write("src/a.ts", "export {}");
        write("empty.txt", "");
        write("with space & ümlaut.md", "x");
        writeBytes("picture", PNG);

        send(
                mention(url("src/a.ts")),
                mention(url("src")),
                mention(url("src") + "/"),
                mention(url("empty.txt")),
                mention(workspace.resolve("with space & ümlaut.md").toUri().toString()),
                mention(url("picture")),
                mention(url("src/../src/a.ts")),
                mention("FILE://" + workspace.resolve("src/a.ts")),
                mention(workspace.toUri().toString()));

        assertThat(sent())
                .extracting(Outgoing.File::name)
                .containsExactly(
                        "src/a.ts",
                        "src",
                        "src",
                        "empty.txt",
                        "with space & ümlaut.md",
                        "picture",
                        "src/a.ts",
                        "src/a.ts",
                        workspace.toString());
        assertThat(sent())
                .extracting(Outgoing.File::mime)
                .containsExactly(
                        "text/plain",
                        "application/x-directory",
                        "application/x-directory",
                        "text/plain",
                        "text/plain",
                        "image/png",
                        "text/plain",
                        "text/plain",
                        "application/x-directory");
        assertThat(sent()).allMatch(Outgoing.File::mentioned);
        assertThat(sent().get(0).path()).isEqualTo(workspace.resolve("src/a.ts"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "file:///etc",
                "file:///",
                "file:/etc/passwd",
                "file://localhost/etc/passwd",
                "file://evil/etc/passwd",
                "http://127.0.0.1/a",
                "https://example.org/a.png",
                "data:text/plain,hi",
                "/etc/passwd",
                "src/a.ts",
                "",
                "file:",
                "file://",
                "file:///a%00b",
                "file:///%zz",
                "file:///etc/passwd?x=1",
                "file:///etc/passwd#x"
            })
    void nothingOutsideIsRead(String url) {
        assertInvalid("attachments[0].url", () -> send(mention(url)));
        assertThat(opencode.prompts()).isEmpty();
    }

    @Test
    void noWayLeadsOut() throws Exception {
        Path outside = Files.writeString(directory.resolve("secret.txt"), "secret");
        Files.createDirectory(directory.resolve("demo2"));
        Files.writeString(directory.resolve("demo2").resolve("a.txt"), "x");
        Files.createSymbolicLink(workspace.resolve("link.txt"), outside);
        Files.createSymbolicLink(workspace.resolve("up"), directory);
        Files.createSymbolicLink(workspace.resolve("loop"), workspace.resolve("loop"));
        write("real.txt", "x");
        Files.createSymbolicLink(workspace.resolve("inside.txt"), workspace.resolve("real.txt"));

        for (String path : List.of(
                "../secret.txt", "link.txt", "up/secret.txt", "up", "../demo2/a.txt", "..", "../demo/../secret.txt")) {
            assertInvalid("attachments[0].url", () -> send(mention("file://" + workspace + "/" + path)));
        }
        assertInvalid("attachments[0].url", () -> send(mention(url("loop"))));
        assertInvalid("attachments[0].url", () -> send(mention(url("missing.txt"))));
        send(mention(url("inside.txt")), mention("file://" + workspace + "/up/demo/real.txt"));
        // By its real name: a link might be turned round before OpenCode reads.
        assertThat(sent())
                .extracting(Outgoing.File::path)
                .containsExactly(workspace.resolve("real.txt"), workspace.resolve("real.txt"));
    }

    @Test
    void whatOpenCodeCannotReadIsNotMentioned() throws Exception {
        writeBytes("program", new byte[] {0x7f, 'E', 'L', 'F', 0});
        Runtime.getRuntime()
                .exec(new String[] {"mkfifo", workspace.resolve("pipe").toString()})
                .waitFor();

        assertInvalid("attachments[0].url", () -> send(mention(url("program"))));
        assertInvalid("attachments[0].url", () -> send(mention(url("pipe"))));
    }

    @Test
    void aWorkspaceMayItselfBeALink() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), workspace);
        opencode.setWorkspaces(link.toString());
        opencode.addSession("ses_link", "Linked");
        opencode.deliver();
        write("a.txt", "x");

        nexus.chat.send(
                "ses_link", new Prompt("x", List.of(mention("file://" + link + "/a.txt")), null, null, null, null));

        assertThat(sent()).extracting(Outgoing.File::path).containsExactly(link.resolve("a.txt"));
    }

    private void use(ChatFixture fixture) {
        nexus = fixture;
        opencode = fixture.opencode;
    }

    private Upload upload(String name, String mime, byte[] content) {
        try {
            return nexus.chat.upload(name, mime, new ByteArrayInputStream(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String send(Prompt.Attachment... attachments) {
        return nexus.chat.send(ID, new Prompt("look", List.of(attachments), null, null, null, null));
    }

    private static Prompt.Attachment uploaded(Upload upload) {
        return new Prompt.Attachment(null, null, upload.id(), null);
    }

    private static Prompt.Attachment mention(String url) {
        return new Prompt.Attachment(null, null, null, url);
    }

    private String url(String path) {
        return "file://" + workspace + "/" + path;
    }

    private void write(String path, String content) {
        writeBytes(path, content.getBytes(UTF_8));
    }

    private void writeBytes(String path, byte[] content) {
        try {
            Files.createDirectories(workspace.resolve(path).getParent());
            Files.write(workspace.resolve(path), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What went along with the newest message. */
    private List<Outgoing.File> sent() {
        return opencode.prompts().get(opencode.prompts().size() - 1).prompt().files();
    }

    private List<Path> files() {
        try (var files = Files.list(nexus.home.directory("chat-uploads"))) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static NexusException failure(ThrowingCallable call) {
        return catchThrowableOfType(NexusException.class, call);
    }

    private static void assertInvalid(String field, ThrowingCallable call) {
        NexusException failure = failure(call);
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(NexusException.Kind.INVALID);
        assertThat(failure.fields()).extracting(NexusException.Field::field).containsExactly(field);
    }
}
