import assert from "node:assert/strict";
import { test } from "node:test";
import { delivers, KINDS, linkOf, withChannel, withNote, withRead } from "../../src/dashboard/notes.ts";
import type { Notification, NotificationPreferences } from "../../src/shared/types.ts";

const note = (id: string, second: number, extra: Partial<Notification> = {}): Notification => ({
  id,
  at: `2026-03-18T14:00:${String(second).padStart(2, "0")}Z`,
  kind: "finished",
  title: `Title ${id}`,
  text: "",
  count: 1,
  ...extra,
});
const ids = (notes: readonly Notification[]) => notes.map(({ id }) => id);
const preferences: NotificationPreferences = {
  kinds: { "needs-me": ["app", "push"], finished: [] },
  channels: [{ name: "app", title: "This list", available: true }],
};

test("a new one is at the top", () => {
  assert.deepEqual(ids(withNote([note("a", 2), note("b", 1)], note("c", 3))), ["c", "a", "b"]);
});

test("one that repeats moves to the top and is there once", () => {
  const notes = withNote([note("a", 2), note("b", 1)], note("b", 3, { count: 2 }));
  assert.deepEqual(ids(notes), ["b", "a"]);
  assert.equal(notes[0]!.count, 2);
});

test("one that was read stays where it is", () => {
  const notes = withNote([note("a", 2), note("b", 1)], note("b", 1, { readAt: "2026-03-18T14:01:00Z" }));
  assert.deepEqual(ids(notes), ["a", "b"]);
  assert.ok(notes[1]!.readAt);
});

test("one or all are read, and the first moment stays", () => {
  const notes = [note("a", 3), note("b", 2), note("c", 1, { readAt: "earlier" })];
  assert.deepEqual(
    withRead(notes, "now", "b").map(({ readAt }) => readAt),
    [undefined, "now", "earlier"],
  );
  assert.deepEqual(
    withRead(notes, "now").map(({ readAt }) => readAt),
    ["now", "now", "earlier"],
  );
});

test("a link never leads away from Nexus", () => {
  for (const link of ["/", "/#inbox", "/dashboard#restarts", "/#session=ses_1"]) {
    assert.equal(linkOf({ link }), link);
  }
  for (const link of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", " /"]) {
    assert.equal(linkOf({ link }), undefined, link);
  }
  assert.equal(linkOf({}), undefined);
});

test("a channel is added and taken away; one that is not there now stays chosen", () => {
  assert.equal(delivers(preferences, "needs-me", "app"), true);
  assert.equal(delivers(preferences, "finished", "app"), false);
  assert.equal(delivers(preferences, "threshold", "app"), false);
  assert.deepEqual(withChannel(preferences, "needs-me", "app", false), ["push"]);
  assert.deepEqual(withChannel(preferences, "needs-me", "app", true), ["app", "push"]);
  assert.deepEqual(withChannel(preferences, "threshold", "desktop", true), ["desktop"]);
});

test("every kind can be chosen, once", () => {
  assert.equal(KINDS.length, 8);
  assert.equal(new Set(KINDS.map(({ kind }) => kind)).size, 8);
});
