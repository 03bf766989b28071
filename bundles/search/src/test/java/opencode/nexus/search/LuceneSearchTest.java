package opencode.nexus.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Revert;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.search.SearchService.Hit;
import opencode.nexus.api.search.SearchService.Mark;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LuceneSearchTest {
    @TempDir
    Path place;

    private FakeHistory history;
    private Bed bed;

    @BeforeEach
    void open() {
        history = new FakeHistory();
        bed = new Bed(place, history);
    }

    @AfterEach
    void close() {
        bed.close();
    }

    @Test
    void aHitSaysWhereItIsAndShowsTheWords() {
        Message said = history.say("ses_a", "Where is the guard?");
        bed.connected();

        Hit hit = bed.result("guard").hits().get(0);

        assertThat(hit.sessionId()).isEqualTo("ses_a");
        assertThat(hit.messageId()).isEqualTo(said.id());
        assertThat(hit.role()).isEqualTo(Message.Role.USER);
        assertThat(hit.createdAt()).isEqualTo(said.createdAt());
        assertThat(hit.snippet()).isEqualTo("Where is the guard?");
        assertThat(hit.marks()).containsExactly(new Mark(13, 18));
    }

    @Test
    void everyWordMustBeThereAndTheLastMayBeABeginning() {
        String both = history.say("ses_a", "the guard opens the gate").id();
        history.say("ses_a", "the guard sleeps");
        bed.connected();

        assertThat(bed.found("guard gate")).containsExactly(both);
        assertThat(bed.found("gate guard")).containsExactly(both);
        assertThat(bed.found("guard ga")).containsExactly(both);
        assertThat(bed.found("gua gate")).isEmpty();
        assertThat(bed.found("guard gates")).isEmpty();
    }

    @Test
    void wordsOfCodeAreFoundByTheirPiecesAndAsAWhole() {
        String camel = history.say("ses_a", "call createGuard() first").id();
        String snake = history.say("ses_a", "call create_guard first").id();
        String path = history.say("ses_a", "see src/auth/retry.ts:12").id();
        bed.connected();

        assertThat(bed.found("guard")).containsExactlyInAnyOrder(camel, snake);
        assertThat(bed.found("create")).containsExactlyInAnyOrder(camel, snake);
        assertThat(bed.found("createGuard")).containsExactlyInAnyOrder(camel, snake);
        assertThat(bed.found("createGua")).containsExactlyInAnyOrder(camel, snake);
        assertThat(bed.found("create_guard")).containsExactlyInAnyOrder(camel, snake);
        assertThat(bed.found("createguard")).containsExactly(camel);
        assertThat(bed.found("retry")).containsExactly(path);
        assertThat(bed.found("src/auth/retry.ts")).containsExactly(path);
        assertThat(bed.found("auth/ret")).containsExactly(path);
    }

    @Test
    void accentsCaseAndScriptsDoNotHinder() {
        String french = history.say("ses_a", "Crème BRÛLÉE, l'école").id();
        String chinese = history.say("ses_a", "请重试一次").id();
        String russian = history.say("ses_a", "Проверка связи").id();
        bed.connected();

        assertThat(bed.found("creme brulee")).containsExactly(french);
        assertThat(bed.found("ÉCOLE")).containsExactly(french);
        assertThat(bed.found("重试")).containsExactly(chinese);
        assertThat(bed.found("试")).containsExactly(chinese);
        assertThat(bed.found("试重")).isEmpty();
        assertThat(bed.found("провер")).containsExactly(russian);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "guard.*",
                "(guard",
                "guard AND",
                "guard or not",
                "[guard TO *]",
                "\"guard",
                "guard\u0000",
                "+guard -- !and",
                "\\guard\\",
                "/guard/",
                "{\"guard\":[{}]",
                "***guard???",
                "guard) OR (and",
            })
    void signsSeparateWords(String query) {
        String said = history.say("ses_a", "the guard and or not to").id();
        bed.connected();

        assertThat(bed.found(query)).containsExactly(said);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gu*rd",
                "gu?rd",
                "guard~2",
                "words:guard",
                "guard^4",
                "guard OR missing",
                "-missing guard",
                "g.ard",
                "guard|missing",
                "((((((((((a+)+)+)+)+)+)+)+$guard",
            })
    void signsAreNoOperators(String query) {
        history.say("ses_a", "the guard and or not to");
        bed.connected();

        assertThat(bed.found(query)).isEmpty();
    }

    @Test
    void whatToolsWereToldIsFound() {
        String ran = history.answer("ses_a", FakeHistory.tool("bash", Map.of("command", "npm run lint"), "0 problems"))
                .id();
        bed.connected();

        assertThat(bed.found("npm lint")).containsExactly(ran);
        assertThat(bed.found("bash")).containsExactly(ran);
        assertThat(bed.found("problems")).containsExactly(ran);
    }

    @Test
    void ofEqualHitsTheNewerComesFirstAndPagesDoNotOverlap() {
        List<String> ids = java.util.stream.IntStream.range(0, 50)
                .mapToObj(i -> history.say("ses_" + i % 3, "the guard").id())
                .sorted(java.util.Comparator.reverseOrder())
                .toList();
        bed.connected();

        var first = bed.search.search("guard", null, 20, 0);
        var last = bed.search.search("guard", null, 20, 40);

        assertThat(first.total()).isEqualTo(50);
        assertThat(first.hits().stream().map(Hit::messageId)).containsExactlyElementsOf(ids.subList(0, 20));
        assertThat(last.hits().stream().map(Hit::messageId)).containsExactlyElementsOf(ids.subList(40, 50));
        assertThat(bed.search.search("guard", null, 20, 1_000).hits()).isEmpty();
    }

    @Test
    void theWholeWordComesBeforeOneThatGoesOn() {
        String whole = history.say("ses_a", "guard duty today").id();
        history.say("ses_a", "guardian duty today");
        bed.connected();

        assertThat(bed.found("guard")).hasSize(2).startsWith(whole);
    }

    @Test
    void oneSessionCanBeSearchedAlone() {
        String here = history.say("ses_a", "the guard").id();
        history.say("ses_b", "the guard");
        bed.connected();

        assertThat(bed.search.search("guard", "ses_a", 20, 0).hits().stream().map(Hit::messageId))
                .containsExactly(here);
        assertThat(bed.search.search("guard", "ses_unknown", 20, 0).total()).isZero();
    }

    @Test
    void wrongQueriesAreNamed() {
        assertThatThrownBy(() -> bed.search.search("  ", null, 0, 1_001))
                .isInstanceOfSatisfying(NexusException.class, e -> {
                    assertThat(e.kind()).isEqualTo(NexusException.Kind.INVALID);
                    assertThat(e.fields().stream().map(NexusException.Field::field))
                            .containsExactly("q", "limit", "offset");
                });
        assertThatThrownBy(() -> bed.search.search("x".repeat(201), null, 101, -1))
                .isInstanceOfSatisfying(
                        NexusException.class, e -> assertThat(e.fields()).hasSize(3));
        assertThat(bed.search.search("x y ".repeat(50), null, 100, 1_000).hits())
                .isEmpty();
        assertThat(bed.search.search("aB".repeat(100), null, 100, 0).hits()).isEmpty();
    }

    @Test
    void signsAloneFindNothing() {
        history.say("ses_a", "a .*( regular expression");
        bed.connected();

        assertThat(bed.search.search(".*([🎉", null, 20, 0).total()).isZero();
    }

    @Test
    void anAnswerIsFoundWhenItIsFinished() {
        history.say("ses_a", "hello");
        bed.connected();

        Message running = history.add("ses_a", Message.Role.ASSISTANT, Message.State.RUNNING, List.of());
        bed.changed(running);
        bed.work();
        assertThat(history.calls).doesNotContain("message " + running.id());

        Message finished = running.in(Message.State.COMPLETE).with(List.of(FakeHistory.text("the guard is here")));
        history.replace(finished);
        bed.changed(finished);
        bed.work();

        assertThat(bed.found("guard")).containsExactly(running.id());
        assertThat(bed.result("guard").complete()).isTrue();
    }

    @Test
    void aChangedPartAndARemovedMessageAreNoticed() {
        Message said = history.say("ses_a", "the guard");
        Message other = history.say("ses_a", "another guard");
        bed.connected();

        history.replace(said.with(List.of(FakeHistory.text("the keeper"))));
        bed.search.onEvent(new OpenCodeEvent.PartChanged("ses_a", said.id(), FakeHistory.text("the keeper")));
        history.remove(other);
        bed.search.onEvent(new OpenCodeEvent.MessageRemoved("ses_a", other.id()));
        bed.work();

        assertThat(bed.found("guard")).isEmpty();
        assertThat(bed.found("keeper")).containsExactly(said.id());
    }

    @Test
    void aDeletedSessionIsGoneAtOnce() {
        history.say("ses_a", "the guard");
        String stays = history.say("ses_b", "the guard").id();
        bed.connected();

        history.delete("ses_a");
        bed.search.onEvent(new OpenCodeEvent.SessionRemoved("ses_a"));

        assertThat(bed.found("guard")).containsExactly(stays);
        assertThat(bed.result("guard").total()).isEqualTo(1);
        bed.work();
        assertThat(bed.found("guard")).containsExactly(stays);
    }

    @Test
    void whatIsTakenBackIsNotFoundUntilItIsBack() {
        String before = history.say("ses_a", "the guard").id();
        String taken = history.say("ses_a", "the guard again").id();
        String other = history.say("ses_b", "the guard as well").id();
        bed.connected();

        bed.search.onEvent(new OpenCodeEvent.SessionChanged(history.session("ses_a", new Revert(taken, List.of()))));
        assertThat(bed.found("guard")).containsExactlyInAnyOrder(before, other);
        bed.search.onConnected();
        bed.work();
        assertThat(bed.found("guard")).containsExactlyInAnyOrder(before, other);

        bed.search.onEvent(new OpenCodeEvent.SessionChanged(history.session("ses_a", null)));
        assertThat(bed.found("guard")).containsExactlyInAnyOrder(before, taken, other);
    }

    @Test
    void manyChangesAtOnceAreReadByThePage() {
        List<Message> said = java.util.stream.IntStream.range(0, 60)
                .mapToObj(i -> history.say("ses_a", "guard " + i))
                .toList();
        bed.connected();
        said.subList(10, 60).forEach(history::remove);
        history.calls.clear();

        said.subList(10, 60)
                .forEach(message -> bed.search.onEvent(new OpenCodeEvent.MessageRemoved("ses_a", message.id())));
        bed.work();

        assertThat(bed.result("guard").total()).isEqualTo(10);
        assertThat(history.calls).containsOnly("page ses_a");
    }

    @Test
    void hostileTextsAreMessagesLikeOthers() {
        String huge = history.say("ses_a", "x".repeat(1_000_000)).id();
        String odd = history.say("ses_a", "\u0000\u0007\uD800 guard \uDC00\u202E <script>alert(1)</script>")
                .id();
        history.say("ses_a", "");
        history.say("ses_a", " \n ");
        bed.connected();

        assertThat(bed.found("xxx")).containsExactly(huge);
        assertThat(bed.found("x".repeat(200))).containsExactly(huge);
        assertThat(bed.found("guard script alert")).containsExactly(odd);
        assertThat(bed.result("guard").hits().get(0).snippet())
                .doesNotContainPattern("\\p{Cc}|\\p{Cs}")
                .contains("<script>alert(1)</script>");
        assertThat(bed.result("xxx").hits().get(0).snippet()).hasSize(240);
    }

    @Test
    void anEmojiInASnippetStaysWhole() {
        history.say("ses_a", "👩‍💻".repeat(100) + " guard " + "🎉".repeat(200));
        bed.connected();

        String snippet = bed.result("guard").hits().get(0).snippet();

        assertThat(snippet.codePoints()).noneMatch(point -> point >= 0xD800 && point <= 0xDFFF);
    }

    @Test
    void nothingIsFoundBeforeAnythingWasReadAndTheAnswerSaysSo() {
        history.say("ses_a", "the guard");

        assertThat(bed.result("guard").hits()).isEmpty();
        assertThat(bed.result("guard").complete()).isFalse();

        bed.connected();
        assertThat(bed.result("guard").hits()).hasSize(1);
        assertThat(bed.result("guard").complete()).isTrue();
    }
}
