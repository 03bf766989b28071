import { html, type TemplateResult } from "lit";
import { mark } from "./icon.ts";

/** The mark and the name, leading home. */
export function word(home: string): TemplateResult {
  return html`<a class="nx-word" href=${home} aria-label="OpenCode Nexus, home"
    >${mark()}<span><span class="first wide-only">OpenCode </span><b>Nexus</b></span></a
  >`;
}
