package opencode.nexus.chat;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What the owner may set. */
@ObjectClassDefinition(name = "Nexus: conversations")
public @interface ChatConfig {

    /** What an answer that was cut off is told when nothing else is set. */
    String CONTINUE = "Continue where you stopped.";

    @AttributeDefinition(
            description = "What “Continue” sends after an answer that was cut off or stopped",
            min = "1",
            max = "2000")
    String continuePrompt() default CONTINUE;
}
