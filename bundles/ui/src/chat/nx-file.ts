import "./nx-file.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { bytes } from "../shared/format.ts";
import { iconFile, iconImage } from "../shared/icon.ts";
import type { FilePart } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { visible } from "./words.ts";

/** What Nexus hands out as a picture. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** `<nx-file>`: a file that went with a message; a picture is shown small and opens large. */
@customElement("nx-file")
export class NxFile extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) file!: FilePart;
  @property() sessionId = "";
  @property() messageId = "";
  /** The picture is not there, or cannot be shown. */
  @state() private broken = false;

  protected override render(): TemplateResult {
    const { name, mime = "", size, path } = this.file;
    const words = html`<span class="cut" title=${visible(path ?? name)}>${visible(path ?? name)}</span>${size === undefined
        ? nothing
        : html`<span class="meta num">${bytes(size)}</span>`}`;
    if (path !== undefined || !PICTURES.has(mime) || this.broken) {
      const icon = mime.startsWith("image/") ? iconImage() : iconFile();
      return html`<span class="nx-file ${path === undefined ? "" : "mono"}"><span class="thumb">${icon}</span><span class="words">${words}</span></span>`;
    }
    const url = this.actions.store.history.pictureUrl(this.sessionId, this.messageId, this.file.id);
    return html`<button
      type="button"
      class="nx-file"
      aria-label="Show ${visible(name)}"
      @click=${() => void this.actions.picture(visible(name), url)}
    >
      <span class="thumb"><img src=${url} alt="" loading="lazy" decoding="async" @error=${() => (this.broken = true)} /></span
      ><span class="words">${words}</span>
    </button>`;
  }
}
