package opencode.nexus.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What the owner was told, newest first. What repeats becomes one with a count: same kind and subject, while the last one is
 * unread and younger than {@link #YOUNG}. Not safe for use by several threads.
 */
final class Ledger {
    /** The most that are kept. */
    static final int MOST = 500;

    static final Duration YOUNG = Duration.ofMinutes(10);

    /** The pause before something that repeats is delivered again. */
    static final Duration QUIET = Duration.ofMinutes(1);

    /** What is told. */
    record Draft(Kind kind, @Nullable String subject, String title, String text, @Nullable String link) {}

    /** What became of it. */
    record Told(Notification notification, boolean isNew, boolean deliver) {}

    /** @param listed false for what goes to channels only; it is kept for as long as it may repeat */
    private record Entry(Notification notification, boolean listed, Instant deliveredAt) {
        Entry with(Notification changed) {
            return new Entry(changed, listed, deliveredAt);
        }
    }

    private final List<Entry> entries = new ArrayList<>();

    /** @param kept what was told in an earlier life, newest first */
    Ledger(List<Notification> kept) {
        kept.stream().limit(MOST).forEach(one -> entries.add(new Entry(one, true, one.at())));
    }

    /** Adds it, or counts it to the one it repeats, which then says what this one says and is the newest. */
    Told tell(Draft draft, boolean listed, Instant now) {
        Optional<Told> repeated = repeat(draft, now);
        if (repeated.isPresent()) {
            return repeated.get();
        }
        Notification added = new Notification(
                UUID.randomUUID().toString(),
                now,
                draft.kind(),
                draft.subject(),
                draft.title(),
                draft.text(),
                draft.link(),
                1,
                null);
        entries.add(0, new Entry(added, listed, now));
        forget(now);
        return new Told(added, true, true);
    }

    /** Counts it to the one it repeats; nothing when it repeats none. */
    Optional<Told> repeat(Draft draft, Instant now) {
        for (int index = 0; draft.subject() != null && index < entries.size(); index++) {
            Entry entry = entries.get(index);
            Notification last = entry.notification();
            if (last.kind() != draft.kind() || !draft.subject().equals(last.subject())) {
                continue;
            }
            if (last.readAt() != null || !within(YOUNG, last.at(), now)) {
                return Optional.empty();
            }
            boolean deliver = !within(QUIET, entry.deliveredAt(), now);
            Notification counted = new Notification(
                    last.id(),
                    now,
                    last.kind(),
                    last.subject(),
                    draft.title(),
                    draft.text(),
                    draft.link(),
                    last.count() == Integer.MAX_VALUE ? last.count() : last.count() + 1,
                    null);
            entries.remove(index);
            entries.add(0, new Entry(counted, entry.listed(), deliver ? now : entry.deliveredAt()));
            return Optional.of(new Told(counted, false, deliver));
        }
        return Optional.empty();
    }

    /** Marks as read what matches and is not read yet. Tells which these are. */
    List<Notification> read(Predicate<Notification> wanted, Instant now) {
        List<Notification> changed = new ArrayList<>();
        entries.replaceAll(entry -> {
            Notification one = entry.notification();
            if (one.readAt() != null || !wanted.test(one)) {
                return entry;
            }
            Notification read = new Notification(
                    one.id(),
                    one.at(),
                    one.kind(),
                    one.subject(),
                    one.title(),
                    one.text(),
                    one.link(),
                    one.count(),
                    now);
            if (entry.listed()) {
                changed.add(read);
            }
            return entry.with(read);
        });
        return changed;
    }

    /** The list of the page. */
    List<Notification> listed() {
        return entries.stream().filter(Entry::listed).map(Entry::notification).toList();
    }

    Optional<Notification> find(String id) {
        return entries.stream()
                .map(Entry::notification)
                .filter(one -> one.id().equals(id))
                .findFirst();
    }

    private void forget(Instant now) {
        entries.removeIf(
                entry -> !entry.listed() && !within(YOUNG, entry.notification().at(), now));
        while (entries.size() > MOST) {
            entries.remove(entries.size() - 1);
        }
    }

    /** Both ways: a clock that was set back must not make something young for ever. */
    static boolean within(Duration span, Instant then, Instant now) {
        return Duration.between(then, now).abs().compareTo(span) < 0;
    }
}
