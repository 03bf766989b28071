package opencode.nexus.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.opencode.SessionStatus;
import opencode.nexus.streaming.Pump;
import opencode.nexus.streaming.RingStreams;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeOpenCodeClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.util.converter.Converters;

/**
 * Whenever a page joins, it ends with the right texts: at each single change of the hub, whether OpenCode is far ahead of
 * its events or not, however slowly the page reads, and whatever happens while its question is on the way.
 */
class JoinAnywhereTest {
    private static final String SESSION = "ses_1";

    @TempDir
    Path directory;

    @Test
    void atEveryMomentOfAnAnswerWithEventsOnTime() {
        everyMoment(true);
    }

    @Test
    void atEveryMomentOfAnAnswerWithOpenCodeFarAhead() {
        everyMoment(false);
    }

    @Test
    void atRandomMomentsOfRandomAnswers() {
        for (int seed = 0; seed < 400; seed++) {
            new Run(seed).random();
        }
    }

    private void everyMoment(boolean onTime) {
        int moments = new Run(0).scripted(onTime, Integer.MAX_VALUE, Integer.MAX_VALUE);
        assertThat(moments).isGreaterThan(20);
        for (int load = 0; load <= moments; load++) {
            new Run(load).scripted(onTime, 0, load);
            new Run(load).scripted(onTime, load / 2, load);
            new Run(load).scripted(onTime, load, load);
        }
    }

    /** One OpenCode, one gateway and one page, from the first word to the last. */
    private final class Run {
        private final Random random;
        private final int seed;
        private final MomentHub hub = new MomentHub();
        private final FakeOpenCodeClient opencode = new FakeOpenCodeClient();
        private final SessionBoard board = ChatFixture.board(hub, new FakeHome(directory), opencode);
        private final OpenCodeChat chat =
                ChatFixture.chat(board, hub, new FakeHome(directory), opencode, new FakeClock());
        private final RingStreams streams =
                new RingStreams(Converters.standardConverter().convert(Map.of()).to(RingStreams.Config.class), hub);
        private final Pump pump = new Pump(hub);
        private final Map<String, String> growing = new LinkedHashMap<>();
        private Page page;
        private boolean loaded;
        private boolean loading;
        private boolean delivering;
        private String answer;
        private int moments;
        private int words;

        private Run(int seed) {
            this.seed = seed;
            random = new Random(seed);
            pump.setClient(opencode);
            opencode.addSession(SESSION, "One");
            opencode.listen(board, pump);
            opencode.connect();
        }

        /** How many moments there were. */
        private int scripted(boolean onTime, int open, int load) {
            hub.atEachMoment(() -> {
                moments++;
                if (moments == open) {
                    open();
                }
                if (moments == load) {
                    load();
                }
                if (loaded) {
                    page.read(random.nextInt(2));
                    noHoles();
                }
            });
            if (open == 0) {
                open();
            }
            if (load == 0) {
                load();
            }
            answer(onTime);
            opencode.deliver();
            finish();
            return moments;
        }

        private void answer(boolean onTime) {
            Runnable then = onTime ? opencode::deliver : () -> {};
            String message = opencode.beginAnswer(SESSION);
            then.run();
            String thinking = opencode.beginText(message, "reasoning");
            then.run();
            add(thinking, then);
            String text = opencode.beginText(message, "text");
            then.run();
            add(text, then);
            add(thinking, then);
            opencode.endText(thinking);
            then.run();
            add(text, then);
            opencode.status(SESSION, new SessionStatus(SessionStatus.Type.RETRY, "dropped", null));
            opencode.status(SESSION, SessionStatus.BUSY);
            String second = opencode.beginText(message, "text");
            then.run();
            add(second, then);
            add(second, then);
            opencode.endText(second);
            then.run();
            opencode.endAnswer(message);
            then.run();
        }

        private void add(String part, Runnable then) {
            opencode.addText(part, "word" + words++ + " ");
            then.run();
        }

