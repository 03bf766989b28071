import { asProblem, type Problem } from "../shared/api.ts";
import { duration } from "../shared/format.ts";
import type { Sending } from "./conversation.ts";
import type { Piece } from "./pieces.ts";
import type { Keeper } from "./keeper.ts";
import { Signal } from "./signal.ts";

/** A message on its way from this browser to Nexus. */
export interface Letter {
  /** The same at every try, so that it cannot arrive twice. */
  clientId: string;
  sessionId: string;
  /** When it was written. */
  at: string;
  /** Grows from letter to letter. */
  order: number;
  text: string;
  pieces: Piece[];
  model?: string;
  agent?: string;
  command?: string;
  /** A try was begun: it may have arrived, even if no answer came. */
  tried?: boolean;
  /** It had to wait, for a connection or for OpenCode. */
  held?: Obstacle["kind"];
  /** Nexus has taken it, under this id. */
  messageId?: string;
  takenAt?: number;
  /** It waits in Nexus for the end of an answer. */
  queued?: boolean;
}

/** Why nothing goes out now. */
export interface Obstacle {
  kind: "offline" | "server";
  words: string;
}

export const OFFLINE: Obstacle = { kind: "offline", words: "Goes out when you are back online." };

export interface Clock {
  now(): number;
  /** Runs it later, unless the answer is called before. */
  later(milliseconds: number, work: () => void): () => void;
}

export interface OutboxParts {
  keeper: Keeper<Letter>;
  clock: Clock;
  /** Hands a letter to Nexus. Answers the id of the message, or fails with a Problem. */
  post(letter: Letter): Promise<string>;
  obstacle(): Obstacle | undefined;
  /** Runs the work while no other tab does the same under this name. */
  alone(name: string, work: () => Promise<void>): Promise<void>;
  /** Nexus or OpenCode refused a letter: it belongs to its writer again. */
  comesBack(letter: Letter, reason: string): void;
  /** Tells the other tabs that something changed. */
  tellOthers(): void;
}

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** When Nexus is asked again about a letter that it took but that was not seen since. */
const ASK_AGAIN = [5_000, 20_000, 60_000];
/** A letter that left the queue is sent or refused within this time. */
const QUEUE_LEFT = 60_000;
/** The tab that a letter was written in is the first to have it back. */
const OTHERS_WAIT = 1_500;
/** What is older than this does not go out by itself any more. */
const TOO_OLD = 24 * 60 * 60_000;

/**
 * The messages that are on their way. Each is kept in the browser before it is sent, goes out in the order of its
 * session, is tried again until Nexus has answered, and leaves when it has been seen in the conversation. Exactly once:
 * a letter has the same id at every try, and several tabs take turns.
 */
export class Outbox {
  /** Letters came, went or changed. */
  readonly changed = new Signal();

