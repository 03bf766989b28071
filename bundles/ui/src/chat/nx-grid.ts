import "./nx-grid.css";
import "./nx-all.ts";
import "./nx-card.ts";
import "./nx-server-notice.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { NxElement } from "../shared/element.ts";
import { iconPlus } from "../shared/icon.ts";
import type { Actions } from "./actions.ts";
import type { Card } from "./cards.ts";
import { MOST_ACTIVE } from "./store.ts";

const OUTLINES_AFTER = 300;
const SENTENCE_AFTER = 5_000;

/** `<nx-grid>`: the cards, in the order of their numbers, and the sessions without one. */
@customElement("nx-grid")
export class NxGrid extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  /** Counts the changes of what the actions work on. */
  @property({ type: Number }) revision = 0;
  @state() private waited: "" | "outlines" | "sentence" = "";
  @query(".nx-grid") private grid!: HTMLElement | null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.until(setTimeout(() => (this.waited = "outlines"), OUTLINES_AFTER), clearTimeout);
    this.until(setTimeout(() => (this.waited = "sentence"), SENTENCE_AFTER), clearTimeout);
    this.on(window, "resize", () => this.#fit());
  }

  protected override updated(): void {
    this.#fit();
  }

  /** Open cards take as many rows as fit under the bar, at least three. */
  #fit(): void {
    if (!this.grid) {
      return;
    }
    const style = getComputedStyle(this.grid);
    const row = Number.parseFloat(style.gridAutoRows) || 232;
    const gap = Number.parseFloat(style.rowGap) || 16;
    const bar = Number.parseFloat(style.getPropertyValue("--bar")) || 56;
    const rows = Math.floor((innerHeight - bar - 2 * gap + gap) / (row + gap));
    this.grid.style.setProperty("--open-rows", String(Math.max(3, rows)));
  }

  protected override render(): TemplateResult {
    const { store, desk } = this.actions;
    if (store.state === "failed") {
      return html`<div class="nx-blank" role="alert">
        <p>${store.problem?.detail ?? "The sessions could not be read."}</p>
        <button type="button" class="btn main" @click=${() => void store.load()}>Try again</button>
        ${store.problem ? html`<details><summary>Details</summary><code>${store.problem.code}</code></details>` : nothing}
      </div>`;
    }
    if (store.state === "loading") {
      return this.#loading();
    }
    const { cards, rest } = store;
    const notice = html`<nx-server-notice .actions=${this.actions} .server=${store.server}></nx-server-notice>`;
    const { starting } = this.actions;
    if (cards.length === 0 && rest.length === 0 && !starting) {
      return html`${notice}
        <div class="nx-blank">
          <p>No sessions yet. Start one and give it a task.</p>
          <button type="button" class="btn main" @click=${() => void this.actions.start()}>${iconPlus()}New session</button>
        </div>`;
    }
    return html`${notice}
      <div class="nx-grid ${desk.full ? "has-full" : ""} ${desk.phone && desk.current ? "has-page" : ""}">
        ${repeat(
          cards,
          (session) => session.id,
          (session) => this.#card(session, cards),
        )}
        ${starting ? html`<div class="outline soft" role="status">Starting a session</div>` : nothing}
        <nx-all .actions=${this.actions} .sessions=${rest}></nx-all>
      </div>`;
  }

  #card(session: Card, cards: readonly Card[]): TemplateResult {
    const { store, desk } = this.actions;
    return html`<nx-card
      .actions=${this.actions}
      .session=${session}
      .cards=${cards}
      .requests=${store.requestsOf(session.id)}
      .number=${session.number}
      .open=${desk.isOpen(session.id)}
      .full=${desk.full === session.id}
      .phone=${desk.phone}
      .online=${store.connected}
      .obstacle=${store.obstacle ?? ""}
      .demo=${this.#isDemo(session.id)}
    ></nx-card>`;
  }

  /** Whether the answers of a session come from the canned model. */
  #isDemo(id: string): boolean {
    const { models } = this.actions.store;
    const used = this.actions.store.conversation(id).answer?.message.model;
    if (used === undefined) {
      return models.find((model) => model.isDefault)?.demo ?? false;
    }
    return used.startsWith("nexus-demo/") || (models.find((model) => model.id === used)?.demo ?? false);
  }

  #loading(): TemplateResult {
    return html`<div class="nx-grid" aria-busy="true">
      ${this.waited === "sentence" ? html`<p class="waiting soft">Waiting for the list of sessions.</p>` : nothing}
      ${this.waited === ""
        ? nothing
        : Array.from({ length: MOST_ACTIVE }, () => html`<div class="outline" aria-hidden="true"></div>`)}
    </div>`;
  }
}
