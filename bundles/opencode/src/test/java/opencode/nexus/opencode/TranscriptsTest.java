package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recorded stream against the story it tells, in {@code transcripts.txt}: kinds and order of events, texts, states.
 * A new recording is put there with what this test says it tells, once somebody has read that it is right.
 */
class TranscriptsTest {
    private static final Map<String, List<String>> STORIES = stories();

    static List<String> transcripts() {
        return Transcripts.names();
    }

    @ParameterizedTest
    @MethodSource("transcripts")
    void aTranscriptTellsItsStory(String name) {
        assertThat(Storyline.of(Transcripts.replay(name).events)).isEqualTo(STORIES.get(name));
    }

    @Test
    void everyStoryHasItsTranscript() {
        assertThat(STORIES.keySet()).containsExactlyElementsOf(Transcripts.names());
    }

    /** Sections that begin with {@code == name}. */
    private static Map<String, List<String>> stories() {
        Map<String, List<String>> stories = new TreeMap<>();
        List<String> current = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(Path.of("src/test/resources/transcripts.txt"))) {
                if (line.startsWith("== ")) {
                    current = new ArrayList<>();
                    stories.put(line.substring(3), current);
                    continue;
                }
                if (!line.isBlank()) {
                    current.add(line);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return stories;
    }
}
