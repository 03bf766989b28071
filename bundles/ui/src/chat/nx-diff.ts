import "./nx-code.css";
import "./nx-diff.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { count, plural } from "../shared/format.ts";
import { iconCheck, iconCopy } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { copy } from "./clipboard.ts";
import { type DiffLine, type FileDiff, readDiff } from "./diff.ts";
import { visible, within } from "./words.ts";

/** More lines than this are shown only when asked for. */
const MOST_LINES = 400;

const SIGNS = { add: "+", del: "−", same: " ", hunk: "" } as const;
const NOTES = {
  changed: "",
  new: "new file",
  deleted: "deleted",
  renamed: "renamed",
  binary: "not text",
} as const;

/** `<nx-diff>`: the changes of files, as a unified diff. */
@customElement("nx-diff")
export class NxDiff extends NxElement {
  @property() diff = "";
  @property() workspace = "";
  @state() private files: FileDiff[] = [];
  @state() private whole = false;
  @state() private copied = false;

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("diff")) {
      this.files = readDiff(this.diff);
    }
  }

  protected override render(): TemplateResult {
    if (this.files.length === 0) {
      return html`<pre class="term" tabindex="0" role="group" aria-label="Changes">${this.diff}</pre>`;
    }
    return html`${this.files.map((file) => this.#file(file))}`;
  }

  #file(file: FileDiff): TemplateResult {
    const path = within(file.path, this.workspace);
    const lines = this.whole ? file.lines : file.lines.slice(0, MOST_LINES);
    const left = file.lines.length - lines.length;
    return html`<figure class="nx-code nx-diff">
      <figcaption class="cap">
        <span class="cut" title=${path}>${path}</span>
        ${NOTES[file.change] ? html`<span class="note">${NOTES[file.change]}</span>` : nothing}
        <span class="num"
          ><span class="plus" aria-hidden="true">+${count(file.added)}</span>
          <span class="minus" aria-hidden="true">−${count(file.removed)}</span
          ><span class="sr">${plural(file.added, "line")} added, ${count(file.removed)} removed</span></span
        >
        <button type="button" class="btn quiet small copy" @click=${this.#copy}>
          ${this.copied ? iconCheck() : iconCopy()}${this.copied ? "Copied" : "Copy"}<span class="sr"> changes</span>
        </button>
      </figcaption>
      ${file.lines.length === 0
        ? nothing
        : html`<pre tabindex="0" role="group" aria-label="Changes in ${path}">${lines.map(row)}</pre>`}
      ${left > 0
        ? html`<button type="button" class="btn quiet rest" @click=${() => (this.whole = true)}>
            Show ${plural(left, "more line")}
          </button>`
        : nothing}
    </figure>`;
  }

  async #copy(): Promise<void> {
    if (await copy(this.diff)) {
      say("Copied");
      this.copied = true;
      setTimeout(() => (this.copied = false), 2_000);
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
