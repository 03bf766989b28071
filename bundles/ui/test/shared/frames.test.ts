import assert from "node:assert/strict";
import { test } from "node:test";
import { type Frame, FrameReader } from "../../src/shared/frames.ts";

const STREAM =
  'id: a-1\nevent: hello\ndata: {"x":1}\n\n:\n\nid: a-2\r\nevent:text\r\ndata: one\r\ndata: two\r\n\r\nid:a-3\revent: text\rdata:  wide\r\rdata: plain\n\nevent: nothing\n\n';

const EXPECTED: Frame[] = [
  { id: "a-1", event: "hello", data: '{"x":1}' },
  { id: "a-2", event: "text", data: "one\ntwo" },
  { id: "a-3", event: "text", data: " wide" },
  { id: undefined, event: "message", data: "plain" },
];

function read(chunks: string[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((frame) => frames.push(frame));
  for (const chunk of chunks) {
    reader.push(chunk);
  }
  return frames;
}

test("events are the same wherever the stream is cut", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    assert.deepEqual(read([STREAM.slice(0, cut), "", STREAM.slice(cut)]), EXPECTED, `cut at ${cut}`);
  }
  assert.deepEqual(read([...STREAM]), EXPECTED);
});

test("an event whose end did not come is not taken", () => {
  assert.deepEqual(read(["id: a-1\ndata: half\n"]), []);
});

test("an event without end is refused before it fills the memory", () => {
  const reader = new FrameReader(() => assert.fail("no event"));
  const chunk = "data: " + "x".repeat(1024 * 1024) + "\n";
  assert.throws(() => {
    for (let i = 0; i < 40; i++) {
      reader.push(chunk);
    }
  }, RangeError);
});
