import assert from "node:assert/strict";
import { test } from "node:test";
import { readDiff } from "../../src/chat/diff.ts";

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
