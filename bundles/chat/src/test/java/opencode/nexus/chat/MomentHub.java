package opencode.nexus.chat;

import java.util.Set;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.event.Feed;
import opencode.nexus.testkit.RecordingHub;
import org.jspecify.annotations.Nullable;

/** A hub that lets something happen after each single call that changes it. */
final class MomentHub implements EventHub {
    private final RecordingHub hub = new RecordingHub();
    private Runnable moment = () -> {};

    void atEachMoment(Runnable action) {
        moment = action;
    }

    @Override
    public String publish(String topic, String type, String json) {
        String id = hub.publish(topic, type, json);
        moment.run();
        return id;
    }

    @Override
    public String begin(String sessionId, String messageId, String partId, String text) {
        String key = hub.begin(sessionId, messageId, partId, text);
        moment.run();
        return key;
    }

    @Override
    public boolean append(String partId, String text) {
        boolean appended = hub.append(partId, text);
        moment.run();
        return appended;
    }

    @Override
    public void freeze(String sessionId) {
        hub.freeze(sessionId);
        moment.run();
    }

    @Override
    public void end(String partId) {
        hub.end(partId);
        moment.run();
    }

    @Override
    public void forget(String sessionId) {
        hub.forget(sessionId);
        moment.run();
    }

    @Override
    public String cursor() {
        return hub.cursor();
    }

    @Override
    public String epoch() {
        return hub.epoch();
    }

    @Override
    public Feed follow(@Nullable String after, Set<String> topics, Runnable wake) {
        return hub.follow(after, topics, wake);
    }

    @Override
    public int followers(String topic) {
        return hub.followers(topic);
    }

    @Override
    public Running running(String sessionId) {
        return hub.running(sessionId);
    }

    @Override
    public Set<String> runningSessions() {
        return hub.runningSessions();
    }
}
