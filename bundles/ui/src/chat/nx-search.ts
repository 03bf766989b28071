import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { openDialog } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { plural } from "../shared/format.ts";
import { iconClose, iconInfo, iconSearch } from "../shared/icon.ts";
import type { SearchHit, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { Finder, LONGEST_QUERY } from "./finder.ts";
import { hitButton } from "./hits.ts";
import { slot, standing } from "./status.ts";
import { shortPath, titleOf } from "./words.ts";

const TITLES = 5;
const FIND_AFTER = 200;
/** The next page is asked for this close to the end. */
const AHEAD = 400;

/** Opens the search over everything that was said, or over one session. */
export function search(actions: Actions, sessionId?: string): void {
  openDialog("search", html`<nx-search .actions=${actions} .only=${sessionId ?? ""}></nx-search>`);
}

/** `<nx-search>`: finds sessions by title and messages by their words. Choosing one opens it. */
@customElement("nx-search")
export class NxSearch extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  /** The session that is searched; empty for all. */
  @property() only = "";
  @state() private titles: readonly Session[] = [];
  @query("input[type=search]") private field!: HTMLInputElement;
  @query(".found") private box!: HTMLElement;

  #finder!: Finder;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;
  /** The open card, which the search may be limited to. */
  #card: Session | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#finder = this.until(new Finder(this.actions.store.call, () => this.requestUpdate()), (finder) => finder.close());
    const id = this.only || this.actions.desk.current;
    this.#card = id === undefined ? undefined : this.actions.store.session(id);
    this.until(undefined, () => clearTimeout(this.#timer));
  }

  protected override firstUpdated(): void {
    this.field.focus();
  }

  protected override render(): TemplateResult {
    const where = this.only && this.#card ? `Search in “${titleOf(this.#card)}”` : "Search everything";
    return html`
      <h2 id="dialog-title" class="sr">Search</h2>
      <form class="top" @submit=${this.#first}>
        ${iconSearch()}
        <label class="sr" for="search-words">${where}</label>
        <input
          class="field tall"
          id="search-words"
          type="search"
          placeholder=${where}
          autocomplete="off"
          autocapitalize="none"
          enterkeyhint="search"
          maxlength=${LONGEST_QUERY}
          @input=${this.#typed}
          @keydown=${this.#fieldKey}
        />
        <button type="button" class="btn quiet icon" aria-label="Close" title="Close" @click=${this.#close}>${iconClose()}</button>
      </form>
      ${this.#scope()}
      <p class="meta line" role="status">${this.#count()}</p>
      <div class="found" @scroll=${this.#scrolled} @keydown=${this.#key}>${this.#found()}</div>
    `;
  }

  #scope(): TemplateResult | typeof nothing {
    if (!this.#card) {
      return nothing;
    }
    const { id } = this.#card;
    const choice = (only: string, name: string) => html`<button
      type="button"
      aria-pressed=${String(this.only === only)}
      title=${name}
      @click=${() => this.#limit(only)}
    >
      ${name}
    </button>`;
    return html`<div class="choose" role="group" aria-label="Where">
      ${choice("", "Everywhere")} ${choice(id, `In “${titleOf(this.#card)}”`)}
    </div>`;
  }

  #count(): string {
    const { state, total, query: words } = this.#finder;
    switch (state) {
      case "searching":
        return this.#finder.hits.length > 0 ? plural(total, "message") : "Searching";
      case "ready":
        return total === 0 && this.titles.length === 0 ? "" : plural(total, "message");
      default:
        return words === "" ? "" : "Type a word or a number.";
    }
  }

  #found(): TemplateResult {
    const finder = this.#finder;
    const { state, hits } = finder;
    const none = state === "ready" && hits.length === 0 && this.titles.length === 0;
    return html`
      ${this.titles.length > 0
        ? html`<h3 class="meta" id="search-titles">Sessions</h3>
            <ul aria-labelledby="search-titles">
              ${this.titles.map((session) => html`<li>${this.#title(session)}</li>`)}
            </ul>`
        : nothing}
      ${hits.length > 0 ? html`<h3 class="meta" id="search-hits">Messages</h3>` : nothing}
      <ul aria-labelledby=${hits.length > 0 ? "search-hits" : nothing}>
        ${repeat(
          hits,
          (hit) => `${hit.sessionId} ${hit.messageId}`,
          (hit) => html`<li>${hitButton(hit, this.#choose, this.only === "")}</li>`,
        )}
      </ul>
      ${none
        ? html`<p class="soft empty">Nothing matches “${finder.query}”.</p>`
        : nothing}
      ${finder.problem
        ? html`<p class="fail empty" role="alert">${finder.problem.detail}</p>
            <p><button type="button" class="btn small" @click=${() => (state === "failed" ? finder.again() : void finder.more())}>
              Try again
            </button></p>`
        : nothing}
      ${finder.hasMore && !finder.problem
        ? html`<p>
            <button
              type="button"
              class="btn quiet small"
              aria-disabled=${finder.loadingMore ? "true" : nothing}
              @click=${() => void finder.more()}
            >
              ${finder.loadingMore ? "Loading" : "Show more"}
            </button>
          </p>`
        : nothing}
      ${finder.complete
        ? nothing
        : html`<p class="notice">
            ${iconInfo()}<span class="grow">Still reading older messages. There may be more.</span>
            <button type="button" class="btn small" @click=${() => finder.again()}>Search again</button>
          </p>`}
    `;
  }

  #title(session: Session): TemplateResult {
    const { icon, word, colour } = standing(session);
    return html`<button type="button" class="nx-hit is-${session.status}" @click=${() => this.#open(session.id)}>
      <span class="row"
        >${session.number
          ? html`${slot(session.number)}<span class="sr">${session.number}, </span>`
          : nothing}<span class="cut of grow">${titleOf(session)}</span><span class="sr">, </span
        ><span class="cut mono meta">${shortPath(session.workspace)}</span>${session.status === "idle"
          ? nothing
          : html`<span class="row meta ${colour}"><span class="sr">, </span>${icon}${word}</span>`}</span
      >
    </button>`;
  }

  #limit(only: string): void {
    this.only = only;
    this.#look();
    this.field.focus();
  }

  #typed(): void {
    this.#look();
    this.box.scrollTop = 0;
  }

  #look(): void {
    const words = this.field.value.trim();
    this.#finder.find(words, this.only || undefined);
    clearTimeout(this.#timer);
    const round = ++this.#round;
    if (words === "" || this.only) {
      this.titles = [];
      return;
    }
    this.#timer = setTimeout(() => void this.#lookForTitles(words, round), FIND_AFTER);
  }

  async #lookForTitles(words: string, round: number): Promise<void> {
    const wanted = new URLSearchParams({ q: words, limit: String(TITLES) });
    const titles = await this.actions.store.call<Session[]>("GET", `/api/chat/sessions?${wanted}`).catch(() => []);
    if (round === this.#round) {
      this.titles = titles.filter((session) => !this.actions.store.isLeaving(session.id)).slice(0, TITLES);
    }
  }

  readonly #choose = (hit: SearchHit): void => this.#open(hit.sessionId, hit.messageId);

  #open(sessionId: string, messageId?: string): void {
    this.#close();
    void this.actions.bring(sessionId, messageId === undefined ? undefined : "title", messageId);
  }

  #close(): void {
    this.closest("dialog")?.close();
  }

  /** Enter in the field chooses the first one. */
  #first(event: Event): void {
    event.preventDefault();
    if (this.#finder.state !== "searching") {
      this.querySelector<HTMLElement>(".nx-hit")?.click();
    }
  }

  #fieldKey(event: KeyboardEvent): void {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.querySelector<HTMLElement>(".nx-hit")?.focus();
    } else if (event.key === "Escape") {
      // Else the browser only empties the field.
      event.preventDefault();
      this.#close();
    }
  }

  #key(event: KeyboardEvent): void {
    const all = [...this.querySelectorAll<HTMLElement>(".nx-hit")];
    const at = all.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) {
      return;
    }
    event.preventDefault();
    (to < 0 ? this.field : all[to])?.focus();
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    if (scrollHeight - scrollTop - clientHeight < AHEAD && !this.#finder.problem) {
      void this.#finder.more();
    }
  }
}
