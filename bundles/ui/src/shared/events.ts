import { toLogin } from "./api.ts";
import { isAfter } from "./event-id.ts";
import { type Frame, FrameReader } from "./frames.ts";
import type { EventData, EventName } from "./types.ts";

/** How the line stands. `offline` is a `reconnecting` that has lasted. */
export type Connection = "connecting" | "live" | "reconnecting" | "offline";

/** How events come: a stream asked for with GET or with POST, or one question after the other. */
export type Transport = "get" | "post" | "poll";

interface Hello {
  epoch: string;
  verdict: "ok" | "gap";
  /** The event id after which the stream continues. */
  cursor: string;
}

/** One event of Nexus. */
export class NexusEvent<T = unknown> extends Event {
  constructor(
    type: string,
    readonly id: string | undefined,
    readonly data: T,
  ) {
    super(type);
  }
}

const HELLO_WITHIN = 3_000;
const SILENCE = 40_000;
const OFFLINE_AFTER = 10_000;
const POLL_ANSWER_WITHIN = 40_000;
const MEASURE_EVERY = 20_000;
const MEASURES = 3;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;
const FIRST_UPGRADE = 2 * 60_000;
const LONGEST_UPGRADE = 15 * 60_000;
const REMEMBERED = "nexus.transport";

/** How one try ended, how long to wait before the next, and in what words Nexus refused. */
interface Outcome {
  ending: "bye" | "ended" | "silent" | "failed" | "upgrade" | "out";
  pause?: number;
  reason?: string;
}

/**
 * The one stream of events of a page. It comes back by itself after every loss and continues where it was, so that each
 * event is seen once and in order. When that is not possible `gap` is dispatched: fetch again what is shown.
 *
 * Besides the events of Nexus it dispatches `hello` (connected; load the page's content on the first one), `gap` and
 * `state` (any of {@link connection}, {@link transport}, {@link delay} changed).
 */
export class EventStream extends EventTarget {
  #connection: Connection = "connecting";
  #transport: Transport = "get";
  #delay: number | undefined;
  #lastHeard: number | undefined;
  #last: string | undefined;
  #life: AbortController | undefined;
  #attempt: AbortController | undefined;
  #wake: (() => void) | undefined;
  #lostTimer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #upgrade = FIRST_UPGRADE;
  #greeted = false;
  #reason: string | undefined;

  constructor(private readonly topics: readonly string[] = []) {
    super();
  }

