import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { EventStream } from "../../src/shared/events.ts";
import { Unread } from "../../src/shared/unread.ts";

const realFetch = globalThis.fetch;
let asked = 0;
let answer: { status: number; body: unknown } = { status: 200, body: {} };

function fake(): void {
  asked = 0;
  globalThis.fetch = (async () => {
    asked++;
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  }) as typeof fetch;
  mock.timers.enable({ apis: ["setTimeout"] });
}

afterEach(() => {
  globalThis.fetch = realFetch;
  mock.timers.reset();
});

/** Lets the pause pass and the answer come. */
async function settled(): Promise<void> {
  mock.timers.tick(300);
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
  }
  await new Promise((resolve) => setImmediate(resolve));
}

test("the number is asked for when the line stands, and again when something is told", async () => {
  fake();
  const stream = new EventStream();
  const unread = new Unread(stream);
  let changes = 0;
  unread.addEventListener("change", () => changes++);
  unread.follow();
  answer = { status: 200, body: { notifications: [], unread: 3 } };
  stream.dispatchEvent(new Event("hello"));
  await settled();
  assert.equal(unread.count, 3);
  answer = { status: 200, body: { notifications: [], unread: 4 } };
  stream.dispatchEvent(new Event("notification"));
  await settled();
  assert.equal(unread.count, 4);
  stream.dispatchEvent(new Event("gap"));
  await settled();
  assert.equal(changes, 2);
  assert.equal(asked, 3);
});

test("many at once are one question", async () => {
  fake();
  const stream = new EventStream();
  const unread = new Unread(stream);
  unread.follow();
  answer = { status: 200, body: { notifications: [], unread: 50 } };
  for (let number = 0; number < 50; number++) {
    stream.dispatchEvent(new Event("notification"));
  }
  await settled();
  assert.equal(asked, 1);
  assert.equal(unread.count, 50);
});

test("a failure leaves the number as it was", async () => {
  fake();
  const stream = new EventStream();
  const unread = new Unread(stream);
  unread.follow();
  unread.become(2);
  answer = { status: 503, body: { detail: "Not there." } };
  stream.dispatchEvent(new Event("gap"));
  await settled();
  assert.equal(unread.count, 2);
});

test("whoever follows last ends it", async () => {
  fake();
  const stream = new EventStream();
  const unread = new Unread(stream);
  const stops = [unread.follow(), unread.follow()];
  stops[0]!();
  stream.dispatchEvent(new Event("notification"));
  stops[1]!();
  stream.dispatchEvent(new Event("notification"));
  await settled();
  assert.equal(asked, 0);
});
