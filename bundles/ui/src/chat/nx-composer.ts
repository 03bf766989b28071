import "./nx-composer.css";
import "./nx-menu.ts";
import "./nx-picker.ts";
import "./nx-pieces.ts";
import "./nx-queue.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { count } from "../shared/format.ts";
import { iconCamera, iconClip, iconClose, iconFailed, iconFile, iconInfo, iconSend, iconStop } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { Model, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { Attachments } from "./attachments.ts";
import type { Draft } from "./drafts.ts";
import { FileDrop } from "./file-drop.ts";
import { commandIn, namedIn } from "./mentions.ts";
import { LONGEST, type NxBox, ON_SCREEN } from "./nx-box.ts";
import type { NxPicker } from "./nx-picker.ts";
import { ACCEPTED, MOST_PIECES, type Piece, unreadable } from "./pieces.ts";
import type { Writing } from "./post.ts";
import { sentence, titleOf } from "./words.ts";

/** `<nx-composer>`: where a message is written, and what waits to be sent. What was typed is never lost. Tells `nx-sent`. */
@customElement("nx-composer")
export class NxComposer extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) session!: Session;
  @property({ type: Boolean }) answering = false;
  /** Why a choice could not be stored. */
  @state() private problem = "";
  @state() private dropping = false;
  @state() private revision = 0;
  @query("nx-box") private box!: NxBox;
  @query("input.files") private files!: HTMLInputElement;
  @query("input.camera") private camera!: HTMLInputElement;

  #attachments!: Attachments;
  #sending = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const { store } = this.actions;
    const { drafts, uploads, queues, outbox } = store.post;
    this.#attachments = new Attachments(store.post, this.session, () => store.obstacle?.kind !== "offline");
    for (const { changed } of [drafts, uploads, queues, outbox, store]) {
      this.until(changed.listen(this.#draw), (unlisten) => unlisten());
    }
    const card = this.closest<HTMLElement>("nx-card article") ?? this;
    this.until(
      new FileDrop(card, (over) => (this.dropping = over), (files) => void this.#attach(files)),
      (drop) => drop.close(),
    );
    void store.post.loadQueue(this.session.id);
  }

  focusBox(): void {
    this.box.focus();
  }

  protected override render(): TemplateResult {
    const { session } = this;
    const { store } = this.actions;
    const { post } = store;
    return html`<form class="nx-composer" @submit=${this.#submit}>
        ${this.#model?.demo ? this.#demo() : nothing}
        <nx-queue
          .actions=${this.actions}
          .session=${session}
          .queue=${post.queues.of(session.id)}
          .joining=${post.joining(session.id)}
        ></nx-queue>
        ${this.#notices()}
        <div class="box">
          <nx-box
            .store=${store}
            .session=${session}
            .attachments=${this.#attachments}
            @nx-typed=${this.#draw}
            @nx-send=${() => void this.#send()}
            @nx-files=${(event: CustomEvent<File[]>) => void this.#attach(event.detail)}
          ></nx-box>
          <nx-pieces
            .pieces=${this.#draft.pieces}
            .uploads=${post.uploads}
            .model=${this.#model}
            .revision=${this.revision}
            @nx-remove=${(event: CustomEvent<Piece>) => this.#remove(event.detail)}
            @nx-retry=${(event: CustomEvent<Piece>) => void this.#attachments.upload(event.detail)}
          ></nx-pieces>
          ${this.#tools()}
        </div>
        <input class="files" type="file" multiple hidden accept=${ACCEPTED} @change=${this.#picked} />
        <input class="camera" type="file" hidden accept="image/*" capture="environment" @change=${this.#picked} />
      </form>
      ${this.dropping ? html`<p class="drop">${iconClip("large")}Drop files here to attach them.</p>` : nothing}`;
  }

  #tools(): TemplateResult {
    const { id } = this.session;
    const hint = this.#hint;
    return html`<div class="tools">
      ${this.#attachButton()} ${this.#pickers()}
      <span class="grow phone-only"></span>
      <span class="meta hint cut wide-only" id="hint-${id}" title=${hint}>${hint}</span>
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
      <button class="btn main" aria-disabled=${this.#blocked ? "true" : nothing}>
        ${iconSend()}${this.answering ? "Queue" : "Send"}
      </button>
    </div>`;
  }

  /** On a phone the camera is a choice of its own. */
  #attachButton(): TemplateResult {
    const choose = () => this.files.click();
    if (!ON_SCREEN.matches) {
      return html`<button type="button" class="btn quiet icon" aria-label="Attach files" title="Attach files" @click=${choose}>
        ${iconClip()}
      </button>`;
    }
    const items = [
      { label: "Choose files", icon: iconFile(), run: choose },
      { label: "Take a photo", icon: iconCamera(), run: () => this.camera.click() },
    ];
    return html`<nx-menu
      label="Attach files"
      .name="attach-${this.session.id}"
      .icon=${iconClip()}
      .items=${items}
    ></nx-menu>`;
  }

  #pickers(): TemplateResult {
    const { session } = this;
    const { store } = this.actions;
    const retry = () => store.choices.retry();
    return html`<nx-picker
        kind="model"
        .name=${session.id}
        .value=${store.modelOf(session)}
        .models=${store.choices.models()}
        @nx-opens=${retry}
        @nx-pick=${(event: CustomEvent<string>) => void this.#choose({ model: event.detail })}
      ></nx-picker>
      <nx-picker
        kind="agent"
        .name=${session.id}
        .value=${store.agentOf(session)}
        .agents=${store.choices.agents(session.workspace)}
        @nx-opens=${retry}
        @nx-pick=${(event: CustomEvent<string>) => void this.#choose({ agent: event.detail })}
      ></nx-picker>`;
  }

  #demo(): TemplateResult {
    const choose = () => this.querySelector<NxPicker>("nx-picker[kind=model]")?.open();
    return html`<p class="demo meta">
      ${iconInfo()}<span
        >This is the demo: canned answers, no real model. ·
        <button type="button" class="btn quiet" @click=${choose}>Choose a model</button></span
      >
    </p>`;
  }

  #notices(): TemplateResult {
    const { text, problem } = this.#draft;
    const tooLong = text.length > LONGEST;
    const sentences = [problem && `Not sent. ${sentence(problem)}`, tooLong ? "" : this.#blocked, this.problem].filter(Boolean);
    return html`${tooLong
      ? html`<p class="notice bad" role="alert">
          ${iconFailed()}<span class="grow"
            >This text has ${count(text.length)} characters; ${count(LONGEST)} fit. Attach it as a file.</span
          ><button type="button" class="btn small" @click=${this.#attachText}>Attach as file</button>
        </p>`
      : nothing}
    ${sentences.map((words) => html`<p class="notice bad" role="alert">${iconFailed()}<span>${words}</span></p>`)}
    ${this.#refused()}`;
  }

  #refused(): TemplateResult | typeof nothing {
    const { refused } = this.#attachments;
    if (refused.length === 0) {
      return nothing;
    }
    return html`<div class="notice bad" role="alert">
      ${iconFailed()}
      <ul>
        ${refused.map((words) => html`<li>${words}</li>`)}
      </ul>
      <button
        type="button"
        class="btn quiet icon small"
        aria-label="Close this notice"
        title="Close"
        @click=${this.#understood}
      >
        ${iconClose()}
      </button>
    </div>`;
  }

  readonly #draw = (): void => {
    this.revision++;
  };

  #understood(): void {
    this.#attachments.refused = [];
    this.#draw();
    this.focusBox();
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
    const { obstacle } = this.actions.store;
    if (obstacle) {
      return obstacle.kind === "offline" ? "Offline. Goes out when you are back." : obstacle.words;
    }
    return this.answering && !ON_SCREEN.matches ? "Enter sends after this answer" : "";
  }

  #remove(piece: Piece): void {
    this.#attachments.remove(piece);
    this.focusBox();
  }

  #picked(event: Event): void {
    const input = event.currentTarget as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = "";
    void this.#attach(files);
  }

  async #attach(files: readonly File[]): Promise<void> {
    await this.#attachments.take(files);
    this.#draw();
    this.focusBox();
  }

  #attachText(): void {
    this.#attachments.takeText();
    this.focusBox();
  }

  async #choose(choice: { model?: string; agent?: string }): Promise<void> {
    this.problem = "";
    try {
      await this.actions.store.choose(this.session.id, choice);
    } catch (failure) {
      this.problem = asProblem(failure).detail;
    }
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    void this.#send();
  }

  async #send(): Promise<void> {
    const { store } = this.actions;
    const { id } = this.session;
    const empty = this.#draft.text.trim() === "" && this.#draft.pieces.length === 0;
    if (this.#sending || this.#blocked || empty) {
      this.focusBox();
      return;
    }
    this.#sending = true;
    const writing = await this.#attachments.ready
      .then(() => this.#writing())
      .finally(() => (this.#sending = false));
    if (!writing || this.#blocked) {
      this.#draw();
      return;
    }
    const clientId = store.post.drafts.idFor(id);
    this.#attachments.refused = [];
    this.box.sent();
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
    if (named) {
      try {
        const commands = await this.actions.store.choices.commandsSoon(this.session.workspace);
        const call = commandIn(draft.text, commands);
        if (call) {
          return { text: call.rest, command: call.command, pieces: draft.pieces };
        }
      } catch {
        // A path is no command.
        if (!named.command.includes("/")) {
          draft.problem = `Whether there is a command /${named.command} cannot be told now. Put a space before it to send it as text.`;
          return undefined;
        }
      }
    }
    return { text: draft.text, pieces: draft.pieces };
  }
}