  get connection(): Connection {
    return this.#connection;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** Milliseconds of a round trip to Nexus, as measured lately. */
  get delay(): number | undefined {
    return this.#delay;
  }

  /** When something was heard last, in milliseconds since 1970. */
  get lastHeard(): number | undefined {
    return this.#lastHeard;
  }

  /** Why Nexus refuses to send events, in its words; undefined when it does not, or does not answer at all. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Id of the newest event that was handed out. */
  get cursor(): string | undefined {
    return this.#last;
  }

  /** Listens to one kind of event. Call the answer to stop. */
  on<K extends EventName>(name: K, listener: (data: EventData[K], id: string | undefined) => void): () => void {
    const wrapped = (event: Event) => {
      const { data, id } = event as NexusEvent<EventData[K]>;
      listener(data, id);
    };
    this.addEventListener(name, wrapped);
    return () => this.removeEventListener(name, wrapped);
  }

  /** Connects, and stays connected until {@link close}. Does nothing when it already is. */
  start(): void {
    if (this.#life) {
      return;
    }
    const life = new AbortController();
    this.#life = life;
    this.#transport = remembered();
    const { signal } = life;
    const hurry = () => this.#hurry();
    addEventListener("online", hurry, { signal });
    addEventListener("offline", () => void this.#measure(signal), { signal });
    addEventListener("pagehide", () => this.close(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry(), { signal });
    const measuring = setInterval(() => {
      if (document.visibilityState === "visible" && this.#connection === "live") {
        void this.#measure(signal);
      }
    }, MEASURE_EVERY);
    signal.addEventListener("abort", () => clearInterval(measuring));
    this.#lost("connecting");
    void this.#run(signal);
  }

  /** Ends the stream. A page that comes back from the browser's cache connects again. */
  close(): void {
    if (!this.#life) {
      return;
    }
    this.#life.abort();
    this.#life = undefined;
    clearTimeout(this.#lostTimer);
    addEventListener("pageshow", (event) => event.persisted && this.start(), { once: true });
  }

  /** Asks for a new try now instead of after the pause. */
  #hurry(): void {
    if (this.#connection === "live" && Date.now() - (this.#lastHeard ?? 0) > SILENCE) {
      this.#attempt?.abort();
    }
    this.#failures = 0;
    this.#wake?.();
  }

  async #run(life: AbortSignal): Promise<void> {
    while (!life.aborted) {
      this.#greeted = false;
      const began = Date.now();
      const { ending, pause, reason } = await this.#try(life);
      this.#reason = reason;
      if (life.aborted || ending === "out") {
        return;
      }
      if (ending === "upgrade") {
        this.#transport = "get";
        continue;
      }
      if (ending === "silent" && this.#transport !== "poll") {
        this.#transport = this.#transport === "get" ? "post" : "poll";
        continue;
      }
      if (this.#greeted && Date.now() - began > 5_000) {
        this.#failures = 0;
      }
      this.#lost("reconnecting");
      const wait = ending === "bye" && this.#greeted ? FIRST_PAUSE / 2 : FIRST_PAUSE * 2 ** this.#failures;
      this.#failures = Math.min(this.#failures + 1, 10);
      await this.#sleep(pause ?? Math.min(wait, LONGEST_PAUSE) * (0.5 + Math.random() / 2), life);
    }
  }

  async #try(life: AbortSignal): Promise<Outcome> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const end = () => attempt.abort();
    life.addEventListener("abort", end);
    try {
      return this.#transport === "poll" ? await this.#poll(attempt) : await this.#read(attempt);
    } catch {
      return { ending: "failed" };
    } finally {
      life.removeEventListener("abort", end);
      attempt.abort();
    }
  }

  /** Reads one stream to its end. */
  async #read(attempt: AbortController): Promise<Outcome> {
    const outcome: Outcome = { ending: "ended" };
    let watch = setTimeout(() => {
      outcome.ending = "silent";
      attempt.abort();
    }, HELLO_WITHIN);
    const post = this.#transport === "post";
    try {
      const response = await fetch(this.#address(), {
        method: post ? "POST" : "GET",
        headers: post
          ? { accept: "text/event-stream", "content-type": "application/json" }
          : { accept: "text/event-stream" },
        body: post ? "{}" : undefined,
        cache: "no-store",
        credentials: "same-origin",
        redirect: "error",
        signal: attempt.signal,
      });
      if (!response.ok || !response.body) {
        return await refused(response);
      }
      const frames = new FrameReader((frame) => {
        if (this.#handle(frame) === "bye") {
          outcome.ending = "bye";
        }
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return outcome;
        }
        this.#lastHeard = Date.now();
        frames.push(value);
        if (this.#greeted) {
          clearTimeout(watch);
          watch = setTimeout(() => attempt.abort(), SILENCE);
        }
      }
    } catch (failure) {
      // A greeting that did not come means that somebody on the way holds the stream back; anything else is a loss.
      if (outcome.ending !== "ended") {
        return outcome;
      }
      throw failure;
    } finally {
      clearTimeout(watch);
    }
  }

  /** Asks again and again. After a while it gives the stream another chance. */
  async #poll(attempt: AbortController): Promise<Outcome> {
    const until = Date.now() + this.#upgrade;
    this.#upgrade = Math.min(this.#upgrade * 2, LONGEST_UPGRADE);
    while (Date.now() < until) {
      const asked = Date.now();
      const watch = setTimeout(() => attempt.abort(), POLL_ANSWER_WITHIN);
      let answer: { events: { id?: string; event: string; data: unknown }[]; cursor: string };
      try {
        const response = await fetch(this.#address("poll"), {
          headers: { accept: "application/json" },
          cache: "no-store",
          credentials: "same-origin",
          redirect: "error",
          signal: attempt.signal,
        });
        if (!response.ok) {
          return await refused(response);
        }
        answer = await response.json();
      } finally {
        clearTimeout(watch);
      }
      this.#lastHeard = Date.now();
      let bye = false;
      for (const { id, event, data } of answer.events) {
        bye = this.#deliver(id, event, typeof data === "string" ? JSON.parse(data) : data) === "bye" || bye;
      }
      if (!this.#greeted) {
        this.#greet({ epoch: "", verdict: "ok", cursor: answer.cursor });
      }
      if (bye) {
        return { ending: "bye" };
      }
      const quick = answer.events.length === 0 && Date.now() - asked < 1_000;
      await this.#sleep(quick ? 1_000 : 0, attempt.signal);
      attempt.signal.throwIfAborted();
    }
    return { ending: "upgrade" };
  }

  #address(mode?: string): string {
    const query = new URLSearchParams();
    if (mode) {
      query.set("mode", mode);
    }
    if (this.topics.length > 0) {
      query.set("topics", this.topics.join(","));
    }
    if (this.#last) {
      query.set("after", this.#last);
    }
    return query.size > 0 ? `/api/events?${query}` : "/api/events";
  }

  #handle(frame: Frame): "bye" | undefined {
    let data: unknown;
    try {
      data = JSON.parse(frame.data);
    } catch {
      // An event that cannot be read is an event that was missed.
      this.dispatchEvent(new Event("gap"));
      return undefined;
    }
    return this.#deliver(frame.id, frame.event, data);
  }

  #deliver(id: string | undefined, name: string, data: unknown): "bye" | undefined {
    if (name === "hello") {
      this.#greet(data as Hello);
      return undefined;
    }
    if (name === "bye") {
      return "bye";
    }
    if (id !== undefined) {
      // Of another start of Nexus it is new: the greeting has told of the gap between.
      if (this.#last !== undefined && isAfter(id, this.#last) === false) {
        return undefined;
      }
      this.#last = id;
    }
    this.dispatchEvent(new NexusEvent(name, id, data));
    return undefined;
  }

  #greet(hello: Hello): void {
    const first = this.#last === undefined;
    if (first || hello.verdict === "gap") {
      this.#last = hello.cursor;
    }
    const again = this.#greeted;
    this.#greeted = true;
    if (again && hello.verdict === "ok") {
      return;
    }
    clearTimeout(this.#lostTimer);
    this.#lastHeard = Date.now();
    if (this.#transport !== "poll") {
      this.#upgrade = FIRST_UPGRADE;
    }
    remember(this.#transport);
    this.#become("live");
    this.dispatchEvent(new NexusEvent("hello", undefined, hello));
    if (hello.verdict === "gap") {
      this.dispatchEvent(new Event("gap"));
    }
    if (this.#delay === undefined && this.#life) {
      void this.#measure(this.#life.signal);
    }
  }

  /** Times a round trip. A stream on which nothing arrives any more is found out by the way. */
  async #measure(life: AbortSignal): Promise<void> {
    let took = Number.POSITIVE_INFINITY;
    try {
      // The shortest of a few: the others waited for a connection, or for the page to have time.
      for (let i = 0; i < MEASURES; i++) {
        const began = performance.now();
        const response = await fetch("/api/health", {
          cache: "no-store",
          signal: AbortSignal.any([life, AbortSignal.timeout(8_000)]),
        });
        await response.arrayBuffer();
        took = Math.min(took, performance.now() - began);
      }
    } catch {
      if (!life.aborted && this.#connection === "live") {
        this.#attempt?.abort();
      }
      return;
    }
    this.#delay = this.#delay === undefined ? took : this.#delay * 0.5 + took * 0.5;
    this.dispatchEvent(new Event("state"));
  }

  #lost(state: "connecting" | "reconnecting"): void {
    if (this.#connection === "live" || state === "connecting") {
      this.#become(state);
      clearTimeout(this.#lostTimer);
      this.#lostTimer = setTimeout(() => this.#become("offline"), OFFLINE_AFTER);
    }
    if (state === "reconnecting" && navigator.onLine === false) {
      this.#become("offline");
    }
  }

  #become(connection: Connection): void {
    if (this.#connection !== connection) {
      this.#connection = connection;
      this.dispatchEvent(new Event("state"));
    }
  }

  #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done);
      this.#wake = done;
    });
  }
}

async function refused(response: Response): Promise<Outcome> {
  if (response.status === 401) {
    void response.body?.cancel();
    toLogin();
    return { ending: "out" };
  }
  const retryAfter = Number(response.headers.get("retry-after"));
  const body = await response.json().catch(() => undefined);
  return {
    ending: "failed",
    pause: retryAfter > 0 ? Math.min(retryAfter, 60) * 1000 : undefined,
    reason: typeof body?.detail === "string" ? body.detail : undefined,
  };
}

function remembered(): Transport {
  try {
    const known = sessionStorage.getItem(REMEMBERED);
    return known === "post" || known === "poll" ? known : "get";
  } catch {
    return "get";
  }
}

function remember(transport: Transport): void {
  try {
    sessionStorage.setItem(REMEMBERED, transport);
  } catch {
    // Without storage the next page finds out anew.
  }
}

/** The stream of this page. */
export const events = new EventStream();
