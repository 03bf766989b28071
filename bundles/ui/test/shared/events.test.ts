import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { EventStream, type NexusEvent } from "../../src/shared/events.ts";

const world = globalThis as unknown as Record<string, unknown>;
const encoder = new TextEncoder();
let asked: Line[] = [];
let stream: EventStream;
let seen: string[] = [];
let states: string[] = [];
let went: string[] = [];
let stored: Map<string, string>;

/** The other end of one request for events. */
class Line {
  readonly response: Promise<Response>;
  #answer!: (response: Response) => void;
  #fail!: (failure: unknown) => void;
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(
    readonly url: string,
    readonly init: RequestInit,
  ) {
    this.response = new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#fail = reject;
    });
    init.signal?.addEventListener("abort", () => {
      this.#fail(init.signal!.reason);
      try {
        this.#body?.error(init.signal!.reason);
      } catch {
        // Ended already.
      }
    });
  }

  open(): void {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#body = controller) });
    this.#answer(new Response(body, { status: 200 }));
  }

  send(text: string): void {
    this.#body!.enqueue(encoder.encode(text));
  }

  event(id: string, name: string, data: unknown): void {
    this.send(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  hello(verdict: "ok" | "gap", cursor: string): void {
    this.event(cursor, "hello", { epoch: cursor.split("-")[0], verdict, cursor });
  }

  answer(value: unknown): void {
    this.#answer(Response.json(value));
  }

  refuse(status: number, headers: Record<string, string> = {}, body: unknown = {}): void {
    this.#answer(new Response(JSON.stringify(body), { status, headers }));
  }

  cut(): void {
    this.#body!.error(new TypeError("network"));
  }

  unreachable(): void {
    this.#fail(new TypeError("fetch failed"));
  }

  get query(): URLSearchParams {
    return new URL(this.url, "http://nexus").searchParams;
  }
}

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function pass(milliseconds: number): Promise<void> {
  await settle();
  mock.timers.tick(milliseconds);
  await settle();
}

async function newest(): Promise<Line> {
  await settle();
  const line = asked.at(-1);
  assert.ok(line, "nothing was asked for");
  return line;
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  mock.method(Math, "random", () => 1);
  asked = [];
  seen = [];
  states = [];
  went = [];
  stored = new Map();
  const page = new EventTarget();
  world.addEventListener = page.addEventListener.bind(page);
  world.removeEventListener = page.removeEventListener.bind(page);
  world.dispatchEvent = page.dispatchEvent.bind(page);
  world.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  world.location = { pathname: "/", search: "", hash: "", assign: (to: string) => went.push(to) };
  world.sessionStorage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  };
  Object.defineProperty(world, "navigator", { value: { onLine: true }, configurable: true });
  world.fetch = (url: string, init: RequestInit) => {
    if (url === "/api/health") {
      return Promise.resolve(Response.json({ status: "up" }));
    }
    const line = new Line(url, init);
    asked.push(line);
    return line.response;
  };
  stream = new EventStream();
  for (const name of ["text", "chat.session"]) {
    stream.addEventListener(name, (event) => seen.push((event as NexusEvent).id!));
  }
  stream.addEventListener("gap", () => seen.push("gap"));
  stream.addEventListener("hello", () => seen.push("hello"));
  stream.addEventListener("state", () => states.push(stream.connection));
});

afterEach(() => {
  stream.close();
  mock.timers.reset();
  mock.restoreAll();
});

async function connected(): Promise<Line> {
  stream.start();
  const line = await newest();
  line.open();
  line.hello("ok", "1-10");
  await settle();
  return line;
}

test("events are handed out in order, each once", async () => {
  const line = await connected();
  line.event("1-11", "text", { part: "k", text: "a" });
  line.event("1-12", "text", { part: "k", text: "b" });
  line.event("1-12", "text", { part: "k", text: "b" });
  line.event("1-11", "text", { part: "k", text: "a" });
  line.event("1-13", "chat.session", { id: "s" });
  await settle();

  assert.deepEqual(seen, ["hello", "1-11", "1-12", "1-13"]);
  assert.equal(stream.connection, "live");
  assert.equal(stream.cursor, "1-13");
});

test("after a cut it continues where it was, without a gap", async () => {
  const line = await connected();
  line.event("1-11", "text", { part: "k", text: "a" });
  await settle();
  line.cut();
  await settle();
  assert.equal(stream.connection, "reconnecting");
  await pass(500);

  const next = await newest();
  assert.equal(asked.length, 2);
  assert.equal(next.query.get("after"), "1-11");
  next.open();
  next.hello("ok", "1-11");
  next.event("1-11", "text", { part: "k", text: "a" });
  next.event("1-12", "text", { part: "k", text: "b" });
  await settle();

  assert.deepEqual(seen, ["hello", "1-11", "hello", "1-12"]);
  assert.equal(stream.connection, "live");
});

