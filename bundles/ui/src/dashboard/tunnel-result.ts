import { html, nothing, type TemplateResult } from "lit";
import { plural } from "../shared/format.ts";
import { iconHealthy, iconWarn } from "../shared/icon.ts";
import type { TunnelCheck } from "../shared/types.ts";

/** What came of a check. */
export interface TunnelResult extends TunnelCheck {
  /** What there is to know of no field in particular. */
  others: string[];
}

/** @param id before the ids of what is in it */
export function result(id: string, { warnings, others, needsPassword, preview }: TunnelResult): TemplateResult {
  const quiet = warnings.length === 0 && !needsPassword;
  const atFields = warnings.length - others.length;
  const more = atFields > 0 ? ` ${plural(atFields, "thing")} to know, told at ${atFields === 1 ? "its field" : "their fields"}.` : "";
  return html`<div class="result">
    <div class="notice ${quiet ? "" : "warn"}">
      ${quiet ? html`<span class="ok">${iconHealthy()}</span>` : iconWarn()}
      <div class="grow">
        <p>${quiet ? "Nothing is wrong with it." : `It can be used.${more}`}</p>
        ${others.map((other) => html`<p>${other}</p>`)}
        ${needsPassword ? html`<p>It opens more than Nexus: saving asks for your password.</p>` : nothing}
      </div>
    </div>
    <figure>
      <figcaption class="meta" id="${id}-preview">config.yml, as cloudflared would be given it</figcaption>
      <pre class="preview" tabindex="0" role="region" aria-labelledby="${id}-preview">${preview}</pre>
    </figure>
  </div>`;
}
