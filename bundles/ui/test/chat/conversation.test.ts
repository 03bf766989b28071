import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChatEvent, Conversation, type Sending } from "../../src/chat/conversation.ts";
import type { Message, MessagePage, TextPart } from "../../src/shared/types.ts";

const growing = (key: string, text: string): TextPart => ({ id: `prt_${key}`, key, type: "text", text });
const ended = (key: string, text: string): TextPart => ({ ...growing(key, text), endedAt: "2026-01-01T10:05:00Z" });

function message(id: string, at: number, parts?: TextPart[], role: Message["role"] = "assistant"): Message {
  return {
    id,
    sessionId: "s",
    role,
    createdAt: `2026-01-01T10:${String(at).padStart(2, "0")}:00Z`,
    state: "running",
    ...(parts && { parts }),
  };
}

const text = (id: string, part: string, more: string): ChatEvent => ({ id, type: "text", data: { part, text: more } });
const part = (id: string, messageId: string, state: TextPart): ChatEvent => ({
  id,
  type: "chat.part",
  data: { sessionId: "s", messageId, part: state },
});
const told = (id: string, what: Message): ChatEvent => ({
  id,
  type: "chat.message",
  data: { sessionId: "s", message: what },
});

const partRemoved = (id: string, messageId: string, partId: string): ChatEvent => ({
  id,
  type: "chat.part.removed",
  data: { sessionId: "s", messageId, partId },
});
const messageRemoved = (id: string, messageId: string): ChatEvent => ({
  id,
  type: "chat.message.removed",
  data: { sessionId: "s", messageId },
});

const sent = (clientId: string, words: string, messageId?: string): Sending => ({
  clientId,
  text: words,
  at: "2026-01-01T10:00:00Z",
  files: [],
  tried: true,
  ...(messageId && { messageId }),
});

