import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { asProblem, type Problem } from "../shared/api.ts";
import { openDialog, sheet } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { bytes, clock, count, plural } from "../shared/format.ts";
import { iconCopy, iconFailed } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { FileChange, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { copy } from "./clipboard.ts";
import "./nx-diff.ts";
import type { NxLog } from "./nx-log.ts";
import { textOf, turnsOf } from "./turns.ts";
import { readable, titleOf, visible } from "./words.ts";

/** More of a conversation is not shown as plain text. */
const MOST_PLAIN = 2_000_000;

/** Asks whether a message and all after it shall be undone. */
export function showUndo(actions: Actions, sessionId: string, messageId: string): void {
  const dialog = openDialog(
    "broad",
    html`<nx-undo .actions=${actions} .sessionId=${sessionId} .messageId=${messageId} @nx-done=${() => dialog.close()}></nx-undo>`,
  );
  const question = dialog.querySelector<NxUndo>("nx-undo");
  void question?.updateComplete.then(() => question.querySelector<HTMLElement>(".btn")?.focus());
}

/** Shows what was changed in files. */
export function showChanges(actions: Actions, sessionId: string, messageId?: string): void {
  const session = actions.store.session(sessionId);
  const changes = html`<nx-changes
    .actions=${actions}
    .sessionId=${sessionId}
    .messageId=${messageId}
    .workspace=${session?.workspace ?? ""}
  ></nx-changes>`;
  sheet(messageId === undefined ? "All changes" : "What changed here", changes, true).classList.add("wide");
}

/** Shows a text without markup. */
export function showPlain(title: string, markdown: string): void {
  const text = readable(markdown);
  sheet(title, plain(text, text.length === 0 ? "There is no text in it." : ""), true);
}

/** Shows a whole conversation, tools included, as plain text. */
export function showConversation(actions: Actions, session: Session): void {
  const text = html`<nx-plain .address=${actions.store.history.exportUrl(session.id, "markdown")}></nx-plain>`;
  sheet(titleOf(session), text, true);
}

/** Shows the conversation of a helper, to be read. */
export function showHelper(actions: Actions, childId: string, name: string, workspace: string): void {
  const { store } = actions;
  const release = store.borrow(childId);
  const dialog = sheet(
    name,
    html`<nx-log
      .actions=${actions}
      .conversation=${store.conversation(childId)}
      .name=${name}
      .workspace=${workspace}
      .requests=${store.requests}
    ></nx-log>`,
    true,
  );
  const log = dialog.querySelector<NxLog>("nx-log")!;
  const unlisten = store.changed.listen(() => (log.requests = store.requests));
  dialog.addEventListener("close", () => {
    unlisten();
    release();
  });
}

/** Shows a picture large. */
export function showPicture(name: string, url: string): void {
  sheet(name, html`<img class="nx-picture" src=${url} alt=${name} />`, true).classList.add("wide");
}

function plain(text: string, note: string): TemplateResult {
  const copied = async () => {
    if (await copy(text)) {
      say("Copied");
    }
  };
  return html`${note ? html`<p class="soft">${note}</p>` : nothing}
    ${text
      ? html`<pre class="nx-plain" tabindex="0" role="group" aria-label="Plain text">${text}</pre>
          <p><button type="button" class="btn" @click=${copied}>${iconCopy()}Copy all</button></p>`
      : nothing}`;
}

function failure(problem: Problem, again: () => void): TemplateResult {
  return html`<p class="notice bad" role="alert">
    ${iconFailed()}<span class="grow">${problem.detail}</span
    ><button type="button" class="btn small" @click=${again}>Try again</button>
  </p>`;
}

/** `<nx-undo>`: what would be undone, file by file, and whether it shall be. Tells `nx-done` when it is decided. */
@customElement("nx-undo")
export class NxUndo extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property() sessionId = "";
  @property() messageId = "";
  @state() private files: readonly FileChange[] | undefined;
  @state() private problem: Problem | undefined;
  @state() private busy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  protected override render(): TemplateResult {
    const { files, problem } = this;
    return html`
      <div class="head"><h2 id="dialog-title" tabindex="-1">Undo from here</h2></div>
      <div class="in">
        <p>${this.#what}</p>
        ${files === undefined ? nothing : this.#list(files)}
        ${files === undefined && !problem ? html`<p class="soft" role="status">Looking at the files</p>` : nothing}
        ${problem ? failure(problem, () => void (files === undefined ? this.#look() : this.#undo())) : nothing}
        <p class="soft">Until you send the next message you can bring it all back.</p>
      </div>
      <div class="end">
        <button type="button" class="btn" @click=${() => this.tell("nx-done")}>Keep</button>
        <button
          type="button"
          class="btn main"
          aria-disabled=${files === undefined || this.busy ? "true" : nothing}
          @click=${() => void this.#undo()}
        >
          ${files?.length === 0 ? "Undo" : "Undo changes"}
        </button>
      </div>
    `;
  }

  get #turns() {
    const turns = turnsOf(this.actions.store.conversation(this.sessionId));
    return turns.slice(turns.findIndex((turn) => turn.entries.some((entry) => entry.message.id === this.messageId)));
  }

  get #at(): string {
    const at = this.#turns[0]?.entries[0]?.message.createdAt;
    return at ? clock(at) : "before";
  }

  get #what(): string {
    const after = this.#turns.length - 1;
    const rest = this.actions.store.conversation(this.sessionId).past.hasNewer
      ? " and everything after it"
      : after > 0
        ? ` and the ${after === 1 ? "turn" : `${count(after)} turns`} after it`
        : "";
    return `Your message of ${this.#at}${rest} will be taken back.`;
  }

  #list(files: readonly FileChange[]): TemplateResult {
    if (files.length === 0) {
      return html`<p>No file was changed since then.</p>`;
    }
    const words = files.length === 1 ? "This file goes" : `These ${count(files.length)} files go`;
    return html`<p class="strong">${words} back to ${this.#at}.</p>
      <ul class="nx-goes-back">
        ${files.map(
          ({ file, additions, deletions, status }) => html`<li>
            <span class="mono cut" title=${visible(file)}>${visible(file)}</span>
            ${status === "added" ? html`<span class="meta">goes away</span>` : nothing}
            ${status === "deleted" ? html`<span class="meta">comes back</span>` : nothing}
            <span class="num"
              ><span class="plus" aria-hidden="true">+${count(additions)}</span>
              <span class="minus" aria-hidden="true">−${count(deletions)}</span
              ><span class="sr">${plural(additions, "line")} were added, ${count(deletions)} removed</span></span
            >
          </li>`,
        )}
      </ul>`;
  }

  async #look(): Promise<void> {
    this.problem = undefined;
    try {
      this.files = (await this.actions.store.history.preview(this.sessionId, this.messageId)).files;
    } catch (failed) {
      this.problem = asProblem(failed);
    }
  }

  async #undo(): Promise<void> {
    if (this.files === undefined || this.busy) {
      return;
    }
    this.busy = true;
    this.problem = undefined;
    const first = this.#turns[0];
    try {
      await this.actions.store.history.undo(this.sessionId, this.messageId);
      this.tell("nx-done");
      say("Undone. Bring back is available.");
      this.actions.hasUndone(this.sessionId, first ? textOf(first) : "");
    } catch (failed) {
      this.problem = asProblem(failed);
    } finally {
      this.busy = false;
    }
  }
}

