import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Problem } from "../../src/shared/api.ts";
import type { Session } from "../../src/shared/types.ts";
import { SHELF_PAGE, Shelf } from "../../src/chat/shelf.ts";

const session = (place: number, change: Partial<Session> = {}): Session => ({
  id: `s${place}`,
  title: `Session ${place}`,
  workspace: "/w",
  status: "idle",
  active: false,
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: new Date(Date.UTC(2026, 0, 1) - place * 60_000).toISOString(),
  ...change,
});

let all: Session[];
let asked: string[];
let failing: Problem | undefined;
let gate: Promise<void> | undefined;
let shelf: Shelf;

beforeEach(() => {
  all = Array.from({ length: 130 }, (_, place) => session(place));
  asked = [];
  failing = undefined;
  gate = undefined;
  shelf = new Shelf(
    async (limit, before) => {
      asked.push(`${limit} ${before ?? ""}`.trim());
      const from = before === undefined ? 0 : all.findIndex((one) => one.id === before) + 1;
      const answer = { sessions: all.slice(from, from + limit), total: all.length };
      await gate;
      if (failing) {
        throw failing;
      }
      return answer;
    },
    () => undefined,
  );
});

const ids = () => shelf.sessions.map((one) => one.id);

async function settled(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("sessions come page by page until all are here", async () => {
  await shelf.load();
  assert.equal(shelf.sessions.length, SHELF_PAGE);
  assert.equal(shelf.total, 130);
  assert.equal(shelf.complete, false);

  await shelf.more();
  await shelf.more();
  await shelf.more();

  assert.deepEqual(asked, ["50", "50 s49", "50 s99"]);
  assert.deepEqual(ids(), all.map((one) => one.id));
  assert.equal(shelf.complete, true);
});

test("two that ask for more at the same time get one page", async () => {
  await shelf.load();

  await Promise.all([shelf.more(), shelf.more()]);

  assert.equal(shelf.sessions.length, 100);
});

test("one that is put away comes in at its place, and is counted", async () => {
  await shelf.load();

  shelf.put(session(10.5, { id: "new" }), "active");
  shelf.put(session(70.5, { id: "old" }), "active");

  assert.equal(ids()[11], "new");
  assert.ok(!ids().includes("old"), "what lies beyond the last page comes with its page");
  assert.equal(shelf.total, 132);
});

test("one that changes moves to its new place and is not counted twice", async () => {
  await shelf.load();

  shelf.put(session(-1, { id: "s7", title: "Renamed" }), "away");

  assert.equal(shelf.sessions[0]!.title, "Renamed");
  assert.equal(shelf.sessions.length, SHELF_PAGE);
  assert.equal(shelf.total, 130);
});

test("one that gets a card or is deleted goes", async () => {
  await shelf.load();

  shelf.put(session(3, { active: true }), "away");
  shelf.remove("s4", "away");

  assert.ok(!ids().includes("s3") && !ids().includes("s4"));
  assert.equal(shelf.total, 128);
});

test("what is told of a session that is not here makes it count again", async () => {
  await shelf.load();
  all = all.filter((one) => one.id !== "s120");

  shelf.remove("s120", "unknown");
  await settled();

  assert.equal(asked.at(-1), "1");
  assert.equal(shelf.total, 129);
});

test("what goes while a page is on its way does not come back with it", async () => {
  await shelf.load();
  let open: () => void = () => undefined;
  gate = new Promise((resolve) => (open = resolve));
  const more = shelf.more();
  shelf.put(session(60, { active: true }), "unknown");
  shelf.put(session(61, { title: "Renamed" }), "unknown");
  open();
  await more;

  assert.ok(!ids().includes("s60"));
  assert.equal(shelf.get("s61")?.title, "Renamed");
  assert.equal(shelf.sessions.length, 99);
});

test("a page that could not be fetched can be asked for again", async () => {
  await shelf.load();
  failing = new Problem(0, "offline", "Nexus cannot be reached.");
  await shelf.more();
  assert.equal(shelf.state, "failed");
  assert.equal(shelf.sessions.length, SHELF_PAGE);

  failing = undefined;
  await shelf.more();

  assert.equal(shelf.state, "ready");
  assert.equal(shelf.sessions.length, 100);
});

test("when the last one went meanwhile the beginning is fetched again", async () => {
  await shelf.load();
  failing = new Problem(422, "invalid-field", "before", [{ field: "before", message: "names no session" }]);
  const more = shelf.more();
  await settled();
  failing = undefined;
  await more;
  await shelf.load();

  assert.equal(asked[2], "50");
  assert.equal(shelf.state, "ready");
});

test("fetched again it keeps as many as were here", async () => {
  await shelf.load();
  await shelf.more();

  await shelf.load();

  assert.equal(asked.at(-1), "100");
  assert.equal(shelf.sessions.length, 100);
});

test("looked for by title it takes in only what fits", async () => {
  all = [session(1, { title: "Parser" })];
  const found = new Shelf(
    async () => ({ sessions: all, total: all.length }),
    () => undefined,
    "pars",
  );
  await found.load();

  found.put(session(2, { title: "Letter" }), "active");
  found.put(session(3, { title: "The PARSER again" }), "active");
  found.put(session(1, { title: "No more" }), "away");

  assert.deepEqual(found.sessions.map((one) => one.title), ["The PARSER again"]);
  assert.equal(found.total, 1);
});
