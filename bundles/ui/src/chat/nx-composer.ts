import "./nx-composer.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { count } from "../shared/format.ts";
import { iconFailed, iconInfo, iconSend, iconStop } from "../shared/icon.ts";
import type { Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { draftOf, keepDraft } from "./drafts.ts";
import { uniqueId } from "./unique.ts";
import { titleOf } from "./words.ts";

const LONGEST = 100_000;
const SAVE_AFTER = 300;
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/** `<nx-composer>`: the message box of a card. What was typed is never lost. */
@customElement("nx-composer")
export class NxComposer extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) session!: Session;
  @property({ type: Boolean }) answering = false;
  /** Why nothing can be sent now. */
  @property() obstacle = "";
  @property({ type: Boolean }) demo = false;
  @state() private text = "";
  @state() private problem = "";
  @query("textarea") private box!: HTMLTextAreaElement;

  #saving: ReturnType<typeof setTimeout> | undefined;
  /** The message that did not get through. Sent again it keeps its id, so that it cannot arrive twice. */
  #failed: { text: string; clientId: string } | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.text ||= draftOf(this.session.id);
    this.on(window, "pagehide", () => this.#save());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#save();
  }

  focusBox(): void {
    this.box.focus({ preventScroll: true });
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
  }

  protected override updated(): void {
    if (!GROWS_BY_ITSELF) {
      this.box.style.height = "auto";
      this.box.style.height = `${this.box.scrollHeight}px`;
    }
  }

  protected override render(): TemplateResult {
    const { id } = this.session;
    const tooLong = this.text.length > LONGEST;
    const hint = this.#hint;
    return html`<form class="nx-composer" @submit=${this.#submit}>
      ${this.demo
        ? html`<p class="demo meta">${iconInfo()}<span>This is the demo: canned answers, no real model.</span></p>`
        : nothing}
      ${tooLong
        ? html`<p class="notice bad" role="alert">
            ${iconFailed()}<span>This text has ${count(this.text.length)} characters; ${count(LONGEST)} fit.</span>
          </p>`
        : nothing}
      ${this.problem ? html`<p class="notice bad" role="alert">${iconFailed()}<span>Not sent. ${this.problem}</span></p>` : nothing}
      <div class="box">
        <label class="sr" for="composer-${id}">Message to ${titleOf(this.session)}</label>
        <textarea
          id="composer-${id}"
          rows="2"
          placeholder="Ask, or give the next task"
          aria-describedby="hint-${id}"
          aria-invalid=${tooLong ? "true" : nothing}
          enterkeyhint="send"
          .value=${this.text}
          @input=${this.#typed}
          @keydown=${this.#key}
        ></textarea>
        <div class="tools">
          <span class="grow"></span>
          <span class="meta hint ${this.obstacle ? "wait" : "wide-only"}" id="hint-${id}">${hint}</span>
          ${this.answering
            ? html`<button
                type="button"
                class="btn quiet stop"
                aria-label="Stop ${titleOf(this.session)}"
                aria-keyshortcuts="Control+."
                @click=${() => void this.actions.stop(id)}
              >
                ${iconStop()}<span class="wide-only">Stop</span>
              </button>`
            : nothing}
          <button class="btn main" aria-disabled=${this.obstacle || tooLong ? "true" : nothing}>
            ${iconSend()}${this.answering ? "Queue" : "Send"}
          </button>
        </div>
      </div>
    </form>`;
  }

  get #hint(): string {
    if (this.obstacle) {
      return this.obstacle;
    }
    return this.answering ? "Enter sends after this answer" : "";
  }

  get #sendable(): boolean {
    return this.obstacle === "" && this.text.trim() !== "" && this.text.length <= LONGEST;
  }

  #typed(): void {
    this.text = this.box.value;
    this.problem = "";
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), SAVE_AFTER);
  }

  #save(): void {
    clearTimeout(this.#saving);
    keepDraft(this.session.id, this.text);
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) {
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      void this.#send();
    } else if (event.key === "ArrowUp" && this.text === "") {
      const last = this.actions.store.conversation(this.session.id).question?.text;
      if (last) {
        event.preventDefault();
        this.text = last;
        void this.updateComplete.then(() => this.focusBox());
      }
    }
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    void this.#send();
  }

  async #send(): Promise<void> {
    if (!this.#sendable) {
      this.focusBox();
      return;
    }
    const { text } = this;
    const clientId = this.#failed?.text === text ? this.#failed.clientId : uniqueId();
    this.text = "";
    this.problem = "";
    this.#save();
    this.tell("nx-sent");
    try {
      await this.actions.store.send(this.session.id, text.trim(), clientId);
      this.#failed = undefined;
    } catch (failure) {
      this.#failed = { text, clientId };
      this.problem = asProblem(failure).detail;
      this.text = this.text === "" ? text : `${text}\n\n${this.text}`;
      this.#save();
    }
  }
}
