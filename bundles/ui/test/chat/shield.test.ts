import assert from "node:assert/strict";
import { test } from "node:test";
import { Shield, unshield } from "../../src/chat/shield.ts";

const TEXT = "use $HOME and snake_case_name, __init__ or _so_, trailing_";

function shielded(pieces: string[]): string {
  const shield = new Shield();
  return pieces.map((piece) => shield.write(piece)).join("") + shield.end();
}

test("dollar signs and underscores inside of words are hidden, others are not", () => {
  const hidden = shielded([TEXT]);

  assert.ok(!hidden.includes("$"));
  assert.ok(!hidden.includes("snake_"));
  assert.ok(!hidden.includes("case_"));
  assert.ok(hidden.includes("__init__"));
  assert.ok(hidden.includes("_so_"));
  assert.equal(unshield(hidden), TEXT);
});

test("it makes no difference where the text is cut", () => {
  const whole = shielded([TEXT]);

  for (let cut = 0; cut <= TEXT.length; cut++) {
    assert.equal(shielded([TEXT.slice(0, cut), TEXT.slice(cut)]), whole, `cut at ${cut}`);
  }
  assert.equal(shielded([...TEXT]), whole);
});

test("a long row of underscores is not held back", () => {
  const shield = new Shield();
  let text = "";
  for (let round = 0; round < 1_000; round++) {
    text += shield.write("____");
  }
  assert.ok(text.length >= 4_000 - 64);
  assert.equal(unshield(text + shield.end()), "_".repeat(4_000));
});
