/** Long enough to be few, short enough to be cheap to extend. */
const LONGEST = 4_000;

/** Appends to the end of an element. Costs as much as the text, however much stands there already. */
export function appendText(element: Node, text: string): void {
  const last = element.lastChild;
  if (last instanceof Text && last.length < LONGEST) {
    last.appendData(text);
    return;
  }
  element.appendChild(document.createTextNode(text));
}