        private void random() {
            hub.atEachMoment(() -> {
                delivering = true;
                browse();
                delivering = false;
            });
            opencode.aroundMessages(() -> {
                // The question of the page is on its way while the world goes on.
                for (int step = loading ? random.nextInt(6) : 0; step > 0; step--) {
                    step();
                }
            });
            for (int step = 0; step < 60; step++) {
                step();
            }
            opencode.aroundMessages(() -> {});
            if (random.nextInt(4) > 0) {
                growing.keySet().stream().toList().forEach(this::end);
            }
            opencode.deliver();
            finish();
        }

        private void browse() {
            if (page == null && random.nextInt(8) == 0) {
                open();
            }
            if (page != null && !loaded && random.nextInt(8) == 0) {
                load();
            }
            if (page != null && random.nextInt(3) == 0) {
                page.read(random.nextInt(3));
                noHoles();
            }
        }

        /** What the page shows is at every time the beginning of what was written. */
        private void noHoles() {
            page.texts()
                    .values()
                    .forEach(texts -> texts.forEach((part, text) -> assertThat(opencode.written(part))
                            .as("part %s with seed %s", part, seed)
                            .startsWith(text.text())));
        }

        private void step() {
            String message = answer;
            String part = growing.isEmpty()
                    ? null
                    : growing.keySet().stream()
                            .skip(random.nextInt(growing.size()))
                            .findFirst()
                            .orElseThrow();
            switch (random.nextInt(9)) {
                case 0 -> {
                    if (message == null) {
                        answer = opencode.beginAnswer(SESSION);
                    } else {
                        growing.put(opencode.beginText(message, random.nextBoolean() ? "text" : "reasoning"), message);
                    }
                }
                case 1, 2, 3 -> {
                    if (part != null) {
                        opencode.addText(part, random.nextInt(5) == 0 ? "" : "w" + words++ + " ");
                    }
                }
                case 4 -> {
                    if (part != null && random.nextInt(3) == 0) {
                        end(part);
                    }
                }
                case 5 -> {
                    if (message != null && growing.isEmpty() && random.nextInt(3) == 0) {
                        answer = null;
                        opencode.endAnswer(message);
                    }
                }
                case 6 -> {
                    if (!delivering) {
                        browse();
                    }
                }
                default -> {
                    // Events come one after the other: none while another is being worked on.
                    if (!delivering) {
                        opencode.deliverOne();
                    }
                }
            }
        }

        private void end(String part) {
            growing.remove(part);
            opencode.endText(part);
        }

        private void open() {
            page = new Page(chat, streams);
        }

        private void load() {
            loaded = true;
            loading = true;
            page.load(SESSION);
            loading = false;
            noHoles();
        }

        private void finish() {
            hub.atEachMoment(() -> {});
            if (page == null) {
                open();
            }
            if (!loaded) {
                load();
            }
            page.read(Integer.MAX_VALUE);
            assertThat(page.texts())
                    .as("seed %s, opened and loaded as asked, after %s moments", seed, moments)
                    .isEqualTo(expected());
            opencode.messages(SESSION, 200, null).messages().forEach(message -> assertThat(
                            page.states().get(message.id()))
                    .isEqualToIgnoringCase(message.state().name()));
            chat.close();
            streams.close();
            pump.close();
        }

        /** What a page that joins when all is told gets from OpenCode and the hub, without any event. */
        private Map<String, Map<String, Page.Text>> expected() {
            Map<String, String> live = new LinkedHashMap<>();
            Map<String, String> keys = new LinkedHashMap<>();
            hub.running(SESSION).texts().forEach(text -> {
                live.put(text.partId(), text.text());
                keys.put(text.partId(), text.key());
            });
            Map<String, Map<String, Page.Text>> expected = new LinkedHashMap<>();
            for (Message message : opencode.messages(SESSION, 200, null).messages()) {
                Map<String, Page.Text> texts = new LinkedHashMap<>();
                for (Part part : message.parts()) {
                    Part.Text text = (Part.Text) part;
                    boolean ended = text.endedAt() != null;
                    if (ended || live.containsKey(text.id())) {
                        String key =
                                page.texts().get(message.id()).get(text.id()).key();
                        texts.put(
                                text.id(),
                                new Page.Text(
                                        ended ? key : keys.get(text.id()),
                                        ended ? text.text() : live.get(text.id()),
                                        !ended));
                    }
                }
                expected.put(message.id(), texts);
            }
            return expected;
        }
    }
}
