import "./nx-log.css";
import "./nx-turn.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { iconDown, iconFailed } from "../shared/icon.ts";
import type { Request } from "../shared/types.ts";
import type { Conversation } from "./conversation.ts";
import { PAGE } from "./store.ts";
import { type Turn, turnsOf, unanswered } from "./turns.ts";

/** Who reads this close to the end is taken along. */
const CLOSE_TO_END = 48;
/** Turns that are drawn even when they are out of sight. */
const FRESH = 6;
const SLOW_AFTER = 300;
/** How long a message may stand there before its answer begins. */
const ANSWER_WITHIN = 3_000;
/** How long a scroll may come after what the reader did. */
const READER = 1_000;

/** `<nx-log>`: a conversation. Follows its end only while the reader is there. */
@customElement("nx-log")
export class NxLog extends NxElement {
  @property({ attribute: false }) conversation!: Conversation;
  @property() name = "";
  @property() workspace = "";
  @property({ attribute: false }) requests: readonly Request[] = [];
  /** Whether the session is not at work. */
  @property({ type: Boolean }) idle = false;
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

  override connectedCallback(): void {
    super.connectedCallback();
    const timer = setTimeout(() => (this.slow = true), SLOW_AFTER);
    this.until(timer, clearTimeout);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unlisten?.();
    this.#unlisten = undefined;
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
    this.#following = false;
    this.problem = "";
    try {
      if (!(await this.conversation.reach(messageId))) {
        return false;
      }
    } catch (failure) {
      this.problem = asProblem(failure).detail;
      return true;
    }
    this.#following = false;
    this.requestUpdate();
    await this.#drawn();
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
    this.away = true;
    return true;
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
      this.#seen = this.conversation.entries.length;
    }
    if (this.#following) {
      this.#seen = this.conversation.entries.length + this.conversation.sending.length;
    } else {
      this.below = Math.max(0, this.conversation.entries.length + this.conversation.sending.length - this.#seen);
    }
    this.#lookForUnanswered();
  }

  #changed(): void {
    const removed = this.conversation.removals !== this.#removals;
    this.#removals = this.conversation.removals;
    if (removed && !this.#following) {
      this.#seen = Math.min(this.#seen, this.conversation.entries.length + this.conversation.sending.length);
      void this.#hold();
    }
    this.requestUpdate();
  }

  /** Draws without what was removed; the first thing in sight that is still there stays where it was. */
  async #hold(): Promise<void> {
    const { top } = this.box.getBoundingClientRect();
    const places = [...this.querySelectorAll("nx-turn > article > *")]
      .map((element) => ({ element, at: element.getBoundingClientRect() }))
      .filter(({ at }) => at.bottom > top);
    this.requestUpdate();
    await this.#drawn();
    const held = places.find(({ element }) => element.isConnected);
    if (held) {
      this.box.scrollTop += held.element.getBoundingClientRect().top - held.at.top;
      this.#top = this.box.scrollTop;
    }
  }

  /** Until the turns are drawn, too. */
  async #drawn(): Promise<void> {
    await this.updateComplete;
    await Promise.all([...this.querySelectorAll<NxElement>("nx-turn")].map((turn) => turn.updateComplete));
  }

  /** A message that no answer follows after a while will not get one, for instance one that was queued behind a stop. */
  #lookForUnanswered(): void {
    const { conversation } = this;
    const still = this.idle && conversation.state === "ready" && conversation.sending.length === 0;
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

  protected override render(): TemplateResult {
    const { conversation } = this;
    const turns = turnsOf(conversation);
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
          ${this.#earlier()} ${this.#empty(turns)}
          ${repeat(
            turns,
            (turn) => turn.key,
            (turn, index) => html`<nx-turn
              class=${index < turns.length - FRESH ? "old" : ""}
              .turn=${turn}
              .workspace=${this.workspace}
              .requests=${this.requests}
              .last=${index === turns.length - 1}
              .unanswered=${this.unanswered.includes(turn.entries[0]?.message.id ?? "")}
              .asked=${turn.role === "assistant" ? (turns[index - 1]?.entries[0]?.text ?? "") : ""}
            ></nx-turn>`,
          )}
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
      return html`<p class="empty soft">Nothing has been said yet. What shall be done?</p>`;
    }
    if (turns.length === 0 && this.slow) {
      return html`<div class="outlines" aria-hidden="true"><div></div><div></div></div>`;
    }
    return nothing;
  }

  #earlier(): TemplateResult | typeof nothing {
    const { conversation } = this;
    if (conversation.before === null || conversation.entries.length === 0) {
      return nothing;
    }
    return html`<p class="earlier">
      <button
        type="button"
        class="btn small quiet"
        aria-disabled=${conversation.loadingEarlier ? "true" : nothing}
        @click=${this.#loadEarlier}
      >
        Show earlier turns
      </button>
      ${this.problem ? html`<span class="fail">${this.problem}</span>` : nothing}
    </p>`;
  }

  async #loadEarlier(): Promise<void> {
    this.problem = "";
    const first = this.querySelector<HTMLElement>("nx-turn");
    const before = first?.getBoundingClientRect().top ?? 0;
    this.#following = false;
    try {
      await this.conversation.earlier(PAGE);
    } catch (failure) {
      this.problem = asProblem(failure).detail;
      return;
    }
    this.requestUpdate();
    await this.#drawn();
    // What was read stays where it was.
    this.box.scrollTop += (first?.getBoundingClientRect().top ?? 0) - before;
    this.#top = this.box.scrollTop;
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    const near = scrollHeight - scrollTop - clientHeight <= CLOSE_TO_END;
    const byReader = this.#dragging || Date.now() - this.#moved < READER;
    const up = byReader && scrollTop < this.#top - 1;
    this.#top = scrollTop;
    this.#following = near || (this.#following && !up);
    this.away = !this.#following;
    if (this.#following) {
      this.below = 0;
      this.#seen = this.conversation.entries.length + this.conversation.sending.length;
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
