import "./nx-code.css";
import "./nx-diff.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { count, plural } from "../shared/format.ts";
import { iconCheck, iconCopy } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { FileChange } from "../shared/types.ts";
import { copy } from "./clipboard.ts";
import { type DiffLine, type FileDiff, fileDiffs, readDiff, sideBySide } from "./diff.ts";
import { visible, within } from "./words.ts";

/** From this width on, old and new stand side by side. */
const WIDE = 900;

const SIGNS = { add: "+", del: "−", same: " ", hunk: "" } as const;
const NOTES = {
  changed: "",
  new: "new file",
  deleted: "deleted",
  renamed: "renamed",
  binary: "not text",
  large: "too large to show",
  unknown: "not known what",
} as const;

/** `<nx-diff>`: the changes of files, old and new below each other, or side by side where there is room. */
@customElement("nx-diff")
export class NxDiff extends NxElement {
  /** A unified diff; or else {@link changes}. */
  @property() diff = "";
  @property({ attribute: false }) changes: readonly FileChange[] | undefined;
  @property() workspace = "";
  /** So many lines of a file are shown until all are asked for. */
  @property({ type: Number }) first = 400;
  @state() private files: FileDiff[] = [];
  @state() private whole: ReadonlySet<FileDiff> = new Set();
  @state() private copied: FileDiff | undefined;
  @state() private wide = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const sizes = new ResizeObserver(([entry]) => (this.wide = (entry?.contentRect.width ?? 0) >= WIDE));
    sizes.observe(this);
    this.until(sizes, (observer) => observer.disconnect());
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("diff") || changed.has("changes")) {
      this.files = this.changes ? fileDiffs(this.changes) : readDiff(this.diff);
    }
  }

  protected override render(): TemplateResult {
    if (this.files.length === 0 && this.diff) {
      return html`<pre class="term" tabindex="0" role="group" aria-label="Changes">${visible(this.diff)}</pre>`;
    }
    return html`${this.files.map((file, place) => this.#file(file, place))}`;
  }

  #file(file: FileDiff, place: number): TemplateResult {
    const path = visible(within(file.path, this.workspace));
    const lines = this.whole.has(file) ? file.lines : file.lines.slice(0, this.first);
    const left = file.lines.length - lines.length;
    const note = file.was ? `renamed, was ${visible(within(file.was, this.workspace))}` : NOTES[file.change];
    const copied = this.copied === file;
    return html`<figure class="nx-code nx-diff">
      <figcaption class="cap">
        <span class="cut" title=${path}>${path}</span>
        ${note ? html`<span class="note">${note}</span>` : nothing}
        <span class="num"
          ><span class="plus" aria-hidden="true">+${count(file.added)}</span>
          <span class="minus" aria-hidden="true">−${count(file.removed)}</span
          ><span class="sr">${plural(file.added, "line")} added, ${count(file.removed)} removed</span></span
        >
        ${this.#textOf(file, place)
          ? html`<button type="button" class="btn quiet small copy" @click=${() => this.#copy(file, place)}>
              ${copied ? iconCheck() : iconCopy()}${copied ? "Copied" : "Copy"}<span class="sr"> changes in ${path}</span>
            </button>`
          : nothing}
      </figcaption>
      ${lines.length === 0
        ? nothing
        : html`<pre tabindex="0" role="group" aria-label="Changes in ${path}">${this.wide && file.change !== "new" && file.change !== "deleted" ? beside(lines) : lines.map(row)}</pre>`}
      ${left > 0
        ? html`<button type="button" class="btn quiet rest" @click=${() => (this.whole = new Set(this.whole).add(file))}>
            Show ${plural(left, "more line")}
          </button>`
        : nothing}
    </figure>`;
  }

  #textOf(file: FileDiff, place: number): string | undefined {
    return this.changes ? this.changes[place]?.patch : file.path ? this.diff : undefined;
  }

  async #copy(file: FileDiff, place: number): Promise<void> {
    if (await copy(this.#textOf(file, place) ?? "")) {
      say("Copied");
      this.copied = file;
      setTimeout(() => (this.copied = undefined), 2_000);
    }
  }
}

function row(line: DiffLine): TemplateResult {
  if (line.kind === "hunk") {
    return html`<span class="ln hunk">${line.text}</span>`;
  }
  const kind = line.kind === "same" ? "" : line.kind;
  return html`<span class="ln ${kind}"><b>${line.old ?? ""}</b><b>${line.now ?? ""}</b><i>${SIGNS[line.kind]}</i>${visible(line.text)}</span>`;
}

function beside(lines: readonly DiffLine[]): TemplateResult {
  return html`<span class="both">${sideBySide(lines).map(({ old, now }) =>
    old?.kind === "hunk"
      ? html`<span class="ln hunk">${old.text}</span>`
      : html`${half(old, old?.old, "del")}${half(now, now?.now, "add")}`,
  )}</span>`;
}

function half(line: DiffLine | undefined, number: number | undefined, changed: "add" | "del"): TemplateResult {
  const side = changed === "add" ? "right" : "";
  if (!line) {
    return html`<span class="ln none ${side}"></span>`;
  }
  const kind = line.kind === changed ? changed : "";
  return html`<span class="ln ${side} ${kind}"><b>${number ?? ""}</b><i>${kind ? SIGNS[changed] : " "}</i>${visible(line.text)}</span>`;
}
