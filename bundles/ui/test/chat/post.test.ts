import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Conversation } from "../../src/chat/conversation.ts";
import { type Obstacle, OFFLINE } from "../../src/chat/outbox.ts";
import { textPiece } from "../../src/chat/pieces.ts";
import { Post } from "../../src/chat/post.ts";
import { Problem } from "../../src/shared/api.ts";
import type { Message, Session, Waiting } from "../../src/shared/types.ts";
import { FakeClock, partsWith, settled } from "./fakes.ts";

const waiting = (messageId: string, change: Partial<Waiting> = {}): Waiting => ({
  messageId,
  createdAt: "2026-01-01T10:00:00Z",
  text: `Text of ${messageId}`,
  attachments: [],
  ...change,
});

let session: Session;
let calls: { path: string; body: unknown }[];
let answer: (path: string, body: unknown) => unknown;
let obstacle: Obstacle | undefined;
let conversation: Conversation;
let clock: FakeClock;
let uploaded: string[];
let post: Post;

beforeEach(() => {
  session = {
    id: "s1",
    title: "s1",
    workspace: "/home/ada/shop",
    status: "idle",
    active: true,
    createdAt: "2026-01-01T10:00:00Z",
    updatedAt: "2026-01-01T10:00:00Z",
  };
  calls = [];
  answer = () => ({ messageId: "m1" });
  obstacle = undefined;
  conversation = new Conversation("s1", () => Promise.resolve({ messages: [], before: null, cursor: "a-1" }));
  clock = new FakeClock();
  uploaded = [];
  post = new Post(
    {
      call: (async (method: string, path: string, body?: unknown) => {
        calls.push({ path: `${method} ${path}`, body });
        const result = answer(path, body);
        if (result instanceof Problem) {
          throw result;
        }
        return result;
      }) as never,
      session: () => session,
      conversations: () => [conversation],
      obstacle: () => obstacle,
    },
    partsWith({
      clock,
      carry: async (_, name) => {
        uploaded.push(name);
        return { id: `upload-${uploaded.length}`, name, mime: "text/plain", size: 1 };
      },
    }),
  );
  conversation.changed.listen(() => post.look(conversation));
});

const sentBodies = () => calls.filter((call) => call.path.endsWith("/messages")).map((call) => call.body as Record<string, unknown>);

function told(id: string, text: string): void {
  const message: Message = { id, sessionId: "s1", role: "user", createdAt: "2026-01-01T10:01:00Z", state: "complete" };
  conversation.receive({ id: "a-2", type: "chat.message", data: { sessionId: "s1", message } });
  const part = { id: `p-${id}`, key: id, type: "text" as const, text, endedAt: "2026-01-01T10:01:00Z" };
  conversation.receive({ id: "a-3", type: "chat.part", data: { sessionId: "s1", messageId: id, part } });
}

test("a message is shown until it stands in the conversation", async () => {
  await conversation.load(10);
  await post.send("s1", { text: " Hello " });
  await settled();
  assert.deepEqual(conversation.sending.map((one) => one.text), ["Hello"]);

  told("m1", "Hello");
  await settled();

  assert.deepEqual(conversation.sending, []);
  assert.deepEqual(post.outbox.all, []);
  assert.equal(conversation.notes.size, 0);
});

test("a message that had to wait carries a note", async () => {
  await conversation.load(10);
  obstacle = OFFLINE;
  await post.send("s1", { text: "Hello" });
  await settled();
  clock.time += 180_000;
  obstacle = undefined;
  post.wake();
  await settled();

  told("m1", "Hello");

  assert.match(conversation.notes.get("m1")!, /after 3\u202fmin offline/);
});

test("a message written while an answer runs is on its way into the queue, not in the conversation", async () => {
  session.status = "busy";
  await post.send("s1", { text: "Next" });
  assert.deepEqual(post.joining("s1").map((one) => one.text), ["Next"]);
  assert.deepEqual(conversation.sending, []);
  await settled();
  const { clientId } = post.outbox.all[0]!;

  post.receiveQueue({ sessionId: "s1", paused: false, messages: [waiting("m1", { clientId, text: "Next" })] });

  assert.deepEqual(post.joining("s1"), []);
  assert.equal(post.queues.of("s1").messages.length, 1);
});

test("offline it stands in the conversation, also while an answer runs", async () => {
  session.status = "busy";
  obstacle = OFFLINE;
  await post.send("s1", { text: "Next" });
  await settled();

  assert.deepEqual(post.joining("s1"), []);
  assert.deepEqual(conversation.sending.map((one) => one.text), ["Next"]);
});

test("files are uploaded with their message when they are not there yet", async () => {
  const piece = textPiece("content", "a.txt");
  await post.send("s1", { text: "", pieces: [piece, { id: "2", name: "src/b.ts", mime: "text/plain", url: "file:///home/ada/shop/src/b.ts", mention: "src/b.ts" }] });
  await settled();

  assert.deepEqual(uploaded, ["a.txt"]);
  assert.deepEqual(sentBodies()[0]!["attachments"], [
    { upload: "upload-1", name: "a.txt", mime: "text/plain" },
    { url: "file:///home/ada/shop/src/b.ts", name: "src/b.ts", mime: "text/plain" },
  ]);
});

