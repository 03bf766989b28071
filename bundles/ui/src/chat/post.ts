import { asProblem, type Method, type Problem } from "../shared/api.ts";
import type { Attachment, EventData, Prompt, Queue, Session, Waiting } from "../shared/types.ts";
import type { Conversation } from "./conversation.ts";
import { type DraftFiles, Drafts } from "./drafts.ts";
import { type Clock, type Letter, type Obstacle, Outbox } from "./outbox.ts";
import { fileUrl, type Piece } from "./pieces.ts";
import { Queues } from "./queues.ts";
import { MemoryKeeper, type Keeper } from "./keeper.ts";
import { type Carry, Uploads } from "./uploads.ts";
import { uniqueId } from "./unique.ts";

type Call = <T = void>(method: Method, path: string, body?: unknown) => Promise<T>;

/** What the browser lends. */
export interface PostParts {
  letters: Keeper<Letter>;
  files: Keeper<DraftFiles>;
  clock: Clock;
  carry: Carry;
  alone(name: string, work: () => Promise<void>): Promise<void>;
  tellOthers(): void;
  /** Hears what other tabs tell. */
  hear(work: () => void): void;
}

/** What it has to know of the page. */
export interface Site {
  call: Call;
  session(id: string): Session | undefined;
  /** Conversations that are here. */
  conversations(): Iterable<Conversation>;
  obstacle(): Obstacle | undefined;
}

/** A message that is to be sent. */
export interface Writing {
  text: string;
  pieces?: Piece[];
  command?: string;
  model?: string;
  agent?: string;
  /** Of an earlier try whose fate is not known. */
  clientId?: string;
}

/** Everything between the box a message is written in and the conversation: drafts, files, outbox, and what waits in Nexus. */
export class Post {
  readonly drafts: Drafts;
  readonly uploads: Uploads;
  readonly outbox: Outbox;
  readonly queues: Queues;
  /** Told when a message was refused; it is in the draft again, or nowhere when its session is gone. */
  onReturn: (letter: Letter, reason: string) => void = () => undefined;

  readonly #parts: PostParts;
  readonly #site: Site;
  /** Written while an answer ran: they are on their way into the queue. */
  readonly #behind = new Set<string>();

  constructor(site: Site, parts: PostParts = inMemory()) {
    this.#site = site;
    this.#parts = parts;
    this.drafts = new Drafts(parts.files);
    this.uploads = new Uploads(parts.carry, (id) => site.call("DELETE", `/api/chat/uploads/${encodeURIComponent(id)}`));
    this.queues = new Queues(site.call);
    this.outbox = new Outbox({
      keeper: parts.letters,
      clock: parts.clock,
      post: (letter) => this.#post(letter),
      obstacle: () => this.#obstacle(),
      alone: parts.alone,
      comesBack: (letter, reason) => this.#comesBack(letter, reason),
      tellOthers: parts.tellOthers,
    });
    this.outbox.changed.listen(() => {
      for (const conversation of site.conversations()) {
        this.show(conversation);
        this.look(conversation);
      }
    });
  }

  /** Takes up what was left by the page before. */
  start(): void {
    this.#parts.hear(() => void this.outbox.look());
    void this.outbox.look();
  }

  /** The line or OpenCode is back. */
  wake(): void {
    this.outbox.wake();
    if (this.#site.obstacle()?.kind !== "offline") {
      for (const [sessionId, { pieces }] of this.drafts.all()) {
        void this.#bring(sessionId, pieces.filter((piece) => piece.blob && !piece.upload));
      }
    }
  }

  /** Sends a message, now or as soon as possible. Resolves as soon as it is kept. */
  async send(sessionId: string, { text, pieces = [], command, model, agent, clientId = uniqueId() }: Writing): Promise<void> {
    const status = this.#site.session(sessionId)?.status;
    if (status === "busy" || status === "retry" || status === "waiting") {
      this.#behind.add(clientId);
    }
    await this.outbox.add({
      clientId,
      sessionId,
      text: text.trim(),
      pieces,
      ...(command && { command }),
      ...(model && { model }),
      ...(agent && { agent }),
    });
  }

