import assert from "node:assert/strict";
import { test } from "node:test";
import { colour } from "../../src/chat/colours.ts";
import { KINDS } from "../../src/chat/kinds.ts";

/** The pieces of a code with what they are. */
function pieces(code: string, language: string): [string, string][] {
  const { lengths, kinds } = colour(code, language)!;
  let place = 0;
  return [...lengths].map((length, index) => [code.slice(place, (place += length)), KINDS[kinds[index]!]!]);
}

test("a code becomes a flat row of pieces", () => {
  assert.deepEqual(pieces('const a = "b"; // c', "ts"), [
    ["const", "keyword"],
    [" a = ", ""],
    ['"b"', "string"],
    ["; ", ""],
    ["// c", "comment"],
  ]);
});

test("what has no colour of its own has that of what is around it", () => {
  assert.deepEqual(pieces("`a ${b} c`", "js").map(([, kind]) => kind), ["string"]);
});

test("another language inside counts too", () => {
  const found = pieces("<script>const a = 1;</script>", "html");

  assert.ok(found.some(([text, kind]) => text === "const" && kind === "keyword"));
  assert.equal(found.map(([text]) => text).join(""), "<script>const a = 1;</script>");
});

test("the pieces are as long as the code, whatever the language and however odd the code", () => {
  const odd = '<script>alert(1)</script> "\u202e" \ud83c\udf89 `${` /* \\ \r\n\t \u0000 {{{ ]]] ;;; @x #y $z\n'.repeat(20);
  const languages = "bash c cpp cs css diff dockerfile go ini java js json kotlin md php py rb rs sh sql ts xml yaml vue jsonc env";

  for (const language of languages.split(" ")) {
    assert.equal(pieces(odd, language).map(([text]) => text).join(""), odd, language);
  }
});

test("a language that is not known, or is no language at all, has no colours", () => {
  assert.equal(colour("x", "klingon"), undefined);
  assert.equal(colour("x", "__proto__"), undefined);
  assert.equal(colour("x", "constructor"), undefined);
});
