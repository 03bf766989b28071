import "./nx-inbox.css";
import "./nx-request.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { NxElement } from "../shared/element.ts";
import { iconClose } from "../shared/icon.ts";
import type { Request } from "../shared/types.ts";
import type { Actions } from "./actions.ts";

/** `<nx-inbox>`: everything that waits for the owner, oldest first, beside the cards. */
@customElement("nx-inbox")
export class NxInbox extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) requests: readonly Request[] = [];
  @property({ type: Boolean }) online = true;
  @query("h2") private heading!: HTMLElement;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.heading.focus());
  }

  protected override render(): TemplateResult {
    const { store } = this.actions;
    return html`<section class="nx-inbox" role="dialog" aria-modal="false" aria-labelledby="inbox-title">
      <div class="head">
        <h2 id="inbox-title" class="grow" tabindex="-1">Needs you</h2>
        ${this.requests.length > 1 ? html`<span class="meta">oldest first</span>` : nothing}
        <button type="button" class="btn quiet icon" aria-label="Close" title="Close" @click=${() => this.tell("nx-close")}>
          ${iconClose()}
        </button>
      </div>
      <div class="list" tabindex="0" role="group" aria-label="Requests">
        ${store.state === "ready" && this.requests.length === 0 ? html`<p class="soft none">Nothing needs you.</p>` : nothing}
        ${repeat(
          this.requests,
          (request) => request.id,
          (request) => html`<nx-request
            kind="inbox"
            .actions=${this.actions}
            .request=${request}
            .number=${store.number(request.sessionId)}
            .online=${this.online}
            .elsewhere=${store.settledElsewhere.has(request.id)}
          ></nx-request>`,
        )}
      </div>
    </section>`;
  }
}
