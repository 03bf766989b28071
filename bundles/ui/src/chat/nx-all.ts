import "./nx-all.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { asProblem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { count, exactly, plural, when } from "../shared/format.ts";
import { iconClose, iconEdit, iconRight } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { SearchHit, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { Finder } from "./finder.ts";
import { hitButton } from "./hits.ts";
import type { Item } from "./nx-menu.ts";
import { rowsInSight } from "./rows.ts";
import type { Shelf } from "./shelf.ts";
import { standing } from "./status.ts";
import { shortPath, titleOf } from "./words.ts";

const FIND_AFTER = 250;
/** Titles that are shown above what was found in texts. */
const FIRST_TITLES = 5;
/** The next page is asked for this many rows before the end. */
const AHEAD = 20;
/** Below this many the list takes one row of the grid. */
const FEW = 4;

/** `<nx-all>`: the sessions without a card. Choosing one gives it a card. They are found by title and by what was said. */
@customElement("nx-all")
export class NxAll extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  /** Counts the changes of what the actions work on. */
  @property({ type: Number }) revision = 0;
  @state() private words = "";
  @state() private allTitles = false;
  @state() private renaming = "";
  @state() private problem = "";
  @query("input[type=search]") private field!: HTMLInputElement;
  @query(".rows") private box!: HTMLElement | null;
  @query("ul.titles") private list!: HTMLElement | null;

  #finder: Finder | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #row = 44;
  #focused = "";
  /** For which words it was said how much was found. */
  #told = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(window, "resize", () => this.requestUpdate());
    this.until(undefined, () => {
      clearTimeout(this.#timer);
      this.#finder?.close();
    });
  }

  get #texts(): Finder {
    this.#finder ??= new Finder(this.actions.store.call, () => {
      this.requestUpdate();
      this.#tellFound();
    });
    return this.#finder;
  }

  get #shelf(): Shelf {
    const { found, shelf } = this.actions.store;
    return found ?? shelf;
  }

  protected override firstUpdated(): void {
    // Which rows are in sight is known only after the first layout.
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const { away } = this.actions.store;
    return html`<section class="nx-card more ${away < FEW && !this.words ? "few" : ""}" aria-labelledby="all-title">
      <div class="row">
        <h2 id="all-title" class="grow">All sessions</h2>
        <span class="meta num">${count(away)} put away</span>
      </div>
      <label class="sr" for="find">Find a session that was put away</label>
      <input
        class="field"
        id="find"
        type="search"
        placeholder="Find by title or text"
        autocomplete="off"
        maxlength="200"
        aria-describedby="all-title"
        @input=${this.#typed}
        @keydown=${this.#fieldKey}
      />
      ${this.problem ? html`<p class="fail" role="alert">${this.problem}</p>` : nothing}
      <div class="rows" @scroll=${() => this.requestUpdate()} @keydown=${this.#key} @focusin=${this.#focusMoved}>
        ${this.#titles()} ${this.words ? this.#hits() : nothing}
      </div>
    </section>`;
  }

  #titles(): TemplateResult | typeof nothing {
    const { store } = this.actions;
    const shelf = this.#shelf;
    const sessions = shelf.sessions.filter((session) => !store.isLeaving(session.id));
    if (sessions.length === 0) {
      return shelf.complete ? html`<p class="soft">${this.#none()}</p>` : this.#end(shelf);
    }
    const short = this.words !== "" && !this.allTitles && shelf.total > FIRST_TITLES;
    const shown = short ? sessions.slice(0, FIRST_TITLES) : sessions;
    const { from, to } = this.#inSight(shown.length);
    const focused = shown.findIndex((session) => session.id === this.#focused);
    const drawn = shown
      .map((session, place) => ({ session, place }))
      .filter(({ place }) => (place >= from && place < to) || place === focused);
    if (!short && to + AHEAD >= shown.length && shelf.state === "ready") {
      void Promise.resolve().then(() => shelf.more());
    }
    return html`
      ${this.words ? html`<h3 class="meta">${plural(shelf.total, "title")}</h3>` : nothing}
      <ul class="titles" .style=${`height:${shown.length * this.#row}px`}>
        ${repeat(
          drawn,
          ({ session }) => session.id,
          ({ session, place }) => this.#title(session, place, shelf.total),
        )}
      </ul>
      ${short
        ? html`<button type="button" class="btn quiet small more" @click=${() => (this.allTitles = true)}>
            Show all ${count(shelf.total)} titles
          </button>`
        : this.#end(shelf)}
    `;
  }

  #none(): string {
    return this.words ? "No title matches." : "Sessions you put away are kept here.";
  }

  /** What stands below the titles that are here. */
  #end(shelf: Shelf): TemplateResult | typeof nothing {
    if (shelf.state === "failed") {
      return html`<p class="fail">${shelf.problem?.detail}</p>
        <button type="button" class="btn small more" @click=${() => void shelf.more()}>Try again</button>`;
    }
    if (shelf.complete) {
      return nothing;
    }
    return html`<button
      type="button"
      class="btn quiet small more"
      aria-disabled=${shelf.state === "loading" ? "true" : nothing}
      @click=${() => void shelf.more()}
    >
      ${shelf.state === "loading" ? "Loading" : "Show more"}
    </button>`;
  }

  #title(session: Session, place: number, total: number): TemplateResult {
    const title = titleOf(session);
    const { icon, word, colour } = standing(session);
    const top = `top:${place * this.#row}px;height:${this.#row}px`;
    if (this.renaming === session.id) {
      return html`<li .style=${top} aria-setsize=${total} aria-posinset=${place + 1}>
        <form class="rename" @submit=${(event: SubmitEvent) => void this.#renamed(event, session)}>
          <label class="sr" for="rename-${session.id}">New title</label>
          <input
            class="field"
            id="rename-${session.id}"
            name="title"
            maxlength="200"
            autocomplete="off"
            required
            .value=${title}
            @keydown=${(event: KeyboardEvent) => this.#renameKey(event, session)}
            @blur=${() => (this.renaming = "")}
          />
        </form>
      </li>`;
    }
    return html`<li .style=${top} aria-setsize=${total} aria-posinset=${place + 1} data-id=${session.id}>
      <button type="button" class="open" title=${title} @click=${() => void this.actions.bring(session.id)}>
        <span class="cut">${title}</span><span class="sr">, </span>
        <span class="row meta"
          ><span class="cut mono">${shortPath(session.workspace)}</span>${session.status === "idle"
            ? nothing
            : html`<span class="row ${colour}"><span class="sr">, </span>${icon}${word}</span>`}<span class="sr">, </span
          ><span class="end num" title=${exactly(session.updatedAt)}>${when(session.updatedAt)}</span></span
        >
      </button>
      <nx-menu .label="Menu for ${title}" .name=${session.id} .items=${this.#items(session)}></nx-menu>
    </li>`;
  }

  #items(session: Session): Item[] {
    return [
      { label: "Open", icon: iconRight(), run: () => void this.actions.bring(session.id) },
      { label: "Rename", icon: iconEdit(), run: () => void this.#startRename(session) },
      { label: "Delete", icon: iconClose(), run: () => void this.#delete(session) },
    ];
  }

  #hits(): TemplateResult {
    const finder = this.#texts;
    const { state, hits, total, complete } = finder;
    return html`<h3 class="meta" id="all-hits">
        ${state === "ready" ? plural(total, "message") : "Messages"}${complete ? nothing : " · Still reading older messages"}
      </h3>
      ${state === "failed"
        ? html`<p class="fail">${finder.problem?.detail}</p>
            <button type="button" class="btn small more" @click=${() => finder.again()}>Try again</button>`
        : nothing}
      ${state === "searching" && hits.length === 0 ? html`<p class="soft">Searching</p>` : nothing}
      ${state === "ready" && hits.length === 0 ? html`<p class="soft">Nothing was said that matches.</p>` : nothing}
      <ul aria-labelledby="all-hits">
        ${repeat(
          hits,
          (hit) => `${hit.sessionId} ${hit.messageId}`,
          (hit) => html`<li>${hitButton(hit, this.#choose)}</li>`,
        )}
      </ul>
      ${finder.hasMore
        ? html`<button
            type="button"
            class="btn quiet small more"
            aria-disabled=${finder.loadingMore ? "true" : nothing}
            @click=${() => void finder.more()}
          >
            ${finder.loadingMore ? "Loading" : "Show more"}
          </button>`
        : nothing}
      ${state === "ready" && finder.problem ? html`<p class="fail">${finder.problem.detail}</p>` : nothing}`;
  }

  readonly #choose = (hit: SearchHit): void => void this.actions.bring(hit.sessionId, "title", hit.messageId);

  #inSight(shown: number): { from: number; to: number } {
    this.#row = matchMedia("(pointer: coarse), (max-width: 719px)").matches ? 56 : 44;
    if (!this.box || !this.list) {
      return rowsInSight(0, 400, this.#row, shown);
    }
    return rowsInSight(this.box.scrollTop - this.list.offsetTop, this.box.clientHeight, this.#row, shown);
  }

  #focusMoved(event: FocusEvent): void {
    this.#focused = (event.target as Element).closest<HTMLElement>("li[data-id]")?.dataset["id"] ?? "";
  }

  /** Down leads from the field into the list. */
  #fieldKey(event: KeyboardEvent): void {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.querySelector<HTMLElement>(".rows button")?.focus();
    } else if (event.key === "Escape" && this.field.value !== "") {
      event.preventDefault();
      event.stopPropagation();
      this.field.value = "";
      this.#typed();
    }
  }

  /** The arrows go from row to row. */
  #key(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = (event.target as Element).closest("li");
    if (by === undefined || !row || (event.target as Element).closest("[popover], input")) {
      return;
    }
    const all = [...this.querySelectorAll<HTMLElement>(".rows :is(.open, .nx-hit)")];
    const at = all.findIndex((one) => row.contains(one));
    const next = all[at + by];
    event.preventDefault();
    if (next) {
      next.focus();
    } else if (by < 0) {
      this.field.focus();
    }
  }

  #typed(): void {
    clearTimeout(this.#timer);
    const words = this.field.value.trim();
    this.#timer = setTimeout(() => void this.#find(words), words === "" ? 0 : FIND_AFTER);
  }

  async #find(words: string): Promise<void> {
    this.words = words;
    this.allTitles = false;
    this.#told = "";
    this.#texts.find(words);
    await this.actions.store.find(words);
    this.#tellFound();
  }

  /** Says once how much was found, when both answers are here. */
  #tellFound(): void {
    const { found } = this.actions.store;
    const { state, total, query: asked } = this.#texts;
    const here = found?.query === this.words && found.state === "ready" && asked === this.words && state === "ready";
    if (here && this.#told !== this.words) {
      this.#told = this.words;
      say(`${plural(found.total, "title")}, ${plural(total, "message")}.`);
    }
  }

  async #startRename(session: Session): Promise<void> {
    this.renaming = session.id;
    await this.updateComplete;
    const field = this.querySelector<HTMLInputElement>(".rename input");
    field?.focus();
    field?.select();
  }

  #renameKey(event: KeyboardEvent, session: Session): void {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#endRename(session);
    }
  }

  #endRename(session: Session): void {
    this.renaming = "";
    void this.updateComplete.then(() => this.#rowOf(session.id)?.focus());
  }

  #rowOf(id: string): HTMLElement | undefined {
    return [...this.querySelectorAll<HTMLElement>("li[data-id]")]
      .find((row) => row.dataset["id"] === id)
      ?.querySelector<HTMLElement>(".open") ?? undefined;
  }

  async #renamed(event: SubmitEvent, session: Session): Promise<void> {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget as HTMLFormElement).get("title")).trim();
    this.#endRename(session);
    this.problem = "";
    if (title === "" || title === titleOf(session)) {
      return;
    }
    try {
      await this.actions.store.rename(session.id, title);
    } catch (failure) {
      this.problem = `Not renamed. ${asProblem(failure).detail}`;
    }
  }

  async #delete(session: Session): Promise<void> {
    const sure = await ask({
      title: "Delete this session?",
      text: `“${titleOf(session)}” and everything said in it will be gone. The files it changed stay as they are.`,
      yes: "Delete",
    });
    if (!sure) {
      return;
    }
    const rows = [...this.querySelectorAll<HTMLElement>("li[data-id] .open")];
    const at = rows.findIndex((row) => row.closest<HTMLElement>("li")!.dataset["id"] === session.id);
    this.actions.remove(session);
    await this.updateComplete;
    (rows[at + 1] ?? rows[at - 1] ?? this.field).focus();
  }
}