  /** Messages that are on their way into the queue. */
  joining(sessionId: string): Letter[] {
    return this.outbox.of(sessionId).filter((letter) => this.#joins(letter));
  }

  /** Shows in a conversation what is on its way there. */
  show(conversation: Conversation): void {
    const letters = this.outbox.of(conversation.sessionId).filter((letter) => !this.#joins(letter));
    conversation.show(letters.map((letter) => this.outbox.sending(letter)));
  }

  /** Takes note of what has arrived in a conversation. */
  look({ sessionId, entries, notes }: Conversation): void {
    for (const { messageId, clientId } of this.outbox.all.filter((letter) => letter.sessionId === sessionId)) {
      const entry = messageId && entries.findLast((one) => one.message.id === messageId);
      if (entry && entry.parts.length > 0) {
        const note = this.outbox.seen(clientId);
        if (note) {
          notes.set(entry.message.id, note);
        }
      }
    }
  }

  /** Takes back a message that has not gone out; undefined when it has. */
  async takeBack(clientId: string): Promise<Letter | undefined> {
    const letter = await this.outbox.takeBack(clientId);
    if (letter) {
      this.drafts.giveBack(letter.sessionId, {
        text: textOf(letter),
        pieces: letter.pieces,
        ...(letter.tried && { again: letter.clientId }),
      });
    }
    return letter;
  }

  /** Takes back a message that waits in Nexus. Fails with a Problem. */
  async takeBackQueued(sessionId: string, messageId: string): Promise<Waiting> {
    const waiting = await this.queues.takeBack(sessionId, messageId);
    const letter = waiting.clientId ? await this.outbox.forget(waiting.clientId) : undefined;
    const workspace = this.#site.session(sessionId)?.workspace ?? "";
    const pieces = letter?.pieces ?? waiting.attachments.map((attachment) => pieceOf(attachment, workspace));
    this.drafts.giveBack(sessionId, { text: textOf(waiting), pieces });
    return waiting;
  }

  /** What waits in Nexus has changed. */
  receiveQueue(queue: Queue): void {
    this.queues.receive(queue);
    this.outbox.queue(queue.sessionId, queue.messages);
  }

  /** Fetches what waits in Nexus. */
  async loadQueue(sessionId: string): Promise<void> {
    try {
      await this.queues.load(sessionId);
      this.outbox.queue(sessionId, this.queues.of(sessionId).messages);
    } catch {
      // It is fetched again when the line is back, and every change is told anyway.
    }
  }

  /**
   * OpenCode did not take a message after all: it comes back to where it was written. One that waited in Nexus and was
   * written elsewhere goes on waiting there, with the reason.
   */
  async refused(message: EventData["chat.message.refused"]): Promise<void> {
    const { sessionId, messageId } = message;
    if (this.queues.of(sessionId).messages.some((waiting) => waiting.messageId === messageId)) {
      if (!this.outbox.has(message)) {
        return;
      }
      try {
        await this.queues.takeBack(sessionId, messageId);
      } catch {
        // Another tab was faster, or it still waits in Nexus, where it can be seen.
        return;
      }
    }
    this.outbox.refused(message);
  }

  /** Fetches the queues that may not be empty. */
  loadQueues(sessions: Iterable<Session>): void {
    const letters = this.outbox.all.filter((letter) => letter.queued);
    for (const { id, queued = 0 } of sessions) {
      const known = this.queues.of(id).messages.length;
      if (queued > 0 || known > 0 || letters.some((letter) => letter.sessionId === id)) {
        void this.loadQueue(id);
      }
    }
  }

  forget(sessionId: string): void {
    this.queues.forget(sessionId);
    this.drafts.forget(sessionId);
  }

  /** Uploads files of a draft that could not be uploaded before. */
  async #bring(sessionId: string, pieces: readonly Piece[]): Promise<void> {
    const wanted = pieces.filter((piece) => this.uploads.of(piece)?.again !== false);
    if (wanted.length > 0) {
      await Promise.allSettled(wanted.map((piece) => this.uploads.ensure(piece)));
      this.drafts.keepPieces(sessionId);
    }
  }

  #joins(letter: Letter): boolean {
    return this.#behind.has(letter.clientId) && !this.outbox.sending(letter).waits;
  }

  #obstacle(): Obstacle | undefined {
    const obstacle = this.#site.obstacle();
    if (obstacle && !this.#parts.letters.lasting) {
      return { ...obstacle, words: `${obstacle.words} Keep this page open until then.` };
    }
    return obstacle;
  }

  #comesBack(letter: Letter, reason: string): void {
    this.drafts.giveBack(letter.sessionId, { text: textOf(letter), pieces: letter.pieces }, reason);
    this.onReturn(letter, reason);
  }

  async #post(letter: Letter): Promise<string> {
    try {
      return await this.#hand(letter);
    } catch (failure) {
      const lost = lostOf(asProblem(failure), letter.pieces);
      if (lost.length === 0) {
        throw failure;
      }
      // Nexus has forgotten files that it had; they are still here.
      lost.forEach((piece) => delete piece.upload);
      return await this.#hand(letter);
    }
  }

  async #hand({ sessionId, clientId, text, pieces, model, agent, command }: Letter): Promise<string> {
    const attachments = await Promise.all(
      pieces.map(async (piece): Promise<Attachment> => {
        const { name, mime, url } = piece;
        return url ? { url, name, mime } : { upload: await this.uploads.ensure(piece), name, mime };
      }),
    );
    const prompt: Prompt = {
      text,
      clientId,
      ...(attachments.length > 0 && { attachments }),
      ...(model && { model }),
      ...(agent && { agent }),
      ...(command && { command }),
    };
    const path = `/api/chat/sessions/${encodeURIComponent(sessionId)}/messages`;
    return (await this.#site.call<{ messageId: string }>("POST", path, prompt)).messageId;
  }
}

/** As it was typed. */
export function textOf({ text, command }: { text: string; command?: string }): string {
  return command ? `/${command} ${text}`.trim() : text;
}

function lostOf(problem: Problem, pieces: readonly Piece[]): Piece[] {
  return pieces.filter((piece, index) => piece.blob && piece.upload && problem.of(`attachments[${index}].upload`));
}

function pieceOf(attachment: Waiting["attachments"][number], workspace: string): Piece {
  const { name, mime, upload, url } = attachment;
  const base = fileUrl(workspace, "");
  const path = url?.startsWith(base) ? decodeURIComponent(url.slice(base.length)) : undefined;
  return { id: uniqueId(), name, mime, ...(upload && { upload }), ...(url && { url }), ...(path && { mention: path }) };
}

/** For a page that is never left, and for tests. */
export function inMemory(): PostParts {
  return {
    letters: new MemoryKeeper((letter) => letter.clientId),
    files: new MemoryKeeper((files) => files.sessionId),
    clock: realClock,
    carry: () => Promise.reject(new Error("There is no way to Nexus")),
    alone: (_, work) => work(),
    tellOthers: () => undefined,
    hear: () => undefined,
  };
}

export const realClock: Clock = {
  now: () => Date.now(),
  later: (milliseconds, work) => {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};
