import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { CallOptions, Method } from "../../src/shared/api.ts";
import { Problem } from "../../src/shared/api.ts";
import type { Connection } from "../../src/shared/events.ts";
import type { Request, Session } from "../../src/shared/types.ts";
import { type Call, ChatStore } from "../../src/chat/store.ts";
import { partsWith, settled } from "./fakes.ts";

const session = (id: string, change: Partial<Session> = {}): Session => ({
  id,
  title: id,
  workspace: "/w",
  status: "idle",
  active: true,
  createdAt: `2026-01-01T10:00:0${id.slice(-1)}Z`,
  updatedAt: `2026-01-01T11:00:0${id.slice(-1)}Z`,
  ...change,
});

const request = (id: string, sessionId: string): Request => ({
  id,
  sessionId,
  rootSessionId: sessionId,
  type: "permission",
  createdAt: `2026-01-01T10:00:0${id.slice(-1)}Z`,
  permission: "bash",
});

class FakeStream extends EventTarget {
  connection: Connection = "live";
  lastHeard = 0;
  readonly #listeners = new Map<string, ((data: never, id: string | undefined) => void)[]>();

  on(name: string, listener: (data: never, id: string | undefined) => void): () => void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return () => undefined;
  }

  send(name: string, data: unknown, id?: string): void {
    this.#listeners.get(name)?.forEach((listener) => listener(data as never, id));
  }

  become(connection: Connection): void {
    this.connection = connection;
    this.dispatchEvent(new Event("state"));
  }
}

/** An API of lists that can be changed, and that can be told to wait or to fail. */
class FakeApi {
  sessions: Session[] = [];
  requests: Request[] = [];
  /** How many more there are than a page gives. */
  beyond = 0;
  text = "so far";
  cursor = "a-1";
  preferences: unknown = { continuePrompt: "Go on." };
  calls: string[] = [];
  bodies: unknown[] = [];
  failing: Problem | undefined;
  gate: Promise<void> | undefined;

  readonly call = (async (method: Method, path: string, body?: unknown, options?: CallOptions) => {
    this.calls.push(`${method} ${path}`);
    this.bodies.push(body);
    const answer = structuredClone(this.#answer(path));
    await this.gate;
    if (this.failing) {
      throw this.failing;
    }
    options?.headers?.(new Headers({ "x-total-count": String(Array.isArray(answer) ? answer.length + this.beyond : 0) }));
    return answer;
  }) as Call;

  #answer(path: string): unknown {
    if (path.includes("/messages")) {
      return {
        messages: [
          {
            id: "m",
            sessionId: "s",
            role: "assistant",
            createdAt: "2026-01-01T10:00:00Z",
            state: "running",
            parts: [{ id: "p", key: "k", type: "text", text: this.text }],
          },
        ],
        before: null,
        cursor: this.cursor,
        messageId: "sent",
      };
    }
    if (path.includes("active=")) {
      return this.sessions.filter((one) => one.active === path.includes("active=true"));
    }
    if (path.endsWith("/requests")) {
      return this.requests;
    }
    if (path.endsWith("/preferences")) {
      return this.preferences;
    }
    const one = this.sessions.find(({ id }) => path.endsWith(`/sessions/${id}`));
    if (one) {
      return one;
    }
    return { state: "running" };
  }
}

let api: FakeApi;
let stream: FakeStream;
let store: ChatStore;

beforeEach(() => {
  mock.timers.reset();
  api = new FakeApi();
  stream = new FakeStream();
  store = new ChatStore(api.call, stream as never, partsWith());
});

test("cards have the numbers that Nexus gives, and stay in their order while they change", async () => {
  api.sessions = [session("s3", { number: 1 }), session("s1", { number: 10 }), session("s2", { number: 4 }), session("s9", { active: false })];
  await store.load();
  stream.send("chat.session", session("s1", { number: 10, status: "busy", updatedAt: "2026-02-01T00:00:00Z" }));

  assert.deepEqual(store.cards.map((one) => one.id), ["s3", "s2", "s1"]);
  assert.deepEqual(store.rest.map((one) => one.id), ["s9"]);
  assert.equal(store.number("s1"), 10);
  assert.equal(store.number("s9"), 0);
});

