import { asProblem, type Problem } from "../shared/api.ts";
import { isAfter } from "../shared/event-id.ts";
import type { EventData, Message, MessagePage, Part } from "../shared/types.ts";
import { LivePart } from "./live-part.ts";
import { type LoadPage, Past } from "./past.ts";
import { Signal } from "./signal.ts";
import { turnsOf } from "./turns.ts";

/** What OpenCode did again because the provider did not answer as it should. */
export interface Retry {
  /** Id of the part after which it was, empty when it was before all. */
  after: string;
  reason: string;
  times: number;
  /** Milliseconds until the last of them. */
  waited: number;
}

/** A message and its parts, as far as they are known. */
export class Entry {
  parts: LivePart[] = [];
  /** Counts the changes a reader could see, those of growing text left out. */
  revision = 0;
  /** What was tried again while it was written. Only this page knows of it. */
  retries: readonly Retry[] = [];

  constructor(public message: Message) {}

  /** The text of the message without thinking and tools. */
  get text(): string {
    return this.parts
      .filter((live) => live.part.type === "text" && !live.hidden)
      .map((live) => live.text)
      .join("\n\n");
  }
}

/** A message of the owner that is on its way and has not come back as an event. */
export interface Sending {
  clientId: string;
  text: string;
  at: string;
  files: readonly { name: string; mime: string }[];
  /** Known from the answer, or guessed: the next new message of the owner. */
  messageId?: string;
  /** It may have arrived already. */
  tried?: boolean;
  /** Why it does not go out now. */
  waits?: string;
}

/** The events that belong to one conversation. */
export const CHAT_EVENTS = ["text", "chat.part", "chat.part.removed", "chat.message", "chat.message.removed"] as const;

type ChatEventName = (typeof CHAT_EVENTS)[number];

export type ChatEvent = { [K in ChatEventName]: { id: string; type: K; data: EventData[K] } }[ChatEventName];

export type { LoadPage };

/** How many events are kept while the messages are on their way. Beyond that they are fetched again. */
const MOST_WAITING = 5_000;
const MOST_ORPHANS = 50;
/** The most messages that the API gives at once. */
const MOST_AT_ONCE = 200;
/** Messages of one page of the past. */
const PAGE = 50;
/** The most messages that are kept current while nobody reads further up. */
const MOST_CURRENT = 200;

/**
 * The messages of one session. Fetches them and then applies every event after the cursor of the answer exactly once:
 * events that arrive meanwhile wait, events from before the cursor are dropped.
 */
export class Conversation {
  /** Turns came, went or changed, growing text left out. */
  readonly changed = new Signal();
  /** The text of a part grew. */
  readonly grew = new Signal();

  state: "new" | "loading" | "ready" | "failed" = "new";
  problem: Problem | undefined;
  /** The newest messages, oldest first. They are kept current. */
  entries: Entry[] = [];
  /** What was said before, as far as it is kept. */
  readonly past: Past;
  /** Messages that are on their way and not among the entries. */
  sending: readonly Sending[] = [];
  /** What is worth to be known of a message, by its id. */
  readonly notes = new Map<string, string>();
  /** How much was undone, when this page has seen it: the message it begins with, and how many turns it is. */
  undone: { messageId: string; turns: number } | undefined;
  /** Counts what was taken away again. */
  removals = 0;

  readonly #load: LoadPage;
  #cursor = "";
  #limit = 0;
  #round = 0;
  #waiting: ChatEvent[] | undefined;
  #byKey = new Map<string, LivePart>();
  #orphans: EventData["chat.part"][] = [];
  #onTheirWay: readonly Sending[] = [];
  /** Ids of messages that are most likely those that are on their way. */
  #guesses = new Map<string, string>();
  #readers = 0;
  /** Nothing but the next page is kept. */
  #startsOver = false;

