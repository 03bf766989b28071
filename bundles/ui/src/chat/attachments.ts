import { asProblem } from "../shared/api.ts";
import { plural } from "../shared/format.ts";
import { say } from "../shared/say.ts";
import type { Session } from "../shared/types.ts";
import type { Draft } from "./drafts.ts";
import { mentions, unmention } from "./mentions.ts";
import { fileUrl, LONGEST_NAME, MOST_PIECES, type Piece, pieceOf, textPiece } from "./pieces.ts";
import type { Post } from "./post.ts";
import { uniqueId } from "./unique.ts";

/** The files of the message that is being written in one session. */
export class Attachments {
  /** Files that were not attached, and why. */
  refused: readonly string[] = [];
  #reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly post: Post,
    private readonly session: Session,
    private readonly online: () => boolean,
  ) {}

  /** Resolves when every file that was given here is read. */
  get ready(): Promise<void> {
    return this.#reading;
  }

  /** Takes files that were chosen, dropped or pasted, as far as they can be sent. */
  take(files: readonly File[]): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read(files));
    return this.#reading;
  }

  /** Turns the text of the draft into a file. */
  takeText(): void {
    const piece = textPiece(this.#draft.text);
    this.#draft.text = "";
    this.post.drafts.keepText(this.session.id);
    this.#add([piece]);
  }

  /** Takes a file of the workspace that is mentioned in the text. */
  mention(path: string): void {
    const { pieces } = this.#draft;
    if (!pieces.some((piece) => piece.mention === path)) {
      const mime = path.endsWith("/") ? "application/x-directory" : "text/plain";
      const url = fileUrl(this.session.workspace, path);
      this.#set([...pieces, { id: uniqueId(), name: path.slice(-LONGEST_NAME), mime, url, mention: path }]);
    }
  }

  /** A mention whose text was deleted goes with it. */
  dropMentions(): void {
    const { text, pieces } = this.#draft;
    const kept = pieces.filter(({ mention }) => mention === undefined || mentions(text, mention));
    if (kept.length < pieces.length) {
      this.#set(kept);
    }
  }

  remove(piece: Piece): void {
    const draft = this.#draft;
    this.post.uploads.drop(piece);
    if (piece.mention !== undefined) {
      draft.text = unmention(draft.text, piece.mention);
      this.post.drafts.keepText(this.session.id);
    }
    this.#set(draft.pieces.filter((one) => one.id !== piece.id));
    say(`Removed ${piece.name}.`);
  }

  async upload(piece: Piece): Promise<void> {
    const { uploads, drafts } = this.post;
    try {
      await uploads.ensure(piece);
      drafts.keepPieces(this.session.id);
      say(`${piece.name} is attached.`);
    } catch (failure) {
      // One that was removed meanwhile needs no word.
      if (uploads.of(piece)) {
        say(`${piece.name} is not uploaded. ${asProblem(failure).detail}`);
      }
    }
  }

  async #read(files: readonly File[]): Promise<void> {
    const room = Math.max(0, MOST_PIECES - this.#draft.pieces.length);
    const results = await Promise.all(files.slice(0, room).map(pieceOf));
    this.refused = results.filter((result) => typeof result === "string");
    const left = files.length - results.length;
    if (left > 0) {
      this.refused = [...this.refused, `${plural(left, "file was", "files were")} left out; ${MOST_PIECES} fit.`];
    }
    this.#add(results.filter((result) => typeof result !== "string"));
  }

  get #draft(): Draft {
    return this.post.drafts.of(this.session.id);
  }

  /** Offline they are only kept; they are uploaded when the line is back, or with their message. */
  #add(pieces: readonly Piece[]): void {
    this.#set([...this.#draft.pieces, ...pieces]);
    if (this.online()) {
      pieces.forEach((piece) => void this.upload(piece));
    }
  }

  #set(pieces: Piece[]): void {
    this.post.drafts.setPieces(this.session.id, pieces);
  }
}
