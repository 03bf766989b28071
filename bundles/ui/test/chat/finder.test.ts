import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Problem } from "../../src/shared/api.ts";
import type { SearchHit } from "../../src/shared/types.ts";
import { Finder, pieces } from "../../src/chat/finder.ts";
import type { Call } from "../../src/chat/store.ts";

const hit = (place: number, change: Partial<SearchHit> = {}): SearchHit => ({
  sessionId: "s",
  sessionTitle: "Title",
  messageId: `m${place}`,
  role: "user",
  createdAt: "2026-01-01T00:00:00Z",
  snippet: "one two three",
  marks: [],
  ...change,
});

let calls: string[];
let total: number;
let complete: boolean;
let failing: Problem | undefined;
let finder: Finder;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  calls = [];
  total = 70;
  failing = undefined;
  complete = true;
  const call = (async (_method: string, path: string) => {
    calls.push(path);
    if (failing) {
      throw failing;
    }
    const query = new URL(path, "http://x").searchParams;
    const offset = Number(query.get("offset"));
    const count = Math.max(0, Math.min(Number(query.get("limit")), total - offset));
    return { hits: Array.from({ length: count }, (_, place) => hit(offset + place)), total, complete };
  }) as Call;
  finder = new Finder(call, () => undefined);
});

async function settled(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function found(words: string, sessionId?: string): Promise<void> {
  finder.find(words, sessionId);
  mock.timers.tick(1_000);
  await settled();
}

test("it asks once, a moment after the last letter", async () => {
  finder.find("c");
  finder.find("co");
  finder.find("cou");
  assert.equal(finder.state, "searching");
  mock.timers.tick(1_000);
  await settled();

  assert.equal(calls.length, 1);
  assert.match(calls[0]!, /q=cou/);
  assert.equal(finder.state, "ready");
});

test("signs alone, and nothing, are not asked for", async () => {
  await found("  .* ");
  await found("");

  assert.deepEqual(calls, []);
  assert.equal(finder.state, "idle");
});

test("an answer that comes too late is not shown", async () => {
  finder.find("first");
  mock.timers.tick(1_000);
  finder.find("");
  await settled();

  assert.deepEqual(finder.hits, []);
  assert.equal(finder.state, "idle");
});

test("more comes page by page", async () => {
  await found("word");
  assert.equal(finder.hits.length, 30);

  await finder.more();
  await finder.more();
  await finder.more();

  assert.equal(finder.hits.length, 70);
  assert.equal(finder.hasMore, false);
  assert.equal(calls.length, 3);
});

test("a search that fails says why, and can be tried again", async () => {
  failing = new Problem(503, "search-unavailable", "The search is being replaced.");
  await found("word");
  assert.equal(finder.state, "failed");
  assert.equal(finder.problem?.detail, "The search is being replaced.");

  failing = undefined;
  finder.again();
  await settled();

  assert.equal(finder.state, "ready");
  assert.equal(finder.problem, undefined);
});

test("a page that fails leaves what was found", async () => {
  await found("word");
  failing = new Problem(0, "offline", "Nexus cannot be reached.");

  await finder.more();

  assert.equal(finder.hits.length, 30);
  assert.equal(finder.state, "ready");
  assert.equal(finder.problem?.code, "offline");
});

test("it can be limited to one session", async () => {
  await found("word", "ses/1");

  assert.match(calls[0]!, /sessionId=ses%2F1/);
});

test("a snippet is cut where the words stand", () => {
  const marks = [
    { start: 8, end: 13 },
    { start: 0, end: 3 },
  ];

  assert.deepEqual(pieces(hit(1, { marks })), [
    { text: "one", marked: true },
    { text: " two ", marked: false },
    { text: "three", marked: true },
  ]);
});

test("marks that make no sense lose no text", () => {
  const marks = [
    { start: -1, end: 2 },
    { start: 4, end: 7 },
    { start: 5, end: 9 },
    { start: 6, end: 6 },
    { start: 9, end: 99 },
    { start: Number.NaN, end: 3 },
  ];
  const text = pieces(hit(1, { marks }));

  assert.equal(text.map((piece) => piece.text).join(""), "one two three");
  assert.deepEqual(text.filter((piece) => piece.marked).map((piece) => piece.text), ["two"]);
});

test("while messages are still being read it asks again by itself, less and less often", async () => {
  complete = false;
  total = 0;
  await found("word");
  assert.equal(calls.length, 1);

  mock.timers.tick(1_000);
  await settled();
  assert.equal(calls.length, 2);
  mock.timers.tick(1_000);
  await settled();
  assert.equal(calls.length, 2);
  total = 2;
  mock.timers.tick(1_000);
  await settled();
  assert.equal(finder.hits.length, 2);
  assert.equal(finder.state, "ready");

  complete = true;
  mock.timers.tick(60_000);
  await settled();
  const last = calls.length;
  mock.timers.tick(60_000);
  await settled();
  assert.equal(calls.length, last);
  assert.equal(finder.complete, true);
});

test("what a reader has paged through is not taken away by asking again", async () => {
  complete = false;
  await found("word");
  await finder.more();
  mock.timers.tick(60_000);
  await settled();

  assert.equal(finder.hits.length, 60);
});

test("a search that was closed asks nothing more", async () => {
  complete = false;
  await found("word");
  finder.close();
  mock.timers.tick(60_000);
  await settled();

  assert.equal(calls.length, 1);
});
