import assert from "node:assert/strict";
import { test } from "node:test";
import { LivePart } from "../../src/chat/live-part.ts";
import type { TextPart } from "../../src/shared/types.ts";

const part = (text: string, change: Partial<TextPart> = {}): TextPart => ({ id: "p", key: "k", type: "text", text, ...change });

test("a state that continues the text is no rewrite, any other is", () => {
  const live = new LivePart(part(""));
  live.append("Hello");

  live.replace(part("Hello world", { endedAt: "2026-01-01T10:00:00Z" }));
  assert.equal(live.rewrites, 0);
  assert.equal(live.from(5), " world");
  assert.equal(live.growing, false);

  live.replace(part("Something else"));
  assert.equal(live.rewrites, 1);
  assert.equal(live.version, 2);
  assert.equal(live.text, "Something else");
});

test("a text that ended empty, or is for the model only, is hidden", () => {
  assert.equal(new LivePart(part("")).hidden, false);
  assert.equal(new LivePart(part("", { endedAt: "2026-01-01T10:00:00Z" })).hidden, true);
  assert.equal(new LivePart(part("x", { hidden: true })).hidden, true);
});

test("whoever listens is told once for each piece", () => {
  const live = new LivePart(part(""));
  const lengths: number[] = [];
  live.changed.listen(() => lengths.push(live.length));

  live.append("ab");
  live.append("c");

  assert.deepEqual(lengths, [2, 3]);
  assert.equal(live.tail(2), "bc");
});
