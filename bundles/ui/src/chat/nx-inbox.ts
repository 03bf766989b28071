import "./nx-inbox.css";
import "./nx-request.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { NxElement } from "../shared/element.ts";
import { iconClose } from "../shared/icon.ts";
import type { Request } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { Held } from "./held.ts";

/** A finger that answered one request must not meet the next one in its place at once. */
const AFTER_TOUCH = 1_500;

/** `<nx-inbox>`: everything that waits for the owner, oldest first, beside the cards. */
@customElement("nx-inbox")
export class NxInbox extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) requests: readonly Request[] = [];
  @property({ type: Boolean }) online = true;
  /** The pointer is on the list: nothing moves until it leaves. */
  @state() private pointed = false;
  @query("h2") private heading!: HTMLElement;

  #held = new Held<Request>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The request that has the focus, as long as it has. */
  #focused = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.heading.focus());
    this.until(undefined, () => clearTimeout(this.#timer));
  }

  protected override render(): TemplateResult {
    const { store } = this.actions;
    const shown = this.#held.update(this.requests, this.pointed);
    return html`<section class="nx-inbox" role="dialog" aria-modal="false" aria-labelledby="inbox-title">
      <div class="head">
        <h2 id="inbox-title" class="grow" tabindex="-1">Needs you</h2>
        ${this.requests.length > 1 ? html`<span class="meta">oldest first</span>` : nothing}
        <button type="button" class="btn quiet icon" aria-label="Close" title="Close" @click=${() => this.tell("nx-close")}>
          ${iconClose()}
        </button>
      </div>
      <div
        class="list"
        tabindex="0"
        role="group"
        aria-label="Requests"
        @pointerenter=${this.#entered}
        @pointerleave=${this.#left}
        @pointerdown=${this.#pressed}
        @focusin=${this.#focusCame}
        @focusout=${this.#focusWent}
      >
        ${store.state === "ready" && shown.length === 0 ? html`<p class="soft none">Nothing needs you.</p>` : nothing}
        ${repeat(
          shown,
          ({ thing }) => thing.id,
          ({ thing, gone }) => html`<nx-request
            kind="inbox"
            data-id=${thing.id}
            .actions=${this.actions}
            .request=${thing}
            .number=${store.number(thing.rootSessionId)}
            .online=${this.online}
            .gone=${gone}
            .elsewhere=${store.settledElsewhere.has(thing.id)}
          ></nx-request>`,
        )}
      </div>
    </section>`;
  }

  protected override updated(): void {
    if (this.#focused !== "") {
      void this.#keepFocus(this.#focused);
    }
  }

  /** A request that had the focus went: the next one gets it. */
  async #keepFocus(id: string): Promise<void> {
    const all = [...this.querySelectorAll<NxElement & HTMLElement>("nx-request")];
    await Promise.all(all.map((request) => request.updateComplete));
    const at = all.findIndex((request) => request.dataset["id"] === id);
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (!lost || this.#focused !== id) {
      return;
    }
    this.#focused = "";
    const headings = [...all.slice(Math.max(0, at)), ...all.slice(0, Math.max(0, at))].map((request) => request.querySelector("h3"));
    (headings.find((heading) => heading !== null) ?? this.heading).focus();
  }

  #focusCame(event: FocusEvent): void {
    this.#focused = (event.target as Element).closest<HTMLElement>("nx-request")?.dataset["id"] ?? "";
  }

  #focusWent(event: FocusEvent): void {
    // Without a new target the focused thing may have been removed, or the owner pressed on the ground.
    if (event.relatedTarget !== null) {
      this.#focused = "";
    }
  }

  #entered(event: PointerEvent): void {
    if (event.pointerType === "mouse") {
      clearTimeout(this.#timer);
      this.pointed = true;
    }
  }

  #left(event: PointerEvent): void {
    if (event.pointerType === "mouse") {
      this.pointed = false;
    }
  }

  #pressed(event: PointerEvent): void {
    if (event.pointerType !== "mouse") {
      this.pointed = true;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => (this.pointed = false), AFTER_TOUCH);
    }
  }
}
