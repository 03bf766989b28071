import assert from "node:assert/strict";
import { test } from "node:test";
import { fileUrl, kindOf, MOST_BYTES, pieceOf, textPiece, unreadable } from "../../src/chat/pieces.ts";

const bytes = (text: string) => Uint8Array.from([...text].map((char) => char.charCodeAt(0)));
const kind = (name: string, claimed: string, head: string, size = head.length) => kindOf(name, claimed, size, bytes(head));
const PNG = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

test("a file is what its first bytes say, not what it is called", () => {
  assert.deepEqual(kind("a.png", "image/png", PNG), { mime: "image/png" });
  assert.deepEqual(kind("a.jpg", "image/jpeg", PNG), { mime: "image/png" });
  assert.deepEqual(kind("a", "", "\xff\xd8\xff\xe0"), { mime: "image/jpeg" });
  assert.deepEqual(kind("a.gif", "image/gif", "GIF89a...."), { mime: "image/gif" });
  assert.deepEqual(kind("a.webp", "image/webp", "RIFF\x24\0\0\0WEBPVP8 "), { mime: "image/webp" });
  assert.deepEqual(kind("a.pdf", "application/pdf", "%PDF-1.7\n"), { mime: "application/pdf" });
});

test("texts go as plain text, whatever they are called", () => {
  assert.deepEqual(kind("a.ts", "video/mp2t", "export const a = 1;\n"), { mime: "text/plain" });
  assert.deepEqual(kind("a.svg", "image/svg+xml", "<svg/>"), { mime: "text/plain" });
  assert.deepEqual(kind("a.log", "", "\x1b[31mred\x1b[0m\r\n"), { mime: "text/plain" });
  // A sign that is cut in two at the end of what is looked at.
  assert.deepEqual(kindOf("a.md", "", 5_000, bytes("gr\xc3")), { mime: "text/plain" });
});

test("what cannot be sent is refused with the reason", () => {
  assert.deepEqual(kind("notes.txt", "text/plain", ""), { problem: "notes.txt is empty." });
  assert.deepEqual(kind("big.pdf", "application/pdf", "%PDF-", 14_000_000), {
    problem: "big.pdf is 14\u202fMB; 10\u202fMB fit.",
  });
  assert.ok("mime" in kind("a.pdf", "application/pdf", "%PDF-", MOST_BYTES));
  assert.deepEqual(kind("photo.heic", "image/heic", "\0\0\0\x18ftypheic"), {
    problem: "photo.heic cannot be read by this model.",
  });
  assert.deepEqual(kind("a.png", "image/png", "\0\0\0\0broken"), {
    problem: "a.png is damaged: it is not what its name says.",
  });
  assert.deepEqual(kind("a.zip", "application/zip", "PK\x03\x04"), { problem: "a.zip cannot be read by this model." });
  assert.ok("problem" in kind("a.bin", "", "\xff\xfe\xfd"));
});

test("a model that reads no images cannot be given one", () => {
  const photo = { name: "photo.png", mime: "image/png" };
  assert.equal(unreadable(photo, { inputs: ["text", "image"] }), "");
  assert.equal(unreadable(photo, { inputs: ["text"] }), "photo.png cannot be read by this model.");
  assert.equal(unreadable(photo, { inputs: [] }), "", "not known is not refused");
  assert.equal(unreadable(photo, undefined), "");
  assert.equal(unreadable({ name: "a.pdf", mime: "application/pdf" }, { inputs: ["text", "image"] }), "a.pdf cannot be read by this model.");
  assert.equal(unreadable({ name: "a.txt", mime: "text/plain" }, { inputs: ["text"] }), "");
});

test("a file that is chosen is copied, with a name of one line", async () => {
  const piece = await pieceOf(new File(["Hello"], "a\nb.txt", { type: "text/plain" }));
  assert.ok(typeof piece !== "string");
  assert.equal(piece.name, "a b.txt");
  assert.equal(piece.size, 5);
  assert.equal(await piece.blob!.text(), "Hello");
});

test("a folder, or a file that has gone, says so", async () => {
  const gone = { name: "folder", type: "", size: 4096, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("no file")) }) };
  assert.equal(await pieceOf(gone as unknown as File), "folder cannot be read. Folders are mentioned with @.");
});

test("a text becomes a file", async () => {
  const piece = textPiece("grün");
  assert.deepEqual([piece.name, piece.mime, piece.size], ["Text.txt", "text/plain", 5]);
});

test("addresses of files of a workspace", () => {
  assert.equal(fileUrl("/home/ada/code", "src/a b#1?.ts"), "file:///home/ada/code/src/a%20b%231%3F.ts");
  assert.equal(fileUrl("/home/ada/code/", "src/"), "file:///home/ada/code/src/");
  assert.equal(fileUrl("C:\\code\\shop", "src/a.ts"), "file:///C:/code/shop/src/a.ts");
});
