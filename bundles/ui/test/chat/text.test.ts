import assert from "node:assert/strict";
import { test } from "node:test";
import { endOfRun, wholeAt } from "../../src/chat/text.ts";

test("a run takes all while there is room", () => {
  assert.equal(endOfRun("short", 0), 5);
  assert.equal(endOfRun("x".repeat(1_000), 3_000), 1_000);
});

test("a full run ends with the sentence, else with the word, else as it comes", () => {
  const sentences = "One sentence. ".repeat(400);
  const words = "word ".repeat(2_000);
  const word = "x".repeat(20_000);

  assert.match(sentences.slice(0, endOfRun(sentences, 0)), /sentence\. $/);
  assert.match(words.slice(0, endOfRun(words, 0)), /word $/);
  for (const text of [sentences, words, word]) {
    const end = endOfRun(text, 0);
    assert.ok(end >= 4_000 && end <= 8_000, String(end));
  }
});

test("a run that is far too long already ends at once", () => {
  assert.equal(endOfRun("x", 9_000), 0);
  assert.equal(endOfRun("x y", 6_000), 2);
});

test("a sign of two halves is not cut", () => {
  assert.equal(wholeAt("a🎉b", 2), 1);
  assert.equal(wholeAt("a🎉b", 3), 3);
  assert.equal(wholeAt("🎉", 9), 2);
});
