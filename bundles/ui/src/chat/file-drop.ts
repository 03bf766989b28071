/** Takes files that are dropped on an element. Elsewhere on the page they do nothing, instead of replacing the page. */
export class FileDrop {
  #depth = 0;
  readonly #ends = new AbortController();

  constructor(
    target: HTMLElement,
    private readonly over: (over: boolean) => void,
    take: (files: File[]) => void,
  ) {
    const { signal } = this.#ends;
    target.addEventListener("dragenter", (event) => this.#step(event, 1), { signal });
    target.addEventListener("dragleave", (event) => this.#step(event, -1), { signal });
    target.addEventListener(
      "dragover",
      (event) => {
        if (hasFiles(event)) {
          event.preventDefault();
          event.stopPropagation();
          event.dataTransfer!.dropEffect = "copy";
        }
      },
      { signal },
    );
    target.addEventListener(
      "drop",
      (event) => {
        if (hasFiles(event)) {
          event.preventDefault();
          event.stopPropagation();
          this.#end();
          take([...event.dataTransfer!.files]);
        }
      },
      { signal },
    );
    addEventListener("dragover", elsewhere, { signal });
    addEventListener("drop", elsewhere, { signal });
  }

  close(): void {
    this.#ends.abort();
    this.#end();
  }

  /** Every element inside tells when the pointer comes and goes. */
  #step(event: DragEvent, by: 1 | -1): void {
    if (hasFiles(event)) {
      this.#depth = Math.max(0, this.#depth + by);
      this.over(this.#depth > 0);
    }
  }

  #end(): void {
    this.#depth = 0;
    this.over(false);
  }
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function elsewhere(event: DragEvent): void {
  if (hasFiles(event)) {
    event.preventDefault();
    if (event.type === "dragover") {
      event.dataTransfer!.dropEffect = "none";
    }
  }
}
