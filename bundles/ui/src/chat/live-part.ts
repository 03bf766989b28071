import type { Part } from "../shared/types.ts";
import { Signal } from "./signal.ts";

/** One part of a message on the page. Keeps its identity while its text grows and its state is replaced. */
export class LivePart {
  /** Its text grew, or it was replaced. */
  readonly changed = new Signal();
  /** Counts the replacements: while it stays the same, text was only appended. */
  version = 0;
  #part: Part;
  #text: string;

  constructor(part: Part) {
    this.#part = part;
    this.#text = textOf(part);
  }

  get id(): string {
    return this.#part.id;
  }

  /** The last full state. Its text may be older than {@link text}. */
  get part(): Part {
    return this.#part;
  }

  /** The text so far, for parts that have one. */
  get text(): string {
    return this.#text;
  }

  /** Whether text may still be appended. */
  get growing(): boolean {
    return isText(this.#part) && this.#part.endedAt === undefined;
  }

  append(more: string): void {
    this.#text += more;
    this.changed.tell();
  }

  replace(part: Part): void {
    this.version++;
    this.#part = part;
    this.#text = textOf(part);
    this.changed.tell();
  }

  /** True for a part that the reader never sees. */
  get hidden(): boolean {
    return isText(this.#part) && (this.#part.hidden === true || (this.#text === "" && !this.growing));
  }
}

type Text = Extract<Part, { text: string }>;

function isText(part: Part): part is Text {
  return part.type === "text" || part.type === "reasoning";
}

function textOf(part: Part): string {
  return isText(part) ? (part.text ?? "") : "";
}
