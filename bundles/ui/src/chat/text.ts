/** Long enough to be few, short enough to be cheap to extend. */
const LONGEST = 4_000;
/** Characters of one run: a browser lays out a whole box of text when something is appended. */
const RUN = 4_000;
/** How far a run may go on to end with a sentence. */
const SENTENCE = 1_000;

/** Appends to the end of an element. Costs as much as the text, however much stands there already. */
export function appendText(element: Node, text: string): void {
  const last = element.lastChild;
  if (last instanceof Text && last.length < LONGEST) {
    last.appendData(text);
    return;
  }
  element.appendChild(document.createTextNode(text));
}

/**
 * How much of a text still belongs to a run that has some characters already: all of it while there is room, else as far
 * as a sentence ends, or a word, or as it comes.
 */
export function endOfRun(text: string, size: number): number {
  const room = RUN - size;
  if (text.length <= room) {
    return text.length;
  }
  const from = Math.max(0, room);
  const sentence = /[.!?…][)"'”’*_]*\s+/g;
  sentence.lastIndex = from;
  const end = sentence.exec(text.slice(0, Math.max(0, room + SENTENCE)));
  if (end) {
    return end.index + end[0].length;
  }
  if (size + text.length <= RUN + SENTENCE) {
    return text.length;
  }
  const late = Math.max(0, room + SENTENCE);
  const space = text.slice(late).search(/\s/);
  if (space >= 0 && late + space < room + RUN) {
    return late + space + 1;
  }
  return size + text.length <= 2 * RUN ? text.length : wholeAt(text, Math.max(0, room + RUN));
}

/** This place, or the one before when it is inside of a character. */
export function wholeAt(text: string, place: number): number {
  const inside = place < text.length && /[\ud800-\udbff]/.test(text.charAt(place - 1));
  return Math.min(text.length, inside ? place - 1 : place);
}
