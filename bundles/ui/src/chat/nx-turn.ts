import "./nx-turn.css";
import "./nx-menu.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { clock, count, exactly, when } from "../shared/format.ts";
import {
  iconBranch,
  iconCheck,
  iconCopy,
  iconDiff,
  iconFailed,
  iconFile,
  iconImage,
  iconInfo,
  iconInterrupted,
  iconOutbox,
  iconRetry,
  iconStop,
  iconText,
  iconUndo,
} from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { Request } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { copy } from "./clipboard.ts";
import { grouped, type Shown } from "./groups.ts";
import type { LivePart } from "./live-part.ts";
import type { Item } from "./nx-menu.ts";
import { drawn, type Place, waits } from "./shown.ts";
import { type Turn, textOf } from "./turns.ts";
import { harmless, modelName, retryWords } from "./words.ts";

/** A message of the owner that is longer is shown by its beginning until all is asked for. */
const LONG = 6_000;

/**
 * `<nx-turn>`: one message of the owner, or one answer with all its steps. Tells `nx-again` with the text to send, for
 * "Try again" and "Send again".
 */
@customElement("nx-turn")
export class NxTurn extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property() sessionId = "";
  @property({ attribute: false, hasChanged: differs }) turn!: Turn;
  /** The turns around it, for what is done with it. */
  @property({ attribute: false, hasChanged: () => false }) previous: Turn | undefined;
  @property({ attribute: false, hasChanged: () => false }) following: Turn | undefined;
  @property() workspace = "";
  @property({ attribute: false }) requests: readonly Request[] = [];
  /** Nothing can be done but reading and copying. */
  @property({ type: Boolean }) reading = false;
  /** Whether the session is not at work. */
  @property({ type: Boolean }) idle = false;
  /** Whether nothing follows it. */
  @property({ type: Boolean }) last = false;
  /** Whether it waits for another try, which is told after it. */
  @property({ type: Boolean }) trying = false;
  /** Whether nobody will answer it. */
  @property({ type: Boolean }) unanswered = false;
  /** When the server stopped, if that cut the answer off. */
  @property() cutAt = "";
  @state() private copied = false;
  @state() private whole = false;
  @state() private problem = "";

  protected override render(): TemplateResult {
    return this.turn.role === "user" ? this.#mine() : this.#answer();
  }

  /** Opens or closes all tools. */
  fold(open: boolean): void {
    for (const details of this.querySelectorAll<HTMLDetailsElement>("article > * > details.fold")) {
      if (details.open !== open) {
        details.querySelector("summary")?.click();
      }
    }
  }

  #mine(): TemplateResult {
    const { key, entries, sending } = this.turn;
    const entry = entries[0];
    const parts = entry?.parts.filter((live) => !live.hidden) ?? [];
    const said = parts.filter((live) => live.part.type === "text").map((live) => live.text);
    const rest = parts.filter((live) => live.part.type !== "text");
    const files = rest.filter((live) => live.part.type === "file");
    const others = rest.filter((live) => live.part.type !== "file");
    const at = entry?.message.createdAt ?? sending?.at ?? "";
    const held = sending?.waits;
    return html`<article class="nx-turn me ${held ? "unsent" : ""}" aria-labelledby="turn-${key}">
      <div class="top">
        <h3 id="turn-${key}">
          ${this.reading ? "Task" : "You"}<span class="sr">, </span>
          <span class="meta num" title=${exactly(at)}>${timeOf(at)}</span>
        </h3>
        ${held ? html`<span class="meta out">${iconOutbox()}<span>Waiting to send. ${held}</span></span>` : nothing}
        ${this.#tools(this.reading ? "the task" : "your message")}
      </div>
      ${this.#failure()}
      ${(said.length > 0 ? said : sending ? [sending.text] : []).map((text) => this.#said(text))}
      ${files.length > 0 ? html`<div class="files">${files.map((live) => this.#drawn(live))}</div>` : nothing}
      ${sending && !entry?.parts.length && sending.files.length > 0
        ? html`<div class="files">${sending.files.map(({ name, mime }) => file(name, mime))}</div>`
        : nothing}
      ${others.map((live) => this.#drawn(live))}
      ${held
        ? html`<p class="back">
            <button type="button" class="btn small" @click=${() => this.tell("nx-take-back", sending.clientId)}>
              Take back
            </button>
          </p>`
        : nothing}
      ${this.turn.note ? html`<p class="meta">${this.turn.note}</p>` : nothing}
      ${this.unanswered
        ? html`<p class="notice">
            ${iconInfo()}<span class="grow">This was not answered.</span
            ><button type="button" class="btn small" @click=${() => this.tell("nx-again", textOf(this.turn))}>Send again</button>
          </p>`
        : nothing}
    </article>`;
  }

  #said(text: string): TemplateResult {
    const shown = this.whole || text.length <= LONG ? text : `${text.slice(0, LONG / 2)}…`;
    return html`<p class="said">${harmless(shown)}</p>
      ${shown.length < text.length
        ? html`<p>
            <button type="button" class="btn small quiet" @click=${() => (this.whole = true)}>
              Show all ${count(text.length)} characters
            </button>
          </p>`
        : nothing}`;
  }

  #answer(): TemplateResult {
    const { key, entries } = this.turn;
    const { message } = entries[0]!;
    const running = this.#running;
    const parts = entries.flatMap((entry) => entry.parts).filter((live) => !live.hidden);
    const about = [timeOf(message.createdAt), message.agent, modelName(message.model)].filter(Boolean).join(" · ");
    const writes = parts.some((live) => live.growing && live.part.type === "text");
    const works = parts.some(({ part }) => part.type === "tool" && (part.state === "running" || part.state === "pending"));
    const place = this.#place(parts);
    const pieces = grouped(parts, (call) => waits(call, place));
    return html`<article class="nx-turn" aria-labelledby="turn-${key}" aria-busy=${running ? "true" : nothing}>
      <div class="top">
        <h3 id="turn-${key}">
          Assistant<span class="sr">, </span><span class="meta num" title=${exactly(message.createdAt)}>${harmless(about)}</span>
        </h3>
        ${running ? nothing : this.#tools("this answer")}
      </div>
      ${this.#failure()} ${this.#retries("")}
      ${repeat(
        pieces,
        (piece) => piece.id,
        (piece) => html`${drawn(piece, this.#messageOf(piece), place)}${idsOf(piece).map((id) => this.#retries(id))}`,
      )}
      ${running && !writes && !works && this.last && !this.trying ? html`<p class="waits"><span class="caret blinks" aria-hidden="true"></span></p>` : nothing}
      ${this.#ending()}
    </article>`;
  }

  get #running(): boolean {
    return this.turn.entries.at(-1)?.message.state === "running";
  }

  #place(parts: readonly LivePart[]): Place {
    const { actions, sessionId, workspace, requests } = this;
    const todos = this.last
      ? parts.findLast(({ part }) => part.type === "tool" && part.tool === "todowrite" && part.state !== "error")
      : undefined;
    return { actions, sessionId, workspace, requests, depth: 0, over: !this.#running, todos };
  }

  #drawn(live: LivePart): TemplateResult {
    return drawn(live, this.#messageOf(live), this.#place([]));
  }

  #messageOf(shown: Shown): string {
    const entry = "reads" in shown ? undefined : this.turn.entries.find(({ parts }) => parts.includes(shown));
    return entry?.message.id ?? "";
  }

  /** The tries that came after a part, or before all of them. */
  #retries(after: string): TemplateResult | typeof nothing {
    const all = this.turn.entries.flatMap((entry) => entry.retries);
    const retries = (this.trying ? all.slice(0, -1) : all).filter((retry) => retry.after === after);
    return retries.length === 0
      ? nothing
      : html`${retries.map((retry) => html`<p class="notice warn">${iconRetry()}<span class="grow">${retryWords(retry)}</span></p>`)}`;
  }

  #failure(): TemplateResult | typeof nothing {
    return this.problem
      ? html`<p class="notice bad" role="alert">${iconFailed()}<span class="grow">${this.problem}</span></p>`
      : nothing;
  }

  #tools(what: string): TemplateResult {
    const { turn } = this;
    return html`<span class="tools"
      ><button
        type="button"
        class="btn quiet icon small ${turn.entries.length > 0 ? "wide-only" : ""}"
        aria-label="Copy ${what}"
        title="Copy ${what}"
        @click=${this.#copy}
      >
        ${this.copied ? iconCheck() : iconCopy()}</button
      >${turn.entries.length === 0
        ? nothing
        : html`${this.reading
              ? nothing
              : html`<button
                  type="button"
                  class="btn quiet icon small wide-only"
                  aria-label="New session from ${what}"
                  title="Start a new session from here"
                  @click=${this.#fork}
                >
                  ${iconBranch()}
                </button>`}<nx-menu .label="More for ${what}" .name="turn-${turn.key}" .items=${() => this.#items}></nx-menu>`}</span
    >`;
  }

  get #items(): Item[] {
    const { turn, actions, sessionId } = this;
    const asked = askedBy(turn);
    const copying: Item = { label: "Copy", icon: iconCopy(), run: () => void this.#copy() };
    const plain: Item = { label: "Plain text", icon: iconText(), run: () => this.plainText() };
    if (this.reading) {
      return [copying, plain];
    }
    return [
      copying,
      { label: "Start a new session from here", icon: iconBranch(), run: () => void this.#fork() },
      ...(asked === undefined
        ? []
        : [
            ...(this.idle ? [{ label: "Undo from here", icon: iconUndo(), run: () => void actions.undo(sessionId, asked) }] : []),
            { label: "What changed here", icon: iconDiff(), run: () => void actions.changes(sessionId, asked) },
          ]),
      plain,
    ];
  }

  /** Shows it as plain text, on top of the page. */
  plainText(): void {
    const { turn } = this;
    const at = turn.entries[0]?.message.createdAt ?? "";
    void this.actions.plainText(`${turn.role === "assistant" ? "Assistant" : this.reading ? "Task" : "You"}, ${timeOf(at)}`, textOf(turn));
  }

  readonly #copy = async (): Promise<void> => {
    if (await copy(textOf(this.turn))) {
      say("Copied");
      this.copied = true;
      setTimeout(() => (this.copied = false), 2_000);
    }
  };

  /** Of a message, everything before it; its text goes into the box. Of an answer, everything up to it. */
  readonly #fork = async (): Promise<void> => {
    const { turn, following } = this;
    const mine = turn.role === "user";
    this.problem = "";
    try {
      await this.actions.fork(this.sessionId, (mine ? turn : following)?.entries[0]?.message.id, mine ? textOf(turn) : "");
    } catch (failure) {
      this.problem = `No new session was started. ${asProblem(failure).detail}`;
    }
  };

  #goOn(): TemplateResult {
    const { actions, sessionId } = this;
    return html`<span class="ways"
      ><button type="button" class="btn small" @click=${() => void actions.goOn(sessionId)}>Continue</button
      ><button
        type="button"
        class="btn small quiet"
        title="Change the words before they are sent"
        @click=${() => actions.goOnWith(sessionId)}
      >
        Continue with…
      </button></span
    >`;
  }

  #ending(): TemplateResult | typeof nothing {
    const { message } = this.turn.entries.at(-1)!;
    const goOn = this.last && !this.reading ? this.#goOn() : nothing;
    switch (message.state) {
      case "aborted":
        return html`<p class="notice">${iconStop()}<span class="grow">You stopped this answer.</span>${goOn}</p>`;
      case "interrupted":
        return html`<p class="notice">
          ${iconInterrupted()}<span class="grow"
            >The answer was cut off${this.cutAt ? html` at <span class="num">${clock(this.cutAt)}</span>` : nothing}, when the server
            stopped.</span
          >${goOn}
        </p>`;
      case "failed": {
        const asked = this.previous?.role === "user" ? textOf(this.previous) : "";
        return html`<p class="notice bad">
          ${iconFailed()}<span class="grow">${harmless(message.error ?? "The answer failed.")}</span>
          ${this.last && !this.reading && asked
            ? html`<button type="button" class="btn small" @click=${() => this.tell("nx-again", asked)}>Try again</button>`
            : nothing}
        </p>`;
      }
      default:
        return nothing;
    }
  }
}

function idsOf(shown: Shown): string[] {
  return "reads" in shown ? shown.reads.map((live) => live.id) : [shown.id];
}

/** The message of the owner that a turn is, or answers. */
function askedBy(turn: Turn): string | undefined {
  const message = turn.entries[0]?.message;
  return turn.role === "user" ? message?.id : message?.parentId;
}

function file(name: string, mime: string): TemplateResult {
  return html`<span class="nx-file"
    ><span class="thumb">${mime?.startsWith("image/") ? iconImage() : iconFile()}</span
    ><span class="cut">${harmless(name)}</span></span
  >`;
}

function differs(now: Turn, before: Turn | undefined): boolean {
  return now.key !== before?.key || now.revision !== before.revision;
}

/** Today only the time, else the day too. */
function timeOf(at: string): string {
  const day = when(at);
  const time = clock(at);
  return day === time ? time : `${day} ${time}`;
}
