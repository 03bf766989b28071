import "./nx-request.css";
import "./nx-diff.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { duration } from "../shared/format.ts";
import type { Question, Request } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
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
  @property({ type: Boolean }) elsewhere = false;
  @property({ type: Number }) number = 0;
  @state() private sending = false;
  @state() private problem = "";
  @state() private always = false;
  @state() private why = false;
  /** The chosen labels, and the own words, of each question. */
  @state() private chosen: string[][] = [];
  @state() private words: string[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(20_000, () => this.requestUpdate());
  }

  /** Allows once, from the keyboard. */
  once(): void {
    if (this.request.type === "permission") {
      void this.#allow("once");
    }
  }

  /** Asks about "always", from the keyboard. */
  askAlways(): void {
    this.always = this.request.type === "permission";
  }

  /** Rejects, from the keyboard. */
  reject(): void {
    void (this.request.type === "permission" ? this.#allow("reject") : this.#answer(null));
  }

  protected override render(): TemplateResult {
    if (this.elsewhere) {
      return html`<p class="nx-request settled soft">Answered on another device.</p>`;
    }
    return this.kind === "short" ? this.#short() : this.#whole();
  }

  #short(): TemplateResult {
    const { request } = this;
    const what = visible(subject(request));
    const question = request.questions?.[0];
    if (request.type === "question" && question && this.#questionFits(question)) {
      return html`<p class="ask" id="short-${request.id}">${question.question}</p>
        ${this.#options(question, 0, "short")} ${this.#problemLine()}
        <div class="asks">
          <button type="button" class="btn main small" ?disabled=${this.#idle} @click=${() => void this.#answer(this.#answers)}>
            Answer
          </button>
          ${question.custom ? html`<button type="button" class="btn small" @click=${this.#openCard}>Write…</button>` : nothing}
        </div>`;
    }
    if (request.type === "question") {
      return html`<p class="ask clamp">${wanted(request)}</p>
        <div class="asks"><button type="button" class="btn main small" @click=${this.#openCard}>Answer</button></div>`;
    }
    const fits = what.length <= FITS && !what.includes("\n") && typeof request.metadata?.["diff"] !== "string";
    return html`<p class="ask">${mayI(request)}</p>
      <pre class="term ${fits ? "" : "first"}">${fits ? what : what.split("\n")[0]}</pre>
      ${this.#problemLine()}
      <div class="asks">
        ${fits
          ? html`<button
                type="button"
                class="btn main small"
                ?disabled=${this.#idle}
                title=${this.online ? nothing : OFFLINE}
                @click=${() => void this.#allow("once")}
              >
                Allow once
              </button>
              <button
                type="button"
                class="btn small"
                ?disabled=${this.#idle}
                title=${this.online ? nothing : OFFLINE}
                @click=${() => void this.#allow("reject")}
              >
                Reject
              </button>`
          : html`<button type="button" class="btn main small" @click=${this.#openCard}>Answer</button>`}
      </div>`;
  }

  #whole(): TemplateResult {
    const { request } = this;
    const session = this.actions.store.session(request.sessionId);
    const place = session && request.permission === "bash" ? html` in <span class="mono">${shortPath(session.workspace)}</span>` : nothing;
    return html`<article class="nx-request is-waiting" aria-labelledby="ask-${this.kind}-${request.id}">
      ${this.kind === "inbox"
        ? html`<p class="from">
            ${slot(this.number)}<button type="button" class="cut" @click=${this.#openCard}>
              ${session ? titleOf(session) : "A session without a card"}
            </button>
            <span class="end">${duration(Date.now() - Date.parse(request.createdAt))}</span>
          </p>`
        : nothing}
      <h3 id="ask-${this.kind}-${request.id}" tabindex="-1">${request.type === "permission" ? wanted(request) : this.#heading}${place}</h3>
      ${request.type === "permission" ? this.#permission() : this.#questions()} ${this.#problemLine()}
      ${this.online ? nothing : html`<p class="meta">${OFFLINE}.</p>`}
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
    const always = (request.always ?? []).filter(Boolean);
    const folders = request.permission === "external_directory" ? (request.patterns ?? []).filter((one) => one !== what) : [];
    return html`
      ${typeof diff === "string" && diff !== ""
        ? html`<nx-diff
            .diff=${diff}
            .workspace=${this.actions.store.session(request.sessionId)?.workspace ?? ""}
          ></nx-diff>`
        : html`<pre class="term" tabindex="0" role="group" aria-label="What would happen">${what}</pre>`}
      ${folders.length > 0
        ? html`<p class="soft">${folders.map((folder, index) => html`${index > 0 ? ", " : ""}<code>${visible(folder)}</code>`)}</p>`
        : nothing}
      ${this.always
        ? html`<p class="soft">
              “Always” would allow
              ${always.length > 0 ? always.map((pattern, index) => html`${index > 0 ? ", " : ""}<code>${visible(pattern)}</code>`) : "this"}
              in this workspace, until OpenCode is started again.
            </p>
            <div class="asks">
              <button type="button" class="btn main" ?disabled=${this.#idle} @click=${() => void this.#allow("always")}>
                Always allow
              </button>
              <button type="button" class="btn" @click=${() => (this.always = false)}>Back</button>
            </div>`
        : this.why
          ? html`<form class="why" @submit=${this.#rejectWith}>
              <label for="why-${this.kind}-${request.id}">What shall it do instead?</label>
              <input class="field" id="why-${this.kind}-${request.id}" name="why" autocomplete="off" required />
              <div class="asks">
                <button class="btn main" ?disabled=${this.#idle}>Reject</button>
                <button type="button" class="btn" @click=${() => (this.why = false)}>Back</button>
              </div>
            </form>`
          : html`<div class="asks">
              <button type="button" class="btn main" ?disabled=${this.#idle} @click=${() => void this.#allow("once")}>
                Allow once
              </button>
              <button type="button" class="btn" ?disabled=${this.#idle} @click=${() => (this.always = true)}>Always…</button>
              <button type="button" class="btn" ?disabled=${this.#idle} @click=${() => void this.#allow("reject")}>Reject</button>
              <button type="button" class="btn quiet" ?disabled=${this.#idle} @click=${this.#askWhy}>Reject and say why</button>
            </div>`}
    `;
  }

  #questions(): TemplateResult {
    const questions = this.request.questions ?? [];
    const complete = questions.every((_, index) => this.#answers[index]!.length > 0);
    return html`
      ${questions.map(
        (question, index) => html`
          ${questions.length > 1 ? html`<p class="ask" id="q-${this.kind}-${this.request.id}-${index}">${question.question}</p>` : nothing}
          ${this.#options(question, index, this.kind)}
          ${question.custom || question.options.length === 0
            ? html`<label class="own"
                ><span class="soft">${question.options.length > 0 ? "Or in your own words" : "Your answer"}</span
                ><input
                  class="field"
                  type="text"
                  autocomplete="off"
                  .value=${this.words[index] ?? ""}
                  @input=${(event: Event) => this.#write(index, (event.target as HTMLInputElement).value)}
              /></label>`
            : nothing}
        `,
      )}
      <div class="asks">
        <button type="button" class="btn main" ?disabled=${this.#idle || !complete} @click=${() => void this.#answer(this.#answers)}>
          Answer
        </button>
        <button type="button" class="btn" ?disabled=${this.#idle} @click=${() => void this.#answer(null)}>Don’t answer</button>
      </div>
    `;
  }

  #options(question: Question, index: number, kind: string): TemplateResult | typeof nothing {
    if (question.options.length === 0) {
      return nothing;
    }
    const chosen = this.chosen[index] ?? [];
    return html`<div class="choice" role=${question.multiple ? "group" : "radiogroup"} aria-label=${question.header || question.question}>
      ${question.options.map(
        (option) => html`<label
          ><input
            type=${question.multiple ? "checkbox" : "radio"}
            name="${kind}-${this.request.id}-${index}"
            .checked=${chosen.includes(option.label)}
            @change=${(event: Event) => this.#choose(question, index, option.label, (event.target as HTMLInputElement).checked)}
          /><span
            >${option.label}${option.description && kind !== "short"
              ? html`<span class="meta">${option.description}</span>`
              : nothing}</span
          ></label
        >`,
      )}
    </div>`;
  }

  #problemLine(): TemplateResult | typeof nothing {
    return this.problem ? html`<p class="fail" role="alert">${this.problem}</p>` : nothing;
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

  /** Own words count in place of a single choice, and beside several. */
  get #answers(): string[][] {
    return (this.request.questions ?? []).map((question, index) => {
      const own = this.words[index]?.trim();
      const chosen = this.chosen[index] ?? [];
      if (!own) {
        return chosen;
      }
      return question.multiple ? [...chosen, own] : [own];
    });
  }

  #choose(question: Question, index: number, label: string, on: boolean): void {
    const before = this.chosen[index] ?? [];
    const after = question.multiple ? before.filter((other) => other !== label) : [];
    this.chosen = this.#with(this.chosen, index, on ? [...after, label] : after);
  }

  #write(index: number, text: string): void {
    this.words = this.#with(this.words, index, text);
  }

  #with<T>(list: readonly T[], index: number, value: T): T[] {
    const copy = [...list];
    copy[index] = value;
    return copy;
  }

  async #askWhy(): Promise<void> {
    this.why = true;
    await this.updateComplete;
    this.querySelector<HTMLInputElement>("[name=why]")?.focus();
  }

  #rejectWith(event: SubmitEvent): void {
    event.preventDefault();
    const why = new FormData(event.currentTarget as HTMLFormElement).get("why");
    void this.#allow("reject", String(why));
  }

  #openCard(): void {
    const { sessionId } = this.request;
    if (this.actions.store.session(sessionId)?.active) {
      this.actions.open(sessionId, "request");
    } else {
      void this.actions.bring(sessionId);
    }
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
