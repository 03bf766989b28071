import { asProblem } from "../shared/api.ts";
import type { Command } from "../shared/types.ts";
import { commandsFor, type Token, tokenAt } from "./mentions.ts";
import type { Clock } from "./outbox.ts";
import { Signal } from "./signal.ts";

export interface Suggestion {
  /** What stands in the text when it is chosen, with its sign. */
  words: string;
  label: string;
  detail: string;
  folder: boolean;
}

export interface Sources {
  /** Fails with a Problem. */
  files(query: string): Promise<string[]>;
  /** Fails with a Problem. */
  commands(): Promise<readonly Command[]>;
}

const PAUSE = 120;

/** What is offered while the name of a file or of a command is written. */
export class Suggestions {
  readonly changed = new Signal();
  state: "closed" | "loading" | "ready" | "failed" = "closed";
  items: readonly Suggestion[] = [];
  active = 0;
  problem = "";
  token: Token | undefined;

  #round = 0;
  /** The token that the owner wants no help with. */
  #dismissed: Token | undefined;
  #stop: (() => void) | undefined;
  #takeFirst: (() => void) | undefined;

  constructor(
    private readonly sources: Sources,
    private readonly clock: Clock,
  ) {}

  get open(): boolean {
    return this.state !== "closed";
  }

  get chosen(): Suggestion | undefined {
    return this.state === "ready" ? this.items[this.active] : undefined;
  }

  /** Looks what is written at the caret. @param known names that are complete already */
  look(text: string, caret: number, known: (token: Token) => boolean = () => false): void {
    const token = tokenAt(text, caret);
    if (!token || known(token)) {
      this.#dismissed = undefined;
      this.#close();
      return;
    }
    if (this.#dismissed?.start === token.start && this.#dismissed.kind === token.kind) {
      return;
    }
    if (this.token?.kind === token.kind && this.token.start === token.start && this.token.query === token.query && this.open) {
      return;
    }
    const other = this.token?.kind !== token.kind || !this.open;
    this.token = token;
    this.#takeFirst = undefined;
    if (other) {
      this.items = [];
      this.state = "loading";
    }
    this.changed.tell();
    this.#stop?.();
    const round = ++this.#round;
    this.#stop = this.clock.later(token.kind === "file" ? PAUSE : 0, () => void this.#fetch(token, round));
  }

  /** Closes the list until something else is written. */
  dismiss(): void {
    this.#dismissed = this.token;
    this.#close();
  }

  close(): void {
    this.#dismissed = undefined;
    this.#close();
  }

  move(by: 1 | -1): void {
    const { length } = this.items;
    if (length > 0) {
      this.active = (this.active + by + length) % length;
      this.changed.tell();
    }
  }

  /** Calls back with what is chosen, now or as soon as it is known. False when there is nothing to choose. */
  take(then: (token: Token, suggestion: Suggestion) => void): boolean {
    const { token } = this;
    if (!token || this.state === "closed" || this.state === "failed") {
      return false;
    }
    if (this.#stop || this.state === "loading") {
      this.#takeFirst = () => this.take(then);
      return true;
    }
    if (!this.chosen) {
      return false;
    }
    then(token, this.chosen);
    return true;
  }

  async #fetch(token: Token, round: number): Promise<void> {
    let items: readonly Suggestion[] = [];
    let problem = "";
    try {
      items =
        token.kind === "file"
          ? (await this.sources.files(token.query)).map(file)
          : commandsFor(token.query, await this.sources.commands()).map(command);
    } catch (failure) {
      problem = asProblem(failure).detail;
    }
    if (round !== this.#round) {
      return;
    }
    this.#stop = undefined;
    this.items = items;
    this.active = 0;
    this.problem = problem;
    this.state = problem ? "failed" : "ready";
    this.changed.tell();
    const take = this.#takeFirst;
    this.#takeFirst = undefined;
    take?.();
  }

  #close(): void {
    this.#round++;
    this.#stop?.();
    this.#stop = undefined;
    this.#takeFirst = undefined;
    this.token = undefined;
    if (this.state !== "closed") {
      this.state = "closed";
      this.items = [];
      this.changed.tell();
    }
  }
}

function file(path: string): Suggestion {
  const folder = path.endsWith("/");
  const whole = folder ? path.slice(0, -1) : path;
  const cut = whole.lastIndexOf("/") + 1;
  return { words: `@${path}`, label: whole.slice(cut) + (folder ? "/" : ""), detail: whole.slice(0, cut), folder };
}

function command({ name, description = "" }: Command): Suggestion {
  return { words: `/${name}`, label: `/${name}`, detail: description.split("\n", 1)[0]!, folder: false };
}
