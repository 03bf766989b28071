import { asProblem, type CallOptions, type Method, type Problem } from "../shared/api.ts";
import type { EventStream } from "../shared/events.ts";
import type {
  ChatPreferences,
  MessagePage,
  Model,
  Request,
  ServerStatus,
  Session,
} from "../shared/types.ts";
import { type Card, cardsOf } from "./cards.ts";
import { Choices } from "./choices.ts";
import { CHAT_EVENTS, type ChatEvent, Conversation } from "./conversation.ts";
import { moved } from "./order.ts";
import { type Obstacle, OFFLINE } from "./outbox.ts";
import { Post, type PostParts, type Writing } from "./post.ts";
import { History } from "./history.ts";
import { type SessionPage, Shelf } from "./shelf.ts";
import { Signal } from "./signal.ts";

export const MOST_ACTIVE = 10;
/** Turns fetched for a card that is closed, for the lines it shows. */
const PREVIEW = 4;
/** Turns fetched for an open card, and by each "Show earlier turns". */
export const PAGE = 50;
/** How long an answer from another device stays to be read before the request goes. */
const SETTLED_FOR = 4_000;
/** How long a deleted session can be had back. */
export const UNDO_FOR = 10_000;
const RETRY_AFTER = 4_000;

export type Call = <T = void>(method: Method, path: string, body?: unknown, options?: CallOptions) => Promise<T>;
type Stream = Pick<EventStream, "on" | "addEventListener" | "connection" | "lastHeard">;
type Late = () => void;

/** Who answers. */
export interface Choice {
  model?: string;
  agent?: string;
}

export interface NewSession extends Choice {
  title?: string;
  workspace?: string;
}

/**
 * What the page knows: sessions, requests, the server, and the conversations of the sessions with a card. Fetches it,
 * keeps it right by the events, and fetches it again when events were lost.
 */
export class ChatStore {
  /** Anything but the inside of conversations. */
  readonly changed = new Signal();

  state: "loading" | "ready" | "failed" = "loading";
  problem: Problem | undefined;
  requests: Request[] = [];
  server: ServerStatus | undefined;
  /** What "Continue" sends. */
  continuePrompt = "Continue where you stopped.";
  /** Messages between the box they are written in and the conversation. */
  readonly post: Post;
  readonly choices: Choices;
  readonly history: History;
  /** Requests that were answered somewhere else a moment ago. */
  readonly settledElsewhere = new Set<string>();

  /** The sessions without a card. */
  readonly shelf = this.#shelf();
  /** Those of them that are looked for by title. */
  found: Shelf | undefined;

  /** The sessions with a card. */
  #sessions = new Map<string, Session>();
  /** Sessions that something waits in, but that are on no page that was fetched; undefined while one is on its way. */
  #strays = new Map<string, Session | undefined>();
  /** How many cards are on their way to another place, and the numbers that were told meanwhile. */
  #moving = 0;
  #numbers = new Map<string, number | undefined>();
  #conversations = new Map<string, Conversation>();
  /** Sessions without a card whose messages are shown, and in how many places. */
  #borrowed = new Map<string, number>();
  #leaving = new Map<string, ReturnType<typeof setTimeout>>();
  #settledHere = new Set<string>();
  /** Until when requests that are settled were most likely answered along with one that was answered here. */
  #answeredAlong = 0;
  /** Sessions that are gone: what is still told of them comes too late. */
  #gone = new Set<string>();
  #late: Late[] | undefined;
  #round = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #wasLive = false;
  /** What was chosen for a session and is not stored in Nexus yet. */
  #chosen = new Map<string, Choice>();

