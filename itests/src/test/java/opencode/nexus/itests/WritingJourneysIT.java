package opencode.nexus.itests;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a person writes, answers and presses; the other half of {@link ChatJourneysIT}. */
class WritingJourneysIT {
    @RegisterExtension
    static final Stage STAGE = Journey.STAGE;

    @Nested
    class Composer extends ComposerJourneys {}

    @Nested
    class Outbox extends OutboxJourneys {}

    @Nested
    class Requests extends RequestJourneys {}

    @Nested
    class Keys extends KeyJourneys {}
}
