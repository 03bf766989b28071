import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { iconRetry, iconServer } from "../shared/icon.ts";
import type { ServerStatus } from "../shared/types.ts";
import type { Actions } from "./actions.ts";

/** `<nx-server-notice>`: says why nothing can be answered, and offers to start OpenCode. */
@customElement("nx-server-notice")
export class NxServerNotice extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) server: ServerStatus | undefined;
  @state() private asked = false;
  @state() private problem = "";

  protected override render(): TemplateResult | typeof nothing {
    const state = this.server?.state;
    if (state === undefined || state === "running") {
      return nothing;
    }
    if (state === "starting" || state === "stopping") {
      const word = state === "starting" ? "OpenCode is starting." : "OpenCode is stopping.";
      return html`<p class="notice">${iconRetry("spin")}<span class="grow">${word}</span></p>`;
    }
    const word = state === "failed" ? "OpenCode has failed." : "OpenCode is not running.";
    return html`<p class="notice ${state === "failed" ? "bad" : "warn"}">
      ${iconServer()}<span class="grow"
        >${word} ${this.problem || this.server?.problem || "You can read, but nothing is answered."}</span
      >
      <button type="button" class="btn small" ?disabled=${this.asked} @click=${this.#start}>Start</button>
    </p>`;
  }

  async #start(): Promise<void> {
    this.asked = true;
    this.problem = "";
    try {
      await this.actions.store.startServer();
    } catch (failure) {
      this.problem = asProblem(failure).detail;
    } finally {
      this.asked = false;
    }
  }
}
