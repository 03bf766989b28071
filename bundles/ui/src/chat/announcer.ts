import { plural } from "../shared/format.ts";
import type { Request, Session, SessionStatus } from "../shared/types.ts";
import type { Conversation, Entry } from "./conversation.ts";
import { setting, type Speak } from "./settings.ts";
import { sizeOf, wanted } from "./words.ts";

const LOOK_EVERY = 500;
const PROGRESS_EVERY = 10_000;
/** Nobody is spoken to within this time of a key. */
const TYPING = 1_500;

/** How much the owner has to want to hear for a sentence to be said. */
type Weight = "progress" | "end" | "needs";

const SAID: Record<Speak, readonly Weight[]> = {
  all: ["progress", "end", "needs"],
  complete: ["end", "needs"],
  needs: ["needs"],
  nothing: [],
};

/** What it looks at. */
export interface Stage {
  readonly state: "loading" | "ready" | "failed";
  readonly cards: readonly (Session & { number: number })[];
  session(id: string): Session | undefined;
  conversation(id: string): Pick<Conversation, "answer" | "entries">;
  requestsOf(id: string): Request[];
}

/** The answer of the open card, as it was when it was looked at last. */
interface Answer {
  key: string;
  running: boolean;
  /** How it ended was told, or was to be seen before. */
  told: boolean;
  /** That it is tried again was told. */
  retried: boolean;
}

/**
 * Tells a screen reader in whole sentences what happens: of the card that was opened last that it answers, at most every
 * ten seconds how far it is, and once how it ended; of the others only what needs the owner or has failed. Never the text
 * itself, never while the owner types, and only as much as the owner wants to hear.
 */
export class Announcer {
  #statuses = new Map<string, SessionStatus>();
  #answer: Answer | undefined;
  #card: string | undefined;
  #lastProgress = 0;
  #lastKey = Number.NEGATIVE_INFINITY;
  #waiting: { sentence: string; weight: Weight }[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly stage: Stage,
    private readonly desk: { readonly current: string | undefined },
    private readonly say: (sentence: string) => void,
    private readonly page: Pick<EventTarget, "addEventListener" | "removeEventListener">,
  ) {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
    page.addEventListener("input", this.#typed, { capture: true, passive: true });
  }

  close(): void {
    clearInterval(this.#timer);
    this.page.removeEventListener("input", this.#typed, { capture: true });
  }

  readonly #typed = (): void => {
    this.#lastKey = Date.now();
  };

  #look(): void {
    if (this.stage.state === "ready") {
      this.#sessions();
      this.#current();
    }
    if (this.#waiting.length > 0 && Date.now() - this.#lastKey > TYPING) {
      this.#speak();
    }
  }

  /** What waited while the owner typed is told now; of the progress of an answer only if nothing came after it. */
  #speak(): void {
    const wanted = SAID[setting("speak")];
    const waiting = this.#waiting.splice(0);
    if (waiting.at(-1)?.weight === "progress") {
      // It may have waited for the owner to type: the next one keeps its distance to when this one is heard.
      this.#lastProgress = Date.now();
    }
    waiting
      .filter(({ weight }, place) => weight !== "progress" || place === waiting.length - 1)
      .filter(({ weight }) => wanted.includes(weight))
      .forEach(({ sentence }) => this.say(sentence));
  }

  #sessions(): void {
    const statuses = new Map<string, SessionStatus>();
    for (const session of this.stage.cards) {
      const before = this.#statuses.get(session.id);
      statuses.set(session.id, session.status);
      if (before !== undefined && before !== session.status) {
        this.#became(session);
      }
    }
    this.#statuses = statuses;
  }

  #became(session: Session & { number: number }): void {
    const name = `Session ${session.number}`;
    switch (session.status) {
      case "waiting": {
        const request = this.stage.requestsOf(session.id)[0];
        this.#tell(`${name} needs you${request ? `: ${lower(wanted(request))}` : ""}.`, "needs");
        return;
      }
      case "failed":
        this.#tell(`${name} failed. ${session.problem ?? ""}`, "needs");
        return;
      case "interrupted":
        if (session.id === this.desk.current) {
          this.#tell("Interrupted, Continue is available.", "needs");
        }
        return;
      case "retry":
        if (session.id === this.desk.current && (!this.#answer?.retried || this.#answer.told)) {
          this.#answer &&= { ...this.#answer, retried: true };
          this.#tell(`${session.problem ?? "The provider is busy."} Trying again.`, "progress");
        }
        return;
      default:
    }
  }

  #current(): void {
    const id = this.desk.current;
    const session = id === undefined ? undefined : this.stage.session(id);
    const entry = session?.active ? this.stage.conversation(session.id).answer : undefined;
    if (id !== this.#card) {
      // What was there before the card was opened is read, not announced.
      this.#card = id;
      const running = entry !== undefined && isRunning(entry, session!);
      this.#answer = entry && { key: keyOf(entry), running, told: !running, retried: false };
      this.#lastProgress = Date.now();
      return;
    }
    if (!entry || !session) {
      return;
    }
    const key = keyOf(entry);
    const before = this.#answer?.key === key ? this.#answer : undefined;
    const running = !before?.told && isRunning(entry, session);
    const retried = session.status === "retry";
    this.#answer = { key, running, told: before?.told ?? false, retried: before?.retried ?? retried };
    if (running && before === undefined) {
      this.#lastProgress = Date.now();
      // That it is tried again was told already, and says more.
      if (!retried) {
        this.#tell("Answering.", "progress");
      }
    } else if (running && Date.now() - this.#lastProgress >= PROGRESS_EVERY) {
      this.#lastProgress = Date.now();
      this.#tell(`Still answering, ${plural(this.#size(key).words, "word")}.`, "progress");
    } else if (!running && before?.running) {
      this.#answer.told = true;
      this.#finished(entry);
    }
  }

  #finished(entry: Entry): void {
    if (entry.message.state === "aborted") {
      this.#tell("Stopped.", "end");
    } else if (entry.message.state === "complete") {
      const { words, blocks } = this.#size(keyOf(entry));
      this.#tell(`Answer complete, ${plural(words, "word")}${blocks > 0 ? `, ${plural(blocks, "code block")}` : ""}.`, "end");
    }
  }

  /** Words and blocks of all messages of one answer. */
  #size(key: string): { words: number; blocks: number } {
    const { entries: all } = this.stage.conversation(this.#card!);
    const entries = all.filter((entry) => entry.message.role === "assistant" && keyOf(entry) === key);
    return sizeOf(entries.map((entry) => entry.text).join("\n\n"));
  }

  #tell(sentence: string, weight: Weight): void {
    this.#waiting.push({ sentence: sentence.trim(), weight });
  }
}

/**
 * Whether an answer goes on. Between two of its steps none of its messages is being written, but the session is still at
 * work.
 */
function isRunning(entry: Entry, session: Session): boolean {
  const { state } = entry.message;
  const working = session.status === "busy" || session.status === "waiting" || session.status === "retry";
  return state === "running" || (state === "complete" && working);
}

/** The messages of one answer have the same parent. */
function keyOf(entry: Entry): string {
  return entry.message.role === "assistant" ? (entry.message.parentId ?? entry.message.id) : entry.message.id;
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
