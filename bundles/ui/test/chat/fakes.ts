import type { Clock, Letter } from "../../src/chat/outbox.ts";
import { inMemory, type PostParts } from "../../src/chat/post.ts";

/** A clock that goes on when it is told to. */
export class FakeClock implements Clock {
  time = Date.parse("2026-01-01T10:00:00Z");
  readonly #due: { at: number; work: () => void }[] = [];

  now(): number {
    return this.time;
  }

  later(milliseconds: number, work: () => void): () => void {
    const entry = { at: this.time + milliseconds, work };
    this.#due.push(entry);
    return () => {
      const place = this.#due.indexOf(entry);
      if (place >= 0) {
        this.#due.splice(place, 1);
      }
    };
  }

  /** Lets time pass, and everything happen that is due meanwhile. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      this.#due.sort((one, other) => one.at - other.at);
      const next = this.#due[0];
      if (!next || next.at > end) {
        break;
      }
      this.#due.shift();
      this.time = Math.max(this.time, next.at);
      next.work();
      await settled();
    }
    this.time = end;
    await settled();
  }

  get idle(): boolean {
    return this.#due.length === 0;
  }
}

/** Lets everything run that is not waiting for time to pass. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 20; round++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What a browser would lend, without a browser. */
export function partsWith(change: Partial<PostParts> = {}): PostParts {
  return { ...inMemory(), clock: new FakeClock(), ...change };
}

export function letter(clientId: string, change: Partial<Letter> = {}): Omit<Letter, "order" | "at"> {
  return { clientId, sessionId: "s1", text: `Text of ${clientId}`, pieces: [], ...change };
}
