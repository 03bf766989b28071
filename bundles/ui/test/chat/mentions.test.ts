import assert from "node:assert/strict";
import { test } from "node:test";
import { commandIn, commandsFor, complete, mentions, namedIn, tokenAt, unmention } from "../../src/chat/mentions.ts";

const COMMANDS = [
  { name: "review", description: "Review changes", takesArguments: true },
  { name: "init", description: "Write AGENTS.md", takesArguments: true },
  { name: "git/release", description: "", takesArguments: false },
];

test("a file is looked for after an @ that begins a word", () => {
  assert.deepEqual(tokenAt("Look at @src/a", 14), { kind: "file", start: 8, query: "src/a" });
  assert.deepEqual(tokenAt("@", 1), { kind: "file", start: 0, query: "" });
  assert.deepEqual(tokenAt("(@a", 3), { kind: "file", start: 1, query: "a" });
  assert.deepEqual(tokenAt("one\n@two", 8), { kind: "file", start: 4, query: "two" });
  assert.equal(tokenAt("me@example.org", 14), undefined);
  assert.equal(tokenAt("@src/a and", 10), undefined);
  assert.equal(tokenAt(`@${"x".repeat(500)}`, 501), undefined);
});

test("a command is looked for only at the very start", () => {
  assert.deepEqual(tokenAt("/re", 3), { kind: "command", start: 0, query: "re" });
  assert.equal(tokenAt(" /re", 4), undefined);
  assert.equal(tokenAt("see /re", 7), undefined);
  assert.equal(tokenAt("/review the", 11), undefined);
});

test("what is chosen takes the place of what was written, and a word may follow", () => {
  const token = tokenAt("Look at @log please", 12)!;
  assert.deepEqual(complete("Look at @log please", 12, token, "@src/login.ts", true), {
    text: "Look at @src/login.ts please",
    caret: 22,
  });
  assert.deepEqual(complete("@l", 2, tokenAt("@l", 2)!, "@src/", false), { text: "@src/", caret: 5 });
  assert.deepEqual(complete("@l", 2, tokenAt("@l", 2)!, "@a b.ts", true), { text: "@a b.ts ", caret: 8 });
});

test("a mention stands for itself", () => {
  assert.ok(mentions("Look at @src/a.ts.", "src/a.ts"));
  assert.ok(mentions("@src/a.ts", "src/a.ts"));
  assert.ok(mentions("(@src/a.ts), please", "src/a.ts"));
  assert.ok(mentions("@src/ is large", "src/"));
  assert.ok(mentions("@how it works.md", "how it works.md"));
  assert.ok(!mentions("@src/a.tsx", "src/a.ts"));
  assert.ok(!mentions("@src/a.ts.bak", "src/a.ts"));
  assert.ok(!mentions("me@src/a.ts", "src/a.ts"));
  assert.ok(!mentions("@src/a.ts", "src/"));
  assert.ok(!mentions("src/a.ts", "src/a.ts"));
});

test("a mention that is removed stays as plain words", () => {
  assert.equal(unmention("Look at @a.ts and @a.ts, not @a.tsx", "a.ts"), "Look at a.ts and a.ts, not @a.tsx");
});

test("a text calls a command that there is, with what follows as its arguments", () => {
  assert.deepEqual(commandIn("/review", COMMANDS), { command: "review", rest: "" });
  assert.deepEqual(commandIn("/review main\nand more ", COMMANDS), { command: "review", rest: "main\nand more" });
  assert.deepEqual(commandIn("/git/release 2.4", COMMANDS), { command: "git/release", rest: "2.4" });
  assert.equal(commandIn("/unknown x", COMMANDS), undefined);
  assert.equal(commandIn(" /review", COMMANDS), undefined);
  assert.equal(namedIn("/ review"), undefined);
  assert.equal(namedIn("// comment"), undefined);
});

test("commands that begin with what is written come first", () => {
  assert.deepEqual(commandsFor("re", COMMANDS).map((one) => one.name), ["review", "git/release"]);
  assert.deepEqual(commandsFor("agents", COMMANDS).map((one) => one.name), ["init"]);
  assert.deepEqual(commandsFor("zzz", COMMANDS), []);
});
