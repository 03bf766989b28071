import assert from "node:assert/strict";
import { test } from "node:test";
import { Late } from "../../src/dashboard/late.ts";

test("a part is fetched once, however often it is wanted", async () => {
  let fetched = 0;
  const told: boolean[] = [];
  const part = new Late(async () => fetched++, (here) => told.push(here));
  assert.equal(part.here, false);
  const first = part.come();
  assert.equal(await part.come(), false);
  assert.equal(await first, true);
  assert.equal(await part.come(), true);
  assert.equal(part.here, true);
  assert.equal(fetched, 1);
  assert.deepEqual(told, [false, true]);
});

test("one that could not be fetched is fetched when it is wanted again", async (context) => {
  context.mock.method(console, "warn", () => undefined);
  let broken = true;
  const part = new Late(
    () => (broken ? Promise.reject(new TypeError("Failed to fetch")) : Promise.resolve()),
    () => undefined,
  );
  assert.equal(await part.come(), false);
  assert.equal(part.failed, true);
  broken = false;
  assert.equal(await part.come(), true);
  assert.equal(part.failed, false);
});
