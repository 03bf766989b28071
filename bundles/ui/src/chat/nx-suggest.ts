import "./nx-suggest.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { iconFailed, iconFile, iconFolder, iconTool } from "../shared/icon.ts";
import type { Suggestion, Suggestions } from "./suggestions.ts";

/** `<nx-suggest>`: the list over the message box. The focus stays in the box. Tells `nx-pick` with what was touched. */
@customElement("nx-suggest")
export class NxSuggest extends NxElement {
  @property() name = "";
  @property({ attribute: false }) suggestions!: Suggestions;
  /** Differs whenever it has to be drawn again. */
  @property({ type: Number }) revision = 0;

  protected override updated(): void {
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { state, token, items, problem } = this.suggestions;
    if (state === "closed" || !token) {
      return nothing;
    }
    const files = token.kind === "file";
    if (state === "failed") {
      return html`<div class="nx-suggest"><p class="fail">${iconFailed()}${problem}</p></div>`;
    }
    if (items.length === 0) {
      const none = files ? "No file has this in its name." : "No command begins like this. It is sent as text.";
      return html`<div class="nx-suggest"><p class="soft">${state === "loading" ? "Looking" : none}</p></div>`;
    }
    return html`<div class="nx-suggest" role="listbox" id="suggest-${this.name}" aria-label=${files ? "Files" : "Commands"}>
      ${items.map((item, index) => this.#option(item, index, files))}
    </div>`;
  }

  #option(item: Suggestion, index: number, files: boolean): TemplateResult {
    const icon = files ? (item.folder ? iconFolder() : iconFile()) : iconTool();
    return html`<div
      class="nx-option"
      role="option"
      id="suggest-${this.name}-${index}"
      aria-selected=${index === this.suggestions.active ? "true" : "false"}
      @pointerdown=${(event: Event) => event.preventDefault()}
      @click=${() => this.tell("nx-pick", item)}
    >
      ${icon}<span class="label cut ${files ? "mono" : ""}">${item.label}</span
      ><span class="meta cut ${files ? "mono" : ""}">${item.detail}</span>
    </div>`;
  }
}
