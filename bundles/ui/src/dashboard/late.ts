import { html, nothing, type TemplateResult } from "lit";
import { iconRetry, iconWarn } from "../shared/icon.ts";

/** So high it is meanwhile. */
const LINES = 5;

/** A part of a page whose script is fetched on its own, so that the page has not to wait for it. */
export class Late {
  #state: "coming" | "here" | "failed" | undefined;
  #failedBefore = false;

  /**
   * @param load fetches the script
   * @param changed told whenever the part comes, is here or failed
   */
  constructor(
    private readonly load: () => Promise<unknown>,
    private readonly changed: (here: boolean) => void,
  ) {}

  get here(): boolean {
    return this.#state === "here";
  }

  get failed(): boolean {
    return this.#state === "failed";
  }

  /** Fetches it, unless it is here or on its way. True when it is here. */
  async come(): Promise<boolean> {
    if (this.#state === "coming" || this.#state === "here") {
      return this.here;
    }
    this.#become("coming");
    try {
      await this.load();
      this.#become("here");
    } catch (failure) {
      console.warn("A part of the page could not be fetched", failure);
      this.#become("failed");
    }
    return this.here;
  }

  /** What stands in its place until it is here. */
  inPlace(): TemplateResult {
    if (!this.#failedBefore) {
      return html`<div class="awaited">${Array.from({ length: LINES }, () => html`<div class="line"></div>`)}</div>`;
    }
    const asked = this.#state === "coming";
    return html`<div class="notice bad">
      ${iconWarn()}<span class="grow">This part of the page could not be fetched.</span>
      <button type="button" class="btn small" aria-disabled=${String(asked)} @click=${(event: Event) => void this.#again(event)}>
        ${asked ? iconRetry("spin") : nothing}Try again
      </button>
    </div>`;
  }

  /** The button goes when the part comes; the focus stays in its place, which is to fill yet. */
  async #again(event: Event): Promise<void> {
    const place = (event.currentTarget as Element).closest<HTMLElement>(".rules, .panels > *");
    if ((await this.come()) && place) {
      place.tabIndex = -1;
      place.focus({ preventScroll: true });
    }
  }

  #become(state: "coming" | "here" | "failed"): void {
    this.#state = state;
    this.#failedBefore ||= state === "failed";
    this.changed(this.here);
  }
}