test("a session that gets a card comes in at its number, sub-agents get none", async () => {
  api.sessions = [session("s2", { number: 2 }), session("s1", { active: false })];
  await store.load();

  stream.send("chat.session", session("s1", { number: 1 }));
  stream.send("chat.session", session("s5", { parentId: "s2" }));

  assert.deepEqual(store.cards.map((one) => one.id), ["s1", "s2"]);
  assert.deepEqual(store.rest, []);
});

test("a card keeps its number when another one goes", async () => {
  api.sessions = [session("s1", { number: 1 }), session("s2", { number: 2 })];
  await store.load();

  store.deleteLater("s1");

  assert.deepEqual(store.cards.map((one) => one.number), [2]);
  store.keep("s1");
});

test("cards whose numbers are missing take those that are free, in the order of the list", async () => {
  api.sessions = [session("s3"), session("s1", { number: 2 }), session("s4")];
  await store.load();

  assert.deepEqual(store.cards.map((one) => `${one.number} ${one.id}`), ["1 s3", "2 s1", "3 s4"]);
});

test("what is removed leaves the conversation it belongs to", async () => {
  api.sessions = [session("s")];
  await store.load();

  stream.send("chat.part.removed", { sessionId: "s", messageId: "m", partId: "p" }, "a-2");
  assert.deepEqual(store.conversation("s").answer?.parts, []);
  stream.send("chat.message.removed", { sessionId: "s", messageId: "m" }, "a-3");

  assert.deepEqual(store.conversation("s").entries, []);
});

test("events that come while the lists are on their way are not lost", async () => {
  api.sessions = [session("s1"), session("s2")];
  let open: () => void = () => undefined;
  api.gate = new Promise((resolve) => (open = resolve));
  const loaded = store.load();
  stream.send("chat.session", session("s1", { status: "busy" }));
  stream.send("chat.session.removed", { sessionId: "s2" });
  stream.send("chat.request", request("r1", "s1"));
  open();
  await loaded;

  assert.equal(store.session("s1")?.status, "busy");
  assert.equal(store.session("s2"), undefined);
  assert.deepEqual(store.requests.map((one) => one.id), ["r1"]);
});

test("a text goes to the conversation that knows its key, after the cursor, once", async () => {
  api.sessions = [session("s1")];
  await store.load();

  stream.send("text", { part: "k", text: " old" }, "a-1");
  stream.send("text", { part: "k", text: " new" }, "a-2");
  stream.send("text", { part: "k", text: " new" }, "a-2");
  stream.send("text", { part: "unknown", text: "x" }, "a-3");

  assert.equal(store.conversation("s1").answer?.text, "so far new");
});

test("a gap fetches the lists and the conversations again", async () => {
  api.sessions = [session("s1")];
  await store.load();
  api.text = "so far and what was missed";
  api.cursor = "b-7";
  api.sessions = [session("s1", { status: "failed" })];

  stream.dispatchEvent(new Event("gap"));
  await settled();
  stream.send("text", { part: "k", text: "!" }, "b-8");

  assert.equal(store.session("s1")?.status, "failed");
  assert.equal(store.conversation("s1").answer?.text, "so far and what was missed!");
});

test("a first fetch that fails says why, and is tried again when the line is back", async () => {
  api.failing = new Problem(0, "offline", "away");
  stream.connection = "offline";
  stream.become("offline");
  await store.load();
  assert.equal(store.state, "failed");
  assert.equal(store.problem?.detail, "away");

  api.failing = undefined;
  api.sessions = [session("s1")];
  stream.become("live");
  await settled();

  assert.equal(store.state, "ready");
  assert.deepEqual(store.cards.map((one) => one.id), ["s1"]);
});

test("requests are oldest first; one that is answered here goes at once", async () => {
  api.sessions = [session("s1")];
  api.requests = [request("r2", "s1"), request("r1", "s1")];
  await store.load();
  assert.deepEqual(store.requestsOf("s1").map((one) => one.id), ["r1", "r2"]);

  await store.allow(store.requests[0]!, "once");
  stream.send("chat.request.settled", { id: "r1" });

  assert.deepEqual(store.requests.map((one) => one.id), ["r2"]);
  assert.deepEqual(api.bodies.at(-1), { reply: "once", message: undefined });
});

