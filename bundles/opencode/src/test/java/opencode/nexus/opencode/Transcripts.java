package opencode.nexus.opencode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.testkit.FakeClock;

/** Event streams of OpenCode 1.18.33, recorded. */
final class Transcripts {
    private Transcripts() {}

    static List<String> names() {
        try (Stream<Path> files = Files.list(directory())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(directory().resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything one transcript says. */
    static Replay replay(String name) {
        Replay replay = new Replay();
        EventDecoder decoder = new EventDecoder(new FakeClock(), () -> List.of("/home/dev/demo"));
        try {
            new EventLines(OpenCodeHttp.MAX_BODY)
                    .read(
                            new DataUrls(new ByteArrayInputStream(bytes(name))),
                            (bytes, offset, length) -> decoder.decode(bytes, offset, length, replay));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return replay;
    }

    private static Path directory() {
        try {
            return Path.of(Transcripts.class.getResource("/transcripts").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a listener would have been told. */
    static final class Replay implements EventDecoder.Sink {
        final List<OpenCodeEvent> events = new ArrayList<>();
        int connections;

        @Override
        public void connected() {
            connections++;
        }

        @Override
        public void event(OpenCodeEvent event) {
            events.add(event);
        }

        <T extends OpenCodeEvent> List<T> all(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        <T extends OpenCodeEvent> T first(Class<T> type) {
            return all(type).get(0);
        }

        <T extends OpenCodeEvent> T last(Class<T> type) {
            List<T> all = all(type);
            return all.get(all.size() - 1);
        }
    }
}