  constructor(
    readonly sessionId: string,
    load: LoadPage,
  ) {
    this.#load = load;
    this.past = new Past(load, (page) => page.messages.map((message) => this.#entryOf(message)), PAGE);
  }

  /** Whether `text` events with this key belong here. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Whether the messages are on their way, so that a text whose key is not known yet may belong here. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Makes sure that at least this many of the newest messages are here, or all there are. */
  async want(limit: number): Promise<void> {
    const enough = this.#limit >= limit || (this.state === "ready" && !this.past.exists);
    if (enough && this.state !== "failed") {
      return;
    }
    await this.load(limit);
  }

  /** Fetches the newest messages again, for example after events were lost. */
  async load(limit = this.#limit): Promise<void> {
    const round = ++this.#round;
    this.#limit = Math.max(1, limit);
    this.#waiting = [];
    this.problem = undefined;
    if (this.state !== "ready") {
      this.state = "loading";
    }
    this.changed.tell();
    try {
      const page = await this.#load(this.#limit);
      if (round === this.#round) {
        this.#take(page);
      }
    } catch (failure) {
      if (round === this.#round) {
        this.#waiting = undefined;
        this.problem = asProblem(failure);
        this.state = "failed";
        this.changed.tell();
      }
    }
  }

  /** Fetches the page before what is here, or the one after it when that was dropped. Fails with a Problem. */
  async more(direction: "older" | "newer", limit?: number): Promise<void> {
    const { past } = this;
    if (past.loading || !(direction === "older" ? past.hasOlder : past.hasNewer)) {
      return;
    }
    try {
      const fetched = direction === "older" ? past.older(limit) : past.newer();
      this.changed.tell();
      await fetched;
    } finally {
      this.changed.tell();
    }
  }

  /** Drops what is not current. */
  forgetPast(): void {
    this.past.clear();
    this.changed.tell();
  }

  /** Fetches pages of the past until a message is here. False when it is nowhere. Fails with a Problem. */
  async reach(messageId: string): Promise<boolean> {
    for (;;) {
      if (this.state === "new" || this.state === "loading" || this.past.loading) {
        await new Promise<void>((resolve) => {
          const unlisten = this.changed.listen(() => {
            unlisten();
            resolve();
          });
        });
        continue;
      }
      if (this.problem) {
        throw this.problem;
      }
      if (this.entries.some((entry) => entry.message.id === messageId)) {
        if (this.past.hasNewer) {
          this.forgetPast();
        }
        return true;
      }
      if (this.past.find(messageId)) {
        return true;
      }
      if (!this.past.hasOlder) {
        this.forgetPast();
        return false;
      }
      await this.more("older", MOST_AT_ONCE);
    }
  }

  /** Keeps all that is here, because somebody reads it, until the answer is called. */
  hold(): () => void {
    this.#readers++;
    return () => {
      this.#readers--;
      this.#trim();
    };
  }

  /** Keeps only the newest messages when there are many and nobody reads further up. */
  #trim(): void {
    if (this.#readers === 0 && this.entries.length > MOST_CURRENT && this.state === "ready" && !this.#waiting) {
      this.#startsOver = true;
      void this.load();
    }
  }

  receive(event: ChatEvent): void {
    if (this.#waiting) {
      this.#waiting.push(event);
      if (this.#waiting.length > MOST_WAITING) {
        void this.load();
      }
      return;
    }
    if (this.state !== "ready") {
      return;
    }
    const after = isAfter(event.id, this.#cursor);
    if (after === undefined) {
      void this.load();
      return;
    }
    if (after) {
      this.#cursor = event.id;
      this.#apply(event);
    }
  }

  /**
   * Leaves out a message and all after it, which the owner has undone, or shows all again.
   *
   * @param messageId undefined when nothing is undone any more
   */
  leaveOut(messageId: string | undefined): void {
    const turns = messageId === undefined ? [] : turnsOf(this);
    const first = turns.findIndex((turn) => turn.entries.some((entry) => entry.message.id === messageId));
    this.undone = messageId === undefined || first < 0 ? undefined : { messageId, turns: turns.length - first };
    void this.load();
  }

  /** The provider did not answer as it should; OpenCode tries again at a moment. The answer tells of it. */
  tryAgain(reason: string, at: string | undefined): void {
    const { answer } = this;
    if (answer?.message.state !== "running") {
      return;
    }
    const waited = Math.max(0, at === undefined ? 0 : Date.parse(at) - Date.now());
    const after = answer.parts.at(-1)?.id ?? "";
    const same = answer.retries.find((retry) => retry.after === after);
    const retry: Retry = { after, reason, times: (same?.times ?? 0) + 1, waited: (same?.waited ?? 0) + waited };
    answer.retries = [...answer.retries.filter((one) => one !== same), retry];
    answer.revision++;
    this.changed.tell();
  }

  /** Shows messages of the owner before they come back as events. */
  show(onTheirWay: readonly Sending[]): void {
    if (onTheirWay.length === 0 && this.#onTheirWay.length === 0) {
      return;
    }
    this.#onTheirWay = onTheirWay;
    const known = new Set(onTheirWay.map((sending) => sending.messageId));
    for (const [clientId, messageId] of this.#guesses) {
      if (known.has(messageId) || !onTheirWay.some((sending) => sending.clientId === clientId)) {
        this.#guesses.delete(clientId);
      }
    }
    this.#settleSending();
    this.changed.tell();
  }

  /** The newest message of the assistant. */
  get answer(): Entry | undefined {
    return this.entries.findLast((entry) => entry.message.role === "assistant");
  }

  /** The newest message of the owner. */
  get question(): Entry | undefined {
    return this.entries.findLast((entry) => entry.message.role === "user");
  }

  #take(page: MessagePage): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    const parts = new Map(this.entries.flatMap((entry) => entry.parts).map((live) => [live.id, live]));
    const overlap = this.#startsOver ? -1 : this.entries.findIndex((entry) => entry.message.id === page.messages[0]?.id);
    const kept = overlap > 0 ? this.entries.slice(0, overlap) : [];
    if (overlap < 0) {
      this.past.begin(page.before ?? null);
      this.#startsOver = false;
    }
    const old = new Map(this.entries.map((entry) => [entry.message.id, entry]));
    this.#byKey.clear();
    this.#orphans = [];
    this.entries = [...kept, ...page.messages.map((message) => this.#entryOf(message, old.get(message.id), parts))];
    this.#cursor = page.cursor;
    this.state = "ready";
    for (const event of waiting) {
      const after = isAfter(event.id, this.#cursor);
      // Of another epoch than the answer: it was numbered before a restart that the answer already knows of.
      if (after) {
        this.#cursor = event.id;
        this.#apply(event);
      }
    }
    this.#settleSending();
    this.changed.tell();
  }

  #entryOf(message: Message, entry = new Entry(message), parts?: Map<string, LivePart>): Entry {
    entry.message = message;
    entry.revision++;
    entry.parts = (message.parts ?? []).map((part) => {
      const live = parts?.get(part.id);
      live?.replace(part);
      return this.#keyed(live ?? new LivePart(part));
    });
    return entry;
  }

  #apply(event: ChatEvent): void {
    switch (event.type) {
      case "text":
        this.#applyText(event.data);
        return;
      case "chat.part":
        this.#applyPart(event.data);
        break;
      case "chat.part.removed":
        this.#removePart(event.data);
        break;
      case "chat.message":
        this.#applyMessage(event.data.message);
        break;
      case "chat.message.removed":
        this.#removeMessage(event.data.messageId);
        break;
    }
    this.#settleSending();
    this.changed.tell();
  }

  #applyText(data: EventData["text"]): void {
    const live = this.#byKey.get(data.part);
    if (live) {
      live.append(data.text);
      this.grew.tell();
    }
  }

  #applyPart(data: EventData["chat.part"]): void {
    const entry = this.#find(data.messageId);
    if (!entry) {
      this.#orphans = [...this.#orphans, data].slice(-MOST_ORPHANS);
      return;
    }
    entry.revision++;
    const live = entry.parts.find((one) => one.id === data.part.id);
    if (!live) {
      entry.parts = [...entry.parts, this.#keyed(new LivePart(data.part))];
      return;
    }
    this.#byKey.delete(live.part.key);
    live.replace(data.part);
    this.#keyed(live);
  }

  #removePart({ messageId, partId }: EventData["chat.part.removed"]): void {
    this.#orphans = this.#orphans.filter((orphan) => orphan.messageId !== messageId || orphan.part.id !== partId);
    const entry = this.#find(messageId);
    const live = entry?.parts.find((one) => one.id === partId);
    if (!entry || !live) {
      return;
    }
    this.#byKey.delete(live.part.key);
    entry.parts = entry.parts.filter((one) => one !== live);
    entry.revision++;
    this.removals++;
  }