test("a request of a helper waits at the card that asked for the helper", async () => {
  api.sessions = [session("s1")];
  api.requests = [{ ...request("r1", "child"), rootSessionId: "s1" }];
  await store.load();

  assert.deepEqual(store.requestsOf("s1").map((one) => one.id), ["r1"]);
  assert.deepEqual(store.requestsOf("child"), []);
});

test("the messages of a helper are kept while they are shown somewhere", async () => {
  api.sessions = [session("s1")];
  await store.load();

  const first = store.borrow("child");
  const second = store.borrow("child");
  await settled();
  first();
  const kept = store.conversation("child");
  stream.send("text", { part: "k", text: "!" }, "a-2");
  assert.equal(kept.answer?.text, "so far!");
  second();

  assert.notEqual(store.conversation("child"), kept);
});

test("the messages are fetched again when something was taken back, or brought back", async () => {
  api.sessions = [session("s1")];
  await store.load();
  api.text = "before";

  stream.send("chat.session", session("s1", { revert: { messageId: "m", files: [] } }));
  await settled();

  assert.equal(store.conversation("s1").answer?.text, "before");
});

test("a request answered elsewhere is shown as such for a moment", async () => {
  api.sessions = [session("s1")];
  api.requests = [request("r1", "s1")];
  await store.load();
  mock.timers.enable({ apis: ["setTimeout"] });

  stream.send("chat.request.settled", { id: "r1" });
  assert.ok(store.settledElsewhere.has("r1"));
  assert.equal(store.requests.length, 1);
  mock.timers.tick(5_000);

  assert.deepEqual(store.requests, []);
  assert.equal(store.settledElsewhere.size, 0);
});

test("a request that is not there any more counts as answered", async () => {
  api.sessions = [session("s1")];
  api.requests = [request("r1", "s1")];
  await store.load();
  mock.timers.enable({ apis: ["setTimeout"] });
  api.failing = new Problem(404, "unknown-request", "gone");

  await store.answer(store.requests[0]!, null);

  assert.ok(store.settledElsewhere.has("r1"));
});

test("a deleted session can be had back for ten seconds, then it is deleted", async () => {
  api.sessions = [session("s1"), session("s2")];
  await store.load();
  mock.timers.enable({ apis: ["setTimeout"] });

  store.deleteLater("s1");
  assert.deepEqual(store.cards.map((one) => one.id), ["s2"]);
  store.keep("s1");
  assert.deepEqual(store.cards.map((one) => one.id), ["s1", "s2"]);
  mock.timers.tick(20_000);
  assert.ok(!api.calls.some((call) => call.startsWith("DELETE")));

  store.deleteLater("s2");
  mock.timers.tick(10_000);

  assert.equal(api.calls.at(-1), "DELETE /api/chat/sessions/s2");
});

test("a page that is left deletes at once what was about to be deleted", async () => {
  api.sessions = [session("s1")];
  await store.load();
  store.deleteLater("s1");

  assert.deepEqual(store.takeLeaving(), ["s1"]);
  assert.deepEqual(store.takeLeaving(), []);
});

test("a message that is refused does not stay in the conversation, and is in the box again", async () => {
  api.sessions = [session("s1")];
  await store.load();
  api.failing = new Problem(422, "invalid-field", "too long");

  await store.send("s1", { text: "Hello" });
  await settled();

  assert.deepEqual(store.conversation("s1").sending, []);
  const { text, problem } = store.post.drafts.of("s1");
  assert.deepEqual([text, problem], ["Hello", "too long"]);
});

test("a message waits while OpenCode does not run, and goes out when it does", async () => {
  api.sessions = [session("s1")];
  await store.load();
  stream.send("server.state", { state: "stopped" });

  await store.send("s1", { text: "Hello" });
  await settled();
  assert.match(store.conversation("s1").sending[0]!.waits!, /^Goes out when OpenCode runs again\. Keep this page open/);
  assert.ok(!api.calls.some((call) => call.startsWith("POST")));
  stream.send("server.state", { state: "running" });
  await settled();

  assert.equal(api.calls.filter((call) => call === "POST /api/chat/sessions/s1/messages").length, 1);
});

