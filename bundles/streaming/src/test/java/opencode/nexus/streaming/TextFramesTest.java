package opencode.nexus.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextFramesTest {
    private final ObjectMapper json = new ObjectMapper();

    @Test
    void anyTextComesBackAsItWas() throws Exception {
        Random random = new Random(7);
        String awkward = "\"\\\n\r\t\b\f\u0000\u001f/ \u007f\u2028\u2029äé漢\ud83d\ude00<>&'";
        for (int round = 0; round < 5_000; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(12);
            for (int index = 0; index < length; index++) {
                text.append(
                        random.nextInt(4) == 0
                                ? (char) random.nextInt(0x10000)
                                : awkward.charAt(random.nextInt(awkward.length())));
            }
            assertThat(json.readTree(frame("k1", text.toString())).get("text").textValue())
                    .isEqualTo(text.toString());
        }
    }

    @Test
    void aFrameIsOneLineOfWellFormedText() {
        String frame = frame("k1", "a\r\nb\nc\ud83d");

        assertThat(frame).doesNotContain("\n", "\r").isEqualTo("{\"part\":\"k1\",\"text\":\"a\\r\\nb\\nc\\ud83d\"}");
        assertThat(new String(frame.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                .isEqualTo(frame);
    }

    @Test
    void bothHalvesOfACharacterSurviveInTwoPieces() throws Exception {
        String first = json.readTree(frame("k1", "a\ud83d")).get("text").textValue();
        String second = json.readTree(frame("k1", "\ude00b")).get("text").textValue();

        assertThat(first + second).isEqualTo("a\ud83d\ude00b");
    }

    @Test
    void aSixCharacterTokenTakesAtMost64Bytes() {
        String sse = "id: 5c-123456\nevent: text\ndata: " + frame("a1", "word0 ") + "\n\n";

        assertThat(sse.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(64);
    }

    private static String frame(String key, String text) {
        StringBuilder frame = TextFrames.begin(key, text.length());
        TextFrames.escape(text, frame);
        return TextFrames.end(frame);
    }
}
