import "./nx-switcher.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import type { Actions } from "./actions.ts";
import type { Card } from "./cards.ts";
import { lookOf, slot } from "./status.ts";
import { titleOf } from "./words.ts";

/** `<nx-switcher>`: the strip of numbers; one press goes to another session. */
@customElement("nx-switcher")
export class NxSwitcher extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) cards: readonly Card[] = [];
  @property() current = "";
  @property() label = "Sessions by number";

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(1_000, () => this.cards.some((session) => session.status === "busy") && this.requestUpdate());
  }

  protected override render(): TemplateResult {
    return html`<nav class="nx-switcher" aria-label=${this.label}>
      ${this.cards.map((session) => this.#number(session))}
    </nav>`;
  }

  #number(session: Card): TemplateResult {
    const { store } = this.actions;
    const { number } = session;
    const { tone, icon, word } = lookOf(session, store.conversation(session.id), store.requestsOf(session.id));
    const title = titleOf(session);
    return html`<button
      type="button"
      class=${tone}
      title=${title}
      aria-keyshortcuts=${number % 10}
      aria-current=${session.id === this.current ? "true" : nothing}
      aria-label="${number}, ${title}, ${word}"
      @click=${() => this.actions.open(session.id)}
    >
      ${slot(number)}${icon}
    </button>`;
  }
}
