import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped } from "../../src/chat/groups.ts";
import { LivePart } from "../../src/chat/live-part.ts";
import type { ToolPart } from "../../src/shared/types.ts";

const tool = (id: string, name: string, change: Partial<ToolPart> = {}) =>
  new LivePart({ id, key: id, type: "tool", tool: name, callId: id, state: "completed", ...change });

const text = (id: string) => new LivePart({ id, key: id, type: "text", text: id });

const shown = (parts: LivePart[], waiting: string[] = []) =>
  grouped(parts, (call) => waiting.includes(call.callId)).map((piece) =>
    "reads" in piece ? piece.reads.map((live) => live.id).join("+") : piece.id,
  );

test("files that were read one after the other are one line", () => {
  assert.deepEqual(shown([tool("a", "read"), tool("b", "read"), text("t"), tool("c", "read")]), ["a+b", "t", "c"]);
});

test("one that is still read belongs to them, one that failed or waits stands alone", () => {
  const parts = [tool("a", "read"), tool("b", "read", { state: "running" }), tool("c", "read", { state: "error" }), tool("d", "read")];

  assert.deepEqual(shown(parts), ["a+b", "c", "d"]);
  assert.deepEqual(shown(parts, ["b"]), ["a", "b", "c", "d"]);
});

test("other tools are not put together", () => {
  assert.deepEqual(shown([tool("a", "bash"), tool("b", "bash")]), ["a", "b"]);
});
