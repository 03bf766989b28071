import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../../src/chat/conversation.ts";
import { unanswered } from "../../src/chat/turns.ts";
import type { Message, TextPart } from "../../src/shared/types.ts";

let time = 0;

function message(id: string, role: Message["role"], change: Partial<Message> = {}): Message {
  const text: TextPart = { id: `prt_${id}`, key: id, type: "text", text: id, endedAt: "2026-01-01T10:00:00Z" };
  const createdAt = new Date(Date.UTC(2026, 0, 1) + ++time * 1_000).toISOString();
  return { id, sessionId: "s", role, createdAt, state: "complete", parts: [text], ...change };
}

const asked = (id: string) => message(id, "user");
const answer = (id: string, parentId?: string) => message(id, "assistant", parentId ? { parentId } : {});

async function conversationOf(...messages: Message[]): Promise<Conversation> {
  const conversation = new Conversation("s", () => Promise.resolve({ messages, before: null, cursor: "a-1" }));
  await conversation.load(50);
  return conversation;
}

test("a message that was queued behind a stopped answer is not answered", async () => {
  const conversation = await conversationOf(asked("u1"), answer("a1", "u1"), asked("u2"));

  assert.deepEqual(unanswered(conversation), ["u2"]);
});

test("a step of the answer before, written after the message, does not answer it", async () => {
  const conversation = await conversationOf(asked("u1"), answer("a1", "u1"), asked("u2"), answer("a2", "u1"));

  assert.deepEqual(unanswered(conversation), ["u2"]);
});

test("an answer belongs to all messages before it", async () => {
  const conversation = await conversationOf(asked("u1"), asked("u2"), answer("a2", "u2"));

  assert.deepEqual(unanswered(conversation), []);
});

test("an answer that names no message belongs to those before it", async () => {
  const conversation = await conversationOf(asked("u1"), answer("a1"), asked("u2"), asked("u3"));

  assert.deepEqual(unanswered(conversation), ["u2", "u3"]);
});

test("an answer to a message further up than what is here answers nothing here", async () => {
  const conversation = await conversationOf(answer("a0", "u0"), asked("u1"));

  assert.deepEqual(unanswered(conversation), ["u1"]);
});

test("a message without words of the owner cannot be sent again", async () => {
  const conversation = await conversationOf(asked("u1"), answer("a1", "u1"), message("u2", "user", { parts: [] }));

  assert.deepEqual(unanswered(conversation), []);
});
