import assert from "node:assert/strict";
import { test } from "node:test";
import { curveOf, roundUp } from "../../src/dashboard/curve.ts";
import { ruleFields } from "../../src/dashboard/rules.ts";
import { withAttempt, withSubject } from "../../src/dashboard/shared.ts";
import { downtime, marksOf } from "../../src/dashboard/timeline.ts";
import type { RestartAttempt } from "../../src/shared/types.ts";

const now = Date.parse("2026-03-18T14:00:00Z");
const HOUR = 3_600_000;
const attempt = (id: string, hoursAgo: number, extra: Partial<RestartAttempt> = {}): RestartAttempt => ({
  id,
  at: new Date(now - hoursAgo * HOUR).toISOString(),
  subject: "server",
  cause: "ended",
  reason: "It ended.",
  delayMs: 0,
  outcome: "recovered",
  ...extra,
});

test("a failure stands on the bar where it happened, as wide as it took", () => {
  const [mark] = marksOf([attempt("a", 12, { tookMs: 2.4 * HOUR })], now);
  assert.ok(Math.abs(mark!.start - 0.5) < 1e-9);
  assert.ok(Math.abs(mark!.end - 0.6) < 1e-9);
});

test("the bar shows the last 24 hours, oldest first", () => {
  const marks = marksOf([attempt("new", 1), attempt("old", 23), attempt("gone", 25), attempt("later", -1)], now);
  assert.deepEqual(
    marks.map(({ id }) => id),
    ["old", "new"],
  );
});

test("what began before the bar and ended on it is cut off", () => {
  const [mark] = marksOf([attempt("a", 25, { tookMs: 2 * HOUR })], now);
  assert.equal(mark!.start, 0);
  assert.ok(Math.abs(mark!.end - 1 / 24) < 1e-9);
});

test("what is under way lasts until now, and nothing lasts longer", () => {
  const marks = marksOf([attempt("a", 2, { outcome: "pending" }), attempt("b", 1, { tookMs: 5 * HOUR })], now);
  assert.deepEqual(
    marks.map(({ end }) => end),
    [1, 1],
  );
});

test("down times that overlap count once, those of others not at all", () => {
  const all = [
    attempt("a", 4, { tookMs: 2 * HOUR }),
    attempt("b", 3, { tookMs: HOUR / 2 }),
    attempt("c", 3, { tookMs: 2 * HOUR }),
    attempt("d", 9, { tookMs: HOUR, subject: "tunnel" }),
  ];
  assert.ok(Math.abs(downtime(all, "server", now) - 3 * HOUR) < 1);
});

test("a new attempt comes first, one that has changed stays in its place", () => {
  const all = [attempt("b", 1), attempt("a", 2)];
  assert.deepEqual(
    withAttempt(all, attempt("c", 0)).map(({ id }) => id),
    ["c", "b", "a"],
  );
  const changed = withAttempt(all, attempt("a", 2, { outcome: "failed" }));
  assert.deepEqual(
    changed.map(({ id, outcome }) => [id, outcome]),
    [
      ["b", "recovered"],
      ["a", "failed"],
    ],
  );
});

test("a subject takes the place of the one with its name", () => {
  const server = { name: "server", phase: "running", health: "healthy", attempts: 0 } as const;
  const tunnel = { ...server, name: "tunnel" };
  assert.deepEqual(withSubject([server], { ...server, health: "busy" }), [{ ...server, health: "busy" }]);
  assert.deepEqual(withSubject([server], tunnel), [server, tunnel]);
});

test("a curve goes through its points and has gaps where nothing is known", () => {
  const samples = [10, 20, undefined, 40].map((rssBytes, place) => ({ at: new Date(now + place * 1000).toISOString(), rssBytes }));
  const curve = curveOf(samples, ({ rssBytes }) => rssBytes, 300, 100)!;
  assert.equal(curve.top, 50);
  assert.equal(curve.last, 40);
  assert.equal(curve.highest, 40);
  assert.equal(curve.line, "M0.0 80.0h0L100.0 60.0M300.0 20.0h0");
});

test("a curve of nothing is none, one of zeros lies at the bottom", () => {
  assert.equal(curveOf([], ({ cpu }) => cpu, 300, 100), undefined);
  assert.equal(curveOf([{ at: "2026-03-18T14:00:00Z" }], ({ cpu }) => cpu, 300, 100), undefined);
  assert.equal(curveOf([{ at: "nonsense", cpu: 1 }], ({ cpu }) => cpu, 300, 100), undefined);
  assert.equal(curveOf([{ at: "2026-03-18T14:00:00Z", cpu: 0 }], ({ cpu }) => cpu, 300, 100)!.line, "M0.0 100.0h0");
});

test("a scale ends at a round number", () => {
  assert.deepEqual([0, 0.3, 1, 1.1, 4, 51, 1_300].map(roundUp), [1, 0.5, 1, 2, 5, 100, 2_000]);
});

test("the rules have the bounds of the settings, or their own", () => {
  const own = ruleFields().find(({ name }) => name === "maxAttempts")!;
  assert.deepEqual([own.min, own.max, own.standard], [1, 100, undefined]);
  const known = ruleFields([
    { name: "maxAttempts", type: "integer", list: false, standard: 8, min: 2, max: 50, choices: [] },
  ]).find(({ name }) => name === "maxAttempts")!;
  assert.deepEqual([known.min, known.max, known.standard], [2, 50, 8]);
});
