import "./field.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { NxElement } from "./element.ts";
import { iconEye, iconWarn } from "./icon.ts";

/**
 * <nx-field>: one labelled line of text with its hint and its error. As a password it can be shown. Tells `nx-value`
 * with the text whenever that changes.
 */
@customElement("nx-field")
export class NxField extends NxElement {
  @property() label = "";
  @property() name = "";
  @property() value = "";
  @property() hint = "";
  /** What is wrong, and what would be right. */
  @property() error = "";
  @property() autocomplete: AutoFill = "off";
  @property({ type: Boolean }) secret = false;
  @property({ type: Boolean }) mono = false;
  @state() private shown = false;
  @query("input") private input!: HTMLInputElement | null;

  override focus(): void {
    this.input?.focus();
  }

  /** Covers the password again, as before it is sent. */
  cover(): void {
    this.shown = false;
  }

  #typed(): void {
    this.value = this.input?.value ?? "";
    this.tell("nx-value", this.value);
  }

  protected override render(): TemplateResult {
    const id = `field-${this.name}`;
    const described = [this.error ? `${id}-error` : "", this.hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
    const input = html`
      <input
        class="field tall ${this.mono ? "mono" : ""}"
        id=${id}
        name=${this.name}
        type=${this.secret && !this.shown ? "password" : "text"}
        autocomplete=${this.autocomplete}
        autocapitalize="none"
        autocorrect="off"
        spellcheck="false"
        required
        .value=${live(this.value)}
        aria-invalid=${this.error ? "true" : nothing}
        aria-describedby=${described || nothing}
        @input=${this.#typed}
        @change=${this.#typed}
      />
    `;
    return html`
      <div class="form-row">
        <label for=${id}>${this.label}</label>
        ${this.secret
          ? html`<div class="joined">
              ${input}
              <button
                type="button"
                class="btn quiet small"
                aria-pressed=${String(this.shown)}
                aria-controls=${id}
                @click=${() => (this.shown = !this.shown)}
              >
                ${iconEye()}<span>Show<span class="sr"> ${this.label.toLowerCase()}</span></span>
              </button>
            </div>`
          : input}
        ${this.error
          ? html`<p class="err" id="${id}-error">${iconWarn()}<span class="num">${this.error}</span></p>`
          : nothing}
        ${this.hint ? html`<p class="hint num" id="${id}-hint">${this.hint}</p>` : nothing}
      </div>
    `;
  }
}