test("it says why a message would have to wait", async () => {
  await store.load();
  assert.equal(store.obstacle, undefined);

  stream.send("server.state", { state: "failed" });
  assert.match(store.obstacle!.words, /OpenCode/);
  stream.become("offline");
  assert.match(store.obstacle!.words, /online/);
});

test("a choice is shown at once, stored, and goes along with the next message", async () => {
  api.sessions = [session("s1", { model: "a/one" })];
  await store.load();
  stream.become("offline");
  api.failing = new Problem(0, "offline", "away");
  await store.choose("s1", { model: "b/two" });
  assert.equal(store.modelOf(store.session("s1")!), "b/two");

  api.failing = undefined;
  stream.become("live");
  await settled();
  await store.send("s1", { text: "Hello" });
  await settled();

  assert.deepEqual(api.bodies[api.calls.indexOf("PATCH /api/chat/sessions/s1")], { model: "b/two" });
  const sent = api.bodies[api.calls.indexOf("POST /api/chat/sessions/s1/messages")] as { text: string; model?: string };
  assert.equal(sent.text, "Hello");
});

test("a choice that is refused is taken back", async () => {
  api.sessions = [session("s1", { agent: "build" })];
  await store.load();
  api.failing = new Problem(422, "invalid-field", "no such agent");

  await assert.rejects(store.choose("s1", { agent: "gone" }), { code: "invalid-field" });

  assert.equal(store.agentOf(store.session("s1")!), "build");
});

test("sessions without a card are fetched by page, and counted", async () => {
  const away = Array.from({ length: 50 }, (_, place) => session(`a${place}`, { active: false, updatedAt: "2025-01-01T00:00:00Z" }));
  api.sessions = [session("s1"), ...away];
  api.beyond = 1_234;
  await store.load();

  assert.ok(api.calls.includes("GET /api/chat/sessions?active=false&limit=50"));
  assert.equal(store.away, 1_284);

  stream.send("chat.session", session("s1", { active: false }));
  store.deleteLater("a7");

  assert.equal(store.away, 1_284);
  assert.deepEqual(store.cards, []);
  assert.ok(!store.rest.some((one) => one.id === "a7"));
  store.keep("a7");
});

test("something that waits in a session on no page is shown with its title", async () => {
  api.sessions = [session("s1")];
  await store.load();
  api.sessions = [session("s1"), session("s8", { active: false, title: "Far away" })];

  stream.send("chat.request", request("r2", "s8"));
  await settled();

  assert.equal(store.session("s8")?.title, "Far away");
});

test("a card that moves is shown at its new number at once", async () => {
  api.sessions = [session("s1", { number: 1 }), session("s2", { number: 2 }), session("s3", { number: 3 })];
  await store.load();

  const saved = store.move("s3", 1);

  assert.deepEqual(store.cards.map((one) => `${one.number} ${one.id}`), ["1 s3", "2 s1", "3 s2"]);
  await saved;
  assert.deepEqual(api.bodies.at(-1), { number: 1 });
});

test("numbers told while cards are on their way count afterwards", async () => {
  api.sessions = [session("s1", { number: 1 }), session("s2", { number: 2 }), session("s3", { number: 3 })];
  await store.load();
  let open: () => void = () => undefined;
  api.gate = new Promise((resolve) => (open = resolve));
  const saved = store.move("s3", 1);

  stream.send("chat.session", session("s3", { number: 2, title: "Renamed" }));
  stream.send("chat.session", session("s2", { number: 3 }));
  assert.deepEqual(store.cards.map((one) => one.id), ["s3", "s1", "s2"]);
  assert.equal(store.session("s3")?.title, "Renamed");
  open();
  await saved;

  assert.equal(store.session("s3")?.number, 2);
});

