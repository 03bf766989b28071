import { asProblem, Problem, toLogin } from "../shared/api.ts";
import type { Upload } from "../shared/types.ts";
import type { Piece } from "./pieces.ts";
import { Signal } from "./signal.ts";

/** Carries a file to Nexus. Fails with a Problem, or with the reason of the signal. */
export type Carry = (file: Blob, name: string, progress: (part: number) => void, signal: AbortSignal) => Promise<Upload>;

/** How far a file is. */
export interface Progress {
  /** 0 to 1. */
  part: number;
  problem?: string;
  /** It may be tried again. */
  again?: boolean;
}

interface Running {
  id: Promise<string>;
  stop: AbortController;
}

const AT_ONCE = 2;

/** Brings files to Nexus ahead of their messages, a few at a time. */
export class Uploads {
  readonly changed = new Signal();
  readonly #progress = new Map<string, Progress>();
  readonly #running = new Map<string, Running>();
  readonly #waiting: (() => void)[] = [];
  #free = AT_ONCE;

  constructor(
    private readonly carry: Carry,
    private readonly discard: (uploadId: string) => Promise<void>,
  ) {}

  of(piece: Piece): Progress | undefined {
    return this.#progress.get(piece.id);
  }

  /** Brings a file to Nexus unless it is there or on its way. Answers its id there, or fails with a Problem. */
  ensure(piece: Piece): Promise<string> {
    if (piece.upload) {
      return Promise.resolve(piece.upload);
    }
    const running = this.#running.get(piece.id);
    if (running) {
      return running.id;
    }
    const { blob } = piece;
    if (!blob) {
      return Promise.reject(new Problem(422, "file-gone", `${piece.name} is not in this browser any more. Attach it again.`));
    }
    const stop = new AbortController();
    const id = this.#bring(piece, blob, stop.signal).finally(() => this.#running.delete(piece.id));
    this.#running.set(piece.id, { id, stop });
    return id;
  }

  /** A file is not wanted any more. */
  drop(piece: Piece): void {
    this.#running.get(piece.id)?.stop.abort();
    this.#progress.delete(piece.id);
    if (piece.upload) {
      void this.discard(piece.upload).catch(() => undefined);
    }
  }

  async #bring(piece: Piece, blob: Blob, signal: AbortSignal): Promise<string> {
    this.#tell(piece, { part: 0 });
    await this.#turn();
    try {
      signal.throwIfAborted();
      const { id } = await this.carry(blob, piece.name, (part) => this.#tell(piece, { part }), signal);
      piece.upload = id;
      this.#progress.delete(piece.id);
      return id;
    } catch (failure) {
      const problem = asProblem(failure);
      if (!signal.aborted) {
        const again = problem.unanswered || problem.status >= 500 || problem.status === 429;
        this.#tell(piece, { part: 0, problem: problem.detail, again });
      }
      throw problem;
    } finally {
      this.#free++;
      this.#waiting.shift()?.();
      this.changed.tell();
    }
  }

  async #turn(): Promise<void> {
    while (this.#free === 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#free--;
  }

  #tell(piece: Piece, progress: Progress): void {
    this.#progress.set(piece.id, progress);
    this.changed.tell();
  }
}

/** By XMLHttpRequest, because `fetch` does not tell how much has been sent. */
export const carry: Carry = (file, name, progress, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/chat/uploads");
    request.setRequestHeader("accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      const { status, response } = request;
      if (status === 201 && typeof response?.id === "string") {
        resolve(response as Upload);
        return;
      }
      if (status === 401) {
        toLogin();
      }
      const detail = typeof response?.detail === "string" ? response.detail : `Nexus answered with error ${status}.`;
      reject(new Problem(status, typeof response?.code === "string" ? response.code : `http-${status}`, detail));
    };
    request.onerror = () => reject(asProblem(undefined));
    request.onabort = () => reject(asProblem(undefined));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, name);
    request.send(form);
  });
