package opencode.nexus.restart;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What the owner may set. The dollar sign keeps {@code notify} apart from the method of {@link Object}. */
@ObjectClassDefinition(name = "Nexus: restarts")
public @interface RestartConfig {

    @AttributeDefinition(description = "Start again by itself what ended, hangs or holds too much memory")
    boolean enabled() default true;

    @AttributeDefinition(description = "Starts within the window before it gives up", min = "1", max = "100")
    int maxAttempts() default 10;

    @AttributeDefinition(description = "Seconds of the window in which starts are counted", min = "10", max = "86400")
    int windowSeconds() default 600;

    @AttributeDefinition(
            description = "Milliseconds before the second start; the first comes at once",
            min = "10",
            max = "60000")
    int firstDelayMs() default 500;

    @AttributeDefinition(description = "By how much each delay is longer than the one before", min = "1", max = "10")
    double multiplier() default 2.0;

    @AttributeDefinition(
            description = "The longest delay in milliseconds; at least the first",
            min = "10",
            max = "3600000")
    int maxDelayMs() default 60_000;

    @AttributeDefinition(
            description = "Megabytes of memory above which a process is exchanged when it is idle; 0 for never",
            min = "0",
            max = "1048576")
    int memoryLimitMb() default 4_096;

    @AttributeDefinition(
            description = "Megabytes of memory above which a process is exchanged at once; 0 for never",
            min = "0",
            max = "1048576")
    int memoryCeilingMb() default 8_192;

    @AttributeDefinition(description = "Try one start every ten minutes after it gave up")
    boolean slowRetry() default true;

    @AttributeDefinition(description = "Tell of starts; that it gave up is told always")
    boolean notify$() default true;
}