test("a card that could not be moved goes back", async () => {
  api.sessions = [session("s1", { number: 1 }), session("s2", { number: 2 })];
  await store.load();
  const { call } = api;
  let refused = false;
  const moving = new ChatStore(
    (async (method: Method, path: string, body?: unknown, options?: CallOptions) => {
      if (method === "PATCH") {
        refused = true;
        throw new Problem(409, "not-active", "This session has no card.");
      }
      return call(method, path, body, options);
    }) as Call,
    stream as never,
  );
  await moving.load();

  await assert.rejects(moving.move("s2", 1), { code: "not-active" });
  await settled();

  assert.ok(refused);
  assert.deepEqual(moving.cards.map((one) => one.id), ["s1", "s2"]);
});

test("a session that could not be deleted comes back, and its owner is told", async () => {
  api.sessions = [session("s1")];
  await store.load();
  mock.timers.enable({ apis: ["setTimeout"] });
  api.failing = new Problem(503, "server-not-running", "OpenCode is not running.");
  let told: unknown;

  store.deleteLater("s1", (failure) => (told = failure));
  mock.timers.tick(10_000);
  await settled();

  assert.deepEqual(store.cards.map((one) => one.id), ["s1"]);
  assert.equal((told as Problem).code, "server-not-running");
});

test("requests that go along with a rejection are not answered by another device", async () => {
  api.sessions = [session("s1")];
  api.requests = [request("r1", "s1"), request("r2", "s1")];
  await store.load();

  await store.allow(store.requests[0]!, "reject");
  stream.send("chat.request.settled", { id: "r2" });

  assert.deepEqual(store.requests, []);
  assert.equal(store.settledElsewhere.size, 0);
});

test("a fork is a card at once, and what was undone is told by the session", async () => {
  api.sessions = [session("s1")];
  await store.load();
  const call = mock.fn(async (_: Method, path: string) => {
    if (path.includes("/messages")) {
      return { messages: [], before: null, cursor: "a-1" };
    }
    return path.endsWith("/fork") ? session("s2") : session("s1", { revert: { messageId: "m", files: [] } });
  });
  const other = new ChatStore(call as unknown as Call, stream as never);

  await other.history.fork("s1", "msg_1");
  await other.history.fork("s1");
  await other.history.undo("s1", "m");

  assert.deepEqual(call.mock.calls.map(({ arguments: [method, path] }) => `${method} ${path}`).filter((one) => one.startsWith("POST")), [
    "POST /api/chat/sessions/s1/fork",
    "POST /api/chat/sessions/s1/fork",
    "POST /api/chat/sessions/s1/revert",
  ]);
  assert.deepEqual(other.cards.map((card) => card.id).sort(), ["s1", "s2"]);
  assert.equal(other.session("s1")?.revert?.messageId, "m");
});

test("addresses of pictures and exports hold no more than ids", () => {
  assert.equal(
    store.history.pictureUrl("s/1", "m&1", "p?1"),
    "/api/chat/sessions/s%2F1/attachments/p%3F1?messageId=m%261",
  );
  assert.equal(store.history.exportUrl("s1", "json"), "/api/chat/sessions/s1/export?format=json");
});

test("what Continue sends is what the owner has set, and changes on pages that are open", async () => {
  assert.equal(store.continuePrompt, "Continue where you stopped.");
  await store.load();
  assert.equal(store.continuePrompt, "Go on.");

  let told = 0;
  store.changed.listen(() => told++);
  stream.send("settings", { group: "chat", values: { continuePrompt: "Go on.\nTests first." } });
  assert.equal(store.continuePrompt, "Go on.\nTests first.");
  assert.equal(told, 1);
  stream.send("settings", { group: "restart", values: { continuePrompt: "Not mine" } });
  stream.send("settings", { group: "chat", values: {} });
  stream.send("settings", { group: "chat", values: { continuePrompt: 7 } });
  assert.equal(store.continuePrompt, "Go on.\nTests first.");
  assert.equal(told, 1);
});

test("a change that comes while everything is fetched is not undone by what was fetched before it", async () => {
  let open = () => {};
  api.gate = new Promise((resolve) => (open = resolve));
  const loading = store.load();
  stream.send("settings", { group: "chat", values: { continuePrompt: "Newer." } });
  open();
  await loading;
  assert.equal(store.continuePrompt, "Newer.");
});
