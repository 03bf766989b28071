import assert from "node:assert/strict";
import { test } from "node:test";
import { Draft, type FormField, shownRow } from "../../src/dashboard/draft.ts";
import { boundsOf, lineInWords, sentence, wordsOf } from "../../src/dashboard/field-words.ts";

const field = (name: string, type: FormField["type"], extra: Partial<FormField> = {}): FormField => ({
  name,
  label: name,
  type,
  list: false,
  choices: [],
  ...extra,
});
const enabled = field("enabled", "boolean", { standard: true });
const attempts = field("maxAttempts", "integer", { min: 1, max: 100, standard: 10 });
const factor = field("multiplier", "decimal", { min: 1, max: 10, standard: 2 });
const command = field("command", "text", { standard: "" });
const workspaces = field("workspaces", "text", { list: true, standard: [] });
const ports = field("ports", "integer", { list: true, min: 1, standard: [] });
const FIELDS = [enabled, attempts, factor, command, workspaces, ports];
const SAVED = { enabled: true, maxAttempts: 5, multiplier: 1.5, command: "opencode", workspaces: ["/a", "/b"], ports: [80] };

function draft(): Draft {
  const made = new Draft(FIELDS);
  made.take(SAVED);
  return made;
}

test("only what was changed is sent, each with its type", () => {
  const form = draft();
  form.set(attempts, "12");
  form.set(factor, "2.5");
  form.set(enabled, false);
  form.set(workspaces, ["/a", " /c ", ""]);
  form.set(ports, ["80", "443"]);
  assert.deepEqual(form.changes(), {
    enabled: false,
    maxAttempts: 12,
    multiplier: 2.5,
    workspaces: ["/a", "/c"],
    ports: [80, 443],
  });
});

test("a change that is taken back is none", () => {
  const form = draft();
  form.set(attempts, "12");
  assert.equal(form.dirty, true);
  form.set(attempts, "5 ");
  form.set(enabled, false);
  form.set(enabled, true);
  form.set(workspaces, ["/a", "/b", ""]);
  assert.equal(form.dirty, false);
  assert.deepEqual(form.changes(), {});
});

test("a row that was added stays while it is blank, also when values come", () => {
  const form = draft();
  form.set(workspaces, ["/a", "/b", ""]);
  assert.deepEqual(form.entry(workspaces), ["/a", "/b", ""]);
  form.take({ ...SAVED, maxAttempts: 7 });
  assert.deepEqual(form.entry(workspaces), ["/a", "/b", ""]);
  assert.equal(form.dirty, false);
  assert.equal(form.changedElsewhere("workspaces"), false);
});

test("a list in another order is another list", () => {
  const form = draft();
  form.set(workspaces, ["/b", "/a"]);
  assert.deepEqual(form.changes(), { workspaces: ["/b", "/a"] });
});

test("values from elsewhere reach the fields that were not touched, and no others", () => {
  const form = draft();
  form.set(command, "/opt/open");
  form.take({ ...SAVED, command: "other", maxAttempts: 7 });
  assert.equal(form.entry(command), "/opt/open");
  assert.equal(form.entry(attempts), "7");
  assert.equal(form.changedElsewhere("command"), true);
  assert.equal(form.changedElsewhere("maxAttempts"), false);
});

test("a value from elsewhere that is the one typed leaves nothing to save", () => {
  const form = draft();
  form.set(attempts, "7");
  form.take({ ...SAVED, maxAttempts: 7 });
  assert.equal(form.dirty, false);
  assert.equal(form.changedElsewhere("maxAttempts"), false);
});

test("what is typed while it is saved stays", () => {
  const form = draft();
  form.set(attempts, "7");
  form.set(command, "one");
  const sent = form.changed;
  form.set(command, "one two");
  form.accept(sent, { ...SAVED, maxAttempts: 7, command: "one" });
  assert.deepEqual([...form.changed.keys()], ["command"]);
  assert.equal(form.entry(command), "one two");
});

test("a value that was tidied up by Nexus is shown as it is saved", () => {
  const form = draft();
  form.set(workspaces, ["/a/"]);
  form.accept(form.changed, { ...SAVED, workspaces: ["/a"] });
  assert.equal(form.dirty, false);
  assert.deepEqual(form.entry(workspaces), ["/a"]);
});

