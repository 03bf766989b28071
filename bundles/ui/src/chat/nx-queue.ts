import "./nx-queue.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { NxElement } from "../shared/element.ts";
import { plural } from "../shared/format.ts";
import { iconClock } from "../shared/icon.ts";
import type { Queue, Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import type { Letter } from "./outbox.ts";
import { textOf } from "./post.ts";

interface Row {
  key: string;
  text: string;
  files: number;
  messageId?: string;
}

/** `<nx-queue>`: the messages that wait for the end of the answer. */
@customElement("nx-queue")
export class NxQueue extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) queue!: Queue;
  /** Messages on their way into the queue. */
  @property({ attribute: false }) joining: readonly Letter[] = [];

  protected override render(): TemplateResult | typeof nothing {
    const rows = this.#rows;
    if (rows.length === 0) {
      return nothing;
    }
    const { paused } = this.queue;
    return html`${paused || rows.length > 1 ? this.#head(rows.length, paused) : nothing}
      <ol class="nx-queue" aria-label="Waiting messages">
        ${repeat(
          rows,
          (row) => row.key,
          (row, index) => this.#row(row, index + 1),
        )}
      </ol>`;
  }

  get #rows(): Row[] {
    const waiting = this.queue.messages.map((message) => ({
      key: message.clientId ?? message.messageId,
      text: textOf(message),
      files: message.attachments.length,
      messageId: message.messageId,
    }));
    const keys = new Set(waiting.map((row) => row.key));
    const coming = this.joining
      .filter((letter) => !keys.has(letter.clientId))
      .map((letter) => ({ key: letter.clientId, text: textOf(letter), files: letter.pieces.length }));
    return [...waiting, ...coming];
  }

  #head(count: number, paused: boolean): TemplateResult {
    const { id, status } = this.session;
    const reason = status === "failed" ? "failed" : status === "interrupted" ? "was cut off" : "was stopped";
    const problem = this.queue.messages[0]?.problem;
    const why = problem ? `Not sent: ${problem}` : `${count === 1 ? "It waits" : "They wait"} because the answer ${reason}.`;
    return html`<div class="nx-waits meta ${problem ? "fail" : ""}">
      <span class="grow"><span class="num">${count} waiting</span>${paused ? html`. ${why}` : nothing}</span>
      ${paused
        ? html`<button type="button" class="btn small" @click=${() => void this.actions.sendWaiting(id)}>
            ${problem ? "Try again" : "Send now"}
          </button>`
        : nothing}
    </div>`;
  }

  #row({ text, files, messageId }: Row, number: number): TemplateResult {
    const line = text.trim().split("\n", 1)[0] || plural(files, "file");
    const more = text.trim() !== "" && files > 0 ? html`<span class="meta num">${plural(files, "file")}</span>` : nothing;
    const takeBack = messageId
      ? html`<button
          type="button"
          class="btn quiet small"
          aria-label="Take back “${line.slice(0, 60)}”"
          @click=${() => void this.actions.takeBackWaiting(this.session.id, messageId)}
        >
          Take back
        </button>`
      : html`<span class="meta">Sending</span>`;
    return html`<li>
      <span class="live">${iconClock()}</span
      ><span class="cut grow" title=${line}><span class="sr">Waiting, number ${number}: </span>${line}</span>${more}${takeBack}
    </li>`;
  }
}
