/**
 * Whether an event comes after a cursor. Ids are `<epoch>-<sequence>`; undefined when the epochs differ, because then
 * the two cannot be compared. An empty cursor is before everything.
 */
export function isAfter(id: string, cursor: string): boolean | undefined {
  if (cursor === "") {
    return true;
  }
  const [epoch, sequence] = split(id);
  const [cursorEpoch, cursorSequence] = split(cursor);
  return epoch === cursorEpoch ? sequence > cursorSequence : undefined;
}

function split(id: string): [epoch: string, sequence: number] {
  const dash = id.lastIndexOf("-");
  return [id.slice(0, dash), Number(id.slice(dash + 1))];
}
