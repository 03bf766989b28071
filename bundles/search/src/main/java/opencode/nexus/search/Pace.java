package opencode.nexus.search;

import java.time.Duration;

/**
 * How gently the index is filled.
 *
 * @param idle from the connection to the first work, so that a start is not slowed down
 * @param quiet from the first change of messages until they are read again
 * @param pause least time between two pages; it is longer when OpenCode is slow
 * @param whileStreaming time between two pages while an answer is being written
 * @param refresh how often what was read can be found, while much is read
 * @param commit how often it is forced to disk
 * @param retry after something went wrong
 */
record Pace(
        Duration idle,
        Duration quiet,
        Duration pause,
        Duration whileStreaming,
        Duration refresh,
        Duration commit,
        Duration retry) {

    static final Pace GENTLE = new Pace(
            Duration.ofSeconds(15),
            Duration.ofSeconds(1),
            Duration.ofMillis(50),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30));
}
