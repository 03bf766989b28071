import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { NxElement } from "../shared/element.ts";
import { plural } from "../shared/format.ts";
import type { Question, Request } from "../shared/types.ts";
import { Answers } from "./answers.ts";

/**
 * `<nx-questions>`: the questions of a request, one after another. Tells `nx-answers` with what was chosen and written
 * for each of them, null when the owner does not answer.
 */
@customElement("nx-questions")
export class NxQuestions extends NxElement {
  @property({ attribute: false }) request!: Request;
  /** Where it stands: the same request may stand in several places. */
  @property() kind = "card";
  /** Nothing can be answered now. */
  @property({ type: Boolean }) idle = false;
  @state() private answers = new Answers([]);
  @state() private problem = "";

  #asked: string | undefined;

  get #questions(): readonly Question[] {
    return this.request.questions ?? [];
  }

  protected override willUpdate(): void {
    if (this.request.id !== this.#asked) {
      this.#asked = this.request.id;
      this.answers = new Answers(this.#questions);
      this.problem = "";
    }
  }

  /** Chooses an option by its place, in the question that has the focus, or else in the first one without an answer. */
  pick(place: number): boolean {
    const focused = document.activeElement?.closest<HTMLElement>("fieldset[data-index]");
    const missing = Math.max(0, this.answers.missing);
    const index = focused && this.contains(focused) ? Number(focused.dataset["index"]) : missing;
    const question = this.#questions[index];
    const option = question?.options[place - 1];
    if (!question || !option) {
      return false;
    }
    this.answers = this.answers.choose(index, option.label, !question.multiple || !this.answers.has(index, option.label));
    this.problem = "";
    void this.updateComplete.then(() => this.#input(index, place - 1)?.focus());
    return true;
  }

  protected override render(): TemplateResult {
    const questions = this.#questions;
    const several = questions.length > 1;
    const answered = this.answers.all.filter((all) => all.length > 0).length;
    return html`<form class="nx-questions" novalidate @submit=${this.#submit}>
      ${questions.map((question, index) => this.#question(question, index, several))}
      ${this.problem ? html`<p class="fail" role="alert">${this.problem}</p>` : nothing}
      <div class="asks">
        <button class="btn main" aria-disabled=${this.idle ? "true" : nothing}>Answer</button>
        <button
          type="button"
          class="btn"
          aria-disabled=${this.idle ? "true" : nothing}
          @click=${() => !this.idle && this.tell("nx-answers", null)}
        >
          Don’t answer
        </button>
        ${several ? html`<span class="meta num steps">${answered} of ${plural(questions.length, "question")} answered</span>` : nothing}
      </div>
    </form>`;
  }

  #question(question: Question, index: number, several: boolean): TemplateResult {
    const { id } = this.request;
    const { options, multiple } = question;
    const free = question.custom || options.length === 0;
    return html`<fieldset class="choice" data-index=${index} aria-labelledby=${several ? nothing : `ask-${this.kind}-${id}`}>
      ${several
        ? html`<legend><span class="meta num">${index + 1} of ${this.#questions.length}</span> ${question.question}</legend>`
        : nothing}
      ${multiple && options.length > 0 ? html`<p class="meta">Choose one or more.</p>` : nothing}
      ${options.map(
        (option, place) => html`<label
          ><input
            type=${multiple ? "checkbox" : "radio"}
            name="${this.kind}-${id}-${index}"
            aria-keyshortcuts=${place < 9 ? String(place + 1) : nothing}
            .checked=${live(this.answers.has(index, option.label))}
            @change=${(event: Event) => this.#choose(index, option.label, (event.target as HTMLInputElement).checked)}
          /><span>${option.label}${option.description ? html`<span class="meta">${option.description}</span>` : nothing}</span></label
        >`,
      )}
      ${free ? this.#own(index, options.length === 0, multiple, several ? question.question : "") : nothing}
    </fieldset>`;
  }

  #own(index: number, only: boolean, multiple: boolean, about: string): TemplateResult {
    const name = `own-${this.kind}-${this.request.id}-${index}`;
    const field = html`<input
      class="field"
      type="text"
      id=${name}
      autocomplete="off"
      aria-label="${only ? "Your answer" : "Your own words"}${about ? `: ${about}` : ""}"
      .value=${live(this.answers.words(index))}
      @input=${(event: Event) => this.#write(index, (event.target as HTMLInputElement).value)}
    />`;
    if (only) {
      return html`<div class="own"><label for=${name} class="soft">Your answer</label>${field}</div>`;
    }
    return html`<label
        ><input
          type=${multiple ? "checkbox" : "radio"}
          name="${this.kind}-${this.request.id}-${index}"
          .checked=${live(this.answers.isOwn(index))}
          @change=${(event: Event) => this.#chooseOwn(index, (event.target as HTMLInputElement).checked)}
        /><span>${multiple ? "And in your own words" : "Or in your own words"}</span></label
      >
      <div class="own">${field}</div>`;
  }

  #choose(index: number, label: string, on: boolean): void {
    this.answers = this.answers.choose(index, label, on);
    this.problem = "";
  }

  #chooseOwn(index: number, on: boolean): void {
    this.answers = this.answers.own(index, on);
    this.problem = "";
    if (on) {
      this.querySelector<HTMLElement>(`fieldset[data-index="${index}"] .own .field`)?.focus();
    }
  }

  #write(index: number, text: string): void {
    this.answers = this.answers.write(index, text);
    this.problem = "";
  }

  #input(index: number, place: number): HTMLElement | undefined {
    return [...this.querySelectorAll<HTMLElement>(`fieldset[data-index="${index}"] :is([type=radio], [type=checkbox])`)][place];
  }

  #submit(event: Event): void {
    event.preventDefault();
    if (this.idle) {
      return;
    }
    const { missing } = this.answers;
    if (missing >= 0) {
      const several = this.#questions.length > 1;
      this.problem = several ? `Question ${missing + 1} has no answer yet.` : "Choose an answer first.";
      this.querySelector<HTMLElement>(`fieldset[data-index="${missing}"] input`)?.focus();
      return;
    }
    this.tell("nx-answers", this.answers.all);
  }
}
