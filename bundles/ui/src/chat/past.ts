import type { MessagePage } from "../shared/types.ts";
import type { Entry } from "./conversation.ts";

/** How many messages are kept at once, one page at least. */
const MOST = 300;

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
  #cursors: { before: string; limit?: number }[] = [];
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
    this.#cursors = before === null ? [] : [{ before }];
    this.#pages = [];
    this.#first = 0;
    this.loading = undefined;
    this.entries = [];
  }

  /** Drops all pages; they can be fetched again. */
  clear(): void {
    this.begin(this.#cursors[0]?.before ?? null);
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

  /** Fetches the page before; the newest ones are dropped when there are too many messages. */
  async older(limit = this.limit): Promise<void> {
    await this.#fetch("older", this.#first + this.#pages.length, limit, (page) => {
      this.#pages.push(page);
      while (this.#size > MOST && this.#pages.length > 1) {
        this.#pages.shift();
        this.#first++;
      }
    });
  }

  /** Fetches the page after, when it was dropped; the oldest ones are dropped when there are too many messages. */
  async newer(): Promise<void> {
    await this.#fetch("newer", this.#first - 1, this.limit, (page) => {
      this.#pages.unshift(page);
      this.#first--;
      while (this.#size > MOST && this.#pages.length > 1) {
        this.#pages.pop();
      }
    });
  }

  get #size(): number {
    return this.#pages.reduce((sum, page) => sum + page.length, 0);
  }

  /** A page that is fetched again is as long as it was, so that nothing is left out between it and the next. */
  async #fetch(direction: "older" | "newer", place: number, limit: number, put: (page: Entry[]) => void): Promise<void> {
    const cursor = this.#cursors[place];
    if (cursor === undefined || this.loading) {
      return;
    }
    const round = this.#round;
    this.loading = direction;
    try {
      cursor.limit ??= limit;
      const page = await this.load(cursor.limit, cursor.before);
      if (round !== this.#round) {
        return;
      }
      const known = new Set(this.entries.map((entry) => entry.message.id));
      const messages = page.messages.filter((message) => !known.has(message.id));
      if (page.before && this.#cursors.length === place + 1) {
        this.#cursors.push({ before: page.before });
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
