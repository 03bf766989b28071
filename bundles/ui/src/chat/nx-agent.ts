import "./fold.css";
import "./nx-agent.css";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { NxElement } from "../shared/element.ts";
import { iconAgent, iconFailed, iconRight } from "../shared/icon.ts";
import type { Request, ToolPart } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { onBeat } from "./beat.ts";
import { callEnd } from "./call-line.ts";
import type { Conversation } from "./conversation.ts";
import { grouped } from "./groups.ts";
import { errorWords, outcomeOf } from "./outcome.ts";
import { drawn, type Place, waits } from "./shown.ts";
import { harmless, toolWords } from "./words.ts";

const CLOSE_TO_END = 24;

/**
 * `<nx-agent>`: a helper, with what it says and does as it does it. Open while it works, and when it needs the owner. A
 * helper of a helper is a line that opens its conversation on top of the page.
 */
@customElement("nx-agent")
export class NxAgent extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) call!: ToolPart;
  @property() workspace = "";
  @property({ attribute: false }) requests: readonly Request[] = [];
  @property({ type: Boolean }) waits = false;
  @property({ type: Boolean }) over = false;
  /** How many helpers are around this one. */
  @property({ type: Number }) depth = 0;
  @state() private chosen: boolean | undefined;
  @query(".stream") private box!: HTMLElement | null;

  #conversation: Conversation | undefined;
  #release: (() => void) | undefined;
  #cancel: (() => void) | undefined;
  #atEnd = true;
  #sizes: ResizeObserver | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(1_000, () => this.call.state === "running" && !this.over && this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  get #open(): boolean {
    const outcome = outcomeOf(this.call, this.waits, this.over);
    return this.depth === 0 && (this.chosen ?? (outcome === "running" || outcome === "waits" || outcome === "failed"));
  }

  protected override willUpdate(): void {
    const wanted = this.isConnected && this.#open ? this.call.childId : undefined;
    if (this.#conversation?.sessionId !== wanted) {
      this.#leave();
      if (wanted) {
        this.#follow(wanted);
      }
    }
  }

  /** The messages of a helper are kept only while they are shown. */
  #follow(childId: string): void {
    const { store } = this.actions;
    const release = store.borrow(childId);
    this.#conversation = store.conversation(childId);
    const unlisten = this.#conversation.changed.listen(() => {
      this.#cancel ??= onBeat(() => {
        this.#cancel = undefined;
        this.requestUpdate();
      });
    });
    this.#release = () => {
      unlisten();
      release();
    };
  }

  #leave(): void {
    this.#release?.();
    this.#release = undefined;
    this.#conversation = undefined;
    this.#sizes?.disconnect();
    this.#sizes = undefined;
  }

  protected override updated(_: PropertyValues): void {
    const inner = this.box?.firstElementChild;
    if (inner && !this.#sizes) {
      this.#atEnd = true;
      this.#sizes = new ResizeObserver(() => {
        if (this.box && this.#atEnd) {
          this.box.scrollTop = this.box.scrollHeight;
        }
      });
      this.#sizes.observe(inner);
    }
  }

  protected override render(): TemplateResult {
    const { call } = this;
    const outcome = outcomeOf(call, this.waits, this.over);
    const name = harmless(toolWords(call).object) || "Helper";
    const line = html`${iconAgent()}<span class="what wide-only">Helper</span><span class="cut" title=${name}>${name}</span
      >${callEnd(call, outcome)}`;
    if (this.depth > 0) {
      return html`<div class="fold"><div class="line">
        ${line}<button type="button" class="btn quiet small" @click=${this.#show}>Open<span class="sr"> ${name}</span></button>
      </div></div>`;
    }
    return html`<details class="fold" ?open=${this.#open}>
      <summary @click=${this.#choose}>${iconRight()}${line}</summary>
      <div class="body">${this.#open ? this.#stream(name) : nothing}</div>
    </details>`;
  }

  #choose(event: Event): void {
    const details = (event.currentTarget as HTMLElement).parentElement as HTMLDetailsElement;
    event.preventDefault();
    this.chosen = !details.open;
  }

  #stream(name: string): TemplateResult {
    const { call } = this;
    const conversation = this.#conversation;
    return html`<div class="stream" tabindex="0" role="group" aria-label="Helper: ${name}" @scroll=${this.#scrolled}>
        <div class="in">
          ${conversation ? this.#said(conversation) : nothing}
          ${call.error ? html`<p class="notice bad">${iconFailed()}<span class="grow">${harmless(errorWords(call))}</span></p>` : nothing}
        </div>
      </div>
      <p class="foot"><button type="button" class="btn quiet small" @click=${this.#show}>Open in full<span class="sr">: ${name}</span></button></p>`;
  }

  #said(conversation: Conversation): TemplateResult {
    const answers = conversation.entries.filter((entry) => entry.message.role === "assistant");
    if (conversation.state === "failed" && answers.length === 0) {
      return html`<p class="notice bad">
        ${iconFailed()}<span class="grow">${conversation.problem?.detail ?? "It could not be read."}</span
        ><button type="button" class="btn small" @click=${() => void conversation.load()}>Try again</button>
      </p>`;
    }
    const parts = answers.flatMap((entry) => entry.parts).filter((live) => !live.hidden && live.part.type !== "reasoning");
    const place: Place = {
      actions: this.actions,
      sessionId: conversation.sessionId,
      workspace: this.workspace,
      requests: this.requests,
      depth: this.depth + 1,
      over: this.over || (this.call.state !== "running" && this.call.state !== "pending"),
    };
    const pieces = grouped(parts, (call) => waits(call, place));
    if (pieces.length === 0 && conversation.state === "ready") {
      return html`<p class="soft">It has not said anything yet.</p>`;
    }
    return html`${repeat(
      pieces,
      (piece) => piece.id,
      (piece) => drawn(piece, "", place),
    )}`;
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.box!;
    this.#atEnd = scrollHeight - scrollTop - clientHeight <= CLOSE_TO_END;
  }

  readonly #show = (): void => {
    const name = harmless(toolWords(this.call).object) || "Helper";
    void this.actions.helper(this.call.childId!, name, this.workspace);
  };
}
