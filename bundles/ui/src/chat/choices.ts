import { asProblem, type Method, Problem } from "../shared/api.ts";
import type { Agent, Command, Model } from "../shared/types.ts";
import { Signal } from "./signal.ts";

type Call = <T = void>(method: Method, path: string, body?: unknown) => Promise<T>;

/** A list that is fetched when it is first asked for. */
export interface Offer<T> {
  state: "loading" | "ready" | "failed";
  items: readonly T[];
  problem: string;
}

/** What can be chosen: models, and per workspace agents and commands. */
export class Choices {
  readonly changed = new Signal();
  readonly #offers = new Map<string, Offer<unknown>>();
  readonly #underway = new Map<string, Promise<void>>();

  constructor(private readonly call: Call) {}

  models(): Offer<Model> {
    return this.#offer("/api/chat/models");
  }

  workspaces(): Offer<string> {
    return this.#offer("/api/chat/workspaces");
  }

  /** Agents that can answer the owner. */
  agents(workspace: string | undefined): Offer<Agent> {
    const offer = this.#offer<Agent>(`/api/chat/agents${where(workspace)}`);
    return { ...offer, items: offer.items.filter((agent) => agent.mode !== "subagent") };
  }

  commands(workspace: string | undefined): Offer<Command> {
    return this.#offer(`/api/chat/commands${where(workspace)}`);
  }

  /** The commands as soon as they are here. Fails with a Problem. */
  async commandsSoon(workspace: string): Promise<readonly Command[]> {
    const address = `/api/chat/commands${where(workspace)}`;
    if (this.commands(workspace).state === "failed") {
      this.#fetch(address);
    }
    if (this.commands(workspace).state === "loading") {
      await this.#underway.get(address);
    }
    const { state, items, problem } = this.commands(workspace);
    if (state !== "ready") {
      throw new Problem(0, "no-commands", problem);
    }
    return items;
  }

  /** Fetches again what is known: OpenCode came back, and may offer other things. */
  refresh(): void {
    for (const address of this.#offers.keys()) {
      this.#fetch(address);
    }
  }

  /** Fetches again what could not be fetched. */
  retry(): void {
    for (const [address, offer] of this.#offers) {
      if (offer.state === "failed") {
        this.#fetch(address);
      }
    }
  }

  #offer<T>(address: string): Offer<T> {
    if (!this.#offers.has(address)) {
      this.#offers.set(address, { state: "loading", items: [], problem: "" });
      this.#fetch(address);
    }
    return this.#offers.get(address) as Offer<T>;
  }

  #fetch(address: string): void {
    const before = this.#offers.get(address)?.items ?? [];
    if (before.length === 0) {
      this.#offers.set(address, { state: "loading", items: [], problem: "" });
    }
    const put = (offer: Offer<unknown>) => {
      this.#offers.set(address, offer);
      this.changed.tell();
    };
    const work = this.call<unknown[]>("GET", address)
      .then((items) => put({ state: "ready", items, problem: "" }))
      // What was offered before is better than nothing.
      .catch((failure: unknown) => put({ state: before.length > 0 ? "ready" : "failed", items: before, problem: asProblem(failure).detail }))
      .finally(() => this.#underway.delete(address));
    this.#underway.set(address, work);
  }
}

function where(workspace: string | undefined): string {
  return workspace ? `?workspace=${encodeURIComponent(workspace)}` : "";
}
