import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { newProblems, restarts, settings } from "../../src/dashboard/shared.ts";
import { events, NexusEvent } from "../../src/shared/events.ts";
import type { RestartAttempt, Restarts, SettingGroup } from "../../src/shared/types.ts";

const realFetch = globalThis.fetch;
const asked: string[] = [];
afterEach(() => {
  globalThis.fetch = realFetch;
  asked.length = 0;
});

/** Answers in turn; the last answer is given for ever. What an answer waits for is awaited before it is given. */
function answers(...all: { value: unknown; status?: number; after?: Promise<void> }[]): void {
  let place = 0;
  globalThis.fetch = (async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method} ${path} ${init?.body ?? ""}`.trim());
    const { value, status = 200, after } = all[Math.min(place++, all.length - 1)]!;
    await after;
    return new Response(JSON.stringify(value), { status });
  }) as typeof fetch;
}

const tell = (name: string, data: unknown) => events.dispatchEvent(new NexusEvent(name, undefined, data));
const attempt = (id: string, outcome = "pending"): RestartAttempt =>
  ({ id, at: `2026-03-18T14:00:0${id}Z`, subject: "server", cause: "ended", reason: "It ended.", delayMs: 0, outcome }) as RestartAttempt;
const known = (...attempts: RestartAttempt[]): Restarts =>
  ({ policy: { enabled: true, maxAttempts: 10 }, attempts, subjects: [] }) as unknown as Restarts;
const group = (name: string, port: number, extra: Partial<SettingGroup> = {}): SettingGroup => ({
  name,
  title: name,
  fields: [],
  values: { port, command: "" },
  ...extra,
});

test("an attempt that is told while the first list is fetched is not lost", async () => {
  let go = () => {};
  const after = new Promise<void>((resolve) => (go = resolve));
  answers({ value: known(attempt("1")), after }, { value: known(attempt("2"), attempt("1")) });
  const loading = restarts.load();
  tell("restart.attempt", attempt("2"));
  go();
  await loading;
  assert.equal(asked.length, 2);
  assert.deepEqual(
    restarts.value!.attempts.map(({ id }) => id),
    ["2", "1"],
  );
});

test("who asks meanwhile gets the same answer", async () => {
  answers({ value: known(attempt("2"), attempt("1")) });
  await Promise.all([restarts.load(), restarts.load()]);
  assert.equal(asked.length, 1);
  assert.equal(restarts.value!.attempts.length, 2);
});

test("attempts and subjects follow their events", () => {
  tell("restart.attempt", attempt("2", "recovered"));
  tell("restart.state", { name: "server", phase: "running", health: "busy", attempts: 1 });
  assert.deepEqual(
    restarts.value!.attempts.map(({ outcome }) => outcome),
    ["recovered", "pending"],
  );
  assert.equal(restarts.subject("server")!.health, "busy");
  assert.equal(restarts.subject("tunnel"), undefined);
});

test("a policy that was changed is the one of the answer", async () => {
  answers({ value: { ...known(), policy: { enabled: false, maxAttempts: 3 } } });
  assert.deepEqual(await restarts.change({ maxAttempts: 3 }), { enabled: false, maxAttempts: 3 });
  assert.deepEqual(asked, ['PUT /api/restart {"maxAttempts":3}']);
  assert.equal(restarts.value!.policy.enabled, false);
});

test("settings changed elsewhere are taken, and their trouble is over", async () => {
  answers({ value: [group("opencode", 1), group("auth", 2, { problem: "put aside" })] });
  await settings.load();
  let changes = 0;
  settings.addEventListener("change", () => changes++);
  tell("settings", { group: "auth", values: { port: 3 } });
  assert.equal(changes, 1);
  assert.deepEqual(settings.group("auth"), { ...group("auth", 3), problem: undefined });
  assert.equal(settings.group("opencode")!.values["port"], 1);
});

test("a group that nobody knew is fetched", async () => {
  answers({ value: [group("opencode", 1), group("new", 4)] });
  tell("settings", { group: "new", values: { port: 4 } });
  await settings.load();
  assert.equal(settings.group("new")!.values["port"], 4);
});

test("what is refused changes nothing here", async () => {
  answers({ value: { code: "invalid-field", detail: "port: too large", errors: [] }, status: 422 });
  await assert.rejects(settings.change("opencode", { port: 99_999 }), /too large/);
  assert.equal(settings.group("opencode")!.values["port"], 1);
});

test("a file that was put aside is told once, and again when it has another problem", () => {
  const bad = (problem: string) => group("auth", 1, { problem });
  assert.deepEqual(newProblems([], [group("auth", 1)]), []);
  assert.deepEqual(newProblems([group("auth", 1)], [bad("a was put aside as b")]), [bad("a was put aside as b")]);
  assert.deepEqual(newProblems([bad("a")], [bad("a"), group("hub", 2)]), []);
  assert.deepEqual(newProblems([bad("a")], [bad("b")]), [bad("b")]);
  assert.deepEqual(newProblems([bad("a")], [group("auth", 1)]), []);
});

test("what is wrong with a file comes with its event and goes with the next", async () => {
  answers({ value: [group("auth", 1)] });
  await settings.load();
  tell("settings", { group: "auth", values: { port: 1 }, problem: "a.cfg was put aside as a.cfg.rejected: why." });
  assert.equal(settings.group("auth")!.problem, "a.cfg was put aside as a.cfg.rejected: why.");
  tell("settings", { group: "auth", values: { port: 2 } });
  assert.equal(settings.group("auth")!.problem, undefined);
  assert.equal(settings.group("auth")!.values["port"], 2);
});
