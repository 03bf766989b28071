import assert from "node:assert/strict";
import { test } from "node:test";
import type { Request, Session, ToolPart } from "../../src/shared/types.ts";
import { countWords, modelName, plain, shortPath, sizeOf, subject, titleOf, toolWords, visible, within } from "../../src/chat/words.ts";

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
