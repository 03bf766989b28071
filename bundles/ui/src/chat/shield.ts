const DOLLAR = "\ufdd0";
const UNDERSCORE = "\ufdd1";
/** More underscores in a row stand inside of no word. */
const MOST_HELD = 64;

/**
 * Hides from the Markdown parser what it would take for markup although no reader would: dollar signs (there are no
 * formulas here, but `$HOME` and prices) and underscores inside of words (`snake_case`). {@link unshield} brings them back.
 */
export class Shield {
  #last = "";
  #held = "";

  write(chunk: string): string {
    const text = this.#held + chunk;
    let end = text.length;
    while (end > 0 && text[end - 1] === "_" && text.length - end < MOST_HELD) {
      end--;
    }
    this.#held = text.slice(end);
    return this.#hide(text.slice(0, end));
  }

  /** What was held back to see the character after it. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  #hide(text: string): string {
    const last = this.#last;
    this.#last = text.slice(-1) || last;
    return (last + text)
      .replaceAll("$", DOLLAR)
      .replace(/(?<=[\p{L}\p{N}])_+(?=[\p{L}\p{N}])/gu, (run) => UNDERSCORE.repeat(run.length))
      .slice(last.length);
  }
}

export function unshield(text: string): string {
  return text.replaceAll(DOLLAR, "$").replaceAll(UNDERSCORE, "_");
}
