package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataUrlsTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 100, 50_000})
    void theContentGoesAndItsSizeStays(int size) throws IOException {
        String json = "{\"url\":\"data:image/png;base64," + Base64.getEncoder().encodeToString(new byte[size])
                + "\",\"id\":\"prt_1\"}";

        JsonNode read = Wire.MAPPER.readTree(through(json, 4_096));

        assertThat(read.path("url").textValue()).isEqualTo("data:image/png;base64,");
        assertThat(read.path(DataUrls.SIZE).intValue()).isEqualTo(size);
        assertThat(read.path("id").textValue()).isEqualTo("prt_1");
    }

    @Test
    void itDoesNotMatterHowTheBytesCome() throws IOException {
        String json = "[{\"url\":\"data:a/b;x=1;base64,QUJD\"},{\"text\":\"\\\"url\\\":\\\"data:a/b;base64,QUJD\\\"\"},"
                + "{\"url\":\"\",\"url\":\"data:a/b;base64,QQ==\"}]";
        String expected = "[{\"url\":\"data:a/b;x=1;base64,\",\"dataSize\":3},"
                + "{\"text\":\"\\\"url\\\":\\\"data:a/b;base64,QUJD\\\"\"},"
                + "{\"url\":\"\",\"url\":\"data:a/b;base64,\",\"dataSize\":1}]";

        for (int piece = 1; piece < json.length(); piece++) {
            assertThat(through(json, piece)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"url\":\"file:///a;base64,QUJD\"}",
                "{\"url\":\"data:text/plain,hello\"}",
                "{\"url\":\"data:;base6,QUJD\"}",
                "{\"url\":\"data:\"}",
                "{\"href\":\"data:a/b;base64,QUJD\"}",
                "{\"text\":\"url\",\"data\":\"data:a/b;base64,QUJD\"}",
                "{\"text\":\"say \\\"url\\\":\\\"data:a/b;base64,QUJD\\\"\"}",
                "{\"url\":\"data:a/b;base64",
                ""
            })
    void everythingElseStaysAsItIs(String json) throws IOException {
        assertThat(through(json, 3)).isEqualTo(json);
    }

    @Test
    void anEndInTheMiddleOfTheContentIsAnEnd() throws IOException {
        assertThat(through("{\"url\":\"data:a/b;base64,QUJ", 100)).isEqualTo("{\"url\":\"data:a/b;base64,");
    }

    @Test
    void nothingIsHeldBack() throws IOException {
        // Whoever reads events must get the last byte of one although the next has not come.
        InputStream endless = new InputStream() {
            private final byte[] said = "data: {\"url\":\"da".getBytes(UTF_8);
            private boolean asked;

            @Override
            public int read() {
                throw new AssertionError("read by pieces");
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                assertThat(asked).as("asked again before all was passed on").isFalse();
                asked = true;
                System.arraycopy(said, 0, target, offset, said.length);
                return said.length;
            }
        };

        byte[] target = new byte[100];
        assertThat(new DataUrls(endless).read(target, 0, 100)).isEqualTo(16);
    }

    /** Reads through it, from a source that gives {@code piece} bytes at a time. */
    private static String through(String json, int piece) throws IOException {
        InputStream pieces = new ByteArrayInputStream(json.getBytes(UTF_8)) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, piece));
            }
        };
        try (InputStream in = new DataUrls(pieces)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
