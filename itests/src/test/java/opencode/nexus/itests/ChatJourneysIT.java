package opencode.nexus.itests;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Everything a person does with conversations, on a desktop and on a phone, with the real OpenCode and a scripted model.
 * The gateway and Chromium are started once for all of it.
 */
class ChatJourneysIT {
    @RegisterExtension
    static final Stage STAGE = Journey.STAGE;

    @Nested
    class Cards extends CardJourneys {}

    @Nested
    class Conversation extends ConversationJourneys {}

    @Nested
    class Composer extends ComposerJourneys {}

    @Nested
    class Outbox extends OutboxJourneys {}

    @Nested
    class Requests extends RequestJourneys {}

    @Nested
    class History extends HistoryJourneys {}

    @Nested
    class Search extends SearchJourneys {}

    @Nested
    class Keys extends KeyJourneys {}
}
