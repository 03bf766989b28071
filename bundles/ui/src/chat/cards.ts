import type { Session } from "../shared/types.ts";

/** A session with a card. Its number is the same on every device. */
export type Card = Session & { number: number };

/**
 * The sessions with a card, in the order of their numbers. One whose number is not told takes the lowest that is free,
 * in the order of the list.
 */
export function cardsOf(sessions: readonly Session[]): Card[] {
  const active = sessions.filter((session) => session.active && !session.parentId);
  const taken = new Set(active.map((session) => session.number));
  let free = 1;
  const cards = active.map((session): Card => {
    if (isNumbered(session)) {
      return session;
    }
    while (taken.has(free)) {
      free++;
    }
    return { ...session, number: free++ };
  });
  return cards.sort((one, other) => one.number - other.number);
}

function isNumbered(session: Session): session is Card {
  return session.number !== undefined;
}
