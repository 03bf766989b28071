import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, bytes, count, delay, duration, exactly, money, plural, stopwatch, when } from "../../src/shared/format.ts";

// Wednesday, in the time zone of whoever runs the test.
const now = new Date(2026, 2, 18, 14, 30);
const at = (day: number, hour: number, minute = 0, month = 2, year = 2026) => new Date(year, month, day, hour, minute);

test("a moment is told by its time today, its weekday this week, else its date", () => {
  assert.equal(when(at(18, 10, 31), now), "10:31");
  assert.equal(when(at(17, 23, 59), now), "Tue");
  assert.equal(when(at(12, 0, 1), now), "Thu");
  assert.equal(when(at(11, 23, 59), now), "11 Mar");
  assert.equal(when(at(12, 9, 0, 2, 2024), now), "12 Mar 2024");
});

test("a moment that is still to come is not told by a weekday", () => {
  assert.equal(when(at(20, 9), now), "20 Mar");
});

test("an exact moment names the day and the time", () => {
  assert.equal(exactly(at(18, 7, 52), now), "today 07:52");
  assert.equal(exactly(at(17, 7, 52), now), "yesterday 07:52");
  assert.equal(exactly(at(14, 7, 52), now), "Sat 07:52");
  assert.equal(exactly(at(2, 7, 52), now), "2 Mar 07:52");
});

test("how long ago says yesterday by the calendar and not by 24 hours", () => {
  assert.equal(ago(at(18, 14, 29, 2), now).endsWith("ago"), true);
  assert.equal(ago(new Date(now.getTime() - 20_000), now), "now");
  assert.equal(ago(at(18, 14, 18), now), "12\u202fmin ago");
  assert.equal(ago(at(18, 9, 0), now), "5\u202fh ago");
  assert.equal(ago(at(17, 9, 0), now), "yesterday");
  assert.equal(ago(at(16, 9, 0), now), "Mon");
});

test("a running time keeps its width", () => {
  assert.equal(stopwatch(0), "0:00");
  assert.equal(stopwatch(42_900), "0:42");
  assert.equal(stopwatch(725_000), "12:05");
  assert.equal(stopwatch(3_725_000), "1:02:05");
  assert.equal(stopwatch(-5), "0:00");
});

test("a span has at most two units", () => {
  assert.equal(duration(8_400), "8\u202fs");
  assert.equal(duration(240_000), "4\u202fmin");
  assert.equal(duration(2 * 3_600_000 + 38 * 60_000), "2\u202fh 38\u202fmin");
  assert.equal(duration(7_200_000), "2\u202fh");
  assert.equal(duration(86_400_000), "1\u202fday");
  assert.equal(duration(3.5 * 86_400_000), "3\u202fdays");
});

test("numbers are short", () => {
  assert.equal(count(104_210), "104,210");
  assert.equal(delay(40.4), "40\u202fms");
  assert.equal(delay(1_240), "1.2\u202fs");
  assert.equal(bytes(812), "812\u202fB");
  assert.equal(bytes(4_100_000_000), "4.1\u202fGB");
  assert.equal(bytes(14_400_000), "14\u202fMB");
  assert.equal(bytes(999_999), "1\u202fMB");
  assert.equal(money(0.614), "$0.61");
  assert.equal(money(0.0004), "<$0.01");
  assert.equal(money(0), "$0.00");
  assert.equal(plural(1, "turn"), "1 turn");
  assert.equal(plural(1_200, "turn"), "1,200 turns");
});
