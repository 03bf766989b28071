import assert from "node:assert/strict";
import { test } from "node:test";
import type { Card } from "../../src/chat/cards.ts";
import { nearest } from "../../src/chat/drag.ts";
import { beside, dropped, moved } from "../../src/chat/order.ts";

const cards = (...numbers: number[]) => numbers.map((number) => ({ id: `c${number}`, number }) as Card);
const shown = (all: readonly Card[]) => all.map((card) => `${card.number}:${card.id}`).join(" ");

test("a card takes a number, those in between move over by one", () => {
  assert.equal(shown(moved(cards(1, 2, 3, 4, 5), "c4", 2)), "1:c1 2:c4 3:c2 4:c3 5:c5");
  assert.equal(shown(moved(cards(1, 2, 3, 4, 5), "c2", 4)), "1:c1 2:c3 3:c4 4:c2 5:c5");
});

test("a free number is taken without moving others", () => {
  assert.equal(shown(moved(cards(1, 2, 5), "c1", 4)), "2:c2 4:c1 5:c5");
});

test("cards beyond a gap move over, too, and no number is there twice", () => {
  const after = moved(cards(1, 3, 6, 10), "c10", 1);

  assert.equal(shown(after), "1:c10 2:c1 4:c3 7:c6");
  assert.equal(new Set(after.map((card) => card.number)).size, 4);
});

test("a card that is not there, or stays, changes nothing", () => {
  assert.equal(shown(moved(cards(1, 2), "c9", 1)), "1:c1 2:c2");
  assert.equal(shown(moved(cards(1, 2), "c2", 2)), "1:c1 2:c2");
});

test("one place up or down is the number of the neighbour", () => {
  assert.equal(beside(cards(1, 3, 6), "c3", -1), 1);
  assert.equal(beside(cards(1, 3, 6), "c3", 1), 6);
  assert.equal(beside(cards(1, 3, 6), "c1", -1), undefined);
  assert.equal(beside(cards(1, 3, 6), "c6", 1), undefined);
  assert.equal(beside(cards(1, 3, 6), "c9", 1), undefined);
});

test("dropped between two cards it takes the number of the one that makes room", () => {
  const all = cards(1, 2, 3, 4);

  for (let place = 0; place <= all.length; place++) {
    for (const card of all) {
      const number = dropped(all, card.id, place);
      const others = all.filter((one) => one !== card).map((one) => one.id);
      const at = place - (all.indexOf(card) < place ? 1 : 0);
      const wanted = [...others.slice(0, at), card.id, ...others.slice(at)];
      const after = number === undefined ? all : moved(all, card.id, number);
      assert.deepEqual(after.map((one) => one.id), wanted);
    }
  }
});

const box = (left: number, top: number, width = 100, height = 100) => ({
  left,
  top,
  width,
  height,
  right: left + width,
  bottom: top + height,
});

test("side by side a card goes before or after the nearest one by the half it is let go over", () => {
  const boxes = [box(0, 0), box(110, 0), box(0, 110)];

  assert.equal(nearest(boxes, 120, 50)?.place, 1);
  assert.equal(nearest(boxes, 190, 50)?.place, 2);
  assert.equal(nearest(boxes, 400, 400)?.place, 2);
  assert.equal(nearest(boxes, 10, 150)?.upright, true);
});

test("in one column it goes above or below", () => {
  const boxes = [box(0, 0), box(0, 110)];

  assert.equal(nearest(boxes, 90, 120)?.place, 1);
  assert.equal(nearest(boxes, 10, 200)?.place, 2);
  assert.equal(nearest(boxes, 10, 200)?.upright, false);
  assert.equal(nearest([], 0, 0), undefined);
});
