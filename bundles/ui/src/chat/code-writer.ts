import { appendText, wholeAt } from "./text.ts";

/** A run ends with the line that fills it: a browser lays out a whole box of text when something is appended. */
const LINES = 100;
const CHARACTERS = 8_000;
/** So many runs that are full share a box, since each box that is not drawn costs a look in every frame. */
const RUNS = 16;
/** Height of a line in pixels, as the style sheet has it. */
const LINE = 20;
/** Of a line that has more, each further piece is a box of its own. */
const PIECE = 8_000;

/**
 * Writes code into an element, as runs of lines. Where runs begin depends on the code alone, however it comes in
 * pieces. To append costs the same however much stands there already.
 */
export class CodeWriter {
  #runs: HTMLElement | undefined;
  #runsLines = 0;
  #run: HTMLElement | undefined;
  #lines = 0;
  #size = 0;
  #piece: HTMLElement | undefined;
  #column = 0;

  /** @param full told of each run that is complete */
  constructor(
    private readonly element: HTMLElement,
    private readonly full: (run: HTMLElement) => void = () => undefined,
  ) {}

  write(text: string, kind = ""): void {
    for (let place = 0; place < text.length; ) {
      const newline = text.indexOf("\n", place);
      const line = newline < 0 ? text.length : newline;
      const end = Math.min(wholeAt(text, place + PIECE - this.#column), line);
      if (end > place) {
        this.#append(text.slice(place, end), kind);
        this.#column += end - place;
      }
      place = end;
      if (place < line) {
        this.#piece = this.#open("bit", this.#current);
        this.#column = 0;
      } else if (newline >= 0) {
        this.#endLine(kind);
        place++;
      }
    }
  }

  /** Call once, when nothing follows. */
  end(): void {
    if (this.#run) {
      this.full(this.#run);
      this.#run = undefined;
    }
  }

  #fill(): void {
    hide(this.#run!, this.#lines);
    this.end();
    this.#runsLines += this.#lines;
    this.#lines = 0;
    this.#size = 0;
    if (this.#runs!.childElementCount >= RUNS) {
      hide(this.#runs!, this.#runsLines);
      this.#runs = undefined;
      this.#runsLines = 0;
    }
  }

  get #current(): HTMLElement {
    this.#runs ??= this.#open("runs", this.element);
    return (this.#run ??= this.#open("run", this.#runs));
  }

  #endLine(kind: string): void {
    this.#piece = undefined;
    this.#column = 0;
    this.#append("\n", kind);
    this.#lines++;
    if (this.#lines >= LINES || this.#size >= CHARACTERS) {
      this.#fill();
    }
  }

  #append(text: string, kind: string): void {
    const into = this.#piece ?? this.#current;
    this.#size += text.length;
    if (kind === "") {
      appendText(into, text);
      return;
    }
    const last = into.lastChild;
    const span = last instanceof HTMLElement && last.className === `k-${kind}` ? last : this.#open(`k-${kind}`, into);
    appendText(span, text);
  }

  #open(name: string, parent: HTMLElement): HTMLElement {
    const span = document.createElement("span");
    span.className = name;
    return parent.appendChild(span);
  }
}

/** What others follow is drawn only when in sight. */
function hide(box: HTMLElement, lines: number): void {
  box.classList.add("done");
  box.style.setProperty("contain-intrinsic-block-size", `auto ${lines * LINE}px`);
}
