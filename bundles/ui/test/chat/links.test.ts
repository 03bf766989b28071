import assert from "node:assert/strict";
import { test } from "node:test";
import { bareLink, safeLink } from "../../src/chat/links.ts";

test("only complete web and mail addresses are links", () => {
  assert.equal(safeLink("https://example.com/a?b=c#d"), "https://example.com/a?b=c#d");
  assert.equal(safeLink(" http://example.com "), "http://example.com/");
  assert.equal(safeLink("mailto:ada@example.com"), "mailto:ada@example.com");
});

test("everything else leads nowhere", () => {
  const addresses = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " \u0001javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://example.com/1",
    "//example.com",
    "/api/logout",
    "src/auth/retry.ts",
    "#top",
    "",
    "https://",
    "https://user:password@example.com/",
    "intent://x#Intent;end",
  ];

  for (const address of addresses) {
    assert.equal(safeLink(address), null, address);
  }
});

test("an address in a sentence loses the signs that belong to the sentence", () => {
  assert.equal(bareLink("https://example.com/a."), "https://example.com/a");
  assert.equal(bareLink("https://example.com/a),"), "https://example.com/a");
  assert.equal(bareLink("https://example.com/a/"), "https://example.com/a/");
});
