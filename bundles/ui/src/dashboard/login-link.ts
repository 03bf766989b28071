import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { copy } from "../chat/clipboard.ts";
import { asProblem } from "../shared/api.ts";
import { sheet } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { stopwatch } from "../shared/format.ts";
import { iconCheck, iconClock, iconCopy, iconRetry, iconWarn } from "../shared/icon.ts";
import { newLoginLink } from "./tunnel-state.ts";

const WARNED_AT = 60_000;
const COPIED_FOR = 2_000;

/** Shows an address that logs a phone in, as something to point its camera at. */
export function showLoginLink(): void {
  sheet("Log in a phone", html`<nx-login-link></nx-login-link>`);
}

/** <nx-login-link>: a link that works once and for some minutes, and a new one when it is wanted. */
@customElement("nx-login-link")
export class NxLoginLink extends NxElement {
  @state() private url = "";
  @state() private code = "";
  /** Milliseconds; below 0 when it has run out. */
  @state() private left = -1;
  @state() private asking = false;
  @state() private problem = "";
  @state() private said = "";
  @state() private copied = false;
  /** Of the page's own clock, which nobody sets. */
  #until = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(250, () => this.#tick());
    void this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.asking) {
      return;
    }
    this.asking = true;
    this.problem = "";
    this.#forget();
    try {
      const { url, qr, livesFor } = await newLoginLink();
      this.url = url;
      // As a picture nothing in it can act.
      this.code = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(qr)}`;
      this.left = livesFor;
      this.#until = performance.now() + livesFor;
      this.said = "The link is ready.";
    } catch (failure) {
      const { code, detail } = asProblem(failure);
      this.problem = code === "no-address" ? "The tunnel has no address now. Open it, then try again." : detail;
    } finally {
      this.asking = false;
    }
  }

  #forget(): void {
    this.url = "";
    this.code = "";
    this.left = -1;
  }

  #tick(): void {
    if (!this.url) {
      return;
    }
    const before = this.left;
    this.left = this.#until - performance.now();
    if (this.left <= 0) {
      this.#forget();
      this.said = "The link has run out. New link is available.";
    } else if (before > WARNED_AT && this.left <= WARNED_AT) {
      this.said = "The link works for one more minute.";
    }
  }

  async #copy(): Promise<void> {
    if (await copy(this.url)) {
      this.copied = true;
      this.said = "Copied";
      setTimeout(() => (this.copied = false), COPIED_FOR);
    } else {
      this.said = "This browser does not let the page copy.";
    }
  }

  protected override render(): TemplateResult {
    return html`
      <p>
        Point the phone’s camera at this. It opens Nexus there and is logged in without the password. The link works once,
        for five minutes; whoever uses it first is in, so show it to nobody else.
      </p>
      <div class="code">
        <div class="qr large">
          ${this.code
            ? html`<img src=${this.code} alt="QR code of the link" width="228" height="228" />`
            : html`<p class="over">${this.asking ? "Asking for a link." : this.problem ? "No link" : "This link has run out."}</p>`}
        </div>
        <p class="left num ${this.url && this.left <= WARNED_AT ? "wait" : "soft"}">
          ${this.url
            ? html`${iconClock()}<span role="timer">Works for ${stopwatch(this.left + 999)}</span>`
            : nothing}
        </p>
      </div>
      ${this.problem ? html`<p class="notice bad">${iconWarn()}<span class="grow">${this.problem}</span></p>` : nothing}
      <div class="below middle">
        <button type="button" class="btn" aria-disabled=${String(this.asking)} @click=${() => void this.#ask()}>
          ${iconRetry(this.asking ? "spin" : "")}New link
        </button>
        ${this.url
          ? html`<button type="button" class="btn quiet copy" @click=${() => void this.#copy()}>
              ${this.copied ? iconCheck() : iconCopy()}<span>${this.copied ? "Copied" : "Copy"}<span class="sr"> the link</span></span>
            </button>`
          : nothing}
      </div>
      <p class="sr" role="status">${this.said}</p>
    `;
  }
}
