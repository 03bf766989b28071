import assert from "node:assert/strict";
import { test } from "node:test";
import { errorWords, outcomeOf, outputOf } from "../../src/chat/outcome.ts";
import type { ToolPart } from "../../src/shared/types.ts";

const call = (change: Partial<ToolPart>): ToolPart => ({
  id: "p",
  key: "p",
  type: "tool",
  tool: "bash",
  callId: "c",
  state: "completed",
  ...change,
});

test("each state of a call has a word of its own", () => {
  assert.equal(outcomeOf(call({ state: "pending" }), false, false), "queued");
  assert.equal(outcomeOf(call({ state: "running" }), false, false), "running");
  assert.equal(outcomeOf(call({ state: "running" }), true, false), "waits");
  assert.equal(outcomeOf(call({ exit: 0 }), false, true), "done");
  assert.equal(outcomeOf(call({ exit: 3 }), false, true), "failed");
  assert.equal(outcomeOf(call({ state: "error", error: "File not found" }), false, true), "failed");
});

test("a call of a message that has ended is not at work any more", () => {
  assert.equal(outcomeOf(call({ state: "running" }), false, true), "stopped");
  assert.equal(outcomeOf(call({ state: "running" }), true, true), "stopped");
});

test("a call that the owner stopped or refused did not fail", () => {
  const refused = "The user rejected permission to use this specific tool call.";
  const output = "start\n<shell_metadata>\nUser aborted the command\n</shell_metadata>";

  assert.equal(outcomeOf(call({ state: "error", error: refused }), false, true), "refused");
  assert.equal(outcomeOf(call({ output }), false, true), "stopped");
  assert.equal(outcomeOf(call({ state: "error", error: "Tool execution aborted" }), false, true), "stopped");
});

test("an error is told in words for the owner", () => {
  const refused = "The user rejected permission to use this specific tool call";

  assert.equal(errorWords(call({ error: `${refused}.` })), "You refused this.");
  assert.equal(errorWords(call({ error: `${refused} with the following feedback: not on Fridays` })), "You refused this: not on Fridays");
  assert.equal(errorWords(call({ error: "ENOENT" })), "ENOENT");
});

test("what a command printed is shown without marks", () => {
  const output = "start\n\n<shell_metadata>\nUser aborted the command\n</shell_metadata>";

  assert.equal(outputOf(call({ output })), "start\nUser aborted the command");
});
