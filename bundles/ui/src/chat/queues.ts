import type { Method } from "../shared/api.ts";
import type { Queue, Waiting } from "../shared/types.ts";
import { Signal } from "./signal.ts";

type Call = <T = void>(method: Method, path: string, body?: unknown) => Promise<T>;

/** What waits in Nexus, by session. Every event tells the whole queue, so that the newest one is right. */
export class Queues {
  readonly changed = new Signal();
  readonly #queues = new Map<string, Queue>();
  readonly #versions = new Map<string, number>();

  constructor(private readonly call: Call) {}

  of(sessionId: string): Queue {
    return this.#queues.get(sessionId) ?? { sessionId, paused: false, messages: [] };
  }

  receive(queue: Queue): void {
    this.#versions.set(queue.sessionId, this.#version(queue.sessionId) + 1);
    if (queue.messages.length > 0) {
      this.#queues.set(queue.sessionId, queue);
    } else {
      this.#queues.delete(queue.sessionId);
    }
    this.changed.tell();
  }

  /** Fetches a queue. An event that comes meanwhile is newer, or is followed by another one. Fails with a Problem. */
  async load(sessionId: string): Promise<void> {
    const version = this.#version(sessionId);
    const queue = await this.call<Queue>("GET", `${path(sessionId)}/queue`);
    if (this.#version(sessionId) === version) {
      this.receive(queue);
    }
  }

  /** Takes a message back. Fails with a Problem: 404 when it is not waiting any more. */
  async takeBack(sessionId: string, messageId: string): Promise<Waiting> {
    return await this.call<Waiting>("DELETE", `${path(sessionId)}/queue/${encodeURIComponent(messageId)}`);
  }

  /** Sends what waits although it was paused. Fails with a Problem. */
  async resume(sessionId: string): Promise<void> {
    await this.call("POST", `${path(sessionId)}/queue/resume`);
  }

  forget(sessionId: string): void {
    this.#queues.delete(sessionId);
  }

  #version(sessionId: string): number {
    return this.#versions.get(sessionId) ?? 0;
  }
}

function path(sessionId: string): string {
  return `/api/chat/sessions/${encodeURIComponent(sessionId)}`;
}
