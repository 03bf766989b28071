import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Announcer, type Stage } from "../../src/chat/announcer.ts";
import { Entry } from "../../src/chat/conversation.ts";
import { LivePart } from "../../src/chat/live-part.ts";
import { setSetting } from "../../src/chat/settings.ts";
import type { Message, MessageState, Session, SessionStatus } from "../../src/shared/types.ts";

const values = new Map<string, string>();
Object.assign(globalThis, {
  localStorage: { getItem: (key: string) => values.get(key) ?? null, setItem: (key: string, value: string) => values.set(key, value) },
});

function session(id: string, number: number): Session & { number: number } {
  return { id, title: id, workspace: "/w", status: "idle", active: true, createdAt: "", updatedAt: "", number };
}

function message(id: string, role: Message["role"], state: MessageState, parentId?: string): Message {
  return { id, sessionId: "s1", role, createdAt: "", state, ...(parentId && { parentId }) };
}

/** Two cards, the first one open, with one answer that is over. */
class FakeStage implements Stage {
  state = "ready" as const;
  cards = [session("s1", 1), session("s2", 2)];
  entries: Entry[] = [new Entry(message("u1", "user", "complete")), new Entry(message("a1", "assistant", "complete", "u1"))];

  session(id: string) {
    return this.cards.find((card) => card.id === id);
  }
  conversation() {
    return { entries: this.entries, answer: this.entries.findLast((entry) => entry.message.role === "assistant") };
  }
  requestsOf() {
    return [];
  }

  become(number: 1 | 2, status: SessionStatus, change: Partial<Session> = {}): void {
    this.cards = this.cards.map((card) => (card.number === number ? { ...card, status, ...change } : card));
  }

  /** An answer begins. */
  answer(id: string, parentId: string, text = ""): LivePart {
    const entry = new Entry(message(id, "assistant", "running", parentId));
    const live = new LivePart({ id: `p${id}`, key: `p${id}`, type: "text", text });
    entry.parts = [live];
    this.entries = [...this.entries, entry];
    return live;
  }

  end(id: string, state: MessageState = "complete"): void {
    const entry = this.entries.find((one) => one.message.id === id)!;
    entry.message = { ...entry.message, state };
  }
}

let stage: FakeStage;
let page: EventTarget;
let said: string[];
let announcer: Announcer;

beforeEach(() => {
  mock.timers.enable({ apis: ["setInterval", "Date"], now: 1_000_000 });
  values.clear();
  stage = new FakeStage();
  page = new EventTarget();
  said = [];
  announcer = new Announcer(stage, { current: "s1" }, (sentence) => said.push(sentence), page);
  mock.timers.tick(1_000);
});

afterEach(() => {
  announcer.close();
  mock.timers.reset();
});

/** A minute at a hundred words a second. */
function write(live: LivePart, seconds: number): void {
  for (let tick = 0; tick < seconds * 10; tick++) {
    live.append("word ".repeat(10));
    mock.timers.tick(100);
  }
}

test("what was there before is not told", () => {
  mock.timers.tick(60_000);

  assert.deepEqual(said, []);
});

test("an answer of a minute: that it begins, how far it is every ten seconds, and once that it is complete", () => {
  stage.become(1, "busy");
  const live = stage.answer("a2", "u2", "```ts\nx\n```\n");
  write(live, 60);
  stage.end("a2");
  stage.become(1, "idle");
  mock.timers.tick(30_000);

  assert.equal(said[0], "Answering.");
  assert.equal(said.at(-1), "Answer complete, 6,000 words, 1 code block.");
  const progress = said.slice(1, -1);
  assert.ok(progress.length >= 4 && progress.length <= 6, String(progress.length));
  assert.ok(progress.every((sentence) => /^Still answering, [\d,]+ words\.$/.test(sentence)));
});

test("the steps of an answer are one answer", () => {
  stage.become(1, "busy");
  stage.answer("a2", "u2", "one two");
  mock.timers.tick(2_000);
  stage.end("a2");
  mock.timers.tick(2_000);
  stage.answer("a3", "u2", "three");
  mock.timers.tick(2_000);
  stage.end("a3");
  mock.timers.tick(1_000);
  stage.become(1, "idle");
  mock.timers.tick(5_000);

  assert.deepEqual(said, ["Answering.", "Answer complete, 3 words."]);
});

test("progress that waited while the owner typed keeps its distance to the next", () => {
  stage.become(1, "busy");
  const live = stage.answer("a2", "u2");
  const heard: number[] = [];
  for (let tick = 0; tick < 400; tick++) {
    if (tick > 50 && tick < 180) {
      page.dispatchEvent(new Event("input"));
    }
    const before = said.length;
    live.append("word ");
    mock.timers.tick(100);
    heard.push(...said.slice(before).filter((sentence) => sentence.startsWith("Still")).map(() => Date.now()));
  }

  assert.ok(heard.length >= 2, String(heard.length));
  assert.ok(heard.every((at, index) => index === 0 || at - heard[index - 1]! >= 10_000), heard.join());
});

