import "./nx-peek.css";
import "./nx-request.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import type { Request, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { onBeat } from "./beat.ts";
import type { Conversation, Entry } from "./conversation.ts";
import type { LivePart } from "./live-part.ts";
import { runningTool } from "./status.ts";
import { goneWords, plain } from "./words.ts";

/** Four updates a second at most, those of all cards together. */
const PAUSE = 250;
/** More than four lines need. */
const TAIL = 480;
const TERMINAL_LINES = 4;

/** `<nx-peek>`: the last lines of a closed card: what was said, what is being said, a command at work, or a request. */
@customElement("nx-peek")
export class NxPeek extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) conversation!: Conversation;
  @property({ attribute: false }) requests: readonly Request[] = [];
  @property({ type: Boolean }) online = true;

  #unlisten: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.conversation) {
      this.#listen();
    }
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("conversation")) {
      this.#listen();
    }
  }

  #listen(): void {
    this.#forget();
    const later = () => this.#later();
    this.#unlisten = [this.conversation.changed.listen(later), this.conversation.grew.listen(later)];
  }

  #forget(): void {
    this.#unlisten.splice(0).forEach((unlisten) => unlisten());
  }

  #later(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        onBeat(() => this.requestUpdate());
      },
      PAUSE - (Date.now() % PAUSE),
    );
  }

  protected override render(): TemplateResult {
    const { session, conversation, requests } = this;
    const request = requests[0];
    if (request) {
      return html`<div class="peek ask">
        <nx-request
          kind="short"
          .actions=${this.actions}
          .request=${request}
          .online=${this.online}
          .elsewhere=${this.actions.store.settledElsewhere.has(request.id)}
        ></nx-request>
      </div>`;
    }
    if (session.status === "busy" || session.status === "waiting") {
      const tool = runningTool(conversation);
      if (tool?.tool === "bash") {
        const command = typeof tool.input?.["command"] === "string" ? tool.input["command"] : "";
        const lines = (tool.output ?? "").trimEnd().split("\n").slice(-TERMINAL_LINES).join("\n");
        return html`<div class="peek cmdpeek">
          <p class="mono cut" title=${command}>${command}</p>
          <pre class="term">${lines}</pre>
        </div>`;
      }
      const live = conversation.answer?.message.state === "running" ? lastText(conversation.answer) : undefined;
      if (live) {
        return html`<div class="peek tail"><p>${tail(live)}<span class="caret" aria-hidden="true"></span></p></div>`;
      }
    }
    if (session.workspaceGone) {
      return html`<div class="peek"><p class="strong">${goneWords(session)}</p></div>`;
    }
    if ((session.status === "failed" || session.status === "retry") && session.problem) {
      return html`<div class="peek"><p class="strong">${session.problem}</p></div>`;
    }
    return this.#said();
  }

  #said(): TemplateResult {
    const { conversation } = this;
    if (conversation.state === "ready" && conversation.entries.length === 0 && conversation.sending.length === 0) {
      return html`<div class="peek"><p>Nothing has been said yet.</p></div>`;
    }
    const asked = conversation.sending.at(-1)?.text ?? conversation.question?.text ?? "";
    const { answer } = conversation;
    const answered = answer && (!conversation.question || answer.message.createdAt >= conversation.question.message.createdAt);
    const text = answered ? plain((lastText(answer)?.text ?? "").slice(0, 600)) : "";
    return html`<div class="peek">
      ${asked ? html`<p class="you cut">You: ${asked}</p>` : nothing} ${text ? html`<p>${text}</p>` : nothing}
    </div>`;
  }
}

/** The last text of an answer, that of the step before when a step has none. */
function lastText(entry: Entry): LivePart | undefined {
  return entry.parts.findLast((live) => live.part.type === "text" && live.length > 0);
}

function tail(live: LivePart): string {
  const end = live.tail(TAIL);
  return live.length <= TAIL ? plain(end) : `…${plain(end.slice(end.search(/\s/) + 1))}`;
}
