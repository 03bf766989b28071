import assert from "node:assert/strict";
import { test } from "node:test";
import { isAfter } from "../../src/shared/event-id.ts";

test("ids are ordered as numbers within one start of Nexus", () => {
  assert.equal(isAfter("1-10", "1-9"), true);
  assert.equal(isAfter("1-9", "1-10"), false);
  assert.equal(isAfter("1-9", "1-9"), false);
});

test("ids of different starts of Nexus cannot be compared", () => {
  assert.equal(isAfter("2-1", "1-9"), undefined);
  assert.equal(isAfter("2-10", "1-9"), undefined);
});

test("everything comes after a cursor that is empty", () => {
  assert.equal(isAfter("1-1", ""), true);
});
