package opencode.nexus.itests;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a person finds and does with conversations that are there, on a desktop and on a phone, with the real OpenCode and a
 * scripted model. The gateway and Chromium are started once for all of it. {@link WritingJourneysIT} is the other half, so
 * that both can run at the same time.
 */
class ChatJourneysIT {
    @RegisterExtension
    static final Stage STAGE = Journey.STAGE;

    @Nested
    class Cards extends CardJourneys {}

    @Nested
    class Conversation extends ConversationJourneys {}

    @Nested
    class History extends HistoryJourneys {}

    @Nested
    class Search extends SearchJourneys {}
}
