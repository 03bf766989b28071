/** One event as it comes over the line. */
export interface Frame {
  id: string | undefined;
  event: string;
  data: string;
}

const LARGEST = 32 * 1024 * 1024;

/** Cuts a text stream of the EventSource format into events. Chunks may end anywhere. */
export class FrameReader {
  #rest = "";
  #event = "";
  #id: string | undefined;
  #data: string[] = [];
  #size = 0;
  #afterReturn = false;

  constructor(private readonly take: (frame: Frame) => void) {}

  push(chunk: string): void {
    if (chunk === "") {
      return;
    }
    const text = this.#afterReturn && chunk.startsWith("\n") ? chunk.slice(1) : chunk;
    this.#afterReturn = chunk.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop()!;
    if (this.#rest.length + this.#size > LARGEST) {
      throw new RangeError("an event is too large");
    }
    for (const line of lines) {
      this.#line(line);
    }
  }

  #line(line: string): void {
    if (line === "") {
      this.#end();
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) {
      return;
    }
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") {
      this.#data.push(value);
      this.#size += value.length;
    } else if (name === "event") {
      this.#event = value;
    } else if (name === "id") {
      this.#id = value;
    }
  }

  #end(): void {
    if (this.#data.length > 0) {
      this.take({ id: this.#id, event: this.#event || "message", data: this.#data.join("\n") });
    }
    this.#event = "";
    this.#id = undefined;
    this.#data = [];
    this.#size = 0;
  }
}
