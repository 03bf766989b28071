import assert from "node:assert/strict";
import { test } from "node:test";
import { lastLines, plainPrinted, printed } from "../../src/chat/ansi.ts";

test("colours become names of our own", () => {
  assert.deepEqual(printed("\u001b[1;31mfailed\u001b[0m 2 of \u001b[92m20\u001b[39m!"), [
    { text: "failed", look: "a-bold a-red" },
    { text: " 2 of ", look: "" },
    { text: "20", look: "a-green" },
    { text: "!", look: "" },
  ]);
});

test("a colour of many is taken when it is one of the first, else it is none", () => {
  assert.deepEqual(
    printed("\u001b[38;5;9ma\u001b[38;5;200mb\u001b[38;2;1;2;3mc\u001b[48;5;1md\u001b[4me"),
    [
      { text: "a", look: "a-red" },
      { text: "bcd", look: "" },
      { text: "e", look: "a-under" },
    ],
  );
});

test("what steers a terminal is left out", () => {
  const steering = [
    "\u001b]0;title\u0007",
    "\u001b]8;;https://evil.example\u001b\\",
    "\u001bP1$r0m\u001b\\",
    "\u001b[2J",
    "\u001b[?25l",
    "\u001b[10;20H",
    "\u001b(B",
    "\u001bc",
    "\u009b31m",
  ];

  assert.equal(plainPrinted(`a${steering.join("-")}b`).replaceAll("-", ""), "ab");
  assert.equal(plainPrinted("a\u001b]0;never ended\nb\u001b"), "a\nb");
});

test("a line that is written over and over shows its last state", () => {
  assert.equal(plainPrinted("10 %\r20 %\r100 %\ndone\r\n"), "100 %\ndone\n");
  assert.equal(plainPrinted("working\r"), "working");
  assert.equal(plainPrinted("abc\u0008\u0008x\u0008\u0008\u0008\u0008y"), "y");
});

test("what is left cannot hide or turn around anything", () => {
  assert.equal(plainPrinted("a\u202eb\u0000\u2066c"), "a\\u202eb\\u0000\\u2066c");
  assert.equal(plainPrinted("👨‍👩‍👧 ok\t1"), "👨‍👩‍👧 ok\t1");
});

test("a text that changes its look all the time is plain", () => {
  assert.deepEqual(printed("\u001b[31ma\u001b[32mb".repeat(5_000)), [{ text: "ab".repeat(5_000), look: "" }]);
});

test("however odd the output, its letters are all there", () => {
  const odd = "\u001b[".repeat(2_000) + "\u001b]".repeat(2_000) + "\u009b".repeat(2_000);

  assert.doesNotMatch(plainPrinted(odd), /[\u0000-\u0008\u001b\u009b]/);
});

test("the last lines of a text", () => {
  assert.equal(lastLines("1\n2\n3\n4", 2), "3\n4");
  assert.equal(lastLines("1\n2", 5), "1\n2");
  assert.equal(lastLines("\n1", 1), "1");
  assert.equal(lastLines("", 3), "");
  assert.equal(lastLines("x\n\n\ny", 2), "\ny");
});
