import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { api, Problem, seconds, wayBack } from "../../src/shared/api.ts";

type Answer = (request: { url: string; init: RequestInit }) => Response | Promise<Response>;
const world = globalThis as unknown as Record<string, unknown>;
let went: string[] = [];
let asked: { url: string; init: RequestInit }[] = [];

function answering(answer: Answer): void {
  world.fetch = async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return answer({ url, init });
  };
}

function problem(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}

async function failure(call: Promise<unknown>): Promise<Problem> {
  try {
    await call;
  } catch (thrown) {
    assert.ok(thrown instanceof Problem);
    return thrown;
  }
  return assert.fail("the call did not fail");
}

beforeEach(() => {
  went = [];
  asked = [];
  world.location = { pathname: "/dashboard", search: "?a=b", hash: "#log", assign: (to: string) => went.push(to) };
});

test("a call sends JSON and gives the JSON of the answer", async () => {
  answering(() => Response.json({ id: "s1" }, { status: 201 }));

  assert.deepEqual(await api("POST", "/api/chat/sessions", { title: "A" }), { id: "s1" });
  assert.equal(asked[0]!.init.body, '{"title":"A"}');
  assert.equal((asked[0]!.init.headers as Record<string, string>)["content-type"], "application/json");
});

test("a call without a body still says that it sends JSON, and 204 gives nothing", async () => {
  answering(() => new Response(null, { status: 204 }));

  assert.equal(await api("POST", "/api/logout"), undefined);
  assert.equal(asked[0]!.init.body, "{}");
});

test("a refusal keeps its code, its fields and how long to wait", async () => {
  answering(() =>
    problem(
      422,
      { code: "invalid-field", detail: "password: too short", errors: [{ field: "password", message: "too short" }] },
      { "retry-after": "4" },
    ),
  );

  const refused = await failure(api("POST", "/api/setup", {}));

  assert.equal(refused.status, 422);
  assert.equal(refused.code, "invalid-field");
  assert.equal(refused.of("password"), "too short");
  assert.equal(refused.of("code"), undefined);
  assert.equal(refused.retryAfter, 4);
  assert.equal(refused.unanswered, false);
});

test("an answer that is no JSON is a problem and not a crash", async () => {
  answering(() => new Response("<html>", { status: 502 }));
  assert.equal((await failure(api("GET", "/api/server"))).code, "http-502");

  answering(() => new Response("<html>", { status: 200 }));
  assert.equal((await failure(api("GET", "/api/server"))).code, "bad-answer");
});

test("a login that has ended leads to the login page and back", async () => {
  answering(() => problem(401, { code: "not-logged-in", detail: "Log in." }));

  await failure(api("GET", "/api/server"));

  assert.deepEqual(went, ["/login?to=%2Fdashboard%3Fa%3Db%23log"]);
});

test("a wrong password is an answer and leads nowhere", async () => {
  answering(() => problem(401, { code: "wrong-password", detail: "Wrong." }));

  const refused = await failure(api("POST", "/api/login", {}, { gate: true }));

  assert.equal(refused.code, "wrong-password");
  assert.deepEqual(went, []);
});

test("no answer is told apart from a slow one and from a call that was given up", async () => {
  answering(() => {
    throw new TypeError("fetch failed");
  });
  const offline = await failure(api("GET", "/api/server"));
  assert.equal(offline.code, "offline");
  assert.equal(offline.unanswered, true);

  answering(
    ({ init }) =>
      new Promise((_, reject) => init.signal!.addEventListener("abort", () => reject(init.signal!.reason as Error))),
  );
  // Node's timer of AbortSignal.timeout does not keep the process alive on its own.
  const alive = setInterval(() => undefined, 1_000);
  assert.equal((await failure(api("GET", "/api/server", undefined, { timeout: 5 }))).code, "timeout");
  clearInterval(alive);

  const giveUp = new AbortController();
  const call = api("GET", "/api/server", undefined, { signal: giveUp.signal });
  giveUp.abort(new Error("left"));
  await assert.rejects(call, /left/);
});

test("waiting is given in seconds or as a date", () => {
  assert.equal(seconds("4"), 4);
  assert.equal(seconds("Wed, 18 Mar 2026 10:00:30 GMT", Date.parse("2026-03-18T10:00:00Z")), 30);
  assert.equal(seconds("Wed, 18 Mar 2026 10:00:30 GMT", Date.parse("2026-03-18T11:00:00Z")), 0);
  assert.equal(seconds(null), undefined);
  assert.equal(seconds("soon"), undefined);
});

test("after the login only pages of this origin are gone to", () => {
  const origin = "https://nexus.example";
  const to = (wanted: string) => wayBack(`?to=${encodeURIComponent(wanted)}`, origin);

  assert.equal(to("/dashboard?x=1#server"), "/dashboard?x=1#server");
  assert.equal(wayBack("", origin), "/");
  assert.equal(wayBack("?to=%2Fdashboard", origin, "#server"), "/dashboard#server");
  assert.equal(wayBack("?to=%2Fdashboard%23log", origin, "#server"), "/dashboard#log");
  for (const bad of [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/login?to=/login",
    "/setup",
    "/api/logout",
    "/assets/x.js",
    "",
  ]) {
    assert.equal(to(bad), "/", bad);
  }
});
