/** Rows drawn above and below those in sight. */
const BEYOND = 8;

/**
 * Which of many rows of the same height are drawn, so that a list of thousands stays small: from `from` up to, not
 * including, `to`.
 *
 * @param top how far the beginning of the list lies above the upper edge of what is seen
 * @param height of what is seen
 */
export function rowsInSight(top: number, height: number, row: number, count: number): { from: number; to: number } {
  const first = Math.floor(Math.max(0, top) / row);
  const last = Math.ceil(Math.max(0, top + height) / row);
  const to = Math.min(count, last + BEYOND);
  return { from: Math.max(0, Math.min(first - BEYOND, to)), to };
}
