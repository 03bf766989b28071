import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type Suggestion, Suggestions } from "../../src/chat/suggestions.ts";
import { Problem } from "../../src/shared/api.ts";
import { FakeClock } from "./fakes.ts";

let clock: FakeClock;
let asked: string[];
let files: (query: string) => Promise<string[]>;
let suggestions: Suggestions;

beforeEach(() => {
  clock = new FakeClock();
  asked = [];
  files = async () => ["src/a.ts", "src/"];
  suggestions = new Suggestions(
    {
      files: (query) => {
        asked.push(query);
        return files(query);
      },
      commands: async () => [{ name: "review", description: "Review changes\nand more", takesArguments: true }],
    },
    clock,
  );
});

const write = (text: string) => suggestions.look(text, text.length);
const words = () => suggestions.items.map((one) => one.words);

test("files are asked for once the writing pauses", async () => {
  write("@s");
  write("@sr");
  write("@src");
  assert.equal(suggestions.state, "loading");
  await clock.pass(120);

  assert.deepEqual(asked, ["src"]);
  assert.deepEqual(words(), ["@src/a.ts", "@src/"]);
  assert.deepEqual(suggestions.items.map(({ label, detail, folder }) => [label, detail, folder]), [
    ["a.ts", "src/", false],
    ["src/", "", true],
  ]);
});

test("an answer that comes late does not replace a newer one", async () => {
  const answers: ((paths: string[]) => void)[] = [];
  files = () => new Promise((resolve) => answers.push(resolve));
  write("@a");
  await clock.pass(120);
  write("@ab");
  await clock.pass(120);
  answers[1]!(["ab"]);
  await clock.pass(0);
  answers[0]!(["a"]);
  await clock.pass(0);

  assert.deepEqual(words(), ["@ab"]);
});

test("the arrows go round, and Enter takes what is marked", async () => {
  write("@s");
  await clock.pass(120);
  suggestions.move(-1);
  const taken: Suggestion[] = [];
  assert.ok(suggestions.take((_, suggestion) => taken.push(suggestion)));
  suggestions.move(1);
  suggestions.take((_, suggestion) => taken.push(suggestion));

  assert.deepEqual(taken.map((one) => one.words), ["@src/", "@src/a.ts"]);
});

test("Enter before the answer takes the first as soon as it is here", async () => {
  write("@s");
  const taken: string[] = [];
  assert.ok(suggestions.take((_, suggestion) => taken.push(suggestion.words)));
  assert.deepEqual(taken, []);
  await clock.pass(120);

  assert.deepEqual(taken, ["@src/a.ts"]);
});

test("with nothing to choose Enter is not for the list", async () => {
  files = async () => [];
  write("@zzz");
  await clock.pass(120);
  assert.equal(suggestions.take(() => assert.fail()), false);

  files = () => Promise.reject(new Problem(502, "opencode-failed", "The folder could not be searched."));
  write("@zzzz");
  await clock.pass(120);
  assert.equal(suggestions.problem, "The folder could not be searched.");
  assert.equal(suggestions.take(() => assert.fail()), false);
});

test("after Esc it stays closed for this word, not for the next", async () => {
  write("@s");
  await clock.pass(120);
  suggestions.dismiss();
  write("@sr");
  await clock.pass(120);
  assert.equal(suggestions.open, false);

  write("@sr and @s");
  await clock.pass(120);
  assert.equal(suggestions.open, true);
});

test("a mention that is complete is left in peace", () => {
  suggestions.look("@src/a.ts", 9, (token) => token.query === "src/a.ts");
  assert.equal(suggestions.open, false);
});

test("commands come with the first line of what they do", async () => {
  write("/re");
  await clock.pass(0);

  assert.deepEqual(suggestions.items.map(({ words, detail }) => [words, detail]), [["/review", "Review changes"]]);
});
