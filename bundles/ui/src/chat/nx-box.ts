import "./nx-suggest.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { NxElement } from "../shared/element.ts";
import type { Session } from "../shared/types.ts";
import type { Attachments } from "./attachments.ts";
import type { Draft } from "./drafts.ts";
import { complete, type Token } from "./mentions.ts";
import { realClock } from "./post.ts";
import { Recall } from "./recall.ts";
import type { ChatStore } from "./store.ts";
import { type Suggestion, Suggestions } from "./suggestions.ts";
import { titleOf } from "./words.ts";

export const LONGEST = 100_000;
/** A keyboard on the screen has no Shift+Enter: there Enter makes a new line, and the button sends. */
export const ON_SCREEN = matchMedia("(pointer: coarse) and (hover: none)");

const SAVE_AFTER = 300;
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/**
 * `<nx-box>`: the text of a message, with what it mentions and what was sent before. Tells `nx-send`, and `nx-files` with
 * files that were pasted.
 */
@customElement("nx-box")
export class NxBox extends NxElement {
  @property({ attribute: false }) store!: ChatStore;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) attachments!: Attachments;
  @state() private revision = 0;
  @query("textarea") private box!: HTMLTextAreaElement;

  readonly #recall = new Recall();
  readonly #suggestions = new Suggestions(
    {
      files: (words) => this.store.files(this.session.id, words),
      commands: () => this.store.choices.commandsSoon(this.session.workspace),
    },
    realClock,
  );
  #saving: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const draw = () => {
      this.revision++;
    };
    this.until(this.store.post.drafts.changed.listen(draw), (unlisten) => unlisten());
    this.until(this.#suggestions.changed.listen(draw), (unlisten) => unlisten());
    this.on(window, "pagehide", () => this.#save());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#suggestions.close();
    this.#save();
  }

  /** Takes the focus, the caret at the end. */
  override focus(): void {
    this.box.focus({ preventScroll: true });
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
  }

  /** What was written has been sent. */
  sent(): void {
    this.#recall.reset();
    this.#suggestions.close();
    clearTimeout(this.#saving);
  }

  protected override updated(): void {
    if (!GROWS_BY_ITSELF) {
      this.box.style.height = "auto";
      this.box.style.height = `${this.box.scrollHeight}px`;
    }
  }

  protected override render(): TemplateResult {
    const { id } = this.session;
    const { text } = this.#draft;
    const { active, items, open } = this.#suggestions;
    const listed = open && items.length > 0;
    return html`<nx-suggest
        .name=${id}
        .suggestions=${this.#suggestions}
        .revision=${this.revision}
        @nx-pick=${(event: CustomEvent<Suggestion>) => this.#put(this.#suggestions.token!, event.detail)}
      ></nx-suggest>
      <label class="sr" for="composer-${id}">Message to ${titleOf(this.session)}</label>
      <textarea
        id="composer-${id}"
        rows="2"
        placeholder="Ask, or give the next task"
        aria-describedby="hint-${id}"
        aria-invalid=${text.length > LONGEST ? "true" : nothing}
        aria-autocomplete="list"
        aria-controls=${listed ? `suggest-${id}` : nothing}
        aria-activedescendant=${listed ? `suggest-${id}-${active}` : nothing}
        enterkeyhint=${ON_SCREEN.matches ? "enter" : "send"}
        .value=${live(text)}
        @input=${this.#typed}
        @keydown=${this.#key}
        @keyup=${this.#moved}
        @click=${this.#moved}
        @blur=${() => this.#suggestions.close()}
        @paste=${this.#pasted}
      ></textarea>`;
  }

  get #draft(): Draft {
    return this.store.post.drafts.of(this.session.id);
  }

  /** The messages that were sent, newest first. */
  get #sent(): string[] {
    const { post } = this.store;
    const { id } = this.session;
    const entries = this.store.conversation(id).entries.filter((entry) => entry.message.role === "user");
    const waiting = [...post.queues.of(id).messages, ...post.outbox.of(id)];
    const texts = [...entries.map((entry) => entry.text), ...waiting.map((message) => message.text)];
    return texts.filter((text) => text.trim() !== "").toReversed();
  }

  #typed(): void {
    const draft = this.#draft;
    draft.text = this.box.value;
    draft.problem = "";
    this.#recall.reset();
    this.attachments.dropMentions();
    this.#look();
    this.tell("nx-typed");
    this.revision++;
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), SAVE_AFTER);
  }

  /** Puts another text into the box, the caret at its end or where it is said. */
  #write(text: string, caret = text.length): void {
    const draft = this.#draft;
    draft.text = text;
    draft.problem = "";
    this.attachments.dropMentions();
    this.tell("nx-typed");
    this.revision++;
    this.#save();
    void this.updateComplete.then(() => {
      this.box.focus({ preventScroll: true });
      this.box.setSelectionRange(caret, caret);
    });
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.store.post.drafts.keepText(this.session.id);
  }

  #look(): void {
    const { selectionStart, selectionEnd } = this.box;
    if (selectionStart !== selectionEnd) {
      this.#suggestions.close();
      return;
    }
    const known = (token: Token) =>
      token.kind === "file" && this.#draft.pieces.some((piece) => piece.mention === token.query);
    this.#suggestions.look(this.box.value, selectionStart, known);
  }

  /** The caret moved without typing. */
  #moved(event: Event): void {
    const key = event instanceof KeyboardEvent ? event.key : "";
    const moves = /^(Arrow(Left|Right)|Home|End)$/.test(key) || (key.startsWith("Arrow") && !this.#suggestions.open);
    if (key === "" || moves) {
      this.#look();
    }
  }

  #key(event: KeyboardEvent): void {
    // The input method is at work; Safari tells that only by the code.
    if (event.isComposing || event.keyCode === 229) {
      return;
    }
    if (this.#suggestions.open && this.#suggest(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const plain = !event.shiftKey && !event.altKey;
    const forced = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && plain && (forced || !ON_SCREEN.matches)) {
      event.preventDefault();
      this.tell("nx-send");
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && plain && !forced) {
      this.#recallWith(event);
    }
  }

  /** True when the key was for the list. */
  #suggest({ key, shiftKey }: KeyboardEvent): boolean {
    const suggestions = this.#suggestions;
    switch (key) {
      case "ArrowDown":
      case "ArrowUp":
        suggestions.move(key === "ArrowDown" ? 1 : -1);
        return suggestions.items.length > 0;
      case "Escape":
        suggestions.dismiss();
        return true;
      case "Tab":
        return !shiftKey && suggestions.take((token, suggestion) => this.#put(token, suggestion, true));
      case "Enter":
        return !shiftKey && suggestions.take((token, suggestion) => this.#put(token, suggestion));
      default:
        return false;
    }
  }

  #recallWith(event: KeyboardEvent): void {
    const { value, selectionStart, selectionEnd } = this.box;
    const atEdge = selectionStart === selectionEnd && (selectionStart === value.length || selectionStart === 0);
    if (!atEdge) {
      return;
    }
    const older = event.key === "ArrowUp";
    const text = older ? this.#recall.older(value, this.#sent) : this.#recall.newer(value, this.#sent);
    if (text !== undefined) {
      event.preventDefault();
      this.#write(text);
    }
  }

  /**
   * Puts what was chosen into the text.
   *
   * @param further whether a folder is only opened
   */
  #put(token: Token, suggestion: Suggestion, further = false): void {
    const { value, selectionStart } = this.box;
    const { words, folder } = suggestion;
    if (folder && further) {
      const { text, caret } = complete(value, selectionStart, token, words);
      this.#write(text, caret);
      void this.updateComplete.then(() => this.#look());
      return;
    }
    const { text, caret } = complete(value, selectionStart, token, words, true);
    this.#suggestions.close();
    this.#write(text, caret);
    if (token.kind === "file") {
      this.attachments.mention(words.slice(1));
    }
  }

  #pasted(event: ClipboardEvent): void {
    const data = event.clipboardData;
    const files = [...(data?.files ?? [])];
    // A copied piece of a document brings its picture along; its text is what is meant.
    const text = data?.types.includes("text/html") && data.getData("text/plain").trim() !== "";
    if (files.length > 0 && !text) {
      event.preventDefault();
      this.tell("nx-files", files);
    }
  }
}
