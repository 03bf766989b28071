import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { copy } from "../chat/clipboard.ts";
import { NxElement } from "../shared/element.ts";
import { iconCheck, iconCopy } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { toast } from "../shared/toast.ts";

const COPIED_FOR = 2_000;

/** <nx-copy>: a small button that copies a text. */
@customElement("nx-copy")
export class NxCopy extends NxElement {
  @property({ attribute: false }) text = "";
  /** What the text is, to be read after “Copy”. */
  @property({ attribute: false }) what = "";
  @state() private copied: string | undefined;

  async #copy(): Promise<void> {
    const { text } = this;
    if (await copy(text)) {
      say("Copied");
      this.copied = text;
      setTimeout(() => (this.copied = undefined), COPIED_FOR);
    } else {
      toast("This browser does not let the page copy. Select the text and copy it yourself.");
    }
  }

  protected override render(): TemplateResult {
    const copied = this.copied === this.text;
    return html`<button type="button" class="btn quiet small copy" @click=${() => void this.#copy()}>
      ${copied ? iconCheck() : iconCopy()}<span>${copied ? "Copied" : "Copy"}<span class="sr"> ${this.what}</span></span>
    </button>`;
  }
}