  constructor(
    /** Calls of the API that concern nothing of what is kept here. */
    readonly call: Call,
    private readonly stream: Stream,
    parts?: PostParts,
  ) {
    this.history = new History(call, (session) => this.#put(session));
    this.choices = new Choices(call);
    this.choices.changed.listen(() => this.changed.tell());
    this.post = new Post(
      {
        call,
        session: (id) => this.#sessions.get(id),
        conversations: () => this.#conversations.values(),
        obstacle: () => this.obstacle,
      },
      parts,
    );
    for (const type of CHAT_EVENTS) {
      stream.on(type, (data, id) => this.#route({ id: id ?? "", type, data } as ChatEvent));
    }
    stream.on("chat.session", (session) => this.#when(() => this.#put(session)));
    stream.on("chat.session.removed", ({ sessionId }) => this.#when(() => this.#remove(sessionId)));
    stream.on("chat.request", (request) => this.#when(() => this.#ask(request)));
    stream.on("chat.request.settled", ({ id }) => this.#when(() => this.#settle(id)));
    stream.on("chat.queue", (queue) => this.post.receiveQueue(queue));
    stream.on("chat.message.refused", (message) => void this.post.refused(message));
    stream.on("settings", ({ group, values }) => group === "chat" && this.#when(() => this.#prefer(values)));
    stream.on("server.state", (server) => this.#when(() => this.#serve(server)));
    stream.addEventListener("gap", () => void this.load());
    stream.addEventListener("state", () => this.#connection());
  }

  /** Fetches everything again. Events that arrive meanwhile are applied afterwards. */
  async load(): Promise<void> {
    const round = ++this.#round;
    clearTimeout(this.#retry);
    this.#late ??= [];
    if (this.state === "failed") {
      this.state = "loading";
      this.changed.tell();
    }
    try {
      const [active, requests, server, preferences] = await Promise.all([
        this.call<Session[]>("GET", "/api/chat/sessions?active=true"),
        this.call<Request[]>("GET", "/api/chat/requests"),
        this.call<ServerStatus>("GET", "/api/server").catch(() => undefined),
        this.call<ChatPreferences>("GET", "/api/chat/preferences").catch(() => undefined),
        this.shelf.load(),
      ]);
      if (round !== this.#round) {
        return;
      }
      this.#gone.clear();
      this.#sessions = new Map(active.map((session) => [session.id, session]));
      this.#strays.clear();
      this.requests = oldestFirst(requests);
      this.server = server;
      this.#prefer(preferences ?? {});
      this.state = "ready";
      this.problem = undefined;
      const late = this.#late ?? [];
      this.#late = undefined;
      late.forEach((apply) => apply());
      this.#forget();
      this.requests.forEach((request) => void this.#look(request.rootSessionId));
      void this.found?.load().catch(() => undefined);
      this.changed.tell();
      this.post.loadQueues(this.#sessions.values());
      await this.#refresh(true);
    } catch (failure) {
      if (round === this.#round) {
        const late = this.#late ?? [];
        this.#late = undefined;
        this.problem = asProblem(failure);
        if (this.state !== "ready") {
          this.state = "failed";
        } else {
          late.forEach((apply) => apply());
        }
        this.#retry = setTimeout(() => void this.load(), RETRY_AFTER);
        this.changed.tell();
      }
    }
  }

  get models(): readonly Model[] {
    return this.choices.models().items;
  }

  /** The sessions with a card, in the order of their numbers. */
  get cards(): Card[] {
    return cardsOf([...this.#sessions.values()]).filter((card) => !this.#leaving.has(card.id));
  }

  /** The sessions without a card, newest first, as far as they were fetched. */
  get rest(): Session[] {
    return this.shelf.sessions.filter((session) => !this.#leaving.has(session.id));
  }

  /** How many sessions have no card. */
  get away(): number {
    const leaving = [...this.#leaving.keys()].filter((id) => !this.#sessions.has(id));
    return Math.max(0, this.shelf.total - leaving.length);
  }

  /** Whether a session is about to be deleted. */
  isLeaving(id: string): boolean {
    return this.#leaving.has(id);
  }

  session(id: string): Session | undefined {
    return this.#sessions.get(id) ?? this.shelf.get(id) ?? this.found?.get(id) ?? this.#strays.get(id);
  }

  /** The number of a card, 1 to 10; 0 for a session without one. */
  number(id: string): number {
    return this.cards.find((card) => card.id === id)?.number ?? 0;
  }

  /** What waits for the owner in one card: in its own session or in a helper of it, oldest first. */
  requestsOf(sessionId: string): Request[] {
    return this.requests.filter((request) => request.rootSessionId === sessionId);
  }

  get connected(): boolean {
    return this.stream.connection !== "offline";
  }

  get lastHeard(): number | undefined {
    return this.stream.lastHeard;
  }

  /** Why a message would have to wait now, undefined when it would not. */
  get obstacle(): Obstacle | undefined {
    if (!this.connected) {
      return OFFLINE;
    }
    const state = this.server?.state;
    if (state === "starting") {
      return { kind: "server", words: "Goes out when OpenCode has started." };
    }
    return state === undefined || state === "running" ? undefined : { kind: "server", words: "Goes out when OpenCode runs again." };
  }

  /** The model that the next message is answered by, as far as it is known. */
  modelOf(session: Session): string | undefined {
    return this.#chosen.get(session.id)?.model ?? session.model ?? this.models.find((model) => model.isDefault)?.id;
  }

  /** The agent that the next message is answered by, as far as it is known. */
  agentOf(session: Session): string | undefined {
    const chosen = this.#chosen.get(session.id)?.agent ?? session.agent;
    return chosen ?? this.choices.agents(session.workspace).items.find((agent) => agent.isDefault)?.name;
  }

  /** Chooses who answers the next messages. Without a connection it is stored later. Fails with a Problem. */
  async choose(sessionId: string, choice: Choice): Promise<void> {
    this.#chosen.set(sessionId, { ...this.#chosen.get(sessionId), ...choice });
    this.changed.tell();
    await this.#storeChoice(sessionId);
  }

  /** The messages of a session with a card. */
  conversation(sessionId: string): Conversation {
    const known = this.#conversations.get(sessionId);
    if (known) {
      return known;
    }
    const conversation = new Conversation(sessionId, (limit, before) => this.#page(sessionId, limit, before));
    this.#conversations.set(sessionId, conversation);
    conversation.changed.listen(() => this.post.look(conversation));
    this.post.show(conversation);
    return conversation;
  }

  /** Keeps the messages of a session without a card, a helper's, until the answer is called. */
  borrow(sessionId: string): () => void {
    this.#borrowed.set(sessionId, (this.#borrowed.get(sessionId) ?? 0) + 1);
    void this.conversation(sessionId).want(PAGE);
    return () => {
      const left = (this.#borrowed.get(sessionId) ?? 1) - 1;
      if (left > 0) {
        this.#borrowed.set(sessionId, left);
        return;
      }
      this.#borrowed.delete(sessionId);
      this.#forget();
    };
  }

  /** Fetches the turns an open card shows. */
  open(sessionId: string): void {
    void this.conversation(sessionId).want(PAGE);
  }

  /** Creates a session. Fails with a Problem. */
  async create(wanted: NewSession): Promise<Session> {
    const session = await this.call<Session>("POST", "/api/chat/sessions", wanted);
    this.#put(session);
    return session;
  }

  /** Gives a session a card. Fails with a Problem. */
  async activate(id: string): Promise<void> {
    this.#put(await this.call<Session>("PATCH", path(id), { active: true }));
  }

  /** Takes the card of a session away. Fails with a Problem. */
  async putAway(id: string): Promise<void> {
    this.#put(await this.call<Session>("PATCH", path(id), { active: false }));
  }

  /** Fails with a Problem. */
  async rename(id: string, title: string): Promise<void> {
    this.#put(await this.call<Session>("PATCH", path(id), { title }));
  }

  /**
   * Moves a card to another number. It is shown there at once; what Nexus tells is what holds. Fails with a Problem.
   */
  async move(id: string, number: number): Promise<void> {
    for (const card of moved(this.cards, id, number)) {
      this.#sessions.set(card.id, card);
    }
    this.#moving++;
    this.changed.tell();
    try {
      await this.call("PATCH", path(id), { number });
    } catch (failure) {
      void this.load();
      throw failure;
    } finally {
      this.#moving--;
      if (this.#moving === 0) {
        this.#numbers.forEach((told, card) => this.#renumber(card, told));
        this.#numbers.clear();
        this.changed.tell();
      }
    }
  }

  /**
   * Takes a session away at once and deletes it after ten seconds, or when the page is left. It comes back when it could
   * not be deleted.
   */
  deleteLater(id: string, failed: (failure: unknown) => void = () => undefined): void {
    clearTimeout(this.#leaving.get(id));
    const timer = setTimeout(() => void this.#delete(id, failed), UNDO_FOR);
    this.#leaving.set(id, timer);
    this.changed.tell();
  }

  /** Keeps a session that was about to be deleted. */
  keep(id: string): void {
    clearTimeout(this.#leaving.get(id));
    this.#leaving.delete(id);
    this.changed.tell();
  }

  /** Ids of the sessions that are about to be deleted, for a page that is being left. */
  takeLeaving(): string[] {
    const ids = [...this.#leaving.keys()];
    for (const id of ids) {
      clearTimeout(this.#leaving.get(id));
      this.#remove(id);
    }
    return ids;
  }

  /** Looks for sessions without a card by title; they stand in `found`. An empty title ends that. */
  async find(title: string): Promise<void> {
    this.found = title === "" ? undefined : this.#shelf(title);
    this.changed.tell();
    // A failure stands in the problem of what was looked for.
    await this.found?.load().catch(() => undefined);
  }

  /** Sends a message as soon as possible; what becomes of it is shown in the conversation. */
  async send(sessionId: string, writing: Writing): Promise<void> {
    const session = this.#sessions.get(sessionId);
    const chosen = { ...this.#chosen.get(sessionId) };
    const model = chosen.model ?? session?.model;
    const agent = chosen.agent ?? session?.agent;
    await this.post.send(sessionId, { ...(model && { model }), ...(agent && { agent }), ...writing });
  }

  /** Finds files of the workspace of a session. Fails with a Problem. */
  async files(sessionId: string, query: string): Promise<string[]> {
    const search = new URLSearchParams({ q: query, sessionId, limit: "20" });
    return await this.call<string[]>("GET", `/api/chat/files?${search}`);
  }

  /** Stops the answer. Fails with a Problem. */
  async stop(sessionId: string): Promise<void> {
    await this.call("POST", `${path(sessionId)}/abort`);
  }

  /** Answers a permission. Fails with a Problem. */
  async allow(request: Request, reply: "once" | "always" | "reject", message?: string): Promise<void> {
    if (reply !== "once") {
      // OpenCode answers others along with it: "always" those it covers, a rejection all of the same session.
      this.#answeredAlong = Date.now() + SETTLED_FOR;
    }
    await this.#answer(request, `/api/chat/permissions/${encodeURIComponent(request.id)}`, { reply, message });
  }

  /** Answers a question, or does not when `answers` is null. Fails with a Problem. */
  async answer(request: Request, answers: string[][] | null): Promise<void> {
    const body = answers === null ? { reject: true } : { answers };
    await this.#answer(request, `/api/chat/questions/${encodeURIComponent(request.id)}`, body);
  }

  /** Starts OpenCode. Fails with a Problem. */
  async startServer(): Promise<void> {
    await this.call("POST", "/api/server/start");
  }

  async #answer(request: Request, address: string, body: unknown): Promise<void> {
    this.#settledHere.add(request.id);
    try {
      await this.call("POST", address, body);
      this.#settle(request.id);
    } catch (failure) {
      this.#settledHere.delete(request.id);
      if (asProblem(failure).status === 404) {
        this.#settle(request.id);
        return;
      }
      throw failure;
    }
  }

  #page(sessionId: string, limit: number, before?: string): Promise<MessagePage> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before) {
      query.set("before", before);
    }
    return this.call<MessagePage>("GET", `${path(sessionId)}/messages?${query}`);
  }

  async #delete(id: string, failed: (failure: unknown) => void): Promise<void> {
    try {
      await this.call("DELETE", path(id));
      this.#remove(id);
    } catch (failure) {
      if (asProblem(failure).status === 404) {
        this.#remove(id);
        return;
      }
      // Back it comes: it was not deleted, and that is what the page has to show.
      this.keep(id);
      failed(failure);
    }
  }

  #shelf(query = ""): Shelf {
    const load = async (limit: number, before?: string): Promise<SessionPage> => {
      const wanted = new URLSearchParams({ active: "false", limit: String(limit) });
      if (query) {
        wanted.set("q", query);
      }
      if (before) {
        wanted.set("before", before);
      }
      let total = 0;
      const headers = (answer: Headers) => (total = Number(answer.get("x-total-count")) || 0);
      const sessions = await this.call<Session[]>("GET", `/api/chat/sessions?${wanted}`, undefined, { headers });
      return { sessions, total };
    };
    return new Shelf(load, () => this.changed.tell(), query);
  }

  /** Fetches a session that something waits in when it is on no page that is here. */
  async #look(id: string): Promise<void> {
    if (this.session(id) || this.#strays.has(id) || this.#gone.has(id)) {
      return;
    }
    this.#strays.set(id, undefined);
    try {
      const session = await this.call<Session>("GET", path(id));
      if (this.#strays.has(id)) {
        this.#strays.set(id, session);
        this.changed.tell();
      }
    } catch {
      this.#strays.delete(id);
    }
  }

  #standing(id: string): "active" | "away" | "unknown" {
    return this.#sessions.has(id) ? "active" : this.session(id) ? "away" : "unknown";
  }

  #renumber(id: string, number: number | undefined): void {
    const { number: _, ...session } = this.#sessions.get(id) ?? {};
    if ("id" in session) {
      this.#sessions.set(id, { ...session, ...(number !== undefined && { number }) });
    }
  }

  /** Applies now, or after the lists that are on their way. */
  #when(apply: Late): void {
    if (this.#late) {
      this.#late.push(apply);
      return;
    }
    apply();
  }

  #put(session: Session): void {
    if (session.parentId || this.#gone.has(session.id)) {
      return;
    }
    const before = this.#standing(session.id);
    const known = this.session(session.id);
    if (session.active) {
      const shown = this.#sessions.get(session.id)?.number;
      this.#sessions.set(session.id, session);
      if (this.#moving > 0 && shown !== undefined) {
        this.#numbers.set(session.id, session.number);
        this.#renumber(session.id, shown);
      }
    } else {
      this.#sessions.delete(session.id);
    }
    this.shelf.put(session, before);
    this.found?.put(session, before);
    if (this.#strays.has(session.id)) {
      this.#strays.set(session.id, session);
    }
    if ((before === "active") !== session.active) {
      this.#forget();
      void this.#refresh(false);
    }
    const conversation = this.#conversations.get(session.id);
    if (known && known.revert?.messageId !== session.revert?.messageId) {
      conversation?.leaveOut(session.revert?.messageId);
    }
    if (session.status === "retry" && (known?.status !== "retry" || known.retryAt !== session.retryAt)) {
      conversation?.tryAgain(session.problem ?? "", session.retryAt);
    }
    this.changed.tell();
  }

  async #storeChoice(id: string): Promise<void> {
    const choice = this.#chosen.get(id);
    if (!choice) {
      return;
    }
    try {
      const session = await this.call<Session>("PATCH", path(id), choice);
      this.#unchoose(id, choice);
      this.#put(session);
    } catch (failure) {
      const problem = asProblem(failure);
      if (problem.unanswered || problem.status >= 500) {
        return;
      }
      this.#unchoose(id, choice);
      this.changed.tell();
      throw problem;
    }
  }

  #unchoose(id: string, choice: Choice): void {
    if (this.#chosen.get(id) === choice) {
      this.#chosen.delete(id);
    }
  }

  #remove(id: string): void {
    clearTimeout(this.#leaving.get(id));
    this.#leaving.delete(id);
    const before = this.#standing(id);
    this.#sessions.delete(id);
    this.#strays.delete(id);
    this.shelf.remove(id, before);
    this.found?.remove(id, before);
    this.#chosen.delete(id);
    this.post.forget(id);
    this.#gone.add(id);
    this.requests = this.requests.filter((request) => request.rootSessionId !== id);
    this.#forget();
    this.changed.tell();
  }

  #ask(request: Request): void {
    this.requests = oldestFirst([...this.requests.filter((one) => one.id !== request.id), request]);
    void this.#look(request.rootSessionId);
    this.changed.tell();
  }

  #settle(id: string): void {
    if (!this.requests.some((request) => request.id === id)) {
      return;
    }
    const forget = () => {
      this.settledElsewhere.delete(id);
      this.requests = this.requests.filter((request) => request.id !== id);
      this.changed.tell();
    };
    if (this.#settledHere.delete(id) || Date.now() < this.#answeredAlong) {
      forget();
      return;
    }
    if (!this.settledElsewhere.has(id)) {
      this.settledElsewhere.add(id);
      setTimeout(forget, SETTLED_FOR);
      this.changed.tell();
    }
  }

  #serve(server: ServerStatus): void {
    const came = this.server?.state !== "running" && server.state === "running";
    this.server = server;
    this.changed.tell();
    this.post.wake();
    if (came) {
      void this.load();
      this.choices.refresh();
    }
  }

  #prefer({ continuePrompt }: { continuePrompt?: unknown }): void {
    if (typeof continuePrompt === "string" && continuePrompt !== this.continuePrompt) {
      this.continuePrompt = continuePrompt;
      this.changed.tell();
    }
  }

  #connection(): void {
    const live = this.stream.connection === "live";
    if (live && !this.#wasLive && this.state !== "loading") {
      // What was missed comes by itself; only what could not be fetched is fetched again.
      if (this.state === "failed" || this.problem) {
        void this.load();
      } else {
        void this.#refresh(false);
        this.post.loadQueues(this.#sessions.values());
      }
    }
    if (live && !this.#wasLive) {
      this.choices.retry();
      [...this.#chosen.keys()].forEach((id) => void this.#storeChoice(id).catch(() => undefined));
    }
    const was = this.#wasLive;
    this.#wasLive = live;
    if (live !== was) {
      this.post.wake();
    }
    this.changed.tell();
  }

  #route(event: ChatEvent): void {
    if (event.type === "chat.message.removed") {
      this.post.outbox.gone(event.data.messageId);
    }
    if (event.type !== "text") {
      this.#conversations.get(event.data.sessionId)?.receive(event);
      return;
    }
    for (const conversation of this.#conversations.values()) {
      if (conversation.has(event.data.part) || conversation.isWaiting) {
        conversation.receive(event);
      }
    }
  }

  /** Forgets the conversations that nothing shows. */
  #forget(): void {
    for (const id of this.#conversations.keys()) {
      if (!this.#sessions.has(id) && !this.#borrowed.has(id)) {
        this.#conversations.delete(id);
      }
    }
  }

  /**
   * Fetches the messages that are missing, a few conversations at a time.
   *
   * @param everything also those that are here, because events were lost
   */
  async #refresh(everything: boolean): Promise<void> {
    const waiting = [...this.cards.map((session) => session.id), ...this.#borrowed.keys()]
      .map((id) => this.conversation(id))
      .filter(({ state }) => everything || state === "new" || state === "failed");
    const next = async (): Promise<void> => {
      for (let one = waiting.shift(); one; one = waiting.shift()) {
        await this.#fetch(one);
      }
    };
    await Promise.all([next(), next(), next()]);
  }

  async #fetch(conversation: Conversation): Promise<void> {
    await (conversation.state === "new" ? conversation.want(PREVIEW) : conversation.load());
    if (conversation.problem) {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.#refresh(false), RETRY_AFTER);
    }
  }
}

function path(sessionId: string): string {
  return `/api/chat/sessions/${encodeURIComponent(sessionId)}`;
}

function oldestFirst(requests: readonly Request[]): Request[] {
  return [...requests].sort((one, other) => one.createdAt.localeCompare(other.createdAt));
}