  readonly #parts: OutboxParts;
  #letters = new Map<string, Letter>();
  /** Written in this tab. */
  #mine = new Set<string>();
  /** Being put into the keeper. */
  #fresh = new Set<string>();
  #held = new Map<string, string>();
  #failures = new Map<string, number>();
  #running = new Set<string>();
  #again = new Set<string>();
  #timers = new Map<string, () => void>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Takes up what was kept before a reload, and what other tabs have changed. */
  async look(): Promise<void> {
    const kept = (await this.#parts.keeper.all()).map((letter) => ({ ...letter, ...this.#letters.get(letter.clientId) }));
    const fresh = [...this.#letters.values()].filter((letter) => this.#fresh.has(letter.clientId));
    const all = [...kept.filter((letter) => !this.#fresh.has(letter.clientId)), ...fresh];
    const before = this.#letters;
    this.#letters = new Map(all.sort((one, other) => one.order - other.order).map((letter) => [letter.clientId, letter]));
    for (const letter of all) {
      if (!letter.messageId && this.#parts.clock.now() - Date.parse(letter.at) > TOO_OLD) {
        void this.#giveBack(letter.clientId, "It could not be sent for more than a day.");
      } else if (letter.messageId && !before.get(letter.clientId)?.messageId) {
        this.#askAgain(letter.clientId, 0);
      }
    }
    this.changed.tell();
    this.#unsent.filter((sessionId) => !this.#held.has(sessionId)).forEach((sessionId) => void this.#run(sessionId));
  }

  /** Sends a message, now or as soon as possible. Resolves when it is kept. */
  async add(letter: Omit<Letter, "order" | "at">): Promise<void> {
    const now = this.#parts.clock.now();
    const last = Math.max(0, ...[...this.#letters.values()].map((other) => other.order));
    const whole: Letter = { ...letter, at: new Date(now).toISOString(), order: Math.max(now, last + 1) };
    this.#mine.add(whole.clientId);
    this.#fresh.add(whole.clientId);
    this.#set(whole.clientId, whole);
    await this.#parts.keeper.put(whole);
    this.#fresh.delete(whole.clientId);
    this.#parts.tellOthers();
    void this.#run(whole.sessionId);
  }

  /** Letters of a session that were not seen since they were written, oldest first. */
  of(sessionId: string): Letter[] {
    return [...this.#letters.values()].filter((letter) => letter.sessionId === sessionId && !letter.queued);
  }

  /** Every letter, those that wait in Nexus too. */
  get all(): Letter[] {
    return [...this.#letters.values()];
  }

  /** As it is shown in the conversation. */
  sending(letter: Letter): Sending {
    const { clientId, text, at, messageId, pieces, command, tried } = letter;
    const waits = messageId ? undefined : this.#held.get(letter.sessionId);
    return {
      clientId,
      text: command ? `/${command} ${text}`.trim() : text,
      at,
      files: pieces.map(({ name, mime }) => ({ name, mime })),
      ...(messageId && { messageId }),
      ...(tried && { tried }),
      ...(waits && { waits }),
    };
  }

  /** Tries everything now: the line is back, or OpenCode is. */
  wake(): void {
    for (const sessionId of this.#unsent) {
      this.#failures.delete(sessionId);
      this.#stop(sessionId);
      void this.#run(sessionId);
    }
  }

  /** Sessions with letters that Nexus has not taken. */
  get #unsent(): string[] {
    const unsent = [...this.#letters.values()].filter((letter) => !letter.messageId);
    return [...new Set(unsent.map((letter) => letter.sessionId))];
  }

  /** Gives a letter back to its writer; undefined when it has gone out meanwhile. */
  async takeBack(clientId: string): Promise<Letter | undefined> {
    const letter = this.#letters.get(clientId);
    if (!letter) {
      return undefined;
    }
    let back: Letter | undefined;
    await this.#parts.alone(nameOf(letter.sessionId), async () => {
      const kept = await this.#parts.keeper.get(clientId);
      if (kept && !kept.messageId) {
        back = await this.#take(clientId);
      }
    });
    return back;
  }

  /** Its message has been seen. Answers the note that belongs to it, for one that had to wait. */
  seen(clientId: string): string | undefined {
    const letter = this.#letters.get(clientId);
    void this.#take(clientId);
    return letter && noteOf(letter);
  }

  /** The message of a letter was taken away again. */
  gone(messageId: string): void {
    const letter = [...this.#letters.values()].find((one) => one.messageId === messageId);
    if (letter) {
      void this.#take(letter.clientId);
    }
  }

  /** What waits in Nexus now: letters among it have arrived, letters that left it go their way. */
  queue(sessionId: string, messages: readonly { messageId: string; clientId?: string }[]): void {
    for (const letter of [...this.#letters.values()].filter((one) => one.sessionId === sessionId)) {
      const waiting = messages.find(
        (message) => message.clientId === letter.clientId || message.messageId === letter.messageId,
      );
      if (waiting && !letter.queued) {
        this.#stop(letter.clientId);
        void this.#update(letter.clientId, { queued: true, messageId: waiting.messageId });
      } else if (!waiting && letter.queued) {
        this.#later(letter.clientId, QUEUE_LEFT, () => void this.#take(letter.clientId));
      }
    }
  }

  /** Whether a message was written in this browser and is still on its way. */
  has(message: { messageId: string; clientId?: string }): boolean {
    return this.#find(message) !== undefined;
  }

  /** OpenCode did not take a message after all. */
  refused(message: { messageId: string; clientId?: string; reason: string }): void {
    const letter = this.#find(message);
    if (letter) {
      const { clientId } = letter;
      const back = () => void this.#giveBack(clientId, message.reason);
      this.#later(clientId, this.#mine.has(clientId) ? 0 : OTHERS_WAIT, back);
    }
  }

  #find({ messageId, clientId }: { messageId: string; clientId?: string }): Letter | undefined {
    return [...this.#letters.values()].find((one) => one.clientId === clientId || one.messageId === messageId);
  }

  /** A letter that waits in Nexus and is taken back from there. */
  async forget(clientId: string): Promise<Letter | undefined> {
    return this.#take(clientId);
  }

  /** Sends what there is. @param forced although the line seems to be down: what seems so may be wrong */
  async #run(sessionId: string, forced = false): Promise<void> {
    if (this.#running.has(sessionId)) {
      this.#again.add(sessionId);
      return;
    }
    this.#running.add(sessionId);
    this.#stop(sessionId);
    try {
      await this.#parts.alone(nameOf(sessionId), async () => {
        for (let more = await this.#next(sessionId, forced); more; more = await this.#next(sessionId)) {
          // One after the other.
        }
      });
    } catch {
      // The browser gives no turn now, for instance while the page is being left.
      this.#later(sessionId, LONGEST_PAUSE, () => void this.#run(sessionId));
    } finally {
      this.#running.delete(sessionId);
    }
    if (this.#again.delete(sessionId)) {
      void this.#run(sessionId);
    }
  }

  /** Sends the oldest letter of a session. False when there is none, or when it has to wait. */
  async #next(sessionId: string, forced = false): Promise<boolean> {
    const letter = this.of(sessionId).find((one) => !one.messageId);
    if (!letter) {
      this.#free(sessionId);
      return false;
    }
    const { clientId } = letter;
    if (this.#fresh.has(clientId)) {
      return false;
    }
    const kept = await this.#parts.keeper.get(clientId);
    if (!kept || kept.messageId) {
      // Another tab was here before.
      this.#set(clientId, kept);
      return true;
    }
    const obstacle = this.#parts.obstacle();
    if (obstacle && !forced) {
      this.#hold(sessionId, obstacle.words, LONGEST_PAUSE);
      await this.#update(clientId, { held: obstacle.kind });
      return false;
    }
    return this.#try(letter);
  }

  async #try(letter: Letter): Promise<boolean> {
    const { clientId, sessionId } = letter;
    this.#free(sessionId);
    await this.#update(clientId, { tried: true });
    try {
      const messageId = await this.#parts.post(this.#letters.get(clientId) ?? letter);
      await this.#update(clientId, { messageId, takenAt: this.#parts.clock.now() });
      this.#failures.delete(sessionId);
      this.#askAgain(clientId, 0);
      return true;
    } catch (failure) {
      const problem = asProblem(failure);
      if (isRefusal(problem)) {
        await this.#giveBack(clientId, problem.detail);
        return true;
      }
      const failures = this.#failures.get(sessionId) ?? 0;
      this.#failures.set(sessionId, failures + 1);
      const pause = problem.retryAfter ? problem.retryAfter * 1_000 : FIRST_PAUSE * 2 ** failures;
      const obstacle = this.#parts.obstacle() ?? obstacleOf(problem);
      this.#hold(sessionId, obstacle.words, Math.min(pause, LONGEST_PAUSE));
      await this.#update(clientId, { held: obstacle.kind });
      return false;
    }
  }

  /** Asks again about a letter that was taken: the same id again is not sent twice, but tells of a refusal. */
  #askAgain(clientId: string, round: number): void {
    const pause = ASK_AGAIN[round];
    const letter = this.#letters.get(clientId);
    if (!letter || letter.queued) {
      return;
    }
    if (pause === undefined || this.#parts.clock.now() - (letter.takenAt ?? 0) > TOO_OLD) {
      // Nexus has it; it is only not among the messages that are shown.
      void this.#take(clientId);
      return;
    }
    this.#later(clientId, pause, async () => {
      try {
        await this.#parts.post(letter);
      } catch (failure) {
        const problem = asProblem(failure);
        if (problem.code === "message-refused") {
          await this.#giveBack(clientId, problem.detail);
          return;
        }
      }
      this.#askAgain(clientId, round + 1);
    });
  }

