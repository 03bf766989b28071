import assert from "node:assert/strict";
import { test } from "node:test";
import { GrowingText } from "../../src/chat/growing-text.ts";

test("a text is what was appended, however it came", () => {
  const text = new GrowingText("begin ");
  const pieces = Array.from({ length: 5_000 }, (_, index) => `${index} `);
  pieces.forEach((piece) => text.append(piece));

  const whole = `begin ${pieces.join("")}`;
  assert.equal(text.length, whole.length);
  assert.equal(text.tail(480), whole.slice(-480));
  assert.equal(text.from(4_090), whole.slice(4_090));
  assert.equal(text.toString(), whole);
  text.append("end");
  assert.equal(text.from(whole.length), "end");
  assert.equal(text.tail(5), "9 end");
});

test("places outside of the text are none", () => {
  const text = new GrowingText("abc");

  assert.equal(text.from(3), "");
  assert.equal(text.from(9), "");
  assert.equal(text.tail(9), "abc");
  assert.equal(new GrowingText().toString(), "");
});

