import type { Conversation, Entry, Sending } from "./conversation.ts";

/** One article of the log: a message of the owner, or all messages that answer it together. */
export interface Turn {
  key: string;
  role: "user" | "assistant";
  entries: Entry[];
  /** The text of a message that has not come back as an event. */
  sending?: Sending;
  /** What is worth to be known of it. */
  note?: string;
  /** Differs whenever the turn has to be drawn again. */
  revision: string;
}

/** What is said in a turn, without thinking and tools. */
export function textOf(turn: Turn): string {
  return turn.entries.map((entry) => entry.text).join("\n\n") || (turn.sending?.text ?? "");
}

/**
 * The turns of a conversation that can be shown next to each other, oldest first. OpenCode writes one message for each
 * step of an answer; a reader sees one answer.
 */
export function turnsOf(conversation: Conversation): Turn[] {
  const turns: Turn[] = [];
  const { past } = conversation;
  const entries = past.hasNewer ? past.entries : [...past.entries, ...conversation.entries];
  for (const entry of entries) {
    const last = turns.at(-1);
    const { message } = entry;
    if (last?.role === "assistant" && message.role === "assistant" && last.entries.at(-1)!.message.parentId === message.parentId) {
      last.entries.push(entry);
      continue;
    }
    const sending = conversation.sending.find((one) => one.messageId === message.id);
    const note = conversation.notes.get(message.id);
    turns.push({
      key: message.id,
      role: message.role,
      entries: [entry],
      revision: "",
      ...(sending && { sending }),
      ...(note && { note }),
    });
  }
  const shown = new Set(entries.map((entry) => entry.message.id));
  for (const sending of past.hasNewer ? [] : conversation.sending) {
    if (!sending.messageId || !shown.has(sending.messageId)) {
      turns.push({ key: sending.messageId ?? sending.clientId, role: "user", entries: [], sending, revision: "" });
    }
  }
  for (const turn of turns) {
    turn.revision = `${turn.sending ? `s${turn.sending.waits ?? ""} ` : ""}${turn.note ?? ""}${turn.entries.map((entry) => `${entry.message.id}:${entry.revision}`).join()}`;
  }
  return turns;
}

/**
 * Ids of the newest messages of the owner that no answer belongs to. An answer belongs to the message it names and to
 * those before. While the session is at work they are only waiting for their turn.
 */
export function unanswered({ entries }: Conversation): string[] {
  const places = new Map(entries.map(({ message }, place) => [message.id, place]));
  const answered = entries.reduce((last, { message }, place) => {
    if (message.role === "user") {
      return last;
    }
    return Math.max(last, message.parentId === undefined ? place : (places.get(message.parentId) ?? -1));
  }, -1);
  return entries
    .slice(answered + 1)
    .filter((entry) => entry.message.role === "user" && entry.text !== "")
    .map((entry) => entry.message.id);
}
