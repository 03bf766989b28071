import assert from "node:assert/strict";
import { test } from "node:test";
import type { Request, Session, ToolPart } from "../../src/shared/types.ts";
import {
  countWords,
  harmless,
  modelName,
  plain,
  readable,
  retryWords,
  shortPath,
  sizeOf,
  subject,
  titleOf,
  toolWords,
  visible,
  within,
  sendsWords,
} from "../../src/chat/words.ts";

test("words are counted in any language, signs are not", () => {
  assert.equal(countWords("The test fails — 1 in 9 runs."), 7);
  assert.equal(countWords("don’t snake_case Überprüfung naïve"), 4);
  assert.equal(countWords("- * # | … !"), 0);
  assert.equal(countWords(""), 0);
});

test("blocks of code are counted apart from words, the last one even while it is open", () => {
  assert.deepEqual(sizeOf("One two.\n\n```ts\nlet a = 1;\n```\n\nthree\n```\nopen"), { words: 3, blocks: 2 });
  assert.deepEqual(sizeOf("Only `inline` code"), { words: 3, blocks: 0 });
});

test("Markdown becomes plain words", () => {
  assert.equal(plain("# Title\n\n**bold** and `code` and [link](https://x.y)\n```ts\nlet a\n```"), "Title\nbold and code and link\nlet a");
  assert.equal(plain("| a | b |\n| --- | --- |\n| 1 | 2 |"), "a  b  \n\n  1  2".replace("\n\n", "\n"));
  assert.equal(plain("snake_case stays, *emphasis* goes"), "snake_case stays, emphasis goes");
});

test("paths are short where they can be", () => {
  assert.equal(shortPath("/home/ada/code/shop"), "~/code/shop");
  assert.equal(shortPath("/Users/ada"), "~");
  assert.equal(shortPath("/homes/ada"), "/homes/ada");
  assert.equal(within("/home/ada/code/shop/src/a.ts", "/home/ada/code/shop"), "src/a.ts");
  assert.equal(within("/home/ada/code/shopping/a.ts", "/home/ada/code/shop"), "~/code/shopping/a.ts");
});

test("a session without a title is a new session", () => {
  const session = { title: "New session - 2026-01-01T10:00:00.000Z" } as Session;

  assert.equal(titleOf(session), "New session");
  assert.equal(titleOf({ ...session, title: " " }), "New session");
  assert.equal(titleOf({ ...session, title: "New session - and more" }), "New session - and more");
});

test("a model is called without its provider", () => {
  assert.equal(modelName("anthropic/claude"), "claude");
  assert.equal(modelName("openrouter/meta/llama"), "meta/llama");
  assert.equal(modelName(undefined), "");
});

test("a request shows what exactly would happen", () => {
  const request: Request = { id: "r", sessionId: "s", rootSessionId: "s", type: "permission", createdAt: "", permission: "bash", patterns: ["ls *", "echo *"] };

  assert.equal(subject({ ...request, metadata: { command: "ls -la && echo a" } }), "ls -la && echo a");
  assert.equal(subject(request), "ls *\necho *");
});

test("nothing can hide in what is to be allowed", () => {
  assert.equal(visible("rm \u202e\u200b/tmp\tx\n"), "rm \\u202e\\u200b/tmp\tx\n");
  assert.equal(visible("echo Grüße 👋"), "echo Grüße 👋");
});

test("a tool is named by what it does", () => {
  const call: ToolPart = { id: "p", key: "p", type: "tool", tool: "read", callId: "c", state: "completed", input: { filePath: "/w/src/a.ts" } };

  assert.deepEqual(toolWords(call, "/w"), { verb: "Read", object: "src/a.ts", mono: true });
  assert.deepEqual(toolWords({ ...call, tool: "mcp_weather", title: "Rome", input: { filePath: 3 } }), {
    verb: "mcp_weather",
    object: "Rome",
    mono: false,
  });
});

test("an answer can be read as plain text, its code untouched", () => {
  const answer = "## Cause\n\nThe **second** caller uses `attempt`.\n\n- one\n- two\n\n```ts\nconst a_b = `**x**`;\n\nconst c = 1;\n```\n\nDone.";

  assert.equal(
    readable(answer),
    "Cause\n\nThe second caller uses attempt.\n\n- one\n- two\n\nCode, ts:\nconst a_b = `**x**`;\n\nconst c = 1;\n\nDone.",
  );
  assert.equal(readable("```\nnever closed"), "Code:\nnever closed");
  assert.equal(readable(""), "");
});

test("a try is told with its reason and how long it took", () => {
  assert.equal(retryWords({ reason: "The provider is busy.", times: 1, waited: 8_000 }), "The provider was busy. Tried again after 8\u202fs.");
  assert.equal(retryWords({ reason: "scripted error 500", times: 3, waited: 14_000 }), "scripted error 500. Tried again 3 times within 14\u202fs.");
  assert.equal(retryWords({ reason: "", times: 1, waited: 0 }), "The provider was busy. Tried again after a moment.");
});

test("what is only read keeps its emoji, and hides nothing", () => {
  assert.equal(harmless("👨‍👩‍👧 \u202eabc\u2066\u0007"), "👨‍👩‍👧 \\u202eabc\\u2066\\u0007");
  assert.equal(harmless("a\tb\nc\r\n"), "a\tb\nc\r\n");
});

test("what a button sends is one line that is not too long", () => {
  assert.equal(sendsWords(" Go on.\n\nTests first. "), "Sends “Go on. Tests first.”");
  assert.equal(sendsWords("x".repeat(200)).length, "Sends “”".length + 120);
});
