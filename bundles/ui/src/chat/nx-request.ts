import "./nx-request.css";
import "../shared/choice.css";
import "./nx-diff.ts";
import "./nx-questions.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { duration, exactly } from "../shared/format.ts";
import type { Question, Request, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import type { NxQuestions } from "./nx-questions.ts";
import { slot } from "./status.ts";
import { mayI, shortPath, subject, titleOf, visible, wanted } from "./words.ts";

/** A command longer than this is not shown cut in a closed card: it has to be read whole before it is allowed. */
const FITS = 72;

const OFFLINE = "You can answer when you are back online";

/**
 * `<nx-request>`: a permission or a question. Short in a closed card; with everything that would happen in an open card
 * and in the inbox.
 */
@customElement("nx-request")
export class NxRequest extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) request!: Request;
  @property() kind: "short" | "card" | "inbox" = "card";
  @property({ type: Boolean }) online = true;
  /** Answered somewhere else a moment ago. */
  @property({ type: Boolean }) elsewhere = false;
  /** Answered from here; it only keeps its place. */
  @property({ type: Boolean }) gone = false;
  @property({ type: Number }) number = 0;
  @state() private sending = false;
  @state() private problem = "";
  @state() private step: "" | "always" | "why" = "";
  @query("nx-questions") private questions!: NxQuestions | null;

  #chosen = "";
  #asked: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(20_000, () => this.requestUpdate());
  }

  /** Whether a single key did something here: once, always and reject, or the number of an answer. */
  takesKey(key: string): boolean {
    if (this.elsewhere || this.gone) {
      return false;
    }
    const permission = this.request.type === "permission";
    if (/^[1-9]$/.test(key) && !permission) {
      return this.questions ? this.questions.pick(Number(key)) : this.#pick(Number(key) - 1);
    }
    switch (key) {
      case "o":
        if (permission) {
          void this.#allow("once");
        }
        return permission;
      case "w":
        this.askAlways();
        return permission;
      case "r":
        void (permission ? this.#allow("reject") : this.#answer(null));
        return true;
      default:
        return false;
    }
  }

  /** Says what "always" would allow, and asks. */
  askAlways(): void {
    if (this.request.type !== "permission") {
      return;
    }
    if (this.kind === "short") {
      this.#openCard("always");
    } else {
      void this.#go("always");
    }
  }

  /** Chooses an option of a short question by its place. */
  #pick(place: number): boolean {
    const option = this.querySelectorAll<HTMLInputElement>(".choice input")[place];
    option?.focus();
    option?.click();
    return option !== undefined;
  }

  protected override willUpdate(): void {
    if (this.request.id !== this.#asked) {
      this.#asked = this.request.id;
      this.step = "";
      this.problem = "";
      this.#chosen = "";
    }
  }

  protected override render(): TemplateResult {
    if (this.elsewhere || this.gone) {
      return html`<p class="nx-request settled soft">${this.gone ? "Answered." : "Answered on another device."}</p>`;
    }
    return this.kind === "short" ? this.#short() : this.#whole();
  }

  /** The session with the card. */
  get #session(): Session | undefined {
    return this.actions.store.session(this.request.rootSessionId);
  }

  #short(): TemplateResult {
    const { request } = this;
    const question = request.questions?.[0];
    if (request.type === "question" && question && this.#questionFits(question)) {
      return html`<p class="ask" id="short-${request.id}">${question.question}</p>
        ${this.#options(question)} ${this.#problemLine()}
        <div class="asks">
          <button
            type="button"
            class="btn main small"
            aria-disabled=${this.#idle ? "true" : nothing}
            @click=${() => void this.#answer(this.#chosen ? [[this.#chosen]] : [[]])}
          >
            Answer
          </button>
          ${question.custom ? html`<button type="button" class="btn small" @click=${() => this.#openCard()}>Write…</button>` : nothing}
        </div>`;
    }
    if (request.type === "question") {
      return html`<p class="ask clamp">${wanted(request)}</p>
        <div class="asks"><button type="button" class="btn main small" @click=${() => this.#openCard()}>Answer</button></div>`;
    }
    // Of a folder elsewhere and the command that wants it, a closed card can show only one: neither is allowed half read.
    const folder = request.permission === "external_directory" ? (request.patterns ?? []).join("\n") : "";
    const what = visible(folder || subject(request));
    const whole = folder === "" || folder === subject(request);
    const fits = whole && what.length <= FITS && !what.includes("\n") && typeof request.metadata?.["diff"] !== "string";
    const session = this.#session;
    const place = session && request.permission === "bash" ? html` in <span class="mono">${shortPath(session.workspace)}</span>` : nothing;
    return html`<p class="ask cut">${mayI(request)}${place}?</p>
      <pre class="term ${fits ? "" : "first"}">${fits ? what : what.split("\n")[0]}</pre>
      ${this.#problemLine()}
      <div class="asks">
        ${fits
          ? html`${this.#button("Allow once", () => this.#allow("once"), "main small")}
              <button type="button" class="btn small" @click=${() => this.#openCard("always")}>Always…</button>
              ${this.#button("Reject", () => this.#allow("reject"), "small")}`
          : html`<button type="button" class="btn main small" @click=${() => this.#openCard()}>Answer</button>`}
      </div>`;
  }

  #whole(): TemplateResult {
    const { request } = this;
    const session = this.#session;
    const place = session && request.permission === "bash" ? html` in <span class="mono">${shortPath(session.workspace)}</span>` : nothing;
    const helper = request.sessionId === request.rootSessionId ? nothing : html`<span class="meta">Asked by a helper.</span>`;
    return html`<article class="nx-request is-waiting" aria-labelledby="ask-${this.kind}-${request.id}">
      ${this.kind === "inbox"
        ? html`<p class="from">
            ${this.number > 0 ? slot(this.number) : nothing}<button type="button" class="cut" @click=${() => this.#openCard()}>
              ${session ? titleOf(session) : "A session that was put away"}</button
            ><span class="end num" title=${exactly(request.createdAt)}
              ><span class="sr">Waiting for </span>${duration(Date.now() - Date.parse(request.createdAt))}</span
            >
          </p>`
        : nothing}
      <h3 id="ask-${this.kind}-${request.id}" tabindex="-1">
        ${request.type === "permission" ? wanted(request) : this.#heading}${place}
      </h3>
      ${helper}
      ${request.type === "permission"
        ? this.#permission()
        : html`<nx-questions
            .request=${request}
            .kind=${this.kind}
            .idle=${this.#idle}
            @nx-answers=${(event: CustomEvent<string[][] | null>) => void this.#answer(event.detail)}
          ></nx-questions>`}
      ${this.#problemLine()}
    </article>`;
  }

  get #heading(): string {
    const questions = this.request.questions ?? [];
    return questions.length === 1 ? questions[0]!.question : `${questions.length} questions`;
  }

  #permission(): TemplateResult {
    const { request } = this;
    const diff = request.metadata?.["diff"];
    const what = visible(subject(request));
    const folders = request.permission === "external_directory" ? (request.patterns ?? []).filter((one) => one !== what) : [];
    return html`
      ${typeof diff === "string" && diff !== ""
        ? html`<nx-diff .diff=${diff} .workspace=${this.#session?.workspace ?? ""}></nx-diff>`
        : html`<pre class="term" tabindex="0" role="group" aria-label="What would happen">${what}</pre>`}
      ${folders.length > 0 ? html`<p class="soft">${patterns(folders)}</p>` : nothing} ${this.#choices()}
    `;
  }

  #choices(): TemplateResult {
    const { request } = this;
    const always = (request.always ?? []).filter(Boolean);
    switch (this.step) {
      case "always":
        return html`<p class="soft">
            “Always” would allow ${always.length > 0 ? patterns(always) : "this"} in this workspace, until OpenCode is started
            again.
          </p>
          <div class="asks">
            ${this.#button("Always allow", () => this.#allow("always"), "main first")}
            <button type="button" class="btn" @click=${() => void this.#go("")}>Back</button>
          </div>`;
      case "why":
        return html`<form class="why" @submit=${this.#rejectWith}>
          <label for="why-${this.kind}-${request.id}">What shall it do instead?</label>
          <input class="field first" id="why-${this.kind}-${request.id}" name="why" maxlength="2000" autocomplete="off" required />
          <div class="asks">
            <button class="btn main" aria-disabled=${this.#idle ? "true" : nothing}>Reject</button>
            <button type="button" class="btn" @click=${() => void this.#go("")}>Back</button>
          </div>
        </form>`;
      default:
        return html`<div class="asks">
          ${this.#button("Allow once", () => this.#allow("once"), "main", "o")}
          ${this.#button("Always…", () => this.#go("always"), "to-always", "w")}
          ${this.#button("Reject", () => this.#allow("reject"), "", "r")}
          ${this.#button("Reject and say why", () => this.#go("why"), "quiet to-why")}
        </div>`;
    }
  }

  /** The second press of a double click does nothing: another request may stand there by then. */
  #button(word: string, work: () => Promise<void>, kind = "", key = ""): TemplateResult {
    return html`<button
      type="button"
      class="btn ${kind}"
      aria-disabled=${this.#idle ? "true" : nothing}
      aria-keyshortcuts=${key || nothing}
      title=${this.online ? nothing : OFFLINE}
      @click=${(event: MouseEvent) => {
        if (event.detail < 2 && !this.#idle) {
          void work();
        }
      }}
    >
      ${word}
    </button>`;
  }

  /** Shows another step, and gives it the focus when it was here. */
  async #go(step: "" | "always" | "why"): Promise<void> {
    const left = this.step;
    const focused = this.contains(document.activeElement);
    this.step = step;
    await this.updateComplete;
    if (focused) {
      this.querySelector<HTMLElement>(step === "" ? `.to-${left}` : ".first")?.focus();
    }
  }

  #options(question: Question): TemplateResult {
    return html`<div class="choice" role="radiogroup" aria-labelledby="short-${this.request.id}">
      ${question.options.map(
        (option) => html`<label
          ><input
            type="radio"
            name="short-${this.request.id}"
            .checked=${this.#chosen === option.label}
            @change=${() => (this.#chosen = option.label)}
          /><span>${option.label}</span></label
        >`,
      )}
    </div>`;
  }

  #problemLine(): TemplateResult | typeof nothing {
    if (this.problem) {
      return html`<p class="fail" role="alert">${this.problem}</p>`;
    }
    return this.online ? nothing : html`<p class="meta">${OFFLINE}.</p>`;
  }

  #questionFits(question: Question): boolean {
    const { questions } = this.request;
    return (
      questions?.length === 1 &&
      !question.multiple &&
      question.question.length <= 44 &&
      question.options.length > 0 &&
      question.options.length <= 2 &&
      question.options.every((option) => option.label.length <= 36)
    );
  }

  get #idle(): boolean {
    return !this.online || this.sending;
  }

  #rejectWith(event: SubmitEvent): void {
    event.preventDefault();
    const why = new FormData(event.currentTarget as HTMLFormElement).get("why");
    void this.#allow("reject", String(why).trim());
  }

  #openCard(target: "request" | "always" = "request"): void {
    void this.actions.bring(this.request.rootSessionId, target);
  }

  async #allow(reply: "once" | "always" | "reject", message?: string): Promise<void> {
    await this.#send(() => this.actions.store.allow(this.request, reply, message));
  }

  async #answer(answers: string[][] | null): Promise<void> {
    if (answers?.some((one) => one.length === 0)) {
      this.problem = "Choose an answer first.";
      return;
    }
    await this.#send(() => this.actions.store.answer(this.request, answers));
  }

  async #send(work: () => Promise<void>): Promise<void> {
    if (this.#idle) {
      return;
    }
    this.sending = true;
    this.problem = "";
    try {
      await work();
    } catch (failure) {
      this.problem = asProblem(failure).detail;
    } finally {
      this.sending = false;
    }
  }
}

function patterns(all: readonly string[]): TemplateResult[] {
  return all.map((pattern, index) => html`${index > 0 ? ", " : ""}<code>${visible(pattern)}</code>`);
}
