import assert from "node:assert/strict";
import { test } from "node:test";
import { Held } from "../../src/chat/held.ts";
import { rowsInSight } from "../../src/chat/rows.ts";

test("of thousands of rows only those in sight are drawn, and a few around", () => {
  assert.deepEqual(rowsInSight(0, 400, 40, 5_000), { from: 0, to: 18 });
  assert.deepEqual(rowsInSight(40_000, 400, 40, 5_000), { from: 992, to: 1018 });
  assert.deepEqual(rowsInSight(199_800, 400, 40, 5_000), { from: 4987, to: 5000 });
});

test("a list that is further down is not drawn beyond its beginning", () => {
  assert.deepEqual(rowsInSight(-1_000, 400, 40, 100), { from: 0, to: 8 });
  assert.deepEqual(rowsInSight(50_000, 400, 40, 3), { from: 3, to: 3 });
  assert.deepEqual(rowsInSight(0, 400, 40, 0), { from: 0, to: 0 });
});

const things = (...ids: string[]) => ids.map((id) => ({ id }));
const shown = (held: Held<{ id: string }>, now: { id: string }[], hold: boolean) =>
  held.update(now, hold).map(({ thing, gone }) => (gone ? `(${thing.id})` : thing.id));

test("while somebody points at a list, what goes leaves its place open and what comes stands at the end", () => {
  const held = new Held<{ id: string }>();
  assert.deepEqual(shown(held, things("a", "b", "c"), false), ["a", "b", "c"]);

  assert.deepEqual(shown(held, things("a", "c"), true), ["a", "(b)", "c"]);
  assert.deepEqual(shown(held, things("0", "a", "d"), true), ["a", "(b)", "(c)", "0", "d"]);
  assert.deepEqual(shown(held, things("0", "a", "d"), false), ["0", "a", "d"]);
});

test("what comes back takes its old place", () => {
  const held = new Held<{ id: string }>();
  shown(held, things("a", "b"), false);
  shown(held, things("b"), true);

  assert.deepEqual(shown(held, things("b", "a"), true), ["a", "b"]);
});
