import assert from "node:assert/strict";
import { test } from "node:test";
import { Entry } from "../../src/chat/conversation.ts";
import { Past } from "../../src/chat/past.ts";
import type { Message, MessagePage } from "../../src/shared/types.ts";

/** A history of pages 1, 2, … back to the last, each of some messages; the cursor of a page is its number. */
function prepared(pages: number, size = 2) {
  const asked: string[] = [];
  const load = async (_: number, before?: string): Promise<MessagePage> => {
    asked.push(before!);
    const page = Number(before);
    const messages = Array.from({ length: size }, (_, place): Message => {
      const id = `m${page}${"zyxwvutsrqponmlkjihgfedcba".slice(-size)[place] ?? `-${place}`}`;
      return { id, sessionId: "s", role: "user", createdAt: "", state: "complete", parts: [] };
    });
    return { messages, before: page < pages ? String(page + 1) : null, cursor: "a-1" };
  };
  const past = new Past(load, (page) => page.messages.map((message) => new Entry(message)), 2);
  past.begin("1");
  return { past, asked, shown: () => past.entries.map((entry) => entry.message.id).join(" ") };
}

test("pages come before each other until there are none", async () => {
  const { past, shown } = prepared(2);
  assert.equal(past.hasOlder, true);

  await past.older();
  await past.older();
  await past.older();

  assert.equal(shown(), "m2b m2a m1b m1a");
  assert.equal(past.hasOlder, false);
  assert.equal(past.hasNewer, false);
});

test("a reader far up keeps some pages, the newer ones come again on the way down", async () => {
  const { past, shown, asked } = prepared(9, 50);
  for (let page = 0; page < 9; page++) {
    await past.older();
  }
  assert.equal(past.entries.length, 300);
  assert.match(shown(), /^m9.* m4\S+$/);
  assert.equal(past.hasNewer, true);

  for (let page = 0; page < 3; page++) {
    await past.newer();
  }
  assert.equal(past.entries.length, 300);
  assert.match(shown(), /^m6.* m1\S+$/);
  assert.equal(past.hasNewer, false);
  assert.equal(past.hasOlder, true);
  assert.deepEqual(asked, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "3", "2", "1"]);
});

test("one page is fetched at a time, and none that is not wanted any more is taken", async () => {
  const { past, asked, shown } = prepared(9);

  const first = past.older();
  const second = past.older();
  past.clear();
  await Promise.all([first, second]);

  assert.deepEqual(asked, ["1"]);
  assert.equal(shown(), "");
  assert.equal(past.hasOlder, true);
  await past.older();
  assert.equal(shown(), "m1b m1a");
});

test("a page that cannot be fetched can be asked for again", async () => {
  let failing = true;
  const past = new Past(
    async () => {
      if (failing) {
        throw new Error("away");
      }
      return { messages: [], before: null, cursor: "" };
    },
    () => [],
    2,
  );
  past.begin("1");

  await assert.rejects(past.older());
  failing = false;
  await past.older();

  assert.equal(past.hasOlder, false);
  assert.equal(past.loading, undefined);
});
