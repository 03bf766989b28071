import "./hits.css";
import { html, nothing, type TemplateResult } from "lit";
import { exactly, when } from "../shared/format.ts";
import type { SearchHit } from "../shared/types.ts";
import { pieces } from "./finder.ts";
import { titleOf } from "./words.ts";

/** One message that was found: where, who, when, and the words in it. */
export function hitButton(hit: SearchHit, choose: (hit: SearchHit) => void, withTitle = true): TemplateResult {
  const title = titleOf({ title: hit.sessionTitle });
  return html`<button type="button" class="nx-hit" @click=${() => choose(hit)}>
    <span class="row meta"
      >${withTitle ? html`<span class="cut of">${title}</span><span class="sr">, </span>` : nothing}<span
        >${hit.role === "user" ? "You" : "Assistant"}</span
      ><span class="sr">, </span><span class="end num" title=${exactly(hit.createdAt)}>${when(hit.createdAt)}</span></span
    >
    <span class="snippet"
      >${pieces(hit).map(({ text, marked }) => (marked ? html`<mark>${text}</mark>` : text))}</span
    >
  </button>`;
}
