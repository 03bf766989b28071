import { html, type TemplateResult } from "lit";
import { iconWarn } from "../shared/icon.ts";

/** So high it is meanwhile. */
const LINES = 5;

/** A part of a page whose script is fetched on its own, so that the page has not to wait for it. */
export class Late {
  #state: "coming" | "here" | "failed" | undefined;

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
    if (this.#state !== "failed") {
      return html`<div class="awaited">${Array.from({ length: LINES }, () => html`<div class="line"></div>`)}</div>`;
    }
    return html`<div class="notice bad">
      ${iconWarn()}<span class="grow">This part of the page could not be fetched.</span>
      <button type="button" class="btn small" @click=${() => void this.come()}>Try again</button>
    </div>`;
  }

  #become(state: "coming" | "here" | "failed"): void {
    this.#state = state;
    this.changed(this.here);
  }
}
