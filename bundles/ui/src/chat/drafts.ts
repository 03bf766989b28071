import type { Piece } from "./pieces.ts";
import type { Keeper } from "./keeper.ts";
import { Signal } from "./signal.ts";

const PREFIX = "nexus.draft.";

/** What is written for a session and not sent. */
export interface Draft {
  text: string;
  pieces: Piece[];
  /** Why it came back. */
  problem: string;
  /** A message that came back although it may have arrived: sent again unchanged it keeps its id. */
  again?: { clientId: string; words: string };
}

/** The files of a draft, as they are kept. */
export interface DraftFiles {
  sessionId: string;
  pieces: Piece[];
}

/** What was written and not sent, kept in this browser: texts at once, files as soon as the browser has taken them. */
export class Drafts {
  /** A draft changed by something else than typing. */
  readonly changed = new Signal();
  readonly #drafts = new Map<string, Draft>();

  constructor(private readonly keeper: Keeper<DraftFiles>) {}

  of(sessionId: string): Draft {
    let draft = this.#drafts.get(sessionId);
    if (!draft) {
      draft = { text: read(sessionId), pieces: [], problem: "" };
      this.#drafts.set(sessionId, draft);
      void this.#readFiles(sessionId, draft);
    }
    return draft;
  }

  /** Every draft that has been asked for. */
  all(): Iterable<[sessionId: string, draft: Draft]> {
    return this.#drafts;
  }

  keepText(sessionId: string): void {
    write(sessionId, this.of(sessionId).text);
  }

  /** Changes the files of a draft. */
  setPieces(sessionId: string, pieces: Piece[]): void {
    this.of(sessionId).pieces = pieces;
    this.keepPieces(sessionId);
    this.changed.tell();
  }

  /** Keeps what has become of the files, for instance that they are uploaded. */
  keepPieces(sessionId: string): void {
    const { pieces } = this.of(sessionId);
    void (pieces.length > 0 ? this.keeper.put({ sessionId, pieces }) : this.keeper.take(sessionId));
  }

  /** Takes the draft out, to send it. */
  empty(sessionId: string): void {
    const draft = this.of(sessionId);
    draft.text = "";
    draft.problem = "";
    delete draft.again;
    this.keepText(sessionId);
    this.setPieces(sessionId, []);
  }

  /** Brings something back that was sent: it comes before what is written now. */
  giveBack(sessionId: string, back: { text: string; pieces: readonly Piece[]; again?: string }, problem = ""): void {
    const draft = this.of(sessionId);
    const untouched = draft.text === "" && draft.pieces.length === 0;
    draft.text = [back.text, draft.text].filter((text) => text.trim() !== "").join("\n\n");
    draft.problem = problem;
    delete draft.again;
    if (back.again && untouched) {
      draft.again = { clientId: back.again, words: wordsOf(draft.text, back.pieces) };
    }
    const urls = new Set(back.pieces.map((piece) => piece.url).filter(Boolean));
    this.keepText(sessionId);
    this.setPieces(sessionId, [...back.pieces, ...draft.pieces.filter((piece) => !piece.url || !urls.has(piece.url))]);
  }

  /** Puts words before what is written, unless it begins with them. */
  beginWith(sessionId: string, words: string): void {
    if (!this.of(sessionId).text.startsWith(words)) {
      this.giveBack(sessionId, { text: words, pieces: [] });
    }
  }

  /** The id of the message that came back, if this is the same one. */
  idFor(sessionId: string): string | undefined {
    const { text, pieces, again } = this.of(sessionId);
    return again?.words === wordsOf(text, pieces) ? again.clientId : undefined;
  }

  forget(sessionId: string): void {
    this.#drafts.delete(sessionId);
    write(sessionId, "");
    void this.keeper.take(sessionId);
  }

  async #readFiles(sessionId: string, draft: Draft): Promise<void> {
    const kept = await this.keeper.get(sessionId);
    if (kept && this.#drafts.get(sessionId) === draft) {
      const known = new Set(draft.pieces.map((piece) => piece.id));
      draft.pieces = [...kept.pieces.filter((piece) => !known.has(piece.id)), ...draft.pieces];
      this.changed.tell();
    }
  }
}

function wordsOf(text: string, pieces: readonly Piece[]): string {
  return `${pieces.map((piece) => piece.id).join()} ${text.trim()}`;
}

function read(sessionId: string): string {
  try {
    return localStorage.getItem(PREFIX + sessionId) ?? "";
  } catch {
    return "";
  }
}

function write(sessionId: string, text: string): void {
  try {
    if (text === "") {
      localStorage.removeItem(PREFIX + sessionId);
    } else {
      localStorage.setItem(PREFIX + sessionId, text);
    }
  } catch {
    // Without storage, or when it is full, the draft lasts as long as the page.
  }
}
