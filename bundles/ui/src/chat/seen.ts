const SEEN = "nexus.seen";

/** Which answers the owner has seen on this device. */
export class Seen {
  #until: Record<string, string> = read();

  /** Everything up to this moment has been seen. */
  mark(sessionId: string, at: string): void {
    if ((this.#until[sessionId] ?? "") < at) {
      this.#until = { ...this.#until, [sessionId]: at };
      write(this.#until);
    }
  }

  /** How many of these moments have not been seen. A session met for the first time has nothing new. */
  unseen(sessionId: string, moments: readonly string[]): number {
    const until = this.#until[sessionId];
    if (until === undefined) {
      this.mark(sessionId, moments.at(-1) ?? new Date(0).toISOString());
      return 0;
    }
    return moments.filter((moment) => moment > until).length;
  }

  /** Forgets sessions without a card. */
  keep(sessionIds: readonly string[]): void {
    const kept = Object.entries(this.#until).filter(([id]) => sessionIds.includes(id));
    if (kept.length !== Object.keys(this.#until).length) {
      this.#until = Object.fromEntries(kept);
      write(this.#until);
    }
  }
}

function read(): Record<string, string> {
  try {
    const seen: unknown = JSON.parse(localStorage.getItem(SEEN) ?? "{}");
    return seen && typeof seen === "object" ? (seen as Record<string, string>) : {};
  } catch {
    return {};
  }
}

function write(seen: Record<string, string>): void {
  try {
    localStorage.setItem(SEEN, JSON.stringify(seen));
  } catch {
    // Without storage everything counts as seen after a reload.
  }
}
