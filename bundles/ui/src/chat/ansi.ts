import { harmless } from "./words.ts";

/** A piece of what a program printed, and the class names of how it looks. */
export interface Printed {
  text: string;
  look: string;
}

/** A text with more changes of look than this is shown plain. */
const MOST_LOOKS = 2_000;
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

// What steers a terminal: titles, links and other strings up to their end; then sequences; then single signs.
const STRING = /\u001b[\]PX^_][^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?/g;
const SEQUENCE = /(?:\u001b\[|\u009b)([\d;:<=>?]*)[ -/]*([@-~])|\u001b[ -/]*[0-~]|\u001b/g;

/**
 * What a program printed, without what steers a terminal. Colours become class names of our own, a line that was written
 * over and over shows its last state, and nothing is left that could hide or turn around what stands there.
 */
export function printed(output: string): Printed[] {
  const text = output.replace(STRING, "");
  const pieces: Printed[] = [];
  let look = new Look();
  let place = 0;
  for (const match of text.matchAll(SEQUENCE)) {
    add(pieces, text.slice(place, match.index), look);
    place = match.index + match[0].length;
    if (match[2] === "m") {
      look = look.with(match[1] ?? "");
    }
  }
  add(pieces, text.slice(place), look);
  if (pieces.length > MOST_LOOKS) {
    return finished([{ text: pieces.map((piece) => piece.text).join(""), look: "" }]);
  }
  return finished(pieces);
}

/** The same as plain text. */
export function plainPrinted(output: string): string {
  return printed(output)
    .map((piece) => piece.text)
    .join("");
}

/** The last lines of a text. Costs as much as they are long. */
export function lastLines(text: string, count: number): string {
  let place = text.length;
  for (let line = 0; line < count && place >= 0; line++) {
    place = text.lastIndexOf("\n", place - 1);
    if (place <= 0) {
      return place === 0 && line + 1 === count ? text.slice(1) : text;
    }
  }
  return text.slice(place + 1);
}

class Look {
  constructor(
    private readonly marks: readonly string[] = [],
    private readonly colour = "",
  ) {}

  get names(): string {
    return [...this.marks, this.colour].filter(Boolean).join(" ");
  }

  with(codes: string): Look {
    let marks = new Set(this.marks);
    let { colour } = this;
    const numbers = codes.split(/[;:]/).map((code) => Number(code) || 0);
    for (let place = 0; place < numbers.length; place++) {
      const code = numbers[place]!;
      if (code === 0) {
        marks = new Set();
        colour = "";
      } else if (code === 1) {
        marks.add("a-bold");
      } else if (code === 2) {
        marks.add("a-dim");
      } else if (code === 4) {
        marks.add("a-under");
      } else if (code === 22) {
        marks.delete("a-bold");
        marks.delete("a-dim");
      } else if (code === 24) {
        marks.delete("a-under");
      } else if (code === 38 || code === 48) {
        const indexed = numbers[place + 1] === 5;
        const index = numbers[place + 2] ?? 0;
        if (code === 38) {
          colour = indexed && index < 16 ? `a-${NAMES[index % 8]}` : "";
        }
        place += indexed ? 2 : 4;
      } else if (code === 39) {
        colour = "";
      } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
        colour = `a-${NAMES[code % 10]}`;
      }
    }
    return new Look([...marks], colour);
  }
}

function add(pieces: Printed[], text: string, look: Look): void {
  const last = pieces.at(-1);
  if (text === "") {
    return;
  }
  if (last?.look === look.names) {
    last.text += text;
    return;
  }
  pieces.push({ text, look: look.names });
}

/** Lets what was written over a line stand alone, takes what was rubbed out away, and makes the rest harmless. */
function finished(pieces: readonly Printed[]): Printed[] {
  const lines: Printed[][] = [[]];
  for (const { text, look } of pieces) {
    for (const part of text.replaceAll("\r\n", "\n").split(/(\n|\r|\u0008+)/)) {
      if (part === "\n") {
        lines.at(-1)!.push({ text: "\n", look });
        lines.push([]);
      } else if (part === "\r") {
        lines.at(-1)!.push({ text: "\r", look });
      } else if (part.startsWith("\u0008")) {
        rubOut(lines.at(-1)!, part.length);
      } else if (part !== "") {
        lines.at(-1)!.push({ text: part, look });
      }
    }
  }
  const all: Printed[] = [];
  for (const line of lines) {
    for (const { text, look } of line.slice(written(line))) {
      const last = all.at(-1);
      if (last?.look === look) {
        last.text += harmless(text);
      } else if (text !== "" && text !== "\r") {
        all.push({ text: harmless(text), look });
      }
    }
  }
  return all.map((piece) => ({ ...piece, text: piece.text.replaceAll("\r", "") }));
}

/** Where the last state of a line begins. A return that nothing follows ends a line that stands. */
function written(line: readonly Printed[]): number {
  let follows = false;
  for (let place = line.length - 1; place >= 0; place--) {
    const { text } = line[place]!;
    if (text === "\r" && follows) {
      return place + 1;
    }
    follows ||= text !== "\r" && text !== "\n";
  }
  return 0;
}

function rubOut(line: Printed[], count: number): void {
  for (let left = count; left > 0 && line.length > 0; ) {
    const last = line.at(-1)!;
    if (last.text === "\r") {
      return;
    }
    const gone = Math.min(left, last.text.length);
    last.text = last.text.slice(0, -gone);
    left -= gone;
    if (last.text === "") {
      line.pop();
    }
  }
}
