import "./nx-card.css";
import "./nx-composer.ts";
import "./log-styles.ts";
import "./nx-menu.ts";
import "./nx-peek.ts";
import "./nx-request.ts";
import "./nx-status.ts";
import "./nx-switcher.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { asProblem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { count, duration, money } from "../shared/format.ts";
import {
  iconArrowDown,
  iconArrowUp,
  iconClose,
  iconDiff,
  iconDownload,
  iconEdit,
  iconExpand,
  iconFile,
  iconInterrupted,
  iconLeft,
  iconList,
  iconOffline,
  iconSearch,
  iconShrink,
  iconText,
  iconWarn,
} from "../shared/icon.ts";
import { toast } from "../shared/toast.ts";
import type { Request, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import type { Card } from "./cards.ts";
import type { Conversation } from "./conversation.ts";
import type { NxComposer } from "./nx-composer.ts";
import type { NxLog } from "./nx-log.ts";
import type { Focus } from "./desk.ts";
import type { Item } from "./nx-menu.ts";
import type { NxRequest } from "./nx-request.ts";
import { beside } from "./order.ts";
import { chooseNumber } from "./questions.ts";
import { lookOf, slot } from "./status.ts";
import { goneWords, shortPath, titleOf } from "./words.ts";

/** When a page that is not used fetches what an open card needs. */
const IDLE_AFTER = 3_000;

/** `<nx-card>`: a session: closed with its last lines, or open with the whole conversation. */
@customElement("nx-card")
export class NxCard extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) cards: readonly Card[] = [];
  @property({ attribute: false }) requests: readonly Request[] = [];
  @property({ type: Number }) number = 0;
  @property({ type: Boolean }) open = false;
  @property({ type: Boolean }) full = false;
  @property({ type: Boolean }) phone = false;
  @property({ type: Boolean }) online = true;
  @state() private renaming = false;
  @state() private problem = "";
  /** What shows the conversation could not be fetched. */
  @state() private missing = false;
  @query("nx-composer") readonly composer!: NxComposer | null;
  @query(".title") private title_!: HTMLElement | null;

  #conversation: Conversation | undefined;
  #unlisten: (() => void) | undefined;
  #wasBusy = false;
  /** Whether the focus is on a request. */
  #answering = false;

  /** The conversation of an open card, once it can do something. */
  get log(): NxLog | null {
    const log = this.querySelector<NxLog>("nx-log");
    return log && "latest" in log ? log : null;
  }

  get conversation(): Conversation {
    return this.actions.store.conversation(this.session.id);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(1_000, () => this.open && !this.online && this.requestUpdate());
    this.until(setTimeout(() => void this.#loadLog(), IDLE_AFTER), clearTimeout);
  }

  /** What shows conversations is fetched when a card is opened, or when the page has time. */
  async #loadLog(): Promise<void> {
    try {
      await import("./nx-log.ts");
      this.missing = false;
    } catch {
      this.missing = true;
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unlisten?.();
    this.#conversation = undefined;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const { conversation } = this;
    if (conversation !== this.#conversation) {
      this.#unlisten?.();
      this.#conversation = conversation;
      this.#unlisten = conversation.changed.listen(() => this.#changed());
    }
    if (this.open && changed.has("open")) {
      void this.#loadLog();
    }
    if (this.open && (changed.has("open") || conversation.state === "new")) {
      this.actions.store.open(this.session.id);
    }
    this.#markSeen();
    this.#answering = document.activeElement !== null && this.contains(document.activeElement.closest("nx-request"));
  }

  /** A request that had the focus went: the next one gets it, or else the title. */
  async #afterAnswer(): Promise<void> {
    this.#answering = false;
    const within = [...this.querySelectorAll<NxElement>("nx-peek, nx-request")];
    await Promise.all(within.map((element) => element.updateComplete));
    if (document.activeElement === document.body && !this.actions.desk.focus) {
      const next = this.querySelector<HTMLElement>(".requests h3") ?? this.title_;
      next?.focus({ preventScroll: true });
    }
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has("requests") && this.#answering) {
      void this.#afterAnswer();
    }
    const { focus } = this.actions.desk;
    const drawn = this.open || focus?.target === "title";
    if (focus?.id !== this.session.id || !drawn) {
      return;
    }
    if (focus.messageId !== undefined && !this.open) {
      return;
    }
    this.actions.desk.focus = undefined;
    this.#take(focus);
  }

  #take({ target, messageId }: Focus): void {
    if (this.open && !this.phone) {
      // Once the cards around have found their places.
      requestAnimationFrame(() => this.querySelector("article")?.scrollIntoView({ block: "nearest" }));
    }
    const request = this.open ? this.querySelector<NxRequest>(".requests nx-request") : null;
    if (messageId !== undefined && this.open) {
      this.title_?.focus({ preventScroll: true });
      void this.#reveal(messageId);
    } else if (target === "composer" && this.open && this.composer) {
      void this.composer.updateComplete.then(() => this.composer?.focusBox());
    } else if ((target === "request" || target === "always") && request) {
      void request.updateComplete.then(() => {
        request.querySelector<HTMLElement>("h3")?.focus();
        if (target === "always") {
          request.askAlways();
        }
      });
    } else {
      this.title_?.focus({ preventScroll: true });
    }
  }

  /** Shows one message of the conversation. */
  async #reveal(messageId: string): Promise<void> {
    await this.#loadLog();
    await this.log?.updateComplete;
    if ((await this.log?.reveal(messageId)) === false) {
      toast("This message is not there any more.");
    }
  }

  /** What changes the frame of the card; the log looks after itself. */
  #changed(): void {
    const busy = this.conversation.answer?.message.state === "running";
    if (!this.open || busy !== this.#wasBusy) {
      this.#wasBusy = busy;
      this.requestUpdate();
    }
    this.#markSeen();
  }

  #markSeen(): void {
    const at = this.conversation.answer?.message.completedAt;
    if (this.open && at && document.visibilityState === "visible") {
      this.actions.seen.mark(this.session.id, at);
    }
  }

  get #unread(): number {
    if (this.open || this.conversation.state !== "ready") {
      return 0;
    }
    const moments = this.conversation.entries
      .filter((entry) => entry.message.role === "assistant" && entry.message.completedAt)
      .map((entry) => entry.message.completedAt!);
    return this.actions.seen.unseen(this.session.id, moments);
  }

  protected override render(): TemplateResult {
    const { session, open } = this;
    const { tone } = lookOf(session, this.conversation, this.requests);
    const classes = ["nx-card", tone, open ? "open" : "", this.full ? "full" : "", this.phone && open ? "page" : ""];
    return html`<article class=${classes.filter(Boolean).join(" ")} aria-labelledby="title-${session.id}">
      ${this.#head()} ${this.#problem()} ${open ? this.#body() : this.#closed()}
    </article>`;
  }

  #head(): TemplateResult {
    const { session, open } = this;
    const title = titleOf(session);
    return html`<div class="head">
      ${open && this.phone
        ? html`<button type="button" class="btn quiet icon" aria-label="All sessions" title="All sessions" @click=${this.#close}>
            ${iconLeft()}
          </button>`
        : nothing}
      <span class="handle" title="Drag to move" @click=${this.#toggle}>${slot(this.number)}</span>
      <div class="names">
        ${this.renaming ? this.#rename(title) : this.#title(title)}
        <p class="sub meta">
          <span class="mono cut" title=${session.workspace}>${shortPath(session.workspace)}</span>${open ? this.#brief() : nothing}
        </p>
      </div>
      ${open ? html`<span class="meta num wide-only cost">${this.#cost}</span>` : nothing}
      <div class="buttons">
        ${open && !this.phone
          ? html`<button
              type="button"
              class="btn quiet icon"
              aria-label="All changes"
              title="All changes"
              @click=${() => void this.actions.changes(session.id)}
            >
              ${iconDiff()}
            </button>`
          : nothing}
        ${open && !this.phone
          ? html`<button
              type="button"
              class="btn quiet icon"
              aria-label=${this.full ? "Back to all cards" : "Fill the page"}
              title=${this.full ? "Back to all cards" : "Fill the page"}
              aria-pressed=${this.full ? "true" : "false"}
              @click=${() => this.actions.desk.fill(this.full ? undefined : session.id)}
            >
              ${iconExpand()}
            </button>`
          : nothing}
        <nx-menu .label="Menu for ${title}" .name=${session.id} .items=${() => this.#items}></nx-menu>
        ${open && !this.phone
          ? html`<button type="button" class="btn quiet icon" aria-label="Close ${title}" title="Close card" @click=${this.#close}>
              ${iconShrink()}
            </button>`
          : nothing}
      </div>
    </div>`;
  }

  #title(title: string): TemplateResult {
    const unread = this.#unread;
    return html`<h2>
      <button
        type="button"
        class="title cut"
        id="title-${this.session.id}"
        title=${title}
        aria-expanded=${this.open ? "true" : "false"}
        @click=${this.#toggle}
      >
        ${title}</button
      >${unread > 0 ? html`<span class="unread">${unread} new</span>` : nothing}
    </h2>`;
  }

  #rename(title: string): TemplateResult {
    return html`<h2 class="sr" id="title-${this.session.id}">${title}</h2>
      <form class="rename" @submit=${this.#renamed}>
        <label class="sr" for="rename-${this.session.id}">New title</label>
        <input
          class="field"
          id="rename-${this.session.id}"
          name="title"
          maxlength="200"
          autocomplete="off"
          required
          .value=${title}
          @keydown=${this.#renameKey}
          @blur=${() => (this.renaming = false)}
        />
      </form>`;
  }

  #brief(): TemplateResult {
    if (!this.online) {
      const heard = this.actions.store.lastHeard;
      return html`<span class="soft num">${heard ? `Last heard ${duration(Date.now() - heard)} ago` : "Offline"}</span>`;
    }
    return html`<nx-status
      brief
      .actions=${this.actions}
      .session=${this.session}
      .conversation=${this.conversation}
      .requests=${this.requests}
    ></nx-status>`;
  }

  get #cost(): string {
    const { cost, tokens } = this.session;
    return [cost ? money(cost) : "", tokens ? `${count(tokens)} tokens` : ""].filter(Boolean).join(" · ");
  }

  #problem(): TemplateResult | typeof nothing {
    return this.problem ? html`<p class="notice bad" role="alert">${this.problem}</p>` : nothing;
  }

  #closed(): TemplateResult {
    return html`<nx-peek
        .actions=${this.actions}
        .session=${this.session}
        .conversation=${this.conversation}
        .requests=${this.requests}
        .online=${this.online}
      ></nx-peek>
      <nx-status
        .actions=${this.actions}
        .session=${this.session}
        .conversation=${this.conversation}
        .requests=${this.requests}
      ></nx-status>`;
  }

  #body(): TemplateResult {
    const { session } = this;
    const answering = session.status === "busy" || session.status === "retry" || session.status === "waiting";
    return html`${this.phone
        ? html`<nx-switcher
            label="Other sessions"
            .actions=${this.actions}
            .cards=${this.cards}
            .current=${session.id}
          ></nx-switcher>`
        : nothing}
      ${this.phone && !this.online
        ? html`<p class="offbar">${iconOffline()}<span>Offline. Messages wait here.</span></p>`
        : nothing}
      ${this.missing
        ? html`<p class="notice bad">
            <span class="grow">The conversation cannot be shown: a part of the page is missing.</span
            ><button type="button" class="btn small" @click=${() => void this.#loadLog()}>Try again</button>
          </p>`
        : nothing}
      <nx-log
        .actions=${this.actions}
        .session=${session}
        .conversation=${this.conversation}
        .name=${titleOf(session)}
        .workspace=${session.workspace}
        .requests=${this.requests}
        @nx-again=${(event: CustomEvent<string>) => void this.actions.again(session.id, event.detail)}
        @nx-take-back=${(event: CustomEvent<string>) => void this.actions.takeBack(session.id, event.detail)}
      ></nx-log>
      ${this.requests.length > 0
        ? html`<div class="requests">
            ${repeat(
              this.requests,
              (request) => request.id,
              (request) => html`<nx-request
                kind="card"
                .actions=${this.actions}
                .request=${request}
                .online=${this.online}
                .elsewhere=${this.actions.store.settledElsewhere.has(request.id)}
              ></nx-request>`,
            )}
          </div>`
        : nothing}
      ${session.workspaceGone
        ? html`<p class="notice warn gone">${iconWarn()}<span class="grow">${goneWords(session)}</span></p>`
        : this.#composer(answering)}`;
  }

  #composer(answering: boolean): TemplateResult {
    const { session } = this;
    return html`<nx-composer
        .actions=${this.actions}
        .session=${session}
        .answering=${answering}
        @nx-sent=${() => this.log?.latest()}
      ></nx-composer>`;
  }

  get #items(): Item[] {
    const { id } = this.session;
    const up = beside(this.cards, id, -1);
    const down = beside(this.cards, id, 1);
    return [
      ...(this.session.status === "interrupted" && !this.session.workspaceGone
        ? [{ label: "Continue with…", icon: iconInterrupted(), run: () => this.actions.goOnWith(id) }]
        : []),
      { label: "Search in it", icon: iconSearch(), run: () => void this.actions.search(id) },
      { label: "Rename", icon: iconEdit(), run: () => void this.#startRename() },
      ...(up === undefined ? [] : [{ label: "Move up", icon: iconArrowUp(), run: () => void this.actions.move(id, up) }]),
      ...(down === undefined
        ? []
        : [{ label: "Move down", icon: iconArrowDown(), run: () => void this.actions.move(id, down) }]),
      { label: "Move to…", icon: iconList(), run: () => void this.#moveTo() },
      { label: "All changes", icon: iconDiff(), run: () => void this.actions.changes(id) },
      { label: "Plain text", icon: iconText(), run: () => void this.actions.plainConversation(this.session) },
      { label: "Export as Markdown", icon: iconFile(), href: this.actions.store.history.exportUrl(id, "markdown") },
      { label: "Export as JSON", icon: iconFile(), href: this.actions.store.history.exportUrl(id, "json") },
      { label: "Put away", icon: iconDownload(), run: () => void this.actions.putAway(id) },
      { label: "Delete", icon: iconClose(), run: () => void this.#delete() },
    ];
  }

  async #moveTo(): Promise<void> {
    const { session, cards } = this;
    const number = await chooseNumber(titleOf(session), this.number, cards);
    if (number !== undefined) {
      await this.actions.move(session.id, number);
    }
  }

  #toggle(): void {
    if (!this.open) {
      this.actions.open(this.session.id);
    } else if (!this.phone) {
      this.#close();
    }
  }

  readonly #close = (): void => this.actions.close(this.session.id);

  async #startRename(): Promise<void> {
    this.renaming = true;
    await this.updateComplete;
    const field = this.querySelector<HTMLInputElement>(".rename input");
    field?.focus();
    field?.select();
  }

  #renameKey(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#endRename();
    }
  }

  #endRename(): void {
    this.renaming = false;
    void this.updateComplete.then(() => this.title_?.focus());
  }

  async #renamed(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget as HTMLFormElement).get("title")).trim();
    this.#endRename();
    this.problem = "";
    if (title === "" || title === titleOf(this.session)) {
      return;
    }
    try {
      await this.actions.store.rename(this.session.id, title);
    } catch (failure) {
      this.problem = `Not renamed. ${asProblem(failure).detail}`;
    }
  }

  async #delete(): Promise<void> {
    const sure = await ask({
      title: "Delete this session?",
      text: `“${titleOf(this.session)}” and everything said in it will be gone. The files it changed stay as they are.`,
      yes: "Delete",
    });
    if (sure) {
      this.actions.remove(this.session);
    }
  }
}
