/** Goes through the messages that were sent, newest first, and back to what was typed. */
export class Recall {
  #place = -1;
  #typed = "";
  #shown = "";

  /** The message before the one that is shown, undefined when there is none or when the text is the owner's own. */
  older(text: string, sent: readonly string[]): string | undefined {
    if (this.#place >= 0 && text !== this.#shown) {
      this.reset();
    }
    if (this.#place < 0 && text.trim() !== "") {
      return undefined;
    }
    const next = sent.findIndex((words, index) => index > this.#place && words !== (this.#place < 0 ? "" : this.#shown));
    if (next < 0) {
      return undefined;
    }
    if (this.#place < 0) {
      this.#typed = text;
    }
    return this.#show(next, sent[next]!);
  }

  /** The message after it, and at last what was typed. */
  newer(text: string, sent: readonly string[]): string | undefined {
    if (this.#place < 0 || text !== this.#shown) {
      return undefined;
    }
    const next = sent.slice(0, this.#place).findLastIndex((words) => words !== this.#shown);
    if (next >= 0) {
      return this.#show(next, sent[next]!);
    }
    this.#place = -1;
    return this.#typed;
  }

  /** Whether an older message is shown, unchanged. */
  showing(text: string): boolean {
    return this.#place >= 0 && text === this.#shown;
  }

  reset(): void {
    this.#place = -1;
    this.#typed = "";
  }

  #show(place: number, words: string): string {
    this.#place = place;
    this.#shown = words;
    return words;
  }
}