  #removeMessage(messageId: string): void {
    this.#orphans = this.#orphans.filter((orphan) => orphan.messageId !== messageId);
    this.#guesses.forEach((guess, clientId) => guess === messageId && this.#guesses.delete(clientId));
    const entry = this.#find(messageId);
    if (entry) {
      entry.parts.forEach((live) => this.#byKey.delete(live.part.key));
      this.entries = this.entries.filter((one) => one !== entry);
      this.past.remove(entry);
      this.removals++;
    }
  }

  #applyMessage(message: Message): void {
    const entry = this.#find(message.id);
    if (entry) {
      entry.message = message;
      entry.revision++;
      return;
    }
    const place = this.entries.findLastIndex((one) => one.message.createdAt <= message.createdAt);
    if (place < 0 && this.entries.length > 0 && this.past.exists) {
      // Of a page that is not kept.
      return;
    }
    const fresh = this.#entryOf(message);
    this.entries = this.entries.toSpliced(place + 1, 0, fresh);
    if (message.role === "user") {
      this.#guess(message.id);
    }
    const orphans = this.#orphans.filter((orphan) => orphan.messageId === message.id);
    this.#orphans = this.#orphans.filter((orphan) => orphan.messageId !== message.id);
    orphans.forEach((orphan) => this.#applyPart(orphan));
    this.#trim();
  }

