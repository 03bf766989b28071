import type { Notification, NotificationKind, NotificationPreferences } from "../shared/types.ts";

/** The kinds in the order of the preferences, and what each is called there. */
export const KINDS: readonly { kind: NotificationKind; name: string }[] = [
  { kind: "needs-me", name: "What needs you" },
  { kind: "finished", name: "Long answers" },
  { kind: "failed", name: "Failures" },
  { kind: "restarted", name: "Restarts" },
  { kind: "gave-up", name: "Giving up" },
  { kind: "address-changed", name: "New addresses" },
  { kind: "new-device", name: "New devices" },
  { kind: "threshold", name: "Warnings" },
];

/** The list with one that is new or has changed, newest first. */
export function withNote(notes: readonly Notification[], note: Notification): Notification[] {
  return [note, ...notes.filter(({ id }) => id !== note.id)].sort(
    (one, other) => Date.parse(other.at) - Date.parse(one.at),
  );
}

/** The list after some were read, all when none is named. */
export function withRead(notes: readonly Notification[], at: string, id?: string): Notification[] {
  return notes.map((note) => (note.readAt || (id !== undefined && note.id !== id) ? note : { ...note, readAt: at }));
}

/** Where a notification leads to; never away from Nexus. */
export function linkOf({ link }: Pick<Notification, "link">): string | undefined {
  return link && /^\/(?![/\\])/.test(link) ? link : undefined;
}

/** Whether a channel delivers a kind. */
export function delivers(preferences: NotificationPreferences, kind: NotificationKind, channel: string): boolean {
  return preferences.kinds[kind]?.includes(channel) ?? false;
}

/** The channels of a kind with one more or one less. Those that are not there now stay chosen. */
export function withChannel(
  preferences: NotificationPreferences,
  kind: NotificationKind,
  channel: string,
  wanted: boolean,
): string[] {
  const others = (preferences.kinds[kind] ?? []).filter((name) => name !== channel);
  return (wanted ? [...others, channel] : others).sort();
}