test("what the owner wrote is not counted", () => {
  const question = new Entry(message("u2", "user", "complete"));
  question.parts = [new LivePart({ id: "pu2", key: "pu2", type: "text", text: "four words of mine" })];
  stage.entries = [...stage.entries, question];
  stage.become(1, "busy");
  stage.answer("a2", "u2", "just three words");
  mock.timers.tick(2_000);
  stage.end("a2");
  stage.become(1, "idle");
  mock.timers.tick(5_000);

  assert.deepEqual(said, ["Answering.", "Answer complete, 3 words."]);
});

test("an answer that never begins does not complete the one before again", () => {
  stage.become(1, "busy");
  mock.timers.tick(3_000);
  stage.become(1, "failed", { problem: "The provider refused the key." });
  mock.timers.tick(3_000);

  assert.deepEqual(said, ["Session 1 failed. The provider refused the key."]);
});

test("a stopped answer is told once, also when the session is ready before the message has ended", () => {
  stage.become(1, "busy");
  stage.answer("a2", "u2", "one");
  mock.timers.tick(2_000);
  stage.become(1, "idle");
  mock.timers.tick(1_000);
  stage.end("a2", "aborted");
  mock.timers.tick(5_000);

  assert.deepEqual(said, ["Answering.", "Stopped."]);
});

test("that it is tried again is told once for each answer", () => {
  stage.become(1, "busy");
  stage.answer("a2", "u2");
  mock.timers.tick(1_000);
  for (let time = 0; time < 4; time++) {
    stage.become(1, "retry", { problem: "The provider is busy." });
    mock.timers.tick(1_000);
    stage.become(1, "busy");
    mock.timers.tick(1_000);
  }

  assert.deepEqual(said, ["Answering.", "The provider is busy. Trying again."]);
});

test("nothing is said while the owner types; then what still counts", () => {
  stage.become(1, "busy");
  const live = stage.answer("a2", "u2");
  for (let key = 0; key < 30; key++) {
    page.dispatchEvent(new Event("input"));
    write(live, 1);
  }
  stage.become(2, "waiting");
  page.dispatchEvent(new Event("input"));
  mock.timers.tick(500);
  stage.end("a2");
  stage.become(1, "idle");
  page.dispatchEvent(new Event("input"));
  mock.timers.tick(1_000);
  assert.deepEqual(said, []);

  mock.timers.tick(2_000);
  assert.deepEqual(said, ["Session 2 needs you.", "Answer complete, 3,000 words."]);
});

test("of the other cards only what needs the owner is told, or has failed", () => {
  for (const status of ["busy", "retry", "interrupted", "idle", "waiting", "busy", "failed"] as const) {
    stage.become(2, status);
    mock.timers.tick(1_000);
  }

  assert.deepEqual(said, ["Session 2 needs you.", "Session 2 failed."]);
});

test("the owner chooses how much is told", () => {
  const play = (id: string) => {
    said.length = 0;
    stage.become(1, "busy");
    const live = stage.answer(id, `u${id}`);
    write(live, 12);
    stage.become(1, "waiting");
    mock.timers.tick(1_000);
    stage.become(1, "busy");
    stage.end(id);
    stage.become(1, "idle");
    mock.timers.tick(1_000);
    return said.length;
  };

  assert.equal(play("b1"), 4);
  setSetting("speak", "complete");
  assert.equal(play("b2"), 2);
  setSetting("speak", "needs");
  assert.equal(play("b3"), 1);
  assert.deepEqual(said, ["Session 1 needs you."]);
  setSetting("speak", "nothing");
  assert.equal(play("b4"), 0);
});

test("that an answer is tried again is heard once, also when it begins that way while the owner types", () => {
  for (const [answer, question] of [["a2", "u2"], ["a3", "u3"]] as const) {
    said = [];
    page.dispatchEvent(new Event("input"));
    stage.become(1, "busy");
    mock.timers.tick(500);
    stage.become(1, "retry", { problem: "The provider is busy." });
    mock.timers.tick(500);
    stage.answer(answer, question, "one two");
    mock.timers.tick(2_000);
    stage.become(1, "busy");
    mock.timers.tick(1_000);
    stage.become(1, "retry", { problem: "The provider is busy." });
    mock.timers.tick(1_000);
    stage.end(answer);
    stage.become(1, "idle");
    mock.timers.tick(2_000);

    assert.deepEqual(said, ["The provider is busy. Trying again.", "Answer complete, 2 words."]);
  }
});
