package opencode.nexus.chat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.Outgoing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings messages to OpenCode: those that may go at once on the thread of whoever sends them, those that waited on one
 * thread of its own. {@link Turns} decides which may go.
 */
final class Outbox implements Turns.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    /** How long nothing may be heard of a message before OpenCode is asked. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private static final Set<NexusException.Kind> CANNOT_BE_SENT =
            EnumSet.of(NexusException.Kind.INVALID, NexusException.Kind.CONFLICT, NexusException.Kind.TOO_LARGE);

    private final SessionBoard board;
    private final Turns turns;
    private final SentPrompts sent;
    private final Uploads uploads;
    private final Supplier<OpenCodeClient> client;
    private final Duration patience;
    private final InstantSource clock;
    private final ScheduledThreadPoolExecutor worker =
            new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nexus-queue"));
    /** Tasks that wait for the thread, by session: one of a kind is enough. */
    private final Set<String> due = new HashSet<>();

    Outbox(
            SessionBoard board,
            NexusHome home,
            Uploads uploads,
            Supplier<OpenCodeClient> client,
            Duration patience,
            InstantSource clock) {
        this.board = board;
        this.turns = board.turns();
        this.sent = new SentPrompts(home);
        this.uploads = uploads;
        this.client = client;
        this.patience = patience;
        this.clock = clock;
        // What has not begun when this closes is left to whoever comes next.
        worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        worker.scheduleWithFixedDelay(
                () -> guarded(this::sweep), SILENCE.toSeconds(), SILENCE.toSeconds(), TimeUnit.SECONDS);
        worker.scheduleWithFixedDelay(() -> guarded(this::clean), 0, 1, TimeUnit.HOURS);
        turns.attach(this);
    }

    @Override
    public void close() {
        turns.detach(this);
        worker.shutdown();
        try {
            // What is being handed over is finished first, so that it is known what became of it.
            if (!worker.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("A message was still on its way to OpenCode");
                worker.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sent.close();
    }

    /** As {@link opencode.nexus.api.chat.ChatService#send}; the prompt is well-formed. */
    String send(Session session, Prompt prompt) {
        OpenCodeClient opencode = client.get();
        Sending sending = new Sending(session, prompt, opencode);
        if (prompt.clientId() != null) {
            return sent.once(session.id(), prompt.clientId(), sending);
        }
        String messageId = sending.newId();
        sending.send(messageId);
        return messageId;
    }

    // ---- what Turns tells, under the board's lock ----

    @Override
    public void mayGoOn(String sessionId) {
        soon("go " + sessionId, () -> sendNext(sessionId));
    }

    @Override
    public void unsure(String sessionId) {
        soon("ask " + sessionId, () -> ask(sessionId));
    }

    @Override
    public void arrived(String sessionId, Queue.Waiting message) {
        if (message.clientId() != null) {
            sent.arrived(sessionId, message.clientId(), message.messageId());
        }
        List<String> taken = Uploads.of(message);
        if (!taken.isEmpty()) {
            soon("discard " + message.messageId(), () -> taken.forEach(uploads::discard));
        }
    }

    @Override
    public void refused(String sessionId, Queue.Waiting message, String reason) {
        if (message.clientId() != null) {
            sent.refused(sessionId, message.clientId(), message.messageId(), reason);
        }
    }

    // ---- on the thread ----

    private void soon(String name, Runnable task) {
        synchronized (due) {
            if (!due.add(name)) {
                return;
            }
        }
        try {
            worker.execute(() -> {
                synchronized (due) {
                    due.remove(name);
                }
                guarded(task);
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("{} is left to whoever comes next", name, e);
        }
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (NexusException e) {
            LOG.debug("It is tried again when OpenCode answers", e);
        } catch (RuntimeException e) {
            LOG.error("Messages that wait could not be looked after", e);
        }
    }

    private void sendNext(String sessionId) {
        Queues.Item item = turns.next(sessionId).orElse(null);
        if (item == null) {
            return;
        }
        try {
            OpenCodeClient opencode = client.get();
            if (item.tried() && hasArrived(sessionId, item.id(), opencode)) {
                turns.hadArrived(sessionId, item);
                return;
            }
            board.awaitEnd(sessionId, patience);
            Session session = board.find(sessionId).orElseGet(() -> board.put(opencode.session(sessionId)));
            if (turns.begin(sessionId, item)) {
                sendQueued(session, item.message(), opencode);
            }
        } catch (NexusException e) {
            LOG.warn("What waits in session {} was not sent: {}", sessionId, e.getMessage());
            turns.pause(sessionId);
        }
    }

    private void sendQueued(Session session, Queue.Waiting message, OpenCodeClient opencode) {
        try {
            handOver(session.id(), message.messageId(), outgoing(session, message, opencode), opencode);
        } catch (NexusException e) {
            if (CANNOT_BE_SENT.contains(e.kind())) {
                turns.refused(session.id(), message.messageId(), e.getMessage());
                return;
            }
            failed(session.id(), message.messageId(), e);
        } catch (RuntimeException e) {
            failed(session.id(), message.messageId(), e);
        }
    }

    private void failed(String sessionId, String messageId, RuntimeException e) {
        if (turns.failed(sessionId, messageId)) {
            throw e;
        }
        LOG.debug("Message {} arrived although handing it over failed", messageId, e);
    }

    private void ask(String sessionId) {
        OpenCodeClient opencode = client.get();
        try {
            ask(sessionId, opencode);
        } catch (NexusException e) {
            if (e.kind() != NexusException.Kind.NOT_FOUND) {
                throw e;
            }
            LOG.info("Session {} is gone, and what waited in it", sessionId);
            board.removed(sessionId);
        }
    }

    private void ask(String sessionId, OpenCodeClient opencode) {
        boolean busy = opencode.statuses().containsKey(sessionId);
        if (!busy) {
            turns.quiet(sessionId);
        }
        turns.unsettled(sessionId).ifPresent(messageId -> {
            boolean arrived = hasArrived(sessionId, messageId, opencode);
            turns.settle(sessionId, messageId, arrived, busy, clock.instant().minus(SILENCE));
        });
        if (turns.isUnsure(sessionId)) {
            turns.sure(sessionId, endedWell(sessionId, opencode));
        }
    }

    private static boolean endedWell(String sessionId, OpenCodeClient opencode) {
        Message newest = Snapshot.newest(sessionId, opencode).orElse(null);
        return newest == null || (newest.role() == Message.Role.ASSISTANT && newest.state() == Message.State.COMPLETE);
    }

    /** Looks after what nobody heard of for a while. */
    void sweep() {
        turns.askAgain(clock.instant().minus(SILENCE));
    }

    /** Removes files that nobody needs any more. */
    void clean() {
        uploads.clean(turns.uploads());
    }

    /** Waits until everything that is due was done. */
    void awaitDone() throws Exception {
        worker.submit(() -> {}).get(20, TimeUnit.SECONDS);
    }

    // ---- sending ----

    private void handOver(String sessionId, String messageId, Outgoing outgoing, OpenCodeClient opencode) {
        opencode.prompt(sessionId, messageId, outgoing);
        turns.handedOver(sessionId, messageId, clock.instant());
    }

    /**
     * A message as OpenCode gets it.
     *
     * @throws NexusException INVALID naming the field; CONFLICT {@code workspace-gone}
     */
    private Outgoing outgoing(Session session, Queue.Waiting message, OpenCodeClient opencode) {
        if (!Workspaces.exists(session.workspace())) {
            throw Workspaces.gone(session.workspace());
        }
        Choices.Choice chosen = board.chosen(session.id());
        String model = message.model() == null ? chosen.model() : message.model();
        String agent = message.agent() == null ? chosen.agent() : message.agent();
        Offers offers = new Offers(opencode);
        offers.checkModel(model);
        offers.checkAgent(agent, session.workspace());
        offers.checkCommand(message.command(), session.workspace());
        List<Outgoing.File> files = files(message.attachments(), session.workspace());
        return new Outgoing(message.text(), files, model, agent, message.command());
    }

    private List<Outgoing.File> files(List<Prompt.Attachment> attachments, String workspace) {
        WorkspaceFiles mentioned = new WorkspaceFiles(workspace);
        List<Outgoing.File> files = new ArrayList<>();
        List<Field> wrong = new ArrayList<>();
        for (int index = 0; index < attachments.size(); index++) {
            Prompt.Attachment attachment = attachments.get(index);
            String prefix = "attachments[" + index + "].";
            if (attachment.upload() != null) {
                uploads.find(attachment.upload())
                        .ifPresentOrElse(
                                kept -> files.add(file(kept, attachment)),
                                () -> wrong.add(
                                        new Field(prefix + "upload", "is not there any more. Attach the file again")));
                continue;
            }
            WorkspaceFiles.Found found = mentioned.find(attachment);
            if (found.file() == null) {
                wrong.add(new Field(prefix + "url", Objects.requireNonNull(found.problem())));
            } else {
                files.add(found.file());
            }
        }
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
        return files;
    }

    private static Outgoing.File file(Uploads.Kept kept, Prompt.Attachment attachment) {
        String name = attachment.name() == null ? kept.upload().name() : attachment.name();
        return new Outgoing.File(name, kept.upload().mime(), kept.file(), false);
    }

    /** Whether OpenCode has a message. */
    static boolean hasArrived(String sessionId, String messageId, OpenCodeClient opencode) {
        try {
            opencode.message(sessionId, messageId);
            return true;
        } catch (NexusException e) {
            if (e.kind() != NexusException.Kind.NOT_FOUND) {
                throw e;
            }
            return false;
        }
    }

    /** One message that somebody sends. */
    private final class Sending implements SentPrompts.Sender {
        private final Session session;
        private final Prompt prompt;
        private final OpenCodeClient opencode;

        private Sending(Session session, Prompt prompt, OpenCodeClient opencode) {
            this.session = session;
            this.prompt = prompt;
            this.opencode = opencode;
        }

        @Override
        public String newId() {
            return opencode.newMessageId();
        }

        @Override
        public void send(String messageId) {
            // Also for one that will wait: better to hear now what is wrong with it.
            Outgoing outgoing = outgoing(session, waiting(messageId, prompt.attachments()), opencode);
            Queue.Waiting message = waiting(messageId, named(outgoing.files()));
            if (!board.awaitEnd(session.id(), patience)) {
                LOG.debug("The run before in session {} does not end", session.id());
            }
            if (!turns.enter(session.id(), message)) {
                return;
            }
            try {
                handOver(session.id(), messageId, outgoing, opencode);
            } catch (RuntimeException e) {
                failed(session.id(), messageId, e);
            }
        }

        @Override
        public boolean hasArrived(String messageId) {
            return turns.holds(session.id(), messageId) || Outbox.hasArrived(session.id(), messageId, opencode);
        }

        private Queue.Waiting waiting(String messageId, List<Prompt.Attachment> attachments) {
            return new Queue.Waiting(
                    messageId,
                    clock.instant(),
                    prompt.text(),
                    attachments,
                    prompt.model(),
                    prompt.agent(),
                    prompt.command(),
                    prompt.clientId(),
                    null);
        }

        /** The attachments with their names and kinds, for whoever looks at what waits. */
        private List<Prompt.Attachment> named(List<Outgoing.File> files) {
            List<Prompt.Attachment> named = new ArrayList<>();
            for (int index = 0; index < files.size(); index++) {
                Prompt.Attachment sent = prompt.attachments().get(index);
                Outgoing.File file = files.get(index);
                named.add(new Prompt.Attachment(file.name(), file.mime(), sent.upload(), sent.url()));
            }
            return named;
        }
    }
}
