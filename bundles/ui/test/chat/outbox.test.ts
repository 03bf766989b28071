import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type Letter, type Obstacle, OFFLINE, Outbox, isRefusal } from "../../src/chat/outbox.ts";
import { MemoryKeeper } from "../../src/chat/keeper.ts";
import { Problem } from "../../src/shared/api.ts";
import { FakeClock, letter, settled } from "./fakes.ts";

const AWAY = new Problem(0, "offline", "away");

/** One browser: what it keeps, its locks, and the Nexus it talks to. */
class World {
  readonly keeper = new MemoryKeeper<Letter>((one) => one.clientId);
  readonly clock = new FakeClock();
  readonly taken: string[] = [];
  readonly returned: string[] = [];
  readonly tabs: Outbox[] = [];
  obstacle: Obstacle | undefined;
  failure: Problem | undefined;
  tries = 0;
  gate: Promise<void> | undefined;
  #turns = new Map<string, Promise<void>>();

  tab(): Outbox {
    const outbox: Outbox = new Outbox({
      keeper: this.keeper,
      clock: this.clock,
      post: (one) => this.#post(one),
      obstacle: () => this.obstacle,
      alone: (name, work) => this.#alone(name, work),
      comesBack: (one, reason) => this.returned.push(`${one.text}: ${reason}`),
      tellOthers: () => this.tabs.filter((other) => other !== outbox).forEach((other) => void other.look()),
    });
    this.tabs.push(outbox);
    return outbox;
  }

  async #post(one: Letter): Promise<string> {
    this.tries++;
    await this.gate;
    if (this.failure) {
      throw this.failure;
    }
    if (!this.taken.includes(one.clientId)) {
      this.taken.push(one.clientId);
    }
    return `msg-${one.clientId}`;
  }

  #alone(name: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work);
    this.#turns.set(name, turn.catch(() => undefined));
    return turn;
  }
}

let world: World;
let outbox: Outbox;

beforeEach(() => {
  world = new World();
  outbox = world.tab();
});

const shown = (box = outbox, sessionId = "s1") => box.of(sessionId).map((one) => box.sending(one));

test("a letter is kept before it is sent, and leaves when its message has been seen", async () => {
  let open: () => void = () => undefined;
  world.gate = new Promise((resolve) => (open = resolve));
  await outbox.add(letter("a"));
  assert.deepEqual((await world.keeper.all()).map((one) => one.clientId), ["a"]);
  assert.deepEqual(shown().map(({ messageId, waits }) => [messageId, waits]), [[undefined, undefined]]);

  open();
  await settled();
  assert.equal(shown()[0]?.messageId, "msg-a");
  assert.equal((await world.keeper.all())[0]?.messageId, "msg-a");

  assert.equal(outbox.seen("a"), undefined);
  await settled();
  assert.deepEqual(shown(), []);
  assert.deepEqual(await world.keeper.all(), []);
});

test("offline it waits, is still there after a reload, and goes out once on return", async () => {
  world.obstacle = OFFLINE;
  await outbox.add(letter("a"));
  await outbox.add(letter("b"));
  await settled();
  assert.deepEqual(shown().map((one) => one.waits), [OFFLINE.words, OFFLINE.words]);
  assert.equal(world.tries, 0);

  const reloaded = world.tab();
  await reloaded.look();
  await settled();
  assert.deepEqual(shown(reloaded).map((one) => one.clientId), ["a", "b"]);

  world.obstacle = undefined;
  reloaded.wake();
  outbox.wake();
  await settled();

  assert.deepEqual(world.taken, ["a", "b"]);
  assert.equal(world.tries, 2);
});

test("the note of a letter that had to wait says for how long", async () => {
  world.obstacle = OFFLINE;
  await outbox.add(letter("a"));
  await world.clock.pass(20_000);
  world.clock.time += 160_000;
  world.obstacle = undefined;
  outbox.wake();
  await settled();

  assert.match(outbox.seen("a")!, /^Sent at \d\d:\d\d, after 3\u202fmin offline\.$/);
});

test("a failed try is made again with pauses that grow, under the same id and in order", async () => {
  world.failure = AWAY;
  await outbox.add(letter("a"));
  await settled();
  assert.equal(world.tries, 1);

  await world.clock.pass(999);
  assert.equal(world.tries, 1);
  await world.clock.pass(1);
  assert.equal(world.tries, 2);
  await outbox.add(letter("b"));
  await settled();
  assert.equal(world.tries, 3, "whoever sends wants it to be tried");
  assert.ok(shown().every((one) => one.waits === OFFLINE.words));
  await world.clock.pass(3_999);
  assert.equal(world.tries, 3);
  world.failure = undefined;
  await world.clock.pass(1);

  assert.deepEqual(world.taken, ["a", "b"]);
  assert.ok(shown().every((one) => one.waits === undefined));
});

test("what seems to be offline is tried all the same now and then", async () => {
  world.obstacle = OFFLINE;
  await outbox.add(letter("a"));
  await settled();

  await world.clock.pass(30_000);

  assert.deepEqual(world.taken, ["a"]);
});