/** `<nx-changes>`: what was changed in files, file by file. */
@customElement("nx-changes")
export class NxChanges extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property() sessionId = "";
  @property() messageId: string | undefined;
  @property() workspace = "";
  @state() private files: readonly FileChange[] | undefined;
  @state() private problem: Problem | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  protected override render(): TemplateResult {
    const { files, problem } = this;
    if (problem) {
      return failure(problem, () => void this.#look());
    }
    if (files === undefined) {
      return html`<p class="soft" role="status">Looking at the files</p>`;
    }
    if (files.length === 0) {
      return html`<p>No file was changed.</p>`;
    }
    const sum = (of: (file: FileChange) => number) => count(files.reduce((total, file) => total + of(file), 0));
    return html`<p class="num">
        ${plural(files.length, "file")},
        <span class="plus">+${sum((file) => file.additions)}</span> <span class="minus">−${sum((file) => file.deletions)}</span>
      </p>
      <nx-diff .changes=${files} .workspace=${this.workspace}></nx-diff>`;
  }

  async #look(): Promise<void> {
    this.problem = undefined;
    try {
      this.files = await this.actions.store.history.changes(this.sessionId, this.messageId);
    } catch (failed) {
      this.problem = asProblem(failed);
    }
  }
}

/** `<nx-plain>`: a text that is fetched, as it is. */
@customElement("nx-plain")
export class NxPlain extends NxElement {
  @property() address = "";
  @state() private text: string | undefined;
  @state() private more = false;
  @state() private failed = false;

  readonly #life = new AbortController();

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#fetch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#life.abort();
  }

  protected override render(): TemplateResult {
    if (this.failed) {
      return html`<p class="notice bad" role="alert">
        ${iconFailed()}<span class="grow">The conversation could not be read.</span
        ><button type="button" class="btn small" @click=${() => void this.#fetch()}>Try again</button>
      </p>`;
    }
    if (this.text === undefined) {
      return html`<p class="soft" role="status">Reading the conversation</p>`;
    }
    return plain(this.text, this.more ? `The first ${bytes(MOST_PLAIN)}; all of it is in the export.` : "");
  }

  /** Reads as much as is shown, however long it is. */
  async #fetch(): Promise<void> {
    this.failed = false;
    try {
      const response = await fetch(this.address, { credentials: "same-origin", cache: "no-store", signal: this.#life.signal });
      if (!response.ok || !response.body) {
        throw new Error(String(response.status));
      }
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
        text += value;
        if (text.length >= MOST_PLAIN) {
          this.more = true;
          await reader.cancel();
          break;
        }
      }
      this.text = text.slice(0, MOST_PLAIN);
    } catch {
      this.failed = !this.#life.signal.aborted;
    }
  }
}
