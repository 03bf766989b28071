import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { takeCode } from "../../src/shared/code.ts";

const world = globalThis as unknown as Record<string, unknown>;
let replaced: string[] = [];

function at(hash: string): void {
  world.location = { pathname: "/login", search: "?to=%2Fdashboard", hash };
}

beforeEach(() => {
  replaced = [];
  world.history = { state: null, replaceState: (_state: unknown, _title: string, url: string) => replaced.push(url) };
});

test("the code is taken out of the address", () => {
  at("#code=Ab-9_x");
  assert.equal(takeCode(), "Ab-9_x");
  assert.deepEqual(replaced, ["/login?to=%2Fdashboard"]);
});

test("what a chat application appended or encoded does no harm", () => {
  at("#code=Ab%2D9_x%20&utm=1");
  assert.equal(takeCode(), "Ab-9_x");
  assert.deepEqual(replaced, ["/login?to=%2Fdashboard"]);
});

test("an empty code goes from the address as well", () => {
  at("#code=");
  assert.equal(takeCode(), "");
  assert.deepEqual(replaced, ["/login?to=%2Fdashboard"]);
});

test("any other fragment is the way back and stays", () => {
  for (const hash of ["", "#", "#tunnel", "#codes=1", "#%E0%A4%A"]) {
    at(hash);
    assert.equal(takeCode(), "");
  }
  assert.deepEqual(replaced, []);
});
