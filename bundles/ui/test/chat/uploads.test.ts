import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { textPiece } from "../../src/chat/pieces.ts";
import { Uploads } from "../../src/chat/uploads.ts";
import { Problem } from "../../src/shared/api.ts";
import type { Upload } from "../../src/shared/types.ts";
import { settled } from "./fakes.ts";

interface Running {
  name: string;
  progress: (part: number) => void;
  signal: AbortSignal;
  done: (upload: Upload) => void;
  fail: (problem: Problem) => void;
}

let running: Running[];
let discarded: string[];
let uploads: Uploads;

beforeEach(() => {
  running = [];
  discarded = [];
  uploads = new Uploads(
    (_, name, progress, signal) =>
      new Promise((done, fail) => {
        running.push({ name, progress, signal, done, fail });
        signal.addEventListener("abort", () => fail(new Problem(0, "offline", "aborted")));
      }),
    async (id) => void discarded.push(id),
  );
});

const upload = (id: string): Upload => ({ id, name: "", mime: "", size: 1 });

test("a file is carried once, however often it is wanted", async () => {
  const piece = textPiece("a", "a.txt");
  const one = uploads.ensure(piece);
  const other = uploads.ensure(piece);
  await settled();
  running[0]!.progress(0.4);
  assert.equal(uploads.of(piece)?.part, 0.4);
  running[0]!.done(upload("u1"));

  assert.deepEqual(await Promise.all([one, other, uploads.ensure(piece)]), ["u1", "u1", "u1"]);
  assert.equal(running.length, 1);
  assert.equal(uploads.of(piece), undefined);
});

test("two are carried at once, the others take their turn", async () => {
  const pieces = ["a", "b", "c", "d"].map((name) => textPiece(name, name));
  pieces.forEach((piece) => void uploads.ensure(piece));
  await settled();
  assert.deepEqual(running.map((one) => one.name), ["a", "b"]);

  running[1]!.done(upload("u2"));
  await settled();
  assert.deepEqual(running.map((one) => one.name), ["a", "b", "c"]);
});

test("what failed on the way may be tried again, what was refused may not", async () => {
  const piece = textPiece("a", "a.txt");
  const first = uploads.ensure(piece);
  await settled();
  running[0]!.fail(new Problem(0, "offline", "away"));
  await assert.rejects(first, { detail: "away" });
  assert.deepEqual(uploads.of(piece), { part: 0, problem: "away", again: true });

  const second = uploads.ensure(piece);
  await settled();
  running[1]!.fail(new Problem(413, "attachment-too-large", "At most 10 MB fit."));
  await assert.rejects(second);
  assert.equal(uploads.of(piece)?.again, false);
});

test("a file that is not wanted any more is not carried on, and leaves Nexus", async () => {
  const piece = textPiece("a", "a.txt");
  const first = uploads.ensure(piece);
  await settled();
  uploads.drop(piece);
  await assert.rejects(first);
  assert.ok(running[0]!.signal.aborted);
  assert.equal(uploads.of(piece), undefined);

  uploads.drop({ ...piece, upload: "u7" });
  assert.deepEqual(discarded, ["u7"]);
});

test("a file whose content is gone has to be attached again", async () => {
  await assert.rejects(uploads.ensure({ id: "1", name: "a.txt", mime: "text/plain" }), { code: "file-gone" });
});
