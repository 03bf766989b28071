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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        assertThat(Files.readString(older())).endsWith("xthe last part\n");
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
    void aLineThatIsCutReadsAsTwo() throws Exception {
        long from = output.prepare();
        append(lines(0, 150) + "01234567");
        output.moveWhenTooLong();
        // 89 and the line end were written just before the cut, and are lost.
        append("the end\n");

        assertThat(output.lastLines(from, 3)).containsExactly("line 0149", "01234567", "the end");
        assertThat(output.lastLines(from, 1)).containsExactly("the end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void aMoveAtTheEndOfALineAddsNone(String end) throws Exception {
        long from = output.prepare();
        append("x".repeat(CAP) + "\nwhole" + end);
        output.moveWhenTooLong();
        append("next\n");

        assertThat(output.lastLines(from, 2)).containsExactly("whole", "next");
    }

    @Test
    void aMoveWithinALineEndAddsNone() throws Exception {
        long from = output.prepare();
        append("x".repeat(CAP) + "\nwhole\r");
        output.moveWhenTooLong();
        append("\nnext\n");

        assertThat(output.lastLines(from, 2)).containsExactly("whole", "next");
    }

    @Test
    void positionsCountTheLineEndThatWasAdded() throws Exception {
        output.prepare();
        append("x".repeat(CAP) + "cut");
        long from = output.prepare();
        append("one\n" + "y".repeat(CAP));
        output.moveWhenTooLong();
        append("two\n");

        assertThat(from).isEqualTo(CAP + "cut\n".length());
        assertThat(output.offset(from + "one\n".length() + CAP + 1)).isZero();
        // Of the first line only the end was moved.
        assertThat(output.lastLines(from, 2)).containsExactly("y".repeat(CAP - 1), "two");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 19, 20, 21, 64, 333, 999, 1_000, 1_001, 2_500})
    void howeverItIsCutEachLineIsPartOfOneThatWasWritten(int piece) throws Exception {
        long from = output.prepare();
        String text = "0123456789012345678\n".repeat(600);
        for (int at = 0; at < text.length(); at += piece) {
            append(text.substring(at, Math.min(text.length(), at + piece)));
            output.moveWhenTooLong();
        }

        assertThat(output.lastLines(from, 1_000)).isNotEmpty().allSatisfy(line -> assertThat("0123456789012345678")
                .contains(line));
    }

    @Test
    void linesFromBeforeAMoveThatFailedAreNotShownAsTheLast() throws Exception {
        long from = output.prepare();
        append(lines(0, 150));
        output.moveWhenTooLong();
        append(lines(150, 300));
        home.refuseWrites(true);
        output.moveWhenTooLong();
        append(lines(300, 302));

        assertThat(output.lastLines(from, 1_000)).isEqualTo(lineList(300, 302));
        assertThat(older()).doesNotExist();
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
