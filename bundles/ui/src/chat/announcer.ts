import { plural } from "../shared/format.ts";
import { say } from "../shared/say.ts";
import type { SessionStatus } from "../shared/types.ts";
import type { Entry } from "./conversation.ts";
import type { Desk } from "./desk.ts";
import type { ChatStore } from "./store.ts";
import { sizeOf, wanted } from "./words.ts";

const LOOK_EVERY = 500;
const PROGRESS_EVERY = 10_000;
/** Nobody is spoken to within this time of a key. */
const TYPING = 1_500;

/**
 * Tells a screen reader in whole sentences what happens: progress of the card that was opened last, and of the others
 * only what needs the owner or has failed. Never the text itself, never while the owner types.
 */
export class Announcer {
  #statuses = new Map<string, SessionStatus>();
  #answer: { id: string; running: boolean } | undefined;
  #card: string | undefined;
  #lastProgress = 0;
  #lastKey = 0;
  #waiting: string[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly store: ChatStore,
    private readonly desk: Desk,
  ) {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
    addEventListener("input", this.#typed, { capture: true, passive: true });
  }

  close(): void {
    clearInterval(this.#timer);
    removeEventListener("input", this.#typed, { capture: true });
  }

  readonly #typed = (): void => {
    this.#lastKey = Date.now();
  };

  #look(): void {
    if (this.store.state === "ready") {
      this.#sessions();
      this.#current();
    }
    if (this.#waiting.length > 0 && Date.now() - this.#lastKey > TYPING) {
      this.#waiting.splice(0).forEach(say);
    }
  }

  #sessions(): void {
    const statuses = new Map<string, SessionStatus>();
    this.store.cards.forEach((session) => {
      const before = this.#statuses.get(session.id);
      statuses.set(session.id, session.status);
      if (before === undefined || before === session.status) {
        return;
      }
      const name = `Session ${session.number}`;
      if (session.status === "waiting") {
        const request = this.store.requestsOf(session.id)[0];
        this.#tell(`${name} needs you${request ? `: ${lower(wanted(request))}` : ""}.`);
      } else if (session.status === "failed") {
        this.#tell(`${name} failed. ${session.problem ?? ""}`);
      } else if (session.status === "interrupted" && session.id === this.desk.current) {
        this.#tell("Interrupted, Continue is available.");
      }
    });
    this.#statuses = statuses;
  }

  #current(): void {
    const id = this.desk.current;
    const entry = id && this.store.session(id)?.active ? this.store.conversation(id).answer : undefined;
    if (id !== this.#card) {
      // What was there before the card was opened is read, not announced.
      this.#card = id;
      this.#answer = entry && { id: keyOf(entry), running: entry.message.state === "running" };
      return;
    }
    if (!entry) {
      return;
    }
    const running = entry.message.state === "running";
    const key = keyOf(entry);
    const before = this.#answer?.id === key ? this.#answer : undefined;
    this.#answer = { id: key, running };
    if (running && !before?.running) {
      this.#lastProgress = Date.now();
      if (!before) {
        this.#tell("Answering.");
      }
    } else if (running && Date.now() - this.#lastProgress >= PROGRESS_EVERY) {
      this.#lastProgress = Date.now();
      this.#tell(`Still answering, ${plural(this.#size(key).words, "word")}.`);
    } else if (!running && before?.running && this.store.session(this.#card!)?.status !== "busy") {
      this.#finished(entry);
    } else if (!running && before?.running) {
      // One step of several: the answer goes on in the next message.
      this.#answer = { id: key, running: true };
    }
  }

  #finished(entry: Entry): void {
    if (entry.message.state === "aborted") {
      this.#tell("Stopped.");
    } else if (entry.message.state === "complete") {
      const { words, blocks } = this.#size(keyOf(entry));
      this.#tell(`Answer complete, ${plural(words, "word")}${blocks > 0 ? `, ${plural(blocks, "code block")}` : ""}.`);
    }
  }

  /** Words and blocks of all messages of one answer. */
  #size(key: string): { words: number; blocks: number } {
    const entries = this.store.conversation(this.#card!).entries.filter((entry) => keyOf(entry) === key);
    return sizeOf(entries.map((entry) => entry.text).join("\n\n"));
  }

  #tell(sentence: string): void {
    this.#waiting.push(sentence.trim());
  }
}

/** The messages of one answer have the same parent. */
function keyOf(entry: Entry): string {
  return entry.message.role === "assistant" ? (entry.message.parentId ?? entry.message.id) : entry.message.id;
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
