import { asProblem, type Problem } from "../shared/api.ts";
import type { SearchHit, SearchResult } from "../shared/types.ts";
import type { Call } from "./store.ts";

const FIND_AFTER = 200;
const PAGE = 30;
/** While messages are still being read into the index, it is asked again, less and less often. */
const REFRESH_AFTER = 1_000;
const REFRESH_SELDOM = 15_000;
/** No more are given. */
const LAST_OFFSET = 1_000;
export const LONGEST_QUERY = 200;

/** Finds words in what was said. Asks a moment after the last change, and shows only what was asked last. */
export class Finder {
  query = "";
  sessionId: string | undefined;
  hits: readonly SearchHit[] = [];
  total = 0;
  /** Whether all messages have been read into the index. */
  complete = true;
  state: "idle" | "searching" | "ready" | "failed" = "idle";
  /** Whether another page is on its way. */
  loadingMore = false;
  problem: Problem | undefined;

  #timer: ReturnType<typeof setTimeout> | undefined;
  #refreshes = 0;
  #round = 0;

  constructor(
    private readonly call: Call,
    private readonly tell: () => void,
  ) {}

  get hasMore(): boolean {
    return this.state === "ready" && this.hits.length < Math.min(this.total, LAST_OFFSET);
  }

  /** Looks for words in every session, or in one. */
  find(query: string, sessionId?: string): void {
    const words = query.trim().slice(0, LONGEST_QUERY);
    if (words === this.query && sessionId === this.sessionId && this.state !== "failed") {
      return;
    }
    this.query = words;
    this.sessionId = sessionId;
    clearTimeout(this.#timer);
    this.#round++;
    this.#refreshes = 0;
    if (!/[\p{L}\p{N}]/u.test(words)) {
      this.hits = [];
      this.total = 0;
      this.complete = true;
      this.state = "idle";
      this.problem = undefined;
      this.tell();
      return;
    }
    // What was found before stays until there is something better: nothing flickers between two letters.
    this.state = "searching";
    this.#timer = setTimeout(() => void this.#first(), FIND_AFTER);
    this.tell();
  }

  /** Asks the same again, for instance when more has been read. */
  again(): void {
    clearTimeout(this.#timer);
    this.state = "searching";
    this.tell();
    void this.#first();
  }

  /** Fetches the next page. */
  async more(): Promise<void> {
    if (!this.hasMore || this.loadingMore) {
      return;
    }
    const round = this.#round;
    this.loadingMore = true;
    this.problem = undefined;
    this.tell();
    try {
      const page = await this.#fetch(this.hits.length);
      if (round === this.#round) {
        const known = new Set(this.hits.map(keyOf));
        this.hits = [...this.hits, ...page.hits.filter((hit) => !known.has(keyOf(hit)))];
        this.total = page.hits.length === 0 ? this.hits.length : page.total;
        this.complete = page.complete;
      }
    } catch (failure) {
      if (round === this.#round) {
        this.problem = asProblem(failure);
      }
    } finally {
      this.loadingMore = false;
      this.tell();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#round++;
  }

  async #first(): Promise<void> {
    const round = ++this.#round;
    try {
      const { hits, total, complete } = await this.#fetch(0);
      if (round !== this.#round) {
        return;
      }
      Object.assign(this, { hits, total, complete, state: "ready", problem: undefined });
      this.#keepFresh();
    } catch (failure) {
      if (round !== this.#round) {
        return;
      }
      Object.assign(this, { hits: [], total: 0, complete: true, state: "failed", problem: asProblem(failure) });
    }
    this.tell();
  }

  #keepFresh(): void {
    if (!this.complete) {
      const wait = Math.min(REFRESH_SELDOM, REFRESH_AFTER * 2 ** this.#refreshes++);
      this.#timer = setTimeout(() => void this.#refresh(), wait);
    }
  }

  /** Nothing is taken from under a reader: not once more than the first page was fetched. */
  async #refresh(): Promise<void> {
    if (this.hits.length > PAGE || this.loadingMore) {
      return;
    }
    const round = this.#round;
    const found = await this.#fetch(0).catch(() => undefined);
    if (round !== this.#round || this.hits.length > PAGE) {
      return;
    }
    if (found) {
      const { hits, total, complete } = found;
      Object.assign(this, { hits, total, complete });
      this.tell();
    }
    this.#keepFresh();
  }

  #fetch(offset: number): Promise<SearchResult> {
    const wanted = new URLSearchParams({ q: this.query, limit: String(PAGE), offset: String(offset) });
    if (this.sessionId) {
      wanted.set("sessionId", this.sessionId);
    }
    return this.call<SearchResult>("GET", `/api/chat/search?${wanted}`);
  }
}

function keyOf(hit: SearchHit): string {
  return `${hit.sessionId} ${hit.messageId}`;
}

/** A snippet in pieces, those that were looked for marked. Marks that make no sense are passed over. */
export function pieces(hit: SearchHit): { text: string; marked: boolean }[] {
  const { snippet } = hit;
  const found: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const { start, end } of [...hit.marks].sort((one, other) => one.start - other.start)) {
    if (!(start >= at && end > start && end <= snippet.length)) {
      continue;
    }
    if (start > at) {
      found.push({ text: snippet.slice(at, start), marked: false });
    }
    found.push({ text: snippet.slice(start, end), marked: true });
    at = end;
  }
  if (at < snippet.length) {
    found.push({ text: snippet.slice(at), marked: false });
  }
  return found;
}
