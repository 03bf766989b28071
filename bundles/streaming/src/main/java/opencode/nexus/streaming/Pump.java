package opencode.nexus.streaming;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeListener;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what happens inside messages from OpenCode into the hub. Sessions and requests are the chat bundle's. */
@Component(immediate = true, property = "service.ranking:Integer=100")
public final class Pump implements OpenCodeListener {
    private static final Logger LOG = LoggerFactory.getLogger(Pump.class);
    private static final int NEWEST = 20;
    private static final int MOST_SESSIONS = 50;

    /** A predecessor of this bundle may have stopped listening this long before its successor began. */
    private static final Duration SWAP = Duration.ofSeconds(30);

    /** The client of a bundle that was just replaced may come a moment after its events. */
    private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(5);

    private final EventHub hub;
    private final Clock clock;
    private final ChatEvents events;
    private final LiveTexts texts;
    private final KnownMessages messages;
    private final ToolUpdates tools;
    private final ScheduledExecutorService timer;
    /** Apart from everything else: nobody who brings or takes the client may wait for a call through it. */
    private final Object clientLock = new Object();

    private @Nullable OpenCodeClient client;
    private Instant heardUntil;
    private boolean connected;

    @Activate
    public Pump(@Reference EventHub hub) {
        this(
                hub,
                Clock.systemUTC(),
                Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "nexus-tool-updates")));
    }

    Pump(EventHub hub, Clock clock, ScheduledExecutorService timer) {
        this.hub = hub;
        this.clock = clock;
        this.timer = timer;
        events = new ChatEvents(hub);
        texts = new LiveTexts(hub, events);
        messages = new KnownMessages(events);
        tools = new ToolUpdates(events, timer);
        heardUntil = clock.instant().minus(SWAP);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    public void setClient(OpenCodeClient added) {
        synchronized (clientLock) {
            client = added;
            clientLock.notifyAll();
        }
    }

    void unsetClient(OpenCodeClient removed) {
        synchronized (clientLock) {
            if (client == removed) {
                client = null;
            }
        }
    }

    @Deactivate
    public void close() {
        timer.shutdownNow();
        tools.flush();
    }

    @Override
    public synchronized void onEvent(OpenCodeEvent event) {
        // The first is by far the most frequent, and must stay cheap.
        if (event instanceof OpenCodeEvent.TextAdded added) {
            texts.add(added.partId(), added.text());
        } else if (event instanceof OpenCodeEvent.PartChanged changed) {
            partChanged(changed.sessionId(), changed.messageId(), changed.part());
        } else if (event instanceof OpenCodeEvent.MessageChanged changed) {
            messageChanged(changed.message());
        } else if (event instanceof OpenCodeEvent.StatusChanged changed) {
            if (changed.status().type() == SessionStatus.Type.RETRY) {
                texts.retried(changed.sessionId());
            }
        } else if (event instanceof OpenCodeEvent.TodosChanged changed) {
            events.todos(changed.sessionId(), changed.todos());
        } else {
            removed(event);
        }
    }

    private void removed(OpenCodeEvent event) {
        if (event instanceof OpenCodeEvent.PartRemoved removed) {
            texts.partRemoved(removed.partId());
            tools.forget(removed.partId());
            events.partRemoved(removed.sessionId(), removed.messageId(), removed.partId());
        } else if (event instanceof OpenCodeEvent.MessageRemoved removed) {
            texts.messageRemoved(removed.sessionId(), removed.messageId());
            tools.forgetMessage(removed.messageId());
            messages.removed(removed.messageId());
            events.messageRemoved(removed.sessionId(), removed.messageId());
        } else if (event instanceof OpenCodeEvent.SessionRemoved removed) {
            sessionRemoved(removed.sessionId());
        }
    }

    @Override
    public synchronized void onDisconnected(boolean serverLost) {
        if (connected) {
            connected = false;
            heardUntil = clock.instant();
        }
        texts.freeze();
        tools.flush();
        if (serverLost) {
            messages.running().forEach(message -> messages.changed(message.in(Message.State.INTERRUPTED)));
        }
    }

    @Override
    public synchronized void onConnected() {
        connected = true;
        texts.freeze();
        try {
            catchUp(awaitClient());
        } catch (NexusException e) {
            LOG.warn("What OpenCode did meanwhile is not known: {}", e.getMessage());
        }
    }

    private OpenCodeClient awaitClient() {
        long deadline = System.nanoTime() + CLIENT_PATIENCE.toNanos();
        synchronized (clientLock) {
            while (client == null) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new NexusException(
                            NexusException.Kind.UNAVAILABLE, "server-not-running", "There is no way to ask OpenCode.");
                }
                try {
                    clientLock.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new NexusException(
                            NexusException.Kind.UNAVAILABLE, "server-not-running", "OpenCode is being let go.", e);
                }
            }
            return client;
        }
    }

    private void catchUp(OpenCodeClient opencode) {
        Map<String, SessionStatus> statuses = opencode.statuses();
        for (String sessionId : mayHaveChanged(opencode, statuses.keySet())) {
            try {
                List<Message> newest =
                        opencode.messages(sessionId, NEWEST, null).messages();
                newest.forEach(message -> catchUp(message, statuses.containsKey(sessionId)));
            } catch (NexusException e) {
                if (e.kind() != NexusException.Kind.NOT_FOUND) {
                    throw e;
                }
                sessionRemoved(sessionId);
            }
        }
    }

    private Set<String> mayHaveChanged(OpenCodeClient opencode, Set<String> busy) {
        Set<String> sessions = new LinkedHashSet<>(hub.runningSessions());
        messages.running().forEach(message -> sessions.add(message.sessionId()));
        sessions.addAll(busy);
        opencode.sessions().stream()
                .filter(session -> session.updatedAt().isAfter(heardUntil))
                .limit(MOST_SESSIONS)
                .map(OpenCodeSession::id)
                .forEach(sessions::add);
        return sessions;
    }

    private void catchUp(Message message, boolean busy) {
        boolean cutOff = message.state() == Message.State.RUNNING && !busy;
        Message now = cutOff ? message.in(Message.State.INTERRUPTED) : message;
        boolean runs = now.state() == Message.State.RUNNING;
        if (!runs && !texts.knowsTextOf(now.id()) && !messages.isNews(now, heardUntil)) {
            return;
        }
        messages.changed(now);
        for (Part part : message.parts() == null ? List.<Part>of() : message.parts()) {
            if (!(part instanceof Part.Text text) || !LiveTexts.grows(text)) {
                partChanged(now.sessionId(), now.id(), part);
            } else if (runs && !texts.knows(text.id())) {
                texts.missed(now.sessionId(), now.id(), text);
            }
        }
    }

    private void messageChanged(Message message) {
        if (message.completedAt() != null) {
            texts.messageOver(message);
        }
        messages.changed(message);
    }

    private void partChanged(String sessionId, String messageId, Part part) {
        if (part instanceof Part.Text text && !messages.isOfOwner(messageId)) {
            texts.changed(sessionId, messageId, text);
        } else if (part instanceof Part.Tool tool) {
            tools.changed(sessionId, messageId, tool);
        } else {
            events.part(sessionId, messageId, part);
        }
    }

    private void sessionRemoved(String sessionId) {
        texts.sessionRemoved(sessionId);
        tools.forgetSession(sessionId);
        messages.sessionRemoved(sessionId);
    }
}
