import "./nx-turn.css";
import "./nx-markdown.ts";
import "./nx-thought.ts";
import "./nx-tool.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { NxElement } from "../shared/element.ts";
import { clock, exactly, plural, when } from "../shared/format.ts";
import {
  iconAgent,
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
} from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { Request } from "../shared/types.ts";
import { copy } from "./clipboard.ts";
import type { LivePart } from "./live-part.ts";
import type { Turn } from "./turns.ts";
import { modelName, within } from "./words.ts";

/**
 * `<nx-turn>`: one message of the owner, or one answer with all its steps. Tells `nx-again` with the text to send, for
 * "Continue", "Try again" and "Send again".
 */
@customElement("nx-turn")
export class NxTurn extends NxElement {
  @property({ attribute: false, hasChanged: differs }) turn!: Turn;
  @property() workspace = "";
  @property({ attribute: false }) requests: readonly Request[] = [];
  /** Whether nothing follows it. */
  @property({ type: Boolean }) last = false;
  /** Whether nobody will answer it. */
  @property({ type: Boolean }) unanswered = false;
  /** What was asked, for "Try again". */
  @property({ attribute: false }) asked = "";
  @state() private copied = false;

  protected override render(): TemplateResult {
    const { turn } = this;
    return turn.role === "user" ? this.#mine() : this.#answer();
  }

  #mine(): TemplateResult {
    const { key, entries, sending } = this.turn;
    const entry = entries[0];
    const parts = entry?.parts.filter((live) => !live.hidden) ?? [];
    const text = parts.filter((live) => live.part.type === "text");
    const rest = parts.filter((live) => live.part.type !== "text");
    const at = entry?.message.createdAt ?? sending?.at ?? "";
    const waits = sending?.waits;
    return html`<article class="nx-turn me ${waits ? "unsent" : ""}" aria-labelledby="turn-${key}">
      <h3 id="turn-${key}">
        You<span class="sr">, </span>
        <span class="meta num" title=${exactly(at)}>${timeOf(at)}</span>
        ${waits ? html`<span class="meta out">${iconOutbox()}<span>Waiting to send. ${waits}</span></span>` : nothing}
        ${waits ? nothing : this.#tools("your message", () => this.#text)}
      </h3>
      ${text.length > 0
        ? text.map((live) => html`<p class="said">${live.text}</p>`)
        : sending
          ? html`<p class="said">${sending.text}</p>`
          : nothing}
      ${rest.length > 0 ? html`<div class="files">${rest.map((live) => this.#part(live))}</div>` : nothing}
      ${sending && !entry?.parts.length && sending.files.length > 0
        ? html`<div class="files">${sending.files.map(({ name, mime }) => file(name, mime))}</div>`
        : nothing}
      ${waits
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
            ><button type="button" class="btn small" @click=${() => this.tell("nx-again", this.#text)}>Send again</button>
          </p>`
        : nothing}
    </article>`;
  }

  #answer(): TemplateResult {
    const { key, entries } = this.turn;
    const { message } = entries[0]!;
    const last = entries.at(-1)!.message;
    const running = last.state === "running";
    const parts = entries.flatMap((entry) => entry.parts).filter((live) => !live.hidden);
    const todos = parts.findLast((live) => live.part.type === "tool" && live.part.tool === "todowrite");
    const about = [timeOf(message.createdAt), message.agent, modelName(message.model)].filter(Boolean).join(" · ");
    const writes = parts.some((live) => live.growing && live.part.type === "text");
    const tools = parts.some((live) => live.part.type === "tool" && live.part.state === "running");
    return html`<article class="nx-turn" aria-labelledby="turn-${key}" aria-busy=${running ? "true" : nothing}>
      <h3 id="turn-${key}">
        Assistant<span class="sr">, </span>
        <span class="meta num" title=${exactly(message.createdAt)}>${about}</span>
        ${running ? nothing : this.#tools("this answer", () => this.#text)}
      </h3>
      ${repeat(
        parts,
        (live) => live.id,
        (live) => this.#part(live, live === todos && this.last),
      )}
      ${running && !writes && !tools && this.last ? html`<p class="waits"><span class="caret" aria-hidden="true"></span></p>` : nothing}
      ${this.#ending()}
    </article>`;
  }

  get #text(): string {
    return this.turn.entries.map((entry) => entry.text).join("\n\n") || (this.turn.sending?.text ?? "");
  }

  #tools(what: string, text: () => string): TemplateResult {
    return html`<span class="tools"
      ><button
        type="button"
        class="btn quiet icon small"
        aria-label="Copy ${what}"
        title="Copy ${what}"
        @click=${() => this.#copy(text())}
      >
        ${this.copied ? iconCheck() : iconCopy()}
      </button></span
    >`;
  }

  async #copy(text: string): Promise<void> {
    if (await copy(text)) {
      say("Copied");
      this.copied = true;
      setTimeout(() => (this.copied = false), 2_000);
    }
  }

  #part(live: LivePart, prominent = false): TemplateResult | typeof nothing {
    const { part } = live;
    switch (part.type) {
      case "text":
        return html`<nx-markdown class="md" .live=${live}></nx-markdown>`;
      case "reasoning":
        return html`<nx-thought .live=${live} .version=${live.version}></nx-thought>`;
      case "tool":
        return html`<nx-tool
          .call=${part}
          .workspace=${this.workspace}
          .waits=${this.requests.some((request) => request.callId === part.callId)}
          .prominent=${prominent}
        ></nx-tool>`;
      case "file":
        return file(part.name, part.mime);
      case "patch":
        return html`<p class="line">
          ${iconDiff()}<span class="cut">${plural(part.files.length, "file")} changed: ${part.files
            .map((file) => within(file, this.workspace))
            .join(", ")}</span>
        </p>`;
      case "subtask":
        return html`<p class="line">${iconAgent()}<span>Helper ${part.agent}: ${part.description}</span></p>`;
      case "retry":
        return html`<p class="notice warn">
          ${iconRetry()}<span class="grow">${part.text ?? "The provider was busy."} Tried again.</span>
        </p>`;
      case "compaction":
        return html`<p class="line">${iconInfo()}<span>What came before was summed up, so that it fits.</span></p>`;
      default: {
        const note = part as { type: string; text?: string };
        return html`<p class="line">${iconInfo()}<span>${note.text ?? note.type}</span></p>`;
      }
    }
  }

  #ending(): TemplateResult | typeof nothing {
    const { message } = this.turn.entries.at(-1)!;
    const goOn = this.last
      ? html`<button type="button" class="btn small" @click=${() => this.tell("nx-again", "Continue where you stopped.")}>
          Continue
        </button>`
      : nothing;
    switch (message.state) {
      case "aborted":
        return html`<p class="notice">${iconStop()}<span class="grow">You stopped this answer.</span>${goOn}</p>`;
      case "interrupted":
        return html`<p class="notice">
          ${iconInterrupted()}<span class="grow">The answer was cut off, when the server stopped.</span>${goOn}
        </p>`;
      case "failed":
        return html`<p class="notice bad">
          ${iconFailed()}<span class="grow">${message.error ?? "The answer failed."}</span>
          ${this.last && this.asked
            ? html`<button type="button" class="btn small" @click=${() => this.tell("nx-again", this.asked)}>
                Try again
              </button>`
            : nothing}
        </p>`;
      default:
        return nothing;
    }
  }
}

function file(name: string, mime: string): TemplateResult {
  return html`<span class="nx-file"
    ><span class="thumb">${mime?.startsWith("image/") ? iconImage() : iconFile()}</span
    ><span class="cut">${name}</span></span
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
