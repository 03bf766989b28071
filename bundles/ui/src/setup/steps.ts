import { html, nothing, type TemplateResult } from "lit";
import { iconCheck } from "../shared/icon.ts";

/** The steps of the setup, the one at `now` in hand. */
export function steps(titles: readonly string[], now: number): TemplateResult {
  return html`
    <nav aria-label="Steps">
      <ol class="nx-steps">
        ${titles.map((title, index) => {
          const done = index < now;
          const state = done ? "done" : index === now ? "now" : "";
          return html`
            <li class=${state} aria-current=${state === "now" ? "step" : nothing}>
              <span class="nx-slot">${done ? iconCheck() : index + 1}</span>
              <span class="t">${title}${done ? html`<span class="sr">, done</span>` : nothing}</span>
            </li>
          `;
        })}
      </ol>
    </nav>
  `;
}