/** A conversation whose pages are answered by hand. */
function prepared() {
  const asked: { limit: number; before?: string; answer: (page: MessagePage) => void; fail: () => void }[] = [];
  const conversation = new Conversation(
    "s",
    (limit, before) =>
      new Promise((resolve, reject) =>
        asked.push({ limit, answer: resolve, fail: () => reject(new Error("away")), ...(before && { before }) }),
      ),
  );
  const shown = () => conversation.entries.map((entry) => entry.parts.map((live) => live.text).join("|"));
  return { conversation, asked, shown };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function ready(cursor: string, ...messages: Message[]) {
  const all = prepared();
  const loaded = all.conversation.load(50);
  all.asked[0]!.answer({ messages, cursor, before: null });
  await loaded;
  return all;
}

test("text after the cursor is appended once, text up to the cursor is not", async () => {
  const { conversation, shown } = await ready("a-10", message("m", 1, [growing("k", "one")]));

  conversation.receive(text("a-9", "k", " early"));
  conversation.receive(text("a-10", "k", " early"));
  conversation.receive(text("a-11", "k", " two"));
  conversation.receive(text("a-11", "k", " two"));
  conversation.receive(text("a-12", "k", " three"));

  assert.deepEqual(shown(), ["one two three"]);
});

test("sequences are compared as numbers", async () => {
  const { conversation, shown } = await ready("a-9", message("m", 1, [growing("k", "one")]));

  conversation.receive(text("a-10", "k", " two"));

  assert.deepEqual(shown(), ["one two"]);
});

test("events that arrive while the messages are on their way are applied after the cursor", async () => {
  const { conversation, asked, shown } = prepared();
  const loaded = conversation.load(50);
  conversation.receive(text("a-5", "k", "one"));
  conversation.receive(text("a-6", "k", " two"));
  conversation.receive(text("a-7", "k", " three"));

  asked[0]!.answer({ messages: [message("m", 1, [growing("k", "one two")])], cursor: "a-6", before: null });
  await loaded;

  assert.deepEqual(shown(), ["one two three"]);
});

test("a part announced while the messages are on their way grows from there", async () => {
  const { conversation, asked, shown } = prepared();
  const loaded = conversation.load(50);
  conversation.receive(told("a-5", message("m", 1)));
  conversation.receive(part("a-6", "m", growing("k", "")));
  conversation.receive(text("a-7", "k", "one"));

  asked[0]!.answer({ messages: [], cursor: "a-4", before: null });
  await loaded;
  conversation.receive(text("a-8", "k", " two"));

  assert.deepEqual(shown(), ["one two"]);
});

test("text for a key that is not known is left out", async () => {
  const { conversation, shown } = await ready("a-1", message("m", 1, [growing("k", "one")]));

  conversation.receive(text("a-2", "other", "lost"));

  assert.deepEqual(shown(), ["one"]);
});

test("a full state replaces the text that was there, and the part keeps its identity", async () => {
  const { conversation, shown } = await ready("a-1", message("m", 1, [growing("k", "one")]));
  const live = conversation.entries[0]!.parts[0];

  conversation.receive(part("a-2", "m", ended("k", "the whole text")));

  assert.deepEqual(shown(), ["the whole text"]);
  assert.equal(conversation.entries[0]!.parts[0], live);
  assert.equal(live!.growing, false);
});

test("a part that comes under a new key answers only to the new one", async () => {
  const { conversation, shown } = await ready("a-1", message("m", 1, [growing("k", "one")]));

  conversation.receive(part("a-2", "m", { ...growing("n", "one"), id: "prt_k" }));
  conversation.receive(text("a-3", "k", " old"));
  conversation.receive(text("a-4", "n", " new"));

  assert.deepEqual(shown(), ["one new"]);
});

test("an event of another start of Nexus makes it fetch again", async () => {
  const { conversation, asked, shown } = await ready("a-10", message("m", 1, [growing("k", "one")]));

  conversation.receive(text("b-1", "k", " two"));
  conversation.receive(text("b-2", "k", " three"));
  assert.equal(asked.length, 2);
  asked[1]!.answer({ messages: [message("m", 1, [growing("k", "one two")])], cursor: "b-1", before: null });
  await settled();

  assert.deepEqual(shown(), ["one two three"]);
});

test("fetching again keeps older turns and the identity of parts", async () => {
  const { conversation, asked } = await ready("a-1", message("m1", 1, [ended("k1", "one")]), message("m2", 2, [growing("k2", "t")]));
  const live = conversation.entries[1]!.parts[0];

  const loaded = conversation.load();
  asked[1]!.answer({ messages: [message("m2", 2, [growing("k2", "two")])], cursor: "a-9", before: "m2" });
  await loaded;

  assert.deepEqual(
    conversation.entries.map((entry) => entry.message.id),
    ["m1", "m2"],
  );
  assert.equal(conversation.entries[1]!.parts[0], live);
  assert.equal(live!.text, "two");
  assert.equal(conversation.past.exists, false);
});

test("the answer of an older fetch is not taken", async () => {
  const { conversation, asked, shown } = prepared();
  const first = conversation.load(4);
  const second = conversation.load(50);

  asked[1]!.answer({ messages: [message("m", 1, [ended("k", "new")])], cursor: "a-2", before: null });
  asked[0]!.answer({ messages: [message("m", 1, [ended("k", "old")])], cursor: "a-1", before: null });
  await Promise.all([first, second]);

  assert.deepEqual(shown(), ["new"]);
});

test("a fetch that fails says so, and is made good by the next", async () => {
  const { conversation, asked, shown } = prepared();
  const first = conversation.load(50);
  asked[0]!.fail();
  await first;
  assert.equal(conversation.state, "failed");
  assert.equal(conversation.problem?.code, "offline");

  const second = conversation.want(50);
  asked[1]!.answer({ messages: [message("m", 1, [ended("k", "one")])], cursor: "a-1", before: null });
  await second;

  assert.equal(conversation.state, "ready");
  assert.deepEqual(shown(), ["one"]);
});

test("nothing is fetched again when all there is is here", async () => {
  const { conversation, asked } = await ready("a-1", message("m", 1));

  await conversation.want(200);

  assert.equal(asked.length, 1);
});

test("earlier turns come before the others, none twice", async () => {
  const { conversation, asked, shown } = prepared();
  const loaded = conversation.load(2);
  asked[0]!.answer({ messages: [message("m2", 2, [ended("k2", "two")])], cursor: "a-1", before: "m2" });
  await loaded;

  const earlier = conversation.more("older");
  assert.equal(asked[1]!.before, "m2");
  asked[1]!.answer({ messages: [message("m1", 1, [ended("k1", "one")])], cursor: "a-1", before: null });
  await earlier;

  assert.deepEqual(shown(), ["two"]);
  assert.deepEqual(conversation.past.entries.map((entry) => entry.text), ["one"]);
  assert.equal(conversation.past.hasOlder, false);
});

test("a message of the past is changed and removed like any other", async () => {
  const { conversation, asked } = prepared();
  const loaded = conversation.load(2);
  asked[0]!.answer({ messages: [message("m2", 2, [ended("k2", "two")])], cursor: "a-1", before: "m2" });
  await loaded;
  const earlier = conversation.more("older");
  asked[1]!.answer({ messages: [message("m1", 1, [ended("k1", "one")])], cursor: "a-1", before: null });
  await earlier;

  conversation.receive(part("a-2", "m1", ended("k1", "other")));
  assert.equal(conversation.past.entries[0]!.text, "other");
  conversation.receive(messageRemoved("a-3", "m1"));

  assert.deepEqual(conversation.past.entries, []);
});

test("a message of a page that is not here is not put before what is", async () => {
  const { conversation, asked } = prepared();
  const loaded = conversation.load(1);
  asked[0]!.answer({ messages: [message("m9", 9, [ended("k9", "nine")])], cursor: "a-1", before: "m9" });
  await loaded;

  conversation.receive(told("a-2", message("m1", 1, [])));

  assert.deepEqual(conversation.entries.map((entry) => entry.message.id), ["m9"]);
});

test("when many messages came only the newest are kept, unless somebody reads further up", async () => {
  const { conversation, asked } = await ready("a-1", message("m1", 1, []));
  const release = conversation.hold();
  for (let number = 2; number <= 250; number++) {
    const createdAt = new Date(Date.UTC(2026, 0, 2) + number * 1_000).toISOString();
    conversation.receive(told(`a-${number}`, { ...message(`m${number}`, 1, []), createdAt }));
  }
  assert.equal(conversation.entries.length, 250);
  assert.equal(asked.length, 1);

  release();
  asked[1]!.answer({ messages: [message("m249", 249, []), message("m250", 250, [])], cursor: "a-300", before: "m249" });
  await settled();

  assert.deepEqual(conversation.entries.map((entry) => entry.message.id), ["m249", "m250"]);
  assert.equal(conversation.past.hasOlder, true);
});

test("a message takes its place by its time, and the parts that came before it", async () => {
  const { conversation, shown } = await ready("a-1", message("m1", 1, [ended("k1", "one")]), message("m3", 3, [ended("k3", "three")]));

  conversation.receive(part("a-2", "m2", ended("k2", "two")));
  conversation.receive(told("a-3", message("m2", 2)));

  assert.deepEqual(shown(), ["one", "two", "three"]);
});

test("a message that is sent stands there until it comes back with its text", async () => {
  const { conversation } = await ready("a-1");
  conversation.show([sent("c", "Hello")]);

  conversation.receive(told("a-2", message("m", 1, undefined, "user")));
  assert.deepEqual(conversation.sending.map((one) => one.messageId), ["m"]);
  conversation.show([sent("c", "Hello", "m")]);
  assert.equal(conversation.sending.length, 1);
  conversation.receive(part("a-3", "m", ended("k", "Hello")));

  assert.equal(conversation.sending.length, 0);
});

test("a message of another device is not taken for the one that is being sent", async () => {
  const { conversation } = await ready("a-1");
  conversation.show([sent("c", "Mine")]);

  conversation.receive(told("a-2", message("theirs", 1, undefined, "user")));
  conversation.receive(part("a-3", "theirs", ended("k", "Theirs")));
  conversation.show([sent("c", "Mine", "mine")]);
  assert.deepEqual(conversation.sending.map((one) => one.messageId), ["mine"]);
  conversation.receive(told("a-4", message("mine", 2, undefined, "user")));
  conversation.receive(part("a-5", "mine", ended("k2", "Mine")));

  assert.deepEqual(conversation.sending, []);
});

test("a message that has not been tried is not looked for among the messages", async () => {
  const { conversation } = await ready("a-1");
  conversation.show([{ ...sent("c", "Hello"), tried: false, waits: "Goes out when you are back online." }]);

  conversation.receive(told("a-2", message("theirs", 1, undefined, "user")));
  conversation.receive(part("a-3", "theirs", ended("k", "Hello")));

  assert.deepEqual(conversation.sending.map((one) => one.clientId), ["c"]);
});

test("a message that is taken back or refused goes again", async () => {
  const { conversation } = await ready("a-1");
  conversation.show([sent("c", "Hello")]);

  conversation.show([]);

  assert.deepEqual(conversation.sending, []);
});

test("a part that is removed goes, with its key, and the others stay", async () => {
  const { conversation, shown } = await ready("a-1", message("m", 1, [growing("k", "abandoned"), growing("n", "kept")]));
  const { revision } = conversation.entries[0]!;

  conversation.receive(partRemoved("a-2", "m", "prt_k"));
  conversation.receive(text("a-3", "k", " more"));
  conversation.receive(text("a-4", "n", " on"));

  assert.deepEqual(shown(), ["kept on"]);
  assert.equal(conversation.has("k"), false);
  assert.notEqual(conversation.entries[0]!.revision, revision);
  assert.equal(conversation.removals, 1);
});

test("a part that is written again after it was removed is shown once", async () => {
  const { conversation, shown } = await ready("a-1", message("m", 1, [growing("k", "abandoned")]));

  conversation.receive(partRemoved("a-2", "m", "prt_k"));
  conversation.receive(part("a-3", "m", growing("n", "")));
  conversation.receive(text("a-4", "n", "again"));

  assert.deepEqual(shown(), ["again"]);
});

test("a message that is removed goes with all of its parts", async () => {
  const { conversation, shown } = await ready("a-1", message("m1", 1, [ended("k1", "one")]), message("m2", 2, [growing("k2", "two")]));

  conversation.receive(messageRemoved("a-2", "m2"));
  conversation.receive(text("a-3", "k2", " more"));

  assert.deepEqual(shown(), ["one"]);
  assert.equal(conversation.has("k2"), false);
  assert.equal(conversation.removals, 1);
});

test("a removal from before the cursor is not applied, one after it once the messages are here", async () => {
  const { conversation, asked, shown } = prepared();
  const loaded = conversation.load(50);
  conversation.receive(partRemoved("a-5", "m", "prt_k"));
  conversation.receive(messageRemoved("a-5", "m"));
  conversation.receive(partRemoved("a-7", "m", "prt_n"));

  asked[0]!.answer({
    messages: [message("m", 1, [ended("k", "one"), ended("n", "two")])],
    cursor: "a-6",
    before: null,
  });
  await loaded;

  assert.deepEqual(shown(), ["one"]);
});

test("a removal of another start of Nexus makes it fetch again", async () => {
  const { conversation, asked, shown } = await ready("a-10", message("m", 1, [ended("k", "one")]));

  conversation.receive(messageRemoved("b-1", "m"));

  assert.deepEqual(shown(), ["one"]);
  assert.equal(asked.length, 2);
});

test("what is not here can be removed without harm", async () => {
  const { conversation, shown } = await ready("a-1", message("m", 1, [ended("k", "one")]));

  conversation.receive(partRemoved("a-2", "m", "prt_other"));
  conversation.receive(partRemoved("a-3", "other", "prt_k"));
  conversation.receive(messageRemoved("a-4", "other"));

  assert.deepEqual(shown(), ["one"]);
  assert.equal(conversation.removals, 0);
});

test("a part that is removed before its message is told does not come back with it", async () => {
  const { conversation, shown } = await ready("a-1");

  conversation.receive(part("a-2", "m", ended("k", "gone")));
  conversation.receive(part("a-3", "m", ended("n", "kept")));
  conversation.receive(partRemoved("a-4", "m", "prt_k"));
  conversation.receive(told("a-5", message("m", 1)));

  assert.deepEqual(shown(), ["kept"]);
});

test("a message that was sent and is removed is not taken for the one that is being sent", async () => {
  const { conversation } = await ready("a-1");
  conversation.show([sent("c", "Hello")]);
  conversation.receive(told("a-2", message("m", 1, undefined, "user")));

  conversation.receive(messageRemoved("a-3", "m"));

  assert.deepEqual(conversation.sending.map((one) => one.messageId), [undefined]);
  assert.deepEqual(conversation.entries, []);
});

test("an answer tells how often it was tried again, and where", async () => {
  const { conversation } = await ready("a-1", message("m", 1, [growing("k", "one")]));
  const soon = () => new Date(Date.now() + 8_000).toISOString();

  conversation.tryAgain("The provider is busy.", soon());
  conversation.tryAgain("The provider is busy.", soon());
  conversation.receive(part("a-2", "m", growing("k2", "two")));
  conversation.tryAgain("overloaded", undefined);

  const { retries } = conversation.entries[0]!;
  assert.deepEqual(
    retries.map(({ after, reason, times }) => [after, reason, times]),
    [
      ["prt_k", "The provider is busy.", 2],
      ["prt_k2", "overloaded", 1],
    ],
  );
  assert.ok(retries[0]!.waited > 15_000 && retries[0]!.waited <= 16_000);
});

test("what was tried again before there is an answer is told nowhere", async () => {
  const { conversation } = await ready("a-1", message("m", 1, [], "user"));

  conversation.tryAgain("The provider is busy.", undefined);

  assert.deepEqual(conversation.entries[0]!.retries, []);
});

test("what is undone is counted in turns and left out", async () => {
  const user = (id: string, at: number) => message(id, at, [ended(id, id)], "user");
  const { conversation, asked } = await ready("a-1", user("u1", 1), message("a1", 2, []), user("u2", 3), message("a2", 4, []), message("b2", 5, []));

  conversation.leaveOut("u2");
  asked[1]!.answer({ messages: [user("u1", 1), message("a1", 2, [])], cursor: "a-2", before: null });
  await settled();

  assert.deepEqual(conversation.undone, { messageId: "u2", turns: 2 });
  assert.deepEqual(conversation.entries.map((entry) => entry.message.id), ["u1", "a1"]);
  conversation.leaveOut(undefined);
  assert.equal(conversation.undone, undefined);
  assert.equal(asked.length, 3);
});

test("a message is found in the past, page by page, and back in the present", async () => {
  const { conversation, asked } = prepared();
  const loaded = conversation.load(1);
  asked[0]!.answer({ messages: [message("m9", 9, [])], cursor: "a-1", before: "c8" });
  await loaded;

  const found = conversation.reach("m7");
  asked[1]!.answer({ messages: [message("m8", 8, [])], cursor: "a-1", before: "c7" });
  await settled();
  asked[2]!.answer({ messages: [message("m7", 7, [])], cursor: "a-1", before: null });

  assert.equal(await found, true);
  assert.deepEqual(conversation.past.entries.map((entry) => entry.message.id), ["m7", "m8"]);
  assert.equal(await conversation.reach("m9"), true);
  assert.equal(await conversation.reach("gone"), false);
  assert.equal(conversation.past.hasOlder, true);
});