test("what is refused comes back with the reason, and the next one goes out", async () => {
  world.failure = new Problem(422, "invalid-field", "text: too long");
  await outbox.add(letter("a"));
  await settled();
  world.failure = undefined;
  await outbox.add(letter("b"));
  await settled();

  assert.deepEqual(world.returned, ["Text of a: text: too long"]);
  assert.deepEqual(world.taken, ["b"]);
  assert.deepEqual((await world.keeper.all()).map((one) => one.clientId), ["b"]);
});

test("what OpenCode refuses after Nexus has taken it comes back once, also with several tabs", async () => {
  const other = world.tab();
  await outbox.add(letter("a"));
  await settled();

  const refusal = { messageId: "msg-a", clientId: "a", reason: "The image is broken." };
  other.refused(refusal);
  outbox.refused(refusal);
  await world.clock.pass(5_000);

  assert.deepEqual(world.returned, ["Text of a: The image is broken."]);
  assert.deepEqual(shown(other), []);
});

test("a letter that is taken and never seen is asked for again, and left to Nexus in the end", async () => {
  await outbox.add(letter("a"));
  await settled();
  await world.clock.pass(5_000);
  assert.equal(world.tries, 2);
  assert.equal(shown().length, 1);

  await world.clock.pass(80_000);

  assert.deepEqual(world.taken, ["a"]);
  assert.deepEqual(shown(), []);
  assert.ok(world.clock.idle);
});

test("a refusal that was missed is found out by asking again", async () => {
  await outbox.add(letter("a"));
  await settled();
  world.failure = new Problem(422, "message-refused", "The image is broken.");

  await world.clock.pass(5_000);

  assert.deepEqual(world.returned, ["Text of a: The image is broken."]);
});

test("two tabs do not send the same letter", async () => {
  let open: () => void = () => undefined;
  world.gate = new Promise((resolve) => (open = resolve));
  const other = world.tab();
  await outbox.add(letter("a"));
  await other.look();
  other.wake();
  await settled();
  open();
  await settled();

  assert.equal(world.tries, 1);
  assert.deepEqual(shown(other).map((one) => one.messageId), ["msg-a"]);
});

test("two tabs that both have to wait leave each other in peace", async () => {
  world.obstacle = OFFLINE;
  const other = world.tab();
  let told = 0;
  other.changed.listen(() => told++);
  await outbox.add(letter("a"));
  await settled();
  await settled();

  assert.ok(told < 20, `${told} changes`);
  assert.equal(shown(other)[0]?.waits, OFFLINE.words);
});

test("a waiting letter can be taken back, one that has gone out cannot", async () => {
  world.obstacle = OFFLINE;
  await outbox.add(letter("a"));
  await settled();

  assert.equal((await outbox.takeBack("a"))?.text, "Text of a");
  assert.deepEqual(await world.keeper.all(), []);
  world.obstacle = undefined;
  await outbox.add(letter("b"));
  await settled();

  assert.equal(await outbox.takeBack("b"), undefined);
  assert.deepEqual(world.taken, ["b"]);
});

test("a letter that waits in Nexus is not shown any more, but comes back when it is refused later", async () => {
  await outbox.add(letter("a"));
  await settled();
  outbox.queue("s1", [{ messageId: "msg-a", clientId: "a" }]);
  await settled();
  assert.deepEqual(shown(), []);
  await world.clock.pass(600_000);
  assert.equal(world.tries, 1);

  outbox.queue("s1", []);
  outbox.refused({ messageId: "msg-a", reason: "The image is broken." });
  await world.clock.pass(0);

  assert.deepEqual(world.returned, ["Text of a: The image is broken."]);
});

test("a letter that left the queue is forgotten after a while", async () => {
  await outbox.add(letter("a"));
  await settled();
  outbox.queue("s1", [{ messageId: "msg-a", clientId: "a" }]);
  outbox.queue("s1", []);

  await world.clock.pass(60_000);

  assert.deepEqual(await world.keeper.all(), []);
});

test("what is older than a day comes back instead of going out", async () => {
  world.obstacle = OFFLINE;
  await outbox.add(letter("a"));
  await settled();
  world.clock.time += 25 * 3_600_000;
  world.obstacle = undefined;

  const reloaded = world.tab();
  await reloaded.look();
  await settled();

  assert.deepEqual(world.taken, []);
  assert.deepEqual(world.returned, ["Text of a: It could not be sent for more than a day."]);
});

test("letters of different sessions do not wait for each other", async () => {
  let open: () => void = () => undefined;
  world.gate = new Promise((resolve) => (open = resolve));
  await outbox.add(letter("a"));
  await outbox.add(letter("b", { sessionId: "s2" }));
  await settled();
  assert.equal(world.tries, 2);
  open();
  await settled();

  assert.deepEqual(world.taken.toSorted(), ["a", "b"]);
});

test("refusals are answers of Nexus that a second try would not change", () => {
  const refusal = (status: number, code: string) => isRefusal(new Problem(status, code, ""));
  assert.ok(refusal(422, "invalid-field"));
  assert.ok(refusal(404, "unknown-session"));
  assert.ok(refusal(409, "queue-full"));
  assert.ok(refusal(413, "too-large"));
  for (const [status, code] of [[0, "offline"], [401, "not-logged-in"], [409, "server-not-running"], [429, "too-many"], [503, "server-not-running"], [502, "opencode-failed"], [404, "http-404"]] as const) {
    assert.ok(!refusal(status, code), code);
  }
});
