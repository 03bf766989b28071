import "./fold.css";
import "./nx-tool.ts";
import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { NxElement } from "../shared/element.ts";
import { plural } from "../shared/format.ts";
import { iconFile, iconRight } from "../shared/icon.ts";
import type { ToolPart } from "../shared/types.ts";
import { callEnd } from "./call-line.ts";
import { outcomeOf } from "./outcome.ts";
import { harmless, toolWords } from "./words.ts";

/** `<nx-reads>`: files that were read one after the other, in one line. */
@customElement("nx-reads")
export class NxReads extends NxElement {
  @property({ attribute: false }) calls: readonly ToolPart[] = [];
  @property() workspace = "";
  @property({ type: Boolean }) over = false;

  protected override render(): TemplateResult {
    const { calls } = this;
    const names = calls.map((call) => harmless(toolWords(call, this.workspace).object)).join(", ");
    const last = calls.at(-1)!;
    const first = calls[0]!.startedAt;
    const all: ToolPart = first ? { ...last, startedAt: first } : last;
    return html`<details class="fold">
      <summary>
        ${iconRight()}${iconFile()}<span class="what">Read ${plural(calls.length, "file")}</span
        ><code class="cut" title=${names}>${names}</code>${callEnd(all, outcomeOf(last, false, this.over))}
      </summary>
      <div class="body inner">
        ${repeat(
          calls,
          (call) => call.id,
          (call) => html`<nx-tool .call=${call} .workspace=${this.workspace} .over=${this.over}></nx-tool>`,
        )}
      </div>
    </details>`;
  }
}
