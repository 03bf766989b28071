import assert from "node:assert/strict";
import { test } from "node:test";
import type { Question } from "../../src/shared/types.ts";
import { Answers } from "../../src/chat/answers.ts";

const question = (change: Partial<Question> = {}): Question => ({
  question: "Which?",
  header: "Which",
  options: [{ label: "A" }, { label: "B" }, { label: "C" }],
  multiple: false,
  custom: true,
  ...change,
});

test("a single choice replaces the one before", () => {
  const answers = new Answers([question()]).choose(0, "A", true).choose(0, "B", true);

  assert.deepEqual(answers.all, [["B"]]);
});

test("several choices are told in the order of the question", () => {
  const answers = new Answers([question({ multiple: true })]).choose(0, "C", true).choose(0, "A", true).choose(0, "B", true);

  assert.deepEqual(answers.choose(0, "B", false).all, [["A", "C"]]);
});

test("own words replace a single choice, and go along with several", () => {
  const single = new Answers([question()]).choose(0, "A", true).write(0, " mine ");
  const several = new Answers([question({ multiple: true })]).choose(0, "A", true).write(0, "mine");

  assert.deepEqual(single.all, [["mine"]]);
  assert.ok(!single.has(0, "A"));
  assert.deepEqual(several.all, [["A", "mine"]]);
});

test("own words stay written but do not count once something else is chosen", () => {
  const answers = new Answers([question()]).write(0, "mine").choose(0, "B", true);

  assert.deepEqual(answers.all, [["B"]]);
  assert.equal(answers.words(0), "mine");
  assert.deepEqual(answers.own(0, true).all, [["mine"]]);
});

test("words that are taken out again are no answer", () => {
  assert.deepEqual(new Answers([question()]).write(0, "a").write(0, "  ").all, [[]]);
});

test("a question without options takes own words only", () => {
  const answers = new Answers([question({ options: [] })]);

  assert.equal(answers.missing, 0);
  assert.deepEqual(answers.write(0, "yes").all, [["yes"]]);
});

test("of several questions the first without an answer is told", () => {
  const answers = new Answers([question(), question(), question()]).choose(0, "A", true).choose(2, "C", true);

  assert.equal(answers.missing, 1);
  assert.equal(answers.choose(1, "B", true).missing, -1);
});
