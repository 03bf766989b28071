import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { onBeat, yieldTo } from "../../src/chat/beat.ts";

let frames: (() => void)[] = [];
let now = 1_000_000;
let failures: unknown[] = [];

beforeEach(() => {
  frames = [];
  failures = [];
  now += 1_000;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
  Object.assign(globalThis, {
    requestAnimationFrame: (frame: () => void) => frames.push(frame),
    reportError: (failure: unknown) => failures.push(failure),
  });
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

function pass(milliseconds: number): void {
  now += milliseconds;
  mock.timers.tick(milliseconds);
  frames.splice(0).forEach((frame) => frame());
}

test("what comes after a rest is drawn in the next frame", () => {
  let drawn = 0;
  onBeat(() => drawn++);
  pass(16);

  assert.equal(drawn, 1);
});

test("many texts that grow all the time are drawn together, and not in every frame", () => {
  const draws: number[] = [];
  for (let frame = 0; frame < 60; frame++) {
    for (let text = 0; text < 3; text++) {
      onBeat(() => draws.push(now));
    }
    pass(16);
  }
  assert.ok(new Set(draws).size <= 21, String(new Set(draws).size));
  assert.ok(new Set(draws).size >= 15);
  pass(100);
  assert.equal(draws.length, 180);
});

test("what was taken back is not drawn", () => {
  let drawn = 0;
  onBeat(() => drawn++)();
  pass(100);

  assert.equal(drawn, 0);
});

test("one that fails does not keep the others from being drawn", () => {
  let drawn = 0;
  onBeat(() => {
    throw new Error("broken");
  });
  onBeat(() => drawn++);
  pass(100);

  assert.equal(drawn, 1);
  assert.match(String(failures[0]), /broken/);
});

test("who presses something is answered first, and texts grow on all the same", () => {
  const page = new EventTarget();
  yieldTo(page);
  const draws: number[] = [];
  const start = now;
  onBeat(() => draws.push(now - start));
  pass(16);
  for (let key = 0; key < 50; key++) {
    page.dispatchEvent(new Event("keydown"));
    onBeat(() => draws.push(now - start));
    pass(10);
    pass(10);
  }
  const times = [...new Set(draws)];
  assert.ok(times.length >= 5, String(times));
  times.slice(1).forEach((time, place) => assert.ok(time - times[place]! >= 45, String(times)));
  times.slice(1).forEach((time, place) => assert.ok(time - times[place]! <= 220, String(times)));
  pass(300);
  assert.equal(draws.length, 51);
});
