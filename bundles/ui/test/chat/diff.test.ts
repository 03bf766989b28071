import assert from "node:assert/strict";
import { test } from "node:test";
import { fileDiffs, readDiff, sideBySide } from "../../src/chat/diff.ts";

test("lines are numbered and counted", () => {
  const [file] = readDiff("--- a/src/a.ts\n+++ b/src/a.ts\n@@ -9,3 +9,4 @@\n import x\n-old\n+new\n+more\n end\n");

  assert.equal(file?.path, "src/a.ts");
  assert.deepEqual([file?.added, file?.removed], [2, 1]);
  assert.deepEqual(file?.lines, [
    { kind: "hunk", text: "lines 9 to 12" },
    { kind: "same", old: 9, now: 9, text: "import x" },
    { kind: "del", old: 10, text: "old" },
    { kind: "add", now: 10, text: "new" },
    { kind: "add", now: 11, text: "more" },
    { kind: "same", old: 11, now: 12, text: "end" },
  ]);
});

test("lines that look like the head of a file inside of changes are changes", () => {
  const [file, ...others] = readDiff("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a list\n+++ a list\n same\n");

  assert.equal(others.length, 0);
  assert.deepEqual([file?.added, file?.removed], [1, 1]);
});

test("new, deleted, renamed and binary files are told apart", () => {
  const diff = [
    "diff --git a/new.txt b/new.txt\nnew file mode 100644\n--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+hi",
    "diff --git a/old.txt b/old.txt\ndeleted file mode 100644\n--- a/old.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-hi",
    "diff --git a/a.txt b/b.txt\nsimilarity index 100%\nrename from a.txt\nrename to b.txt",
    "diff --git a/p.png b/p.png\nBinary files a/p.png and b/p.png differ",
  ].join("\n");

  assert.deepEqual(
    readDiff(diff).map((file) => [file.path, file.change, file.added, file.removed]),
    [
      ["new.txt", "new", 1, 0],
      ["old.txt", "deleted", 0, 1],
      ["b.txt", "renamed", 0, 0],
      ["p.png", "binary", 0, 0],
    ],
  );
});

test("the form with Index lines is read too, and anything else gives nothing", () => {
  const [file] = readDiff("Index: /w/a.txt\n=====\n--- /w/a.txt\n+++ /w/a.txt\n@@ -1,1 +1,1 @@\n-a\n+b\n");

  assert.equal(file?.path, "/w/a.txt");
  assert.deepEqual([file?.added, file?.removed], [1, 1]);
  assert.deepEqual(readDiff("hello\nworld"), []);
});

test("removed lines stand beside the ones that took their place", () => {
  const [file] = readDiff("--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n a\n-b\n-c\n+B\n d\n+e\n");

  assert.deepEqual(
    sideBySide(file!.lines).map(({ old, now }) => [old?.text, now?.text]),
    [
      ["lines 1 to 4", "lines 1 to 4"],
      ["a", "a"],
      ["b", "B"],
      ["c", undefined],
      ["d", "d"],
      [undefined, "e"],
    ],
  );
});

test("changes of files are read with what is known of them", () => {
  const files = fileDiffs([
    { file: "a.ts", patch: "@@ -1 +1 @@\n-a\n+b\n", additions: 1, deletions: 1, status: "modified" },
    { file: "b.png", patch: "Binary files a/b.png and b/b.png differ\n", additions: 0, deletions: 0, status: "modified" },
    { file: "c.ts", additions: 4, deletions: 0, status: "added" },
    { file: "d.ts", additions: 0, deletions: 0, status: "modified" },
    { file: "e.ts", patch: "x".repeat(500_000), additions: 9, deletions: 1, status: "modified" },
    { file: "g.ts", patch: "diff --git a/f.ts b/g.ts\nrename from f.ts\nrename to g.ts\n", additions: 0, deletions: 0, status: "modified" },
  ]);

  assert.deepEqual(
    files.map(({ path, change, added, removed, lines }) => [path, change, added, removed, lines.length]),
    [
      ["a.ts", "changed", 1, 1, 3],
      ["b.png", "binary", 0, 0, 0],
      ["c.ts", "new", 4, 0, 0],
      ["d.ts", "unknown", 0, 0, 0],
      ["e.ts", "large", 9, 1, 0],
      ["g.ts", "renamed", 0, 0, 0],
    ],
  );
});

test("a diff that is too large is counted, not read", () => {
  const [file] = readDiff(`--- a/x.ts\n+++ b/x.ts\n@@ -1,3 +1,90000 @@\n-a\n${"+more of it\n".repeat(50_000)}`);

  assert.equal(file!.path, "x.ts");
  assert.equal(file!.change, "large");
  assert.equal(file!.added, 50_000);
  assert.equal(file!.removed, 1);
});