test("a gap is told, and the stream goes on from where Nexus is", async () => {
  const line = await connected();
  line.cut();
  await pass(500);
  const next = await newest();
  next.open();
  next.hello("gap", "2-5");
  next.event("2-6", "text", { part: "k", text: "b" });
  await settle();

  assert.deepEqual(seen, ["hello", "hello", "gap", "2-6"]);
  assert.equal(stream.cursor, "2-6");
});

test("an event that cannot be read counts as a gap and ends nothing", async () => {
  const line = await connected();
  line.send("id: 1-11\nevent: text\ndata: {broken\n\n");
  line.event("1-12", "text", { part: "k", text: "b" });
  await settle();

  assert.deepEqual(seen, ["hello", "gap", "1-12"]);
});

test("a stream that ends on purpose is asked for again soon", async () => {
  const line = await connected();
  line.event("1-11", "bye", { reason: "swap" });
  line.cut();
  await pass(250);

  assert.equal(asked.length, 2);
});

test("pauses grow while Nexus is away, and it is called offline after a while", async () => {
  const line = await connected();
  line.cut();
  await settle();
  for (const pause of [500, 1_000, 2_000, 4_000]) {
    await pass(pause - 1);
    const before = asked.length;
    await pass(1);
    assert.equal(asked.length, before + 1, `asked again after ${pause}`);
    (await newest()).unreachable();
    await settle();
  }
  assert.equal(stream.connection, "reconnecting");
  await pass(3_000);
  assert.equal(stream.connection, "offline");

  await pass(5_000);
  const back = await newest();
  back.open();
  back.hello("ok", "1-10");
  await settle();
  assert.deepEqual(states.filter((state, index) => state !== states[index - 1]), [
    "live",
    "reconnecting",
    "offline",
    "live",
  ]);
});

test("being back online is not waited for", async () => {
  const line = await connected();
  line.cut();
  await settle();
  (world.dispatchEvent as (event: Event) => void)(new Event("online"));
  await settle();

  assert.equal(asked.length, 2);
});

test("a line that falls silent is given up", async () => {
  const line = await connected();
  await pass(39_000);
  line.send(":\n\n");
  await settle();
  await pass(39_000);
  assert.equal(asked.length, 1);
  await pass(1_500);
  await pass(1_500);

  assert.equal(asked.length, 2);
});

test("a stream that is held back is asked for with POST, then event by event", async () => {
  stream.start();
  await newest();
  await pass(3_000);
  const post = await newest();
  assert.equal(post.init.method, "POST");
  post.open();
  await pass(3_000);
  const poll = await newest();
  assert.equal(poll.query.get("mode"), "poll");
  poll.answer({
    events: [{ id: "1-10", event: "hello", data: { epoch: "1", verdict: "ok", cursor: "1-10" } }],
    cursor: "1-10",
  });
  await settle();
  assert.equal(stream.connection, "live");
  assert.equal(stream.transport, "poll");
  await pass(1);

  const second = await newest();
  assert.equal(second.query.get("after"), "1-10");
  second.answer({ events: [{ id: "1-11", event: "text", data: { part: "k", text: "a" } }], cursor: "1-11" });
  await settle();

  assert.deepEqual(seen, ["hello", "1-11"]);
});

test("polling does not become a busy loop, and gives the stream another chance", async () => {
  stored.set("nexus.transport", "poll");
  stream.start();
  (await newest()).answer({ events: [], cursor: "1-10" });
  await settle();
  await pass(999);
  assert.equal(asked.length, 1);
  await pass(1);
  assert.equal(asked.length, 2);

  await pass(130_000);
  // The poll that nobody answered was given up; polling began anew and ends at its time.
  for (let i = 0; i < 20 && asked.at(-1)!.query.get("mode") === "poll"; i++) {
    asked.at(-1)!.answer({ events: [], cursor: "1-10" });
    await settle();
    await pass(60_000);
  }
  assert.equal(asked.at(-1)!.query.get("mode"), null);
  assert.equal(asked.at(-1)!.query.get("after"), "1-10");
});

test("an ended login leads to the login page, and nothing is asked for any more", async () => {
  stream.start();
  (await newest()).refuse(401);
  await settle();
  await pass(60_000);

  assert.deepEqual(went, ["/login"]);
  assert.equal(asked.length, 1);
});

test("the words of a refusal are kept until it is over", async () => {
  stream.start();
  (await newest()).refuse(429, {}, { detail: "Twenty tabs are open. Close one." });
  await settle();
  assert.equal(stream.reason, "Twenty tabs are open. Close one.");
  await pass(500);
  const line = await newest();
  line.open();
  line.hello("ok", "1-10");
  await settle();
  line.cut();
  await settle();
  assert.equal(stream.reason, undefined);
});

test("a refusal that says how long to wait is obeyed", async () => {
  stream.start();
  (await newest()).refuse(503, { "retry-after": "7" });
  await settle();
  await pass(6_999);
  assert.equal(asked.length, 1);
  await pass(1);
  assert.equal(asked.length, 2);
});

test("after it is closed nothing is asked for", async () => {
  const line = await connected();
  stream.close();
  await pass(60_000);

  assert.equal(line.init.signal!.aborted, true);
  assert.equal(asked.length, 1);
});
