/**
 * Whether an event comes after another, or after a cursor. Ids are `<epoch>-<sequence>`; undefined for those of different
 * starts of Nexus, which cannot be compared: what the cursor stood for has to be fetched again. An empty cursor is before
 * everything.
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
