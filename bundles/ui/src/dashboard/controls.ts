import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { FormField } from "./draft.ts";

/** How a line of a form stands. */
export interface Line {
  id: string;
  text: string;
  wrong: boolean;
  /** Ids of what describes it. */
  described: string;
  /** What it is called when no label belongs to it. */
  label?: string;
  covered?: boolean;
}

/** One line to type in, or to choose from. */
export function control(field: FormField, line: Line, take: (text: string) => void): TemplateResult {
  const { id, text, wrong, described, label, covered } = line;
  const typed = (event: Event) => take((event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement).value);
  const choices = field.type === "boolean" ? ["true", "false"] : field.choices;
  if (choices.length > 0) {
    // A value that is no choice any more is shown all the same.
    const all = choices.includes(text) ? choices : [text, ...choices];
    return html`<select
      class="field"
      id=${id}
      aria-label=${label ?? nothing}
      aria-describedby=${described || nothing}
      aria-invalid=${wrong ? "true" : nothing}
      .value=${live(text)}
      @change=${typed}
    >
      ${all.map((choice) => html`<option value=${choice} ?selected=${choice === text}>${choice}</option>`)}
    </select>`;
  }
  if (field.lines) {
    return html`<textarea
      class="field"
      id=${id}
      rows="3"
      aria-describedby=${described || nothing}
      aria-invalid=${wrong ? "true" : nothing}
      .value=${live(text)}
      @input=${typed}
    ></textarea>`;
  }
  const number = field.type === "integer" || field.type === "decimal";
  // Keyboards of phones for numbers have no sign.
  const signed = number && (field.min === undefined || field.min < 0);
  return html`<input
    class="field ${number ? "num" : "mono"}"
    id=${id}
    type=${covered ? "password" : "text"}
    inputmode=${number && !signed ? (field.type === "integer" ? "numeric" : "decimal") : nothing}
    autocomplete=${field.secret ? "new-password" : "off"}
    autocapitalize="none"
    autocorrect="off"
    spellcheck="false"
    aria-label=${label ?? nothing}
    aria-describedby=${described || nothing}
    aria-invalid=${wrong ? "true" : nothing}
    .value=${live(text)}
    @input=${typed}
  />`;
}
