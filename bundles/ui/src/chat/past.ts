import type { MessagePage } from "../shared/types.ts";
import type { Entry } from "./conversation.ts";

/** How many pages are kept at once. */
const MOST_PAGES = 6;

export type LoadPage = (limit: number, before?: string) => Promise<MessagePage>;

/**
 * What was said before the messages that are kept current: some pages next to each other, wherever the reader is. Pages
 * far from the reader are dropped and fetched again when they are wanted, so that a long history weighs no more than a
 * short one.
 */
export class Past {
  /** The messages that are kept, oldest first. */
  entries: readonly Entry[] = [];
  /** Which pages are on their way. */
  loading: "older" | "newer" | undefined;

  /** What asks for each page that is known of; the first stands next to the present. */
  #cursors: string[] = [];
  /** Pages next to each other, newest first, and the place of the first of them. */
  #pages: Entry[][] = [];
  #first = 0;
  #round = 0;

  constructor(
    private readonly load: LoadPage,
    private readonly read: (page: MessagePage) => Entry[],
    private readonly limit: number,
  ) {}

  /** Starts over. `before` is the cursor of the page next to the present, null when there is none. */
  begin(before: string | null): void {
    this.#round++;
    this.#cursors = before === null ? [] : [before];
    this.#pages = [];
    this.#first = 0;
    this.loading = undefined;
    this.entries = [];
  }

  /** Drops all pages; they can be fetched again. */
  clear(): void {
    this.begin(this.#cursors[0] ?? null);
  }

  /** Whether there is anything before the present. */
  get exists(): boolean {
    return this.#cursors.length > 0;
  }

  /** Whether there is something older than what is kept. */
  get hasOlder(): boolean {
    return this.#cursors.length > this.#first + this.#pages.length;
  }

  /** Whether pages between what is kept and the present were dropped. */
  get hasNewer(): boolean {
    return this.#first > 0;
  }

  find(messageId: string): Entry | undefined {
    return this.entries.find((entry) => entry.message.id === messageId);
  }

  remove(entry: Entry): void {
    this.#pages = this.#pages.map((page) => page.filter((one) => one !== entry));
    this.#gather();
  }

  /** Fetches the page before; the newest one is dropped when there are too many. */
  async older(): Promise<void> {
    await this.#fetch("older", this.#first + this.#pages.length, (page) => {
      this.#pages.push(page);
      if (this.#pages.length > MOST_PAGES) {
        this.#pages.shift();
        this.#first++;
      }
    });
  }

  /** Fetches the page after, when it was dropped; the oldest one is dropped when there are too many. */
  async newer(): Promise<void> {
    await this.#fetch("newer", this.#first - 1, (page) => {
      this.#pages.unshift(page);
      this.#first--;
      this.#pages.length = Math.min(this.#pages.length, MOST_PAGES);
    });
  }

  async #fetch(direction: "older" | "newer", place: number, put: (page: Entry[]) => void): Promise<void> {
    const cursor = this.#cursors[place];
    if (cursor === undefined || this.loading) {
      return;
    }
    const round = this.#round;
    this.loading = direction;
    try {
      const page = await this.load(this.limit, cursor);
      if (round !== this.#round) {
        return;
      }
      const known = new Set(this.entries.map((entry) => entry.message.id));
      const messages = page.messages.filter((message) => !known.has(message.id));
      if (page.before && this.#cursors.length === place + 1) {
        this.#cursors.push(page.before);
      }
      put(this.read({ ...page, messages }));
      this.#gather();
    } finally {
      if (round === this.#round) {
        this.loading = undefined;
      }
    }
  }

  #gather(): void {
    this.entries = this.#pages.toReversed().flat();
  }
}
