/** Shorter pieces are put together. */
const PIECE = 4_096;

/** A text that grows at its end. To append, and to read the end, costs the same however long it is. */
export class GrowingText {
  #pieces: string[];
  #length: number;

  constructor(text = "") {
    this.#pieces = text === "" ? [] : [text];
    this.#length = text.length;
  }

  get length(): number {
    return this.#length;
  }

  append(more: string): void {
    const last = this.#pieces.length - 1;
    if (last >= 0 && this.#pieces[last]!.length < PIECE) {
      this.#pieces[last] += more;
    } else {
      this.#pieces.push(more);
    }
    this.#length += more.length;
  }

  /** What stands from this place on. */
  from(place: number): string {
    let start = this.#length;
    const found: string[] = [];
    for (let index = this.#pieces.length - 1; index >= 0 && start > place; index--) {
      const piece = this.#pieces[index]!;
      start -= piece.length;
      found.push(start < place ? piece.slice(place - start) : piece);
    }
    return found.reverse().join("");
  }

  /** The last characters. */
  tail(count: number): string {
    return this.from(Math.max(0, this.#length - count));
  }

  /** All of it. Costs as much as it is long when something was appended since the last time. */
  toString(): string {
    if (this.#pieces.length > 1) {
      this.#pieces = [this.#pieces.join("")];
    }
    return this.#pieces[0] ?? "";
  }
}
