import "./nx-grid.css";
import "./nx-all.ts";
import "./nx-card.ts";
import "./nx-server-notice.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { iconPlus } from "../shared/icon.ts";
import type { Actions } from "./actions.ts";
import type { Card } from "./cards.ts";
import { CardDrag } from "./drag.ts";
import type { NxCard } from "./nx-card.ts";
import { dropped } from "./order.ts";
import { place } from "./place.ts";
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
  @query(".cards") private row!: HTMLElement | null;

  /** Kept by hand and not by a template: a card that moves must not lose its focus, its scroll place or its text. */
  #cards = new Map<string, NxCard>();
  #drag: CardDrag | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.until(setTimeout(() => (this.waited = "outlines"), OUTLINES_AFTER), clearTimeout);
    this.until(setTimeout(() => (this.waited = "sentence"), SENTENCE_AFTER), clearTimeout);
    this.on(window, "resize", () => this.#fit());
    this.#drag = this.until(
      new CardDrag(
        this,
        () => [...this.#cards.values()],
        (card, to) => this.#drop(card, to),
        () => this.requestUpdate(),
      ),
      (drag) => drag.close(),
    );
  }

  protected override updated(): void {
    this.#place();
    this.#fit();
  }

  /** Gives every session with a card its element, in the order of the numbers. While one is dragged nothing moves. */
  #place(): void {
    const { store } = this.actions;
    if (!this.row || store.state !== "ready") {
      this.#cards.clear();
      return;
    }
    const { cards } = store;
    const before = [...this.#cards.keys()];
    const rank = (card: Card) => (before.includes(card.id) ? before.indexOf(card.id) : before.length);
    const order = this.#drag?.dragging ? cards.toSorted((one, other) => rank(one) - rank(other)) : cards;
    const elements = new Map<string, NxCard>();
    for (const card of order) {
      const element = this.#cards.get(card.id) ?? (document.createElement("nx-card") as NxCard);
      Object.assign(element, this.#about(card, cards));
      elements.set(card.id, element);
    }
    for (const [id, element] of this.#cards) {
      if (!elements.has(id)) {
        this.#remove(element);
      }
    }
    this.#cards = elements;
    place(this.row, [...elements.values()]);
  }

  /** The focus does not go with a card: it moves to the next one, or the one before. */
  #remove(element: NxCard): void {
    const focused = element.contains(document.activeElement);
    const beside = (element.nextElementSibling ?? element.previousElementSibling) as NxCard | null;
    element.remove();
    if (focused && !this.actions.desk.focus) {
      const title = beside?.querySelector<HTMLElement>(".title") ?? document.querySelector<HTMLElement>("#main");
      title?.focus({ preventScroll: true });
    }
  }

  #drop(card: NxCard, to: number): void {
    const { cards } = this.actions.store;
    const shown = [...this.#cards.keys()];
    // The page may know of another order by now than the one it shows.
    const next = shown[to];
    const at = next === undefined ? cards.length : cards.findIndex((one) => one.id === next);
    const number = dropped(cards, card.session.id, at);
    if (number !== undefined) {
      void this.actions.move(card.session.id, number);
    }
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
    const { cards, away } = store;
    const notice = html`<nx-server-notice .actions=${this.actions} .server=${store.server}></nx-server-notice>`;
    if (cards.length === 0 && away === 0) {
      return html`${notice}
        <div class="nx-blank">
          <p>No sessions yet. Start one and give it a task.</p>
          <button type="button" class="btn main" @click=${() => void this.actions.start()}>${iconPlus()}New session</button>
        </div>`;
    }
    return html`${notice}
      <div class="nx-grid ${desk.full ? "has-full" : ""} ${desk.phone && desk.current ? "has-page" : ""}">
        <div class="cards"></div>
        <nx-all .actions=${this.actions} .revision=${this.revision}></nx-all>
      </div>`;
  }

  #about(session: Card, cards: readonly Card[]): Partial<NxCard> {
    const { store, desk } = this.actions;
    return {
      actions: this.actions,
      session,
      cards,
      requests: store.requestsOf(session.id),
      number: session.number,
      open: desk.isOpen(session.id),
      full: desk.full === session.id,
      phone: desk.phone,
      online: store.connected,
    };
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
