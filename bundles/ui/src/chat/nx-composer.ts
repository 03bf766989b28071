import "./nx-composer.css";
import "./nx-menu.ts";
import "./nx-picker.ts";
import "./nx-pieces.ts";
import "./nx-queue.ts";
import "./nx-suggest.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { count, plural } from "../shared/format.ts";
import { iconCamera, iconClip, iconFailed, iconFile, iconInfo, iconSend, iconStop } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { Model, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import type { Draft } from "./drafts.ts";
import { FileDrop } from "./file-drop.ts";
import { commandIn, complete, mentions, namedIn, type Token, unmention } from "./mentions.ts";
import type { NxPicker } from "./nx-picker.ts";
import { ACCEPTED, fileUrl, MOST_PIECES, type Piece, pieceOf, textPiece, unreadable } from "./pieces.ts";
import { realClock, type Writing } from "./post.ts";
import { Recall } from "./recall.ts";
import { type Suggestion, Suggestions } from "./suggestions.ts";
import { uniqueId } from "./unique.ts";
import { titleOf } from "./words.ts";

const LONGEST = 100_000;
const SAVE_AFTER = 300;
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");
/** A keyboard on the screen has no Shift+Enter: there Enter makes a new line, and the button sends. */
const ON_SCREEN = matchMedia("(pointer: coarse) and (hover: none)");

/** `<nx-composer>`: the message box of a card. What was typed is never lost. Tells `nx-sent`. */
@customElement("nx-composer")
export class NxComposer extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) session!: Session;
  @property({ type: Boolean }) answering = false;
  /** Files that were not attached, and why. */
  @state() private refused: readonly string[] = [];
  @state() private dropping = false;
  @state() private revision = 0;
  @query("textarea") private box!: HTMLTextAreaElement;
  @query("input.files") private files!: HTMLInputElement;
  @query("input.camera") private camera!: HTMLInputElement;

  readonly #recall = new Recall();
  #suggestions!: Suggestions;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #sending = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const { store } = this.actions;
    const { drafts, uploads, queues, outbox } = store.post;
    this.#suggestions = new Suggestions(
      {
        files: (words) => store.files(this.session.id, words),
        commands: async () => {
          const offer = await store.choices.commandsSoon(this.session.workspace);
          return offer.items;
        },
      },
      realClock,
    );
    const draw = () => {
      this.revision++;
    };
    for (const { changed } of [drafts, uploads, queues, outbox, store, this.#suggestions]) {
      this.until(changed.listen(draw), (unlisten) => unlisten());
    }
    this.on(window, "pagehide", () => this.#save());
    const card = this.closest<HTMLElement>("nx-card article") ?? this;
    this.until(
      new FileDrop(card, (over) => (this.dropping = over), (dropped) => void this.#attach(dropped)),
      (drop) => drop.close(),
    );
    void store.post.loadQueue(this.session.id);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#suggestions.close();
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
    const { session } = this;
    const { post } = this.actions.store;
    return html`<form class="nx-composer" @submit=${this.#submit}>
        ${this.#model?.demo ? this.#demo() : nothing}
        <nx-queue
          .actions=${this.actions}
          .session=${session}
          .queue=${post.queues.of(session.id)}
          .joining=${post.joining(session.id)}
        ></nx-queue>
        ${this.#notices()} ${this.#box()}
        <input class="files" type="file" multiple hidden accept=${ACCEPTED} @change=${this.#picked} />
        <input class="camera" type="file" hidden accept="image/*" capture="environment" @change=${this.#picked} />
      </form>
      ${this.dropping ? html`<p class="drop">${iconClip("large")}Drop files here to attach them.</p>` : nothing}`;
  }

  #box(): TemplateResult {
    const { session, revision } = this;
    const { id } = session;
    const { text, pieces } = this.#draft;
    const { active, items, open } = this.#suggestions;
    const listed = open && items.length > 0;
    return html`<div class="box">
      <nx-suggest
        .name=${id}
        .suggestions=${this.#suggestions}
        .revision=${revision}
        @nx-pick=${(event: CustomEvent<Suggestion>) => this.#put(this.#suggestions.token!, event.detail)}
      ></nx-suggest>
      <label class="sr" for="composer-${id}">Message to ${titleOf(session)}</label>
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
      ></textarea>
      <nx-pieces
        .pieces=${pieces}
        .uploads=${this.actions.store.post.uploads}
        .model=${this.#model}
        .revision=${revision}
        @nx-remove=${(event: CustomEvent<Piece>) => this.#remove(event.detail)}
        @nx-retry=${(event: CustomEvent<Piece>) => void this.#upload(event.detail)}
      ></nx-pieces>
      ${this.#tools()}
    </div>`;
  }

  #tools(): TemplateResult {
    const { session } = this;
    const { store } = this.actions;
    const { id } = session;
    const hint = this.#hint;
    return html`<div class="tools">
      ${ON_SCREEN.matches
        ? html`<nx-menu
            label="Attach files"
            .name="attach-${id}"
            .icon=${iconClip()}
            .items=${[
              { label: "Choose files", icon: iconFile(), run: () => this.files.click() },
              { label: "Take a photo", icon: iconCamera(), run: () => this.camera.click() },
            ]}
          ></nx-menu>`
        : html`<button
            type="button"
            class="btn quiet icon"
            aria-label="Attach files"
            title="Attach files"
            @click=${() => this.files.click()}
          >
            ${iconClip()}
          </button>`}
      <nx-picker
        kind="model"
        .name=${id}
        .value=${store.modelOf(session)}
        .models=${store.choices.models()}
        @nx-opens=${() => store.choices.retry()}
        @nx-pick=${(event: CustomEvent<string>) => void this.#choose({ model: event.detail })}
      ></nx-picker>
      <nx-picker
        kind="agent"
        .name=${id}
        .value=${store.agentOf(session)}
        .agents=${store.choices.agents(session.workspace)}
        @nx-opens=${() => store.choices.retry()}
        @nx-pick=${(event: CustomEvent<string>) => void this.#choose({ agent: event.detail })}
      ></nx-picker>
      <span class="grow"></span>
      <span class="meta hint cut wide-only" id="hint-${id}">${hint}</span>
      ${this.answering
        ? html`<button
            type="button"
            class="btn quiet stop"
            aria-label="Stop ${titleOf(session)}"
            aria-keyshortcuts="Control+."
            @click=${() => void this.actions.stop(id)}
          >
            ${iconStop()}<span class="wide-only">Stop</span>
          </button>`
        : nothing}
      <button class="btn main" aria-disabled=${this.#blocked ? "true" : nothing}>
        ${iconSend()}${this.answering ? "Queue" : "Send"}
      </button>
    </div>`;
  }

  #demo(): TemplateResult {
    return html`<p class="demo meta">
      ${iconInfo()}<span
        >This is the demo: canned answers, no real model. ·
        <button type="button" class="btn quiet" @click=${this.#chooseModel}>Choose a model</button></span
      >
    </p>`;
  }

  #notices(): TemplateResult {
    const { text, problem } = this.#draft;
    const tooLong = text.length > LONGEST;
    const blocked = tooLong ? "" : this.#blocked;
    return html`${tooLong
      ? html`<p class="notice bad" role="alert">
          ${iconFailed()}<span class="grow"
            >This text has ${count(text.length)} characters; ${count(LONGEST)} fit. Attach it as a file.</span
          ><button type="button" class="btn small" @click=${this.#attachText}>Attach as file</button>
        </p>`
      : nothing}
    ${[problem && `Not sent. ${problem}`, blocked, ...this.refused]
      .filter(Boolean)
      .map((words) => html`<p class="notice bad" role="alert">${iconFailed()}<span>${words}</span></p>`)}`;
  }

  get #draft(): Draft {
    return this.actions.store.post.drafts.of(this.session.id);
  }

  get #model(): Model | undefined {
    const id = this.actions.store.modelOf(this.session);
    return this.actions.store.models.find((model) => model.id === id);
  }

  /** Why this cannot be sent as it is, empty when it can. */
  get #blocked(): string {
    const { text, pieces } = this.#draft;
    if (text.length > LONGEST) {
      return "The text is too long.";
    }
    if (pieces.length > MOST_PIECES) {
      return `${pieces.length} files are attached; ${MOST_PIECES} fit. Remove ${pieces.length - MOST_PIECES}.`;
    }
    const wrong = pieces.map((piece) => unreadable(piece, this.#model)).find(Boolean);
    return wrong ? `${wrong} Remove it, or choose another model.` : "";
  }

  get #hint(): string {
    const obstacle = this.actions.store.obstacle;
    if (obstacle) {
      return obstacle.kind === "offline" ? "Offline. Goes out when you are back." : obstacle.words;
    }
    return this.answering && !ON_SCREEN.matches ? "Enter sends after this answer" : "";
  }

  /** The messages that were sent, newest first. */
  get #sent(): string[] {
    const { store } = this.actions;
    const { id } = this.session;
    const said = store.conversation(id).entries.filter((entry) => entry.message.role === "user").map((entry) => entry.text);
    const waiting = store.post.queues.of(id).messages.map((message) => message.text);
    const going = store.post.outbox.of(id).map((letter) => letter.text);
    return [...said, ...waiting, ...going].filter((text) => text.trim() !== "").toReversed();
  }

  #typed(): void {
    const draft = this.#draft;
    draft.text = this.box.value;
    draft.problem = "";
    this.#recall.reset();
    this.#dropMentions();
    this.#look();
    this.revision++;
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), SAVE_AFTER);
  }

  /** Puts another text into the box, the caret at its end or where it is said. */
  #write(text: string, caret = text.length): void {
    const draft = this.#draft;
    draft.text = text;
    draft.problem = "";
    this.revision++;
    this.#save();
    void this.updateComplete.then(() => {
      this.box.focus({ preventScroll: true });
      this.box.setSelectionRange(caret, caret);
    });
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.actions.store.post.drafts.keepText(this.session.id);
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
    if (key === "" || /^(Arrow(Left|Right)|Home|End)$/.test(key) || (!this.#suggestions.open && key.startsWith("Arrow"))) {
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
      void this.#send();
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
    const text = event.key === "ArrowUp" ? this.#recall.older(value, this.#sent) : this.#recall.newer(value, this.#sent);
    if (text !== undefined) {
      event.preventDefault();
      this.#write(text);
    }
  }

  /** Puts what was chosen into the text. @param further whether a folder is only opened */
  #put(token: Token, suggestion: Suggestion, further = false): void {
    const { value, selectionStart } = this.box;
    if (suggestion.folder && further) {
      const { text, caret } = complete(value, selectionStart, token, suggestion.words);
      this.#write(text, caret);
      void this.updateComplete.then(() => this.#look());
      return;
    }
    const { text, caret } = complete(value, selectionStart, token, suggestion.words, true);
    this.#suggestions.close();
    if (token.kind === "file") {
      this.#mention(suggestion.words.slice(1));
    }
    this.#write(text, caret);
  }

  #mention(path: string): void {
    const { drafts } = this.actions.store.post;
    const { pieces } = this.#draft;
    if (pieces.some((piece) => piece.mention === path)) {
      return;
    }
    const mime = path.endsWith("/") ? "application/x-directory" : "text/plain";
    const url = fileUrl(this.session.workspace, path);
    drafts.setPieces(this.session.id, [...pieces, { id: uniqueId(), name: path, mime, url, mention: path }]);
  }

  /** A mention whose text was deleted goes with it. */
  #dropMentions(): void {
    const { text, pieces } = this.#draft;
    const kept = pieces.filter(({ mention }) => mention === undefined || mentions(text, mention));
    if (kept.length < pieces.length) {
      this.actions.store.post.drafts.setPieces(this.session.id, kept);
    }
  }

  #remove(piece: Piece): void {
    const { drafts, uploads } = this.actions.store.post;
    const draft = this.#draft;
    uploads.drop(piece);
    if (piece.mention !== undefined) {
      draft.text = unmention(draft.text, piece.mention);
      drafts.keepText(this.session.id);
    }
    drafts.setPieces(this.session.id, draft.pieces.filter((one) => one !== piece));
    say(`Removed ${piece.name}.`);
    this.focusBox();
  }

  #picked(event: Event): void {
    const input = event.currentTarget as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = "";
    void this.#attach(files);
  }

  #pasted(event: ClipboardEvent): void {
    const data = event.clipboardData;
    const files = [...(data?.files ?? [])];
    // A copied piece of a document brings its picture along; its text is what is meant.
    const text = data?.types.includes("text/html") && data.getData("text/plain").trim() !== "";
    if (files.length > 0 && !text) {
      event.preventDefault();
      void this.#attach(files);
    }
  }

  async #attach(files: readonly File[]): Promise<void> {
    this.refused = [];
    const room = MOST_PIECES - this.#draft.pieces.length;
    const taken = files.slice(0, Math.max(0, room));
    const results = await Promise.all(taken.map(pieceOf));
    const pieces = results.filter((result): result is Piece => typeof result !== "string");
    const refused = results.filter((result): result is string => typeof result === "string");
    if (taken.length < files.length) {
      refused.push(`${plural(files.length - taken.length, "file was", "files were")} left out; ${MOST_PIECES} fit.`);
    }
    this.refused = refused;
    this.#add(pieces);
    this.focusBox();
  }

  #add(pieces: readonly Piece[]): void {
    this.actions.store.post.drafts.setPieces(this.session.id, [...this.#draft.pieces, ...pieces]);
    if (this.actions.store.obstacle?.kind !== "offline") {
      pieces.forEach((piece) => void this.#upload(piece));
    }
  }

  async #upload(piece: Piece): Promise<void> {
    const { uploads, drafts } = this.actions.store.post;
    try {
      await uploads.ensure(piece);
      drafts.keepPieces(this.session.id);
      say(`${piece.name} is attached.`);
    } catch (failure) {
      if (uploads.of(piece)) {
        say(`${piece.name} is not uploaded. ${asProblem(failure).detail}`);
      }
    }
  }

  #attachText(): void {
    const piece = textPiece(this.#draft.text);
    this.#write("");
    this.#add([piece]);
  }

  async #choose(choice: { model?: string; agent?: string }): Promise<void> {
    try {
      await this.actions.store.choose(this.session.id, choice);
    } catch (failure) {
      this.refused = [asProblem(failure).detail];
    }
  }

  #chooseModel(): void {
    this.querySelector<NxPicker>("nx-picker[kind=model]")?.open();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    void this.#send();
  }

  async #send(): Promise<void> {
    const { store } = this.actions;
    const { id } = this.session;
    if (this.#sending || this.#blocked || (this.#draft.text.trim() === "" && this.#draft.pieces.length === 0)) {
      this.focusBox();
      return;
    }
    this.#sending = true;
    const writing = await this.#writing().finally(() => (this.#sending = false));
    if (!writing) {
      this.revision++;
      return;
    }
    this.refused = [];
    this.#recall.reset();
    this.#suggestions.close();
    clearTimeout(this.#saving);
    const clientId = store.post.drafts.idFor(id);
    store.post.drafts.empty(id);
    this.tell("nx-sent");
    if (store.obstacle) {
      say(`Waiting to send. ${store.obstacle.words}`);
    }
    await store.send(id, { ...writing, ...(clientId && { clientId }) });
  }

  /** What is to be sent: a text, or a command with its arguments. Undefined when that cannot be told now. */
  async #writing(): Promise<Writing | undefined> {
    const draft = this.#draft;
    const named = namedIn(draft.text);
    if (!named) {
      return { text: draft.text, pieces: draft.pieces };
    }
    const { choices } = this.actions.store;
    const { workspace } = this.session;
    const offer = choices.commands(workspace).state === "ready" ? choices.commands(workspace) : await choices.commandsSoon(workspace);
    if (offer.state !== "ready" && !named.command.includes("/")) {
      draft.problem = `Whether there is a command /${named.command} cannot be told now. Put a space before it to send it as text.`;
      return undefined;
    }
    const call = commandIn(draft.text, offer.items);
    return call
      ? { text: call.rest, command: call.command, pieces: draft.pieces }
      : { text: draft.text, pieces: draft.pieces };
  }
}
