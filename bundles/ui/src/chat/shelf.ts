import { asProblem, type Problem } from "../shared/api.ts";
import type { Session } from "../shared/types.ts";

/** Sessions fetched at once. */
export const SHELF_PAGE = 50;
/** The most that the API gives at once. */
const MOST_AT_ONCE = 200;

export interface SessionPage {
  sessions: Session[];
  /** How many there are on all pages. */
  total: number;
}

export type LoadSessions = (limit: number, before?: string) => Promise<SessionPage>;

/**
 * The sessions without a card, newest first, or those of them whose title fits. Fetched page by page and kept right by
 * events; what lies beyond the last page that is here comes with the next one.
 */
export class Shelf {
  sessions: readonly Session[] = [];
  total = 0;
  state: "new" | "loading" | "ready" | "failed" = "new";
  problem: Problem | undefined;

  #round = 0;
  /** What events told while a page was on its way; null for a session that is not here any more. */
  #meanwhile: Map<string, Session | null> | undefined;
  #counting = false;

  constructor(
    private readonly fetchPage: LoadSessions,
    private readonly tell: () => void,
    /** Part of the title; empty for all. */
    readonly query = "",
  ) {}

  /** Whether all there are are here. */
  get complete(): boolean {
    return this.state !== "new" && this.sessions.length >= this.total;
  }

  get(id: string): Session | undefined {
    return this.sessions.find((session) => session.id === id);
  }

  /** Fetches the beginning again, as far as it was here. Fails with a Problem. */
  async load(): Promise<void> {
    const wanted = Math.min(Math.max(this.sessions.length, SHELF_PAGE), MOST_AT_ONCE);
    await this.#fetch(wanted);
  }

  /** Fetches the next page. A failure stands in `problem`. */
  async more(): Promise<void> {
    if (this.state === "loading" || this.complete) {
      return;
    }
    try {
      await this.#fetch(SHELF_PAGE, this.sessions.at(-1)?.id);
    } catch (failure) {
      if (asProblem(failure).of("before") !== undefined) {
        // The last one went while it was asked for.
        await this.load().catch(() => undefined);
      }
    }
  }

  /**
   * Takes in what an event tells of a session.
   *
   * @param before how it stood until now, as far as that is known
   */
  put(session: Session, before: "active" | "away" | "unknown"): void {
    const known = this.get(session.id);
    if (session.active || !this.#fits(session)) {
      this.#leave(session.id, before);
      return;
    }
    this.#meanwhile?.set(session.id, session);
    if (known) {
      this.#keep([session, ...this.sessions.filter((one) => one !== known)]);
      return;
    }
    const { complete } = this;
    if (complete || before === "active") {
      this.total++;
    } else {
      void this.#count();
    }
    if (complete || session.updatedAt >= (this.sessions.at(-1)?.updatedAt ?? "")) {
      this.#keep([session, ...this.sessions]);
    }
  }

  /** A session is not there any more. */
  remove(id: string, before: "active" | "away" | "unknown"): void {
    this.#leave(id, before);
  }

  #leave(id: string, before: "active" | "away" | "unknown"): void {
    this.#meanwhile?.set(id, null);
    if (this.get(id)) {
      this.total--;
      this.sessions = this.sessions.filter((session) => session.id !== id);
    } else if (before !== "active" && !this.complete) {
      void this.#count();
    }
  }

  #fits(session: Session): boolean {
    return session.title.toLowerCase().includes(this.query.toLowerCase());
  }

  async #fetch(limit: number, before?: string): Promise<void> {
    const round = ++this.#round;
    this.state = "loading";
    this.problem = undefined;
    this.#meanwhile = new Map();
    this.tell();
    try {
      const page = await this.fetchPage(limit, before);
      if (round !== this.#round) {
        return;
      }
      const meanwhile = this.#meanwhile;
      this.#meanwhile = undefined;
      this.state = "ready";
      const told = page.sessions
        .filter((session) => meanwhile.get(session.id) !== null)
        .map((session) => meanwhile.get(session.id) ?? session);
      // A page that is not full is the last one, whatever was counted.
      const last = page.sessions.length < limit;
      const end = last ? "" : (page.sessions.at(-1)?.updatedAt ?? "");
      const came = [...meanwhile.values()].filter((session) => session !== null && session.updatedAt >= end);
      this.#keep([...(before === undefined ? (came as Session[]) : this.sessions), ...told]);
      this.total = last ? this.sessions.length : Math.max(page.total, this.sessions.length);
    } catch (failure) {
      if (round === this.#round) {
        this.#meanwhile = undefined;
        this.state = "failed";
        this.problem = asProblem(failure);
      }
      throw failure;
    } finally {
      this.tell();
    }
  }

  /** Something changed that is not here: only how many there are has to be asked for. */
  async #count(): Promise<void> {
    if (this.#counting) {
      return;
    }
    this.#counting = true;
    const round = this.#round;
    try {
      const { total } = await this.fetchPage(1);
      if (round === this.#round) {
        this.total = Math.max(total, this.sessions.length);
        this.tell();
      }
    } catch {
      // The number is a hint; the next page brings it right.
    } finally {
      this.#counting = false;
    }
  }

  #keep(sessions: readonly Session[]): void {
    const first = new Map<string, Session>();
    for (const session of sessions) {
      if (!first.has(session.id)) {
        first.set(session.id, session);
      }
    }
    this.sessions = [...first.values()].sort((one, other) => other.updatedAt.localeCompare(one.updatedAt));
  }
}