test("a file that Nexus has forgotten is uploaded again", async () => {
  answer = (_, body) => {
    const [first] = (body as { attachments: { upload: string }[] }).attachments;
    return first!.upload === "upload-1"
      ? new Problem(422, "invalid-field", "gone", [{ field: "attachments[0].upload", message: "gone" }])
      : { messageId: "m1" };
  };
  await post.send("s1", { text: "Hello", pieces: [textPiece("content", "a.txt")] });
  await settled();

  assert.deepEqual(uploaded, ["a.txt", "a.txt"]);
  assert.equal(post.outbox.all[0]?.messageId, "m1");
});

test("words to begin with come before what is written, once", () => {
  const { drafts } = post;
  drafts.beginWith("s1", "Go on.");
  assert.equal(drafts.of("s1").text, "Go on.");
  drafts.of("s1").text = "Go on. Tests first.";
  drafts.beginWith("s1", "Go on.");
  assert.equal(drafts.of("s1").text, "Go on. Tests first.");

  drafts.of("s2").text = "written before";
  drafts.beginWith("s2", "Go on.");
  assert.equal(drafts.of("s2").text, "Go on.\n\nwritten before");
});

test("a waiting message that is taken back comes before what is written now", async () => {
  obstacle = OFFLINE;
  const piece = textPiece("content", "a.txt");
  await post.send("s1", { text: "args", command: "review", pieces: [piece] });
  await settled();
  post.drafts.of("s1").text = "written since";

  await post.takeBack(post.outbox.all[0]!.clientId);

  const draft = post.drafts.of("s1");
  assert.equal(draft.text, "/review args\n\nwritten since");
  assert.deepEqual(draft.pieces.map((one) => one.name), ["a.txt"]);
});

test("a message that may have arrived keeps its id when it is sent again unchanged", async () => {
  answer = () => new Problem(0, "timeout", "no answer");
  await post.send("s1", { text: "Hello" });
  await settled();
  const { clientId } = post.outbox.all[0]!;
  await post.takeBack(clientId);

  assert.equal(post.drafts.idFor("s1"), clientId);
  post.drafts.of("s1").text = "Hello, you";
  assert.equal(post.drafts.idFor("s1"), undefined);
});

test("a queued message is taken back with its files, here and from another device", async () => {
  session.status = "busy";
  await post.send("s1", { text: "Next", pieces: [textPiece("content", "a.txt")] });
  await settled();
  const { clientId } = post.outbox.all[0]!;
  post.receiveQueue({ sessionId: "s1", paused: false, messages: [waiting("m1", { clientId, text: "Next" })] });

  answer = () => waiting("m1", { clientId, text: "Next" });
  await post.takeBackQueued("s1", "m1");
  assert.ok(post.drafts.of("s1").pieces[0]?.blob, "its content is still here");

  answer = () =>
    waiting("m2", {
      attachments: [
        { name: "b.ts", mime: "text/plain", url: "file:///home/ada/shop/src/my%20b.ts" },
        { name: "c.png", mime: "image/png", upload: "u7" },
      ],
    });
  await post.takeBackQueued("s1", "m2");
  const { pieces, text } = post.drafts.of("s1");
  assert.equal(text, "Text of m2\n\nNext");
  assert.deepEqual(pieces.map(({ name, mention, upload }) => [name, mention, upload]), [
    ["b.ts", "src/my b.ts", undefined],
    ["c.png", undefined, "u7"],
    ["a.txt", undefined, "upload-1"],
  ]);
});

test("what is refused is in the box again, with the reason", async () => {
  const told: string[] = [];
  post.onReturn = (letter, reason) => told.push(`${letter.text}: ${reason}`);
  answer = () => new Problem(409, "queue-full", "50 messages wait already.");
  await post.send("s1", { text: "Hello" });
  await settled();

  assert.deepEqual(told, ["Hello: 50 messages wait already."]);
  assert.equal(post.drafts.of("s1").problem, "50 messages wait already.");
  assert.equal(post.drafts.idFor("s1"), undefined, "its id was refused for good");
});

test("what waited in Nexus and is refused comes back to where it was written, and stays in the queue elsewhere", async () => {
  await post.send("s1", { text: "Hello" });
  await settled();
  const { clientId } = sentBodies()[0] as { clientId: string };
  const queued = [waiting("m1", { clientId, problem: "The image is broken." }), waiting("m2")];
  post.receiveQueue({ sessionId: "s1", paused: true, messages: queued });
  await settled();

  await post.refused({ sessionId: "s1", messageId: "m2", reason: "The image is broken." });
  assert.equal(calls.some((call) => call.path.startsWith("DELETE")), false, "m2 was written on another device");

  await post.refused({ sessionId: "s1", messageId: "m1", clientId, reason: "The image is broken." });
  await clock.pass(0);
  assert.deepEqual(calls.at(-1)?.path, "DELETE /api/chat/sessions/s1/queue/m1");
  assert.equal(post.drafts.of("s1").text, "Hello");
  assert.equal(post.drafts.of("s1").problem, "The image is broken.");
});

test("an event is newer than the answer of a fetch that was asked for before it", async () => {
  let give: (queue: unknown) => void = () => undefined;
  answer = () => new Promise((resolve) => (give = resolve));
  const loaded = post.loadQueue("s1");
  post.receiveQueue({ sessionId: "s1", paused: true, messages: [waiting("m2")] });
  give({ sessionId: "s1", paused: false, messages: [waiting("m1"), waiting("m2")] });
  await loaded;

  assert.deepEqual(post.queues.of("s1").messages.map((one) => one.messageId), ["m2"]);
  assert.equal(post.queues.of("s1").paused, true);
});
