package opencode.nexus.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.IntStream;
import opencode.nexus.testkit.FakeHome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
    private static final int CAP = 1_000;

    @TempDir
    Path directory;

    private FakeHome home;
    private Path file;
    private OutputFile output;

    @BeforeEach
    void makeFile() {
        home = new FakeHome(directory);
        file = directory.resolve("opencode.log");
        output = new OutputFile(home, file, CAP);
    }

    @Test
    void whatIsWithinTheCapStaysWhereItIs() throws Exception {
        output.prepare();
        append("x".repeat(CAP));

        output.moveWhenTooLong();

        assertThat(file).hasSize(CAP);
        assertThat(older()).doesNotExist();
    }

    @Test
    void whatIsLongerIsMovedAndItsLastPartKept() throws Exception {
        output.prepare();
        append("x".repeat(CAP) + "the last part");

        output.moveWhenTooLong();

        assertThat(file).hasSize(0);
        assertThat(older()).hasSize(CAP);
        assertThat(Files.readString(older())).endsWith("xthe last part");
    }

    @Test
    void lastLinesGoOnAcrossTheMove() throws Exception {
        long from = output.prepare();
        append(lines(0, 150));
        output.moveWhenTooLong();
        append(lines(150, 160));

        assertThat(output.lastLines(from, 12)).isEqualTo(lineList(148, 160));
        assertThat(output.lastLines(from, 2)).isEqualTo(lineList(158, 160));
    }

    @Test
    void linesOfAnEarlierLifeAreNotShownEvenAfterAMove() throws Exception {
        output.prepare();
        append(lines(0, 100));
        long from = output.prepare();
        append(lines(100, 150));
        output.moveWhenTooLong();
        append(lines(150, 152));

        assertThat(output.lastLines(from, 1_000)).isEqualTo(lineList(100, 152));
    }

    @Test
    void aFullDiskDoesNotKeepTheFileFromBeingCut() throws Exception {
        output.prepare();
        append("x".repeat(CAP + 1));
        home.refuseWrites(true);

        output.moveWhenTooLong();

        assertThat(file).hasSize(0);
    }

    @Test
    void aFileThatVanishedIsMadeAgain() throws Exception {
        output.prepare();
        append("lost\n");
        Files.delete(file);

        assertThat(output.lastLines(0, 5)).isEmpty();
        output.moveWhenTooLong();
        long from = output.prepare();
        append("there\n");

        assertThat(output.lastLines(from, 5)).containsExactly("there");
    }

    @Test
    void aPositionBeyondTheFileIsItsBeginning() throws Exception {
        output.prepare();
        append("one\ntwo\n");

        assertThat(output.lastLines(output.position(4), 5)).containsExactly("two");
        assertThat(output.lastLines(output.position(4_000), 5)).containsExactly("one", "two");
    }

    private void append(String text) throws Exception {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private Path older() {
        return directory.resolve("opencode.log.1");
    }

    private static String lines(int from, int to) {
        return String.join("\n", lineList(from, to)) + "\n";
    }

    private static List<String> lineList(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "line %04d".formatted(i)).toList();
    }
}