  async #giveBack(clientId: string, reason: string): Promise<void> {
    const letter = await this.#take(clientId);
    if (letter) {
      this.#parts.comesBack(letter, reason);
    }
  }

  /** Takes a letter out. Undefined when another tab has done so. */
  async #take(clientId: string): Promise<Letter | undefined> {
    const mine = this.#letters.get(clientId);
    this.#set(clientId, undefined);
    const kept = await this.#parts.keeper.take(clientId);
    this.#parts.tellOthers();
    // What is here knows more than what was kept, for instance what has been uploaded.
    return kept && { ...kept, ...mine };
  }

  async #update(clientId: string, change: Partial<Letter>): Promise<void> {
    const letter = this.#letters.get(clientId);
    const keys = Object.keys(change) as (keyof Letter)[];
    if (!letter || keys.every((key) => letter[key] === change[key])) {
      return;
    }
    const next = { ...letter, ...change };
    this.#set(clientId, next);
    if (await this.#parts.keeper.replace(next)) {
      this.#parts.tellOthers();
    } else {
      this.#set(clientId, undefined);
    }
  }

  #set(clientId: string, letter: Letter | undefined): void {
    if (letter) {
      this.#letters.set(clientId, letter);
    } else {
      this.#letters.delete(clientId);
      this.#stop(clientId);
    }
    this.changed.tell();
  }

  #hold(sessionId: string, words: string, pause: number): void {
    this.#held.set(sessionId, words);
    this.#later(sessionId, pause, () => void this.#run(sessionId, true));
    this.changed.tell();
  }

  #free(sessionId: string): void {
    if (this.#held.delete(sessionId)) {
      this.changed.tell();
    }
  }

  #later(key: string, pause: number, work: () => void): void {
    this.#stop(key);
    const stop = this.#parts.clock.later(pause, () => {
      this.#timers.delete(key);
      work();
    });
    this.#timers.set(key, stop);
  }

  #stop(key: string): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }
}

/** Whether the same letter would be refused again, so that its writer has to change it. */
export function isRefusal({ status, code }: Problem): boolean {
  const temporary = [401, 408, 425, 429].includes(status) || code === "server-not-running";
  // Without words of Nexus it was something on the way that answered, such as a closed tunnel.
  return status >= 400 && status < 500 && !temporary && !code.startsWith("http-");
}

function obstacleOf(problem: Problem): Obstacle {
  if (problem.status === 0 && problem.code !== "timeout") {
    return OFFLINE;
  }
  return { kind: problem.status === 0 ? "offline" : "server", words: `${problem.detail} It is tried again.` };
}

function noteOf(letter: Letter): string | undefined {
  const taken = letter.takenAt ?? 0;
  const waited = taken - Date.parse(letter.at);
  if (!letter.held || waited < 5_000) {
    return undefined;
  }
  const time = new Date(taken).toTimeString().slice(0, 5);
  return letter.held === "offline" ? `Sent at ${time}, after ${duration(waited)} offline.` : `Sent at ${time}, after waiting ${duration(waited)}.`;
}

function nameOf(sessionId: string): string {
  return `nexus.outbox.${sessionId}`;
}
