import { api } from "./api.ts";
import { type EventStream, events } from "./events.ts";
import type { Notifications } from "./types.ts";

/** Many may come at once, and be read at once. */
const TOGETHER = 300;

/** How many notifications were not read yet. Dispatches `change`. */
export class Unread extends EventTarget {
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #followers = 0;
  #stop: (() => void)[] = [];

  constructor(private readonly stream: EventStream = events) {
    super();
  }

  get count(): number {
    return this.#count;
  }

  /** Keeps the number right until the answer is called. */
  follow(): () => void {
    if (this.#followers++ === 0) {
      const ask = () => this.#askSoon();
      for (const name of ["hello", "gap", "notification"]) {
        this.stream.addEventListener(name, ask);
        this.#stop.push(() => this.stream.removeEventListener(name, ask));
      }
    }
    return () => {
      if (--this.#followers === 0) {
        this.#stop.splice(0).forEach((stop) => stop());
        clearTimeout(this.#timer);
        this.#timer = undefined;
      }
    };
  }

  /** For who knows better. */
  become(count: number): void {
    if (count !== this.#count) {
      this.#count = count;
      this.dispatchEvent(new Event("change"));
    }
  }

  #askSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, TOGETHER);
  }

  async #ask(): Promise<void> {
    try {
      const { unread } = await api<Notifications>("GET", "/api/notifications?limit=1&unread=true");
      this.become(unread);
    } catch {
      // The number is a hint; the list says what is wrong.
    }
  }
}

export const unread = new Unread();
