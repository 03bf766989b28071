import "./nx-log.css";
import "./nx-turn.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { duration, plural } from "../shared/format.ts";
import { iconDown, iconFailed, iconRetry, iconUndo } from "../shared/icon.ts";
import type { Request, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import type { Conversation } from "./conversation.ts";
import type { NxTurn } from "./nx-turn.ts";
import { type Turn, turnsOf, unanswered } from "./turns.ts";
import { harmless, sentence } from "./words.ts";

/** Who reads this close to the end is taken along. */
const CLOSE_TO_END = 48;
/** Who reads this close to what is not here yet gets it without asking. */
const CLOSE_TO_MORE = 600;
/** Turns that are drawn even when they are out of sight. */
const FRESH = 6;
const SLOW_AFTER = 300;
/** How long a message may stand there before its answer begins. */
const ANSWER_WITHIN = 3_000;
/** How long a scroll may come after what the reader did. */
const READER = 1_000;

/**
 * `<nx-log>`: a conversation. Follows its end only while the reader is there. However long it is, only some pages of it
 * are on the page: those around the reader.
 */
@customElement("nx-log")
export class NxLog extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) conversation!: Conversation;
  /** The session it belongs to; undefined when it can only be read. */
  @property({ attribute: false }) session: Session | undefined;
  @property() name = "";
  @property() workspace = "";
  @property({ attribute: false }) requests: readonly Request[] = [];
  /** Turns that came while the reader was further up. */
  @state() private below = 0;
  @state() private away = false;
  @state() private slow = false;
  @state() private problem = "";
  /** Ids of the messages that will not be answered any more. */
  @state() private unanswered: readonly string[] = [];
  @query(".nx-log") private box!: HTMLElement;
  @query(".inner") private inner!: HTMLElement;

  #unlisten: (() => void) | undefined;
  /** Lets go of the messages that a reader further up needs. */
  #release: (() => void) | undefined;
  #frame = 0;
  #seen = 0;
  #following = true;
  #top = 0;
  /** When the reader last did something that scrolls. The end also moves by itself, when text grows or a tool folds. */
  #moved = 0;
  #dragging = false;
  #removals = 0;
  #left = "";
  #leaving: ReturnType<typeof setTimeout> | undefined;
  /** Turns that were drawn once, so that their height is known while they are out of sight. */
  #measured = new Set<string>();
  #turns: readonly Turn[] = [];
  #asked: readonly Request[] = [];
  #folded = true;

  override connectedCallback(): void {
    super.connectedCallback();
    const timer = setTimeout(() => (this.slow = true), SLOW_AFTER);
    this.until(timer, clearTimeout);
    this.every(1_000, () => this.session?.status === "retry" && this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#readsOn(false);
    this.conversation.forgetPast();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    clearTimeout(this.#leaving);
    this.#left = "";
  }

  /** Goes to the newest turn. */
  latest(): void {
    this.#following = true;
    this.away = false;
    this.below = 0;
    if (this.conversation.past.hasNewer) {
      this.conversation.forgetPast();
    }
    this.#readsOn(false);
    this.#toEnd();
  }

  /** Goes one turn up or down. */
  step(by: 1 | -1): void {
    this.#touched();
    const turns = [...this.querySelectorAll<HTMLElement>("nx-turn > article")];
    const top = this.box.getBoundingClientRect().top;
    const places = turns.map((turn) => turn.getBoundingClientRect().top - top);
    const target = by > 0 ? places.findIndex((place) => place > 24) : places.findLastIndex((place) => place < 8);
    turns[target]?.scrollIntoView({ block: "start" });
  }

  /**
   * Shows one message at the top and gives its heading the focus; earlier turns are fetched until it is there. False when
   * it is not in the conversation any more.
   */
  async reveal(messageId: string): Promise<boolean> {
    this.#away();
    this.problem = "";
    try {
      if (!(await this.conversation.reach(messageId))) {
        return false;
      }
    } catch (failure) {
      this.problem = asProblem(failure).detail;
      return true;
    }
    this.requestUpdate();
    await this.#drawn();
    this.#away();
    const turn = turnsOf(this.conversation).find(({ entries }) => entries.some(({ message }) => message.id === messageId));
    const heading = turn && this.querySelector<HTMLElement>(`[id="turn-${CSS.escape(turn.key)}"]`);
    if (!heading) {
      return false;
    }
    this.#touched();
    heading.tabIndex = -1;
    heading.scrollIntoView({ block: "start" });
    heading.focus({ preventScroll: true });
    this.#top = this.box.scrollTop;
    return true;
  }

  /** Opens all tools, or closes them when they were opened last. */
  foldTools(): void {
    this.#folded = !this.#folded;
    const open = !this.#folded;
    void this.#holding(() => this.querySelectorAll<NxTurn>("nx-turn").forEach((turn) => turn.fold(open)));
  }

  /** Shows the turn that has the focus, or else the newest answer, as plain text. */
  plainText(): void {
    const turns = [...this.querySelectorAll<NxTurn>("nx-turn")];
    const focused = turns.find((turn) => turn.contains(document.activeElement));
    (focused ?? turns.findLast(({ turn }) => turn.role === "assistant"))?.plainText();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("conversation")) {
      this.#unlisten?.();
      this.#unlisten = this.conversation.changed.listen(() => {
        this.#frame ||= requestAnimationFrame(() => {
          this.#frame = 0;
          this.#changed();
        });
      });
      this.#removals = this.conversation.removals;
      this.#following = true;
      this.#readsOn(false);
      this.#seen = this.#length;
    }
    if (this.requests.length !== this.#asked.length || this.requests.some((one, place) => one !== this.#asked[place])) {
      this.#asked = this.requests;
    }
    if (this.#following) {
      this.#seen = this.#length;
    } else {
      this.below = Math.max(0, this.#length - this.#seen);
    }
    this.#lookForUnanswered();
  }

  get #length(): number {
    return this.conversation.entries.length + this.conversation.sending.length;
  }

  #changed(): void {
    const removed = this.conversation.removals !== this.#removals;
    this.#removals = this.conversation.removals;
    if (removed && !this.#following) {
      this.#seen = Math.min(this.#seen, this.#length);
      void this.#holding();
      return;
    }
    this.requestUpdate();
  }

  /** Draws what has changed; the first thing in sight that is still there stays where it was. */
  async #holding(change: () => void = () => undefined): Promise<void> {
    const { top } = this.box.getBoundingClientRect();
    const places = [...this.querySelectorAll("nx-turn, nx-turn > article > *")]
      .map((element) => ({ element, at: element.getBoundingClientRect() }))
      .filter(({ at }) => at.bottom > top);
    // The browser would hold it, too.
    this.box.style.setProperty("overflow-anchor", "none");
    change();
    this.requestUpdate();
    await this.#drawn();
    const held = places.find(({ element, at }) => element.isConnected && (at.top >= top || element.localName !== "nx-turn"));
    const kept = held ?? places.find(({ element }) => element.isConnected);
    if (kept && !this.#following) {
      this.box.scrollTop += kept.element.getBoundingClientRect().top - kept.at.top;
      this.#top = this.box.scrollTop;
    }
    this.box.style.removeProperty("overflow-anchor");
  }

  /** Until the turns are drawn, too. */
  async #drawn(): Promise<void> {
    await this.updateComplete;
    await Promise.all([...this.querySelectorAll<NxElement>("nx-turn")].map((turn) => turn.updateComplete));
  }

  /** A message that no answer follows after a while will not get one, for instance one that was queued behind a stop. */
  #lookForUnanswered(): void {
    const { conversation, session } = this;
    const still = session?.status === "idle" && conversation.state === "ready" && conversation.sending.length === 0;
    const ids = still ? unanswered(conversation) : [];
    if (ids.join() === this.#left) {
      return;
    }
    this.#left = ids.join();
    clearTimeout(this.#leaving);
    this.unanswered = this.unanswered.filter((id) => ids.includes(id));
    if (ids.length > this.unanswered.length) {
      this.#leaving = setTimeout(() => (this.unanswered = ids), ANSWER_WITHIN);
    }
  }

  protected override firstUpdated(): void {
    // Runs after the layout of a frame: reading the height costs nothing there.
    const sizes = new ResizeObserver(() => {
      if (this.#following) {
        this.#toEnd();
      }
    });
    sizes.observe(this.inner);
    sizes.observe(this.box);
    this.until(sizes, (observer) => observer.disconnect());
  }

  protected override updated(): void {
    // Two frames later they are laid out, and may be left out while they are out of sight.
    const keys = this.#turns.map((turn) => turn.key);
    if (keys.some((key) => !this.#measured.has(key))) {
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          this.#measured = new Set(keys);
          this.requestUpdate();
        }),
      );
    }
  }

  protected override render(): TemplateResult {
    const { conversation, session } = this;
    const turns = turnsOf(conversation);
    this.#turns = turns;
    const present = !conversation.past.hasNewer;
    const idle = session !== undefined && session.status !== "busy" && session.status !== "retry" && session.status !== "waiting";
    const cutAt = session?.status === "interrupted" ? session.updatedAt : "";
    return html`
      <div
        class="nx-log ${this.away ? "" : "following"}"
        role="log"
        aria-live="off"
        aria-label="Conversation: ${this.name}"
        tabindex="0"
        @scroll=${this.#scrolled}
        @wheel=${{ handleEvent: this.#touched, passive: true }}
        @touchmove=${{ handleEvent: this.#touched, passive: true }}
        @keydown=${this.#touched}
        @focusin=${this.#touched}
        @pointerdown=${this.#pressed}
        @pointerup=${this.#released}
        @pointermove=${this.#released}
      >
        <div class="inner">
          ${conversation.past.hasOlder && turns.length > 0 ? this.#more("older") : nothing} ${this.#empty(turns)}
          ${repeat(
            turns,
            (turn) => turn.key,
            (turn, index) => {
              const last = present && index === turns.length - 1;
              return html`<nx-turn
                class=${index < turns.length - FRESH && this.#measured.has(turn.key) ? "old" : ""}
                .actions=${this.actions}
                .sessionId=${conversation.sessionId}
                .turn=${turn}
                .previous=${turns[index - 1]}
                .following=${turns[index + 1]}
                .workspace=${this.workspace}
                .requests=${this.#asked}
                .reading=${session === undefined}
                .idle=${idle}
                .last=${last}
                .trying=${last && session?.status === "retry"}
                .unanswered=${this.unanswered.includes(turn.entries[0]?.message.id ?? "")}
                .cutAt=${last ? cutAt : ""}
              ></nx-turn>`;
            },
          )}
          ${present ? this.#end() : this.#more("newer")}
        </div>
      </div>
      ${this.away
        ? html`<button type="button" class="btn small jump" @click=${this.#jump}>
            ${iconDown()}Latest${this.below > 0 ? ` · ${this.below} new` : ""}
          </button>`
        : nothing}
    `;
  }

  #empty(turns: readonly Turn[]): TemplateResult | typeof nothing {
    const { conversation } = this;
    if (conversation.state === "failed" && turns.length === 0) {
      return html`<p class="notice bad">
        ${iconFailed()}<span class="grow">${conversation.problem?.detail ?? "The conversation could not be read."}</span>
        <button type="button" class="btn small" @click=${() => void conversation.load()}>Try again</button>
      </p>`;
    }
    if (conversation.state === "ready" && turns.length === 0) {
      return this.session?.revert
        ? nothing
        : html`<p class="empty soft">Nothing has been said yet. What shall be done?</p>`;
    }
    if (turns.length === 0 && this.slow) {
      return html`<div class="outlines" aria-hidden="true"><div></div><div></div></div>`;
    }
    return nothing;
  }

  /** What is told after the newest turn. */
  #end(): TemplateResult | typeof nothing {
    const { session } = this;
    if (session?.revert) {
      return this.#undone(session);
    }
    if (session?.status === "retry") {
      const left = session.retryAt ? Date.parse(session.retryAt) - Date.now() : 0;
      return html`<p class="notice warn last">
        ${iconRetry()}<span class="grow"
          >${sentence(harmless(session.problem ?? "The provider is busy."))}
          <span class="num">Trying again${left > 0 ? ` in ${duration(left + 999)}` : ""}.</span></span
        ><button type="button" class="btn small" @click=${() => void this.actions.stop(session.id)}>Stop trying</button>
      </p>`;
    }
    return nothing;
  }

  #undone({ id, revert, status }: Session): TemplateResult {
    const { undone } = this.conversation;
    const turns = undone?.messageId === revert!.messageId ? undone.turns : undefined;
    const what = turns === undefined ? "What came after this is undone" : `${plural(turns, "turn")} ${turns === 1 ? "is" : "are"} undone`;
    const files = revert!.files.length;
    return html`<p class="notice last">
      ${iconUndo()}<span class="grow"
        >${what}${files > 0 ? `, ${plural(files, "file")} went back` : ""}.
        <span class="soft">Your next message makes it final.</span></span
      >${this.problem ? html`<span class="fail">${this.problem}</span>` : nothing}<button
        type="button"
        class="btn small"
        aria-disabled=${status === "idle" || status === "failed" || status === "interrupted" ? nothing : "true"}
        @click=${() => void this.#bringBack(id)}
      >
        Bring back
      </button>
    </p>`;
  }

  async #bringBack(id: string): Promise<void> {
    this.problem = "";
    try {
      await this.actions.bringBack(id);
    } catch (failure) {
      this.problem = `Not brought back. ${asProblem(failure).detail}`;
    }
  }

  #more(direction: "older" | "newer"): TemplateResult {
    const { past } = this.conversation;
    return html`<p class="more">
      <button
        type="button"
        class="btn small quiet"
        aria-disabled=${past.loading ? "true" : nothing}
        @click=${() => void this.#load(direction)}
      >
        ${direction === "older" ? "Show earlier turns" : "Show later turns"}
      </button>
      ${this.problem ? html`<span class="fail">${this.problem}</span>` : nothing}
    </p>`;
  }

  async #load(direction: "older" | "newer"): Promise<void> {
    if (this.conversation.past.loading) {
      return;
    }
    this.problem = "";
    this.#away();
    try {
      await this.conversation.more(direction);
    } catch (failure) {
      this.problem = asProblem(failure).detail;
      return;
    }
    await this.#holding();
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    const { past } = this.conversation;
    const left = scrollHeight - scrollTop - clientHeight;
    const near = left <= CLOSE_TO_END && !past.hasNewer;
    const byReader = this.#dragging || Date.now() - this.#moved < READER;
    const up = byReader && scrollTop < this.#top - 1;
    this.#top = scrollTop;
    this.#following = near || (this.#following && !up);
    if (this.#following) {
      this.away = false;
      this.below = 0;
      this.#seen = this.#length;
      this.#readsOn(false);
      return;
    }
    this.#away();
    if (!this.problem) {
      if (scrollTop < CLOSE_TO_MORE && past.hasOlder) {
        void this.#load("older");
      } else if (left < CLOSE_TO_MORE && past.hasNewer) {
        void this.#load("newer");
      }
    }
  }

  /** The reader is further up. */
  #away(): void {
    this.#following = false;
    this.away = true;
    this.#readsOn(true);
  }

  #readsOn(further: boolean): void {
    if (further) {
      this.#release ??= this.conversation.hold();
    } else {
      this.#release?.();
      this.#release = undefined;
    }
  }

  readonly #touched = (): void => {
    this.#moved = Date.now();
  };

  #pressed(event: PointerEvent): void {
    this.#touched();
    this.#dragging = event.pointerType === "mouse";
  }

  #released(event: PointerEvent): void {
    if (event.buttons === 0) {
      this.#dragging = false;
    }
  }

  #toEnd(): void {
    this.box.scrollTop = this.box.scrollHeight;
    this.#top = this.box.scrollTop;
  }

  #jump(): void {
    this.latest();
    this.box.focus({ preventScroll: true });
  }
}
