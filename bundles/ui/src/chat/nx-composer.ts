import "./nx-composer.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { count } from "../shared/format.ts";
import { iconFailed, iconInfo, iconSend, iconStop } from "../shared/icon.ts";
import type { Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import type { Draft } from "./drafts.ts";
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
  @query("textarea") private box!: HTMLTextAreaElement;

  #saving: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.until(this.actions.store.post.drafts.changed.listen(() => this.requestUpdate()), (unlisten) => unlisten());
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
          <button class="btn main" aria-disabled=${tooLong ? "true" : nothing}>
            ${iconSend()}${this.answering ? "Queue" : "Send"}
          </button>
        </div>
      </div>
    </form>`;
  }

  get #draft(): Draft {
    return this.actions.store.post.drafts.of(this.session.id);
  }

  private get text(): string {
    return this.#draft.text;
  }

  private set text(text: string) {
    this.#draft.text = text;
    this.requestUpdate();
  }

  private get problem(): string {
    return this.#draft.problem;
  }

  get #hint(): string {
    if (this.obstacle) {
      return this.obstacle;
    }
    return this.answering ? "Enter sends after this answer" : "";
  }

  get #sendable(): boolean {
    return this.text.trim() !== "" && this.text.length <= LONGEST;
  }

  #typed(): void {
    this.text = this.box.value;
    this.#draft.problem = "";
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), SAVE_AFTER);
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.actions.store.post.drafts.keepText(this.session.id);
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
    const { post } = this.actions.store;
    const { text } = this;
    const clientId = post.drafts.idFor(this.session.id);
    post.drafts.empty(this.session.id);
    this.tell("nx-sent");
    await this.actions.store.send(this.session.id, { text, ...(clientId && { clientId }) });
  }
}
