import { html, type TemplateResult } from "lit";
import { printed } from "./ansi.ts";

/** What a program printed, in a region of its own. */
export function terminal(output: string, label: string): TemplateResult {
  return html`<pre tabindex="0" role="group" aria-label=${label}>${printed(output).map(({ text, look }) =>
    look ? html`<span class=${look}>${text}</span>` : text,
  )}</pre>`;
}
