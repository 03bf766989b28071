import type { Card } from "./cards.ts";

/** The highest number of a card. */
export const LAST_NUMBER = 10;

/**
 * The cards once one of them has moved to a number, in their new order. When another card has that number, the cards in
 * between move over by one. Nexus does the same; this is what the page shows until it has.
 */
export function moved(cards: readonly Card[], id: string, number: number): Card[] {
  const card = cards.find((one) => one.id === id);
  if (!card || card.number === number) {
    return [...cards];
  }
  const from = card.number;
  const taken = cards.some((one) => one.number === number);
  return cards
    .map((one): Card => {
      if (one.id === id) {
        return { ...one, number };
      }
      if (taken && one.number >= number && one.number < from) {
        return { ...one, number: one.number + 1 };
      }
      if (taken && one.number > from && one.number <= number) {
        return { ...one, number: one.number - 1 };
      }
      return one;
    })
    .sort((one, other) => one.number - other.number);
}

/** The number a card takes to move one place up or down; undefined at the end. */
export function beside(cards: readonly Card[], id: string, by: 1 | -1): number | undefined {
  const at = cards.findIndex((card) => card.id === id);
  return at < 0 ? undefined : cards[at + by]?.number;
}

/**
 * The number a card takes when it is put before the card at `place`, or after the last one; undefined when it would stay
 * where it is.
 */
export function dropped(cards: readonly Card[], id: string, place: number): number | undefined {
  const at = cards.findIndex((card) => card.id === id);
  if (at < 0 || place === at || place === at + 1) {
    return undefined;
  }
  return cards[place > at ? place - 1 : place]?.number;
}