  #find(messageId: string): Entry | undefined {
    return this.entries.findLast((one) => one.message.id === messageId) ?? this.past.find(messageId);
  }

  /** A message that is new here is most likely the one that was sent a moment ago. */
  #guess(messageId: string): void {
    const sending = this.#onTheirWay.find((one) => one.tried && !one.messageId && !this.#guesses.has(one.clientId));
    if (sending && !this.#onTheirWay.some((one) => one.messageId === messageId)) {
      this.#guesses.set(sending.clientId, messageId);
    }
  }

  /** What is on its way is shown until it stands here with its own text. */
  #settleSending(): void {
    if (this.#onTheirWay.length === 0 && this.sending.length === 0) {
      return;
    }
    this.sending = this.#onTheirWay
      .filter(({ clientId, messageId, text }) => {
        const entry = this.entries.findLast((one) => one.message.id === (messageId ?? this.#guesses.get(clientId)));
        if (!entry || entry.parts.length === 0) {
          return true;
        }
        if (messageId || entry.text.trim() === text.trim()) {
          return false;
        }
        // A message of another device, taken for this one.
        this.#guesses.delete(clientId);
        return true;
      })
      .map((sending) => {
        const messageId = sending.messageId ?? this.#guesses.get(sending.clientId);
        return messageId ? { ...sending, messageId } : sending;
      });
  }

  #keyed(live: LivePart): LivePart {
    this.#byKey.set((live.part satisfies Part).key, live);
    return live;
  }
}
