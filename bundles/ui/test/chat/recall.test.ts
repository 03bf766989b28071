import assert from "node:assert/strict";
import { test } from "node:test";
import { Recall } from "../../src/chat/recall.ts";

const SENT = ["newest", "newest", "older", "oldest"];

test("it goes back message by message, each once, and forward to what was typed", () => {
  const recall = new Recall();

  assert.equal(recall.older("", SENT), "newest");
  assert.equal(recall.older("newest", SENT), "older");
  assert.equal(recall.older("older", SENT), "oldest");
  assert.equal(recall.older("oldest", SENT), undefined);
  assert.equal(recall.newer("oldest", SENT), "older");
  assert.equal(recall.newer("older", SENT), "newest");
  assert.equal(recall.newer("newest", SENT), "");
  assert.equal(recall.newer("", SENT), undefined);
});

test("a text of one's own is not replaced", () => {
  const recall = new Recall();

  assert.equal(recall.older("mine", SENT), undefined);
  assert.equal(recall.newer("mine", SENT), undefined);
  recall.older("", SENT);
  assert.equal(recall.older("newest and more", SENT), undefined);
  assert.equal(recall.newer("newest and more", SENT), undefined);
});

test("without messages there is nothing to recall", () => {
  assert.equal(new Recall().older("", []), undefined);
});