test("numbers are checked before they are sent", () => {
  const wrong = (typed: string, of = attempts) => {
    const form = draft();
    form.set(of, typed);
    return form.check().get(of.name);
  };
  assert.equal(wrong("0"), "Choose at least 1.");
  assert.equal(wrong("-3"), "Choose at least 1.");
  assert.equal(wrong("101"), "Choose at most 100.");
  assert.equal(wrong("1e9"), "Write a whole number.");
  assert.equal(wrong("2.5"), "Write a whole number.");
  assert.equal(wrong(""), "Write a whole number.");
  assert.equal(wrong("many"), "Write a whole number.");
  assert.equal(wrong("Infinity", factor), "Write a number.");
  assert.equal(wrong("1,5", factor), "Write a number.");
  assert.equal(wrong(" 1.25 ", factor), undefined);
});

test("a number may be written with its thousands apart", () => {
  const memory = field("memoryLimitMb", "integer", { max: 10_000 });
  const form = new Draft([memory]);
  form.take({ memoryLimitMb: 0 });
  for (const typed of ["1,536", "1 536", "1\u202f536"]) {
    form.set(memory, typed);
    assert.equal(form.check().size, 0);
    assert.deepEqual(form.changes(), { memoryLimitMb: 1536 });
  }
});

test("each row of a list is checked, blank ones are left out", () => {
  const form = draft();
  form.set(ports, ["80", "", "0", "x"]);
  assert.deepEqual([...form.check()], [
    ["ports[2]", "Choose at least 1."],
    ["ports[3]", "Write a whole number."],
  ]);
});

test("a complaint about a row of what was sent is shown at the row it came from", () => {
  const rows = ["", "/a", " ", "/b"];
  assert.equal(shownRow(rows, 0), 1);
  assert.equal(shownRow(rows, 1), 3);
  assert.equal(shownRow(rows, 2), -1);
});

test("the defaults are filled in and can be discarded", () => {
  const form = draft();
  assert.equal(form.standard, false);
  form.standards();
  assert.equal(form.standard, true);
  assert.deepEqual(form.changes(), { maxAttempts: 10, multiplier: 2, command: "", workspaces: [], ports: [] });
  form.discard();
  assert.equal(form.dirty, false);
  assert.equal(form.entry(attempts), "5");
});

test("names become words, and of numbers the unit", () => {
  assert.deepEqual(wordsOf("windowSeconds", true), { label: "Window", unit: "s" });
  assert.deepEqual(wordsOf("memoryLimitMb", true), { label: "Memory limit", unit: "MB" });
  assert.deepEqual(wordsOf("autoStart", false), { label: "Auto start", unit: undefined });
  assert.deepEqual(wordsOf("days", true), { label: "Days", unit: undefined });
  assert.deepEqual(wordsOf("url", false), { label: "URL", unit: undefined });
  assert.deepEqual(wordsOf("publicURL", false), { label: "Public URL", unit: undefined });
});

test("bounds are said where they mean something", () => {
  assert.equal(boundsOf(attempts), "Between 1 and 100");
  assert.equal(boundsOf(field("a", "integer", { min: 1, max: 2_147_483_647 })), "At least 1");
  assert.equal(boundsOf(field("a", "integer", { max: 3_600_000 })), "At most 3,600,000");
  assert.equal(boundsOf(command), "");
});

test("a complaint is a sentence", () => {
  assert.equal(sentence("must be from 1 to 100"), "Must be from 1 to 100.");
  assert.equal(sentence("Not there?"), "Not there?");
  assert.equal(sentence(" "), "");
});

test("a secret that is not told is sent only when one is typed", () => {
  const password = field("password", "text", { secret: true, standard: "" });
  const form = new Draft([password]);
  form.take({ passwordSet: true });
  assert.equal(form.entry(password), "");
  assert.equal(form.standard, true);
  form.set(password, "tell nobody");
  assert.deepEqual(form.changes(), { password: "tell nobody" });
  form.accept(form.changed, { passwordSet: true });
  assert.equal(form.dirty, false);
});

test("a line of secrets is said by its name, and sent back as it is shown", () => {
  const environment = field("environment", "text", { list: true, secret: true });
  assert.equal(lineInWords(environment, "API_KEY=hunter=2"), "API_KEY");
  assert.equal(lineInWords(environment, "hunter2"), "");
  assert.equal(lineInWords(workspaces, "/a=b"), "/a=b");
  const form = new Draft([environment]);
  form.take({ environment: ["API_KEY=••••"] });
  form.set(environment, ["API_KEY=••••", "B=hunter2"]);
  assert.deepEqual(form.changes(), { environment: ["API_KEY=••••", "B=hunter2"] });
  form.accept(form.changed, { environment: ["API_KEY=••••", "B=••••"] });
  assert.equal(form.dirty, false);
});
