import "./nx-status.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { iconStop } from "../shared/icon.ts";
import type { Request, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import type { Conversation } from "./conversation.ts";
import { lookOf } from "./status.ts";
import { sendsWords, titleOf } from "./words.ts";

/** `<nx-status>`: how a session stands: sign, word, time, and one thing to do about it. */
@customElement("nx-status")
export class NxStatus extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) conversation!: Conversation;
  @property({ attribute: false }) requests: readonly Request[] = [];
  /** Only sign, word and time, for the head of an open card. */
  @property({ type: Boolean }) brief = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(1_000, () => this.session.status !== "idle" && this.requestUpdate());
    this.every(30_000, () => this.requestUpdate());
  }

  protected override render(): TemplateResult {
    const { session, conversation } = this;
    const look = lookOf(session, conversation, this.requests);
    if (this.brief) {
      const time = session.status === "busy" ? look.end.split(" · ")[0] : "";
      return html`<span class="brief ${look.colour}">${look.icon}${look.word} <span class="num">${time}</span></span>`;
    }
    return html`<div class="nx-status">
      <span class=${look.colour}>${look.icon}</span><span class="word">${look.word}</span
      ><span class="end num">${look.end}</span>${this.#action()}
    </div>`;
  }

  #action(): TemplateResult | typeof nothing {
    const { session, actions } = this;
    const title = titleOf(session);
    switch (session.status) {
      case "busy":
        return html`<button
          type="button"
          class="btn quiet small icon act"
          aria-label="Stop ${title}"
          title="Stop"
          @click=${() => void actions.stop(session.id)}
        >
          ${iconStop()}
        </button>`;
      case "retry":
        return html`<button
          type="button"
          class="btn quiet small act"
          aria-label="Stop trying: ${title}"
          @click=${() => void actions.stop(session.id)}
        >
          Stop trying
        </button>`;
      case "interrupted":
        return html`<button
          type="button"
          class="btn small act"
          aria-label="Continue ${title}"
          title=${sendsWords(actions.store.continuePrompt)}
          @click=${() => void actions.goOn(session.id)}
        >
          Continue
        </button>`;
      case "failed": {
        const asked = this.conversation.question?.text;
        return asked
          ? html`<button
              type="button"
              class="btn small act"
              aria-label="Try again: ${title}"
              @click=${() => void actions.again(session.id, asked)}
            >
              Try again
            </button>`
          : nothing;
      }
      default:
        return nothing;
    }
  }
}
