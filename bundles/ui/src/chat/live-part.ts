import type { Part } from "../shared/types.ts";
import { GrowingText } from "./growing-text.ts";
import { Signal } from "./signal.ts";

/** One part of a message on the page. Keeps its identity while its text grows and its state is replaced. */
export class LivePart {
  /** Its text grew, or it was replaced. */
  readonly changed = new Signal();
  /** Counts the states that were put in its place. */
  version = 0;
  /** Counts those whose text did not continue the one before. While it stays the same, text was only appended. */
  rewrites = 0;
  #part: Part;
  #text: GrowingText;

  constructor(part: Part) {
    this.#part = part;
    this.#text = new GrowingText(textOf(part));
  }

  get id(): string {
    return this.#part.id;
  }

  /** The last full state. Its text may be older than {@link text}. */
  get part(): Part {
    return this.#part;
  }

  /** The text so far, for parts that have one. Costs as much as it is long: what grows is read by {@link from}. */
  get text(): string {
    return this.#text.toString();
  }

  /** Characters of the text so far. */
  get length(): number {
    return this.#text.length;
  }

  /** The text from a place on. */
  from(place: number): string {
    return this.#text.from(place);
  }

  /** The last characters of the text. */
  tail(count: number): string {
    return this.#text.tail(count);
  }

  /** Whether text may still be appended. */
  get growing(): boolean {
    return isText(this.#part) && this.#part.endedAt === undefined;
  }

  append(more: string): void {
    this.#text.append(more);
    this.changed.tell();
  }

  replace(part: Part): void {
    const next = textOf(part);
    if (!next.startsWith(this.text)) {
      this.rewrites++;
    }
    this.version++;
    this.#part = part;
    this.#text = new GrowingText(next);
    this.changed.tell();
  }

  /** True for a part that the reader never sees. */
  get hidden(): boolean {
    return isText(this.#part) && (this.#part.hidden === true || (this.length === 0 && !this.growing));
  }
}

type Text = Extract<Part, { text: string }>;

function isText(part: Part): part is Text {
  return part.type === "text" || part.type === "reasoning";
}

function textOf(part: Part): string {
  return isText(part) ? (part.text ?? "") : "";
}
