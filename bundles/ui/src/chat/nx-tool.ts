import "./fold.css";
import "./nx-diff.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import {
  type Icon,
  iconAgent,
  iconEdit,
  iconFile,
  iconHelp,
  iconLink,
  iconRight,
  iconSearch,
  iconTodo,
  iconTool,
} from "../shared/icon.ts";
import type { ToolPart } from "../shared/types.ts";
import { lastLines } from "./ansi.ts";
import { callEnd, firstLine } from "./call-line.ts";
import { doneOf, todoList, todosOf } from "./nx-todos.ts";
import { errorWords, type Outcome, outcomeOf, outputOf } from "./outcome.ts";
import { terminal } from "./terminal.ts";
import { harmless, toolWords } from "./words.ts";

const LIVE_LINES = 12;
/** More output than this is cut in the page; the export has it all. */
const MOST_OUTPUT = 40_000;
/** Of a change that is shown at once. */
const FIRST_LINES = 24;

const ICONS: Record<string, Icon> = {
  bash: iconTool,
  read: iconFile,
  list: iconFile,
  write: iconEdit,
  edit: iconEdit,
  multiedit: iconEdit,
  patch: iconEdit,
  apply_patch: iconEdit,
  glob: iconSearch,
  grep: iconSearch,
  websearch: iconSearch,
  webfetch: iconLink,
  task: iconAgent,
  todowrite: iconTodo,
  todoread: iconTodo,
  question: iconHelp,
};

/**
 * `<nx-tool>`: one call of a tool, one line; open while it runs and when it failed, else on demand. A change of a file
 * is shown as what was changed.
 */
@customElement("nx-tool")
export class NxTool extends NxElement {
  @property({ attribute: false }) call!: ToolPart;
  @property() workspace = "";
  /** Whether it waits for the owner's permission or answer. */
  @property({ type: Boolean }) waits = false;
  /** Whether the message it belongs to has ended. */
  @property({ type: Boolean }) over = false;
  /** Only the line, nothing to open. */
  @property({ type: Boolean }) brief = false;
  /** What the owner chose; until then it opens and closes by itself. */
  @state() private chosen: boolean | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(1_000, () => this.call.state === "running" && !this.over && this.requestUpdate());
  }

  protected override render(): TemplateResult {
    const { call } = this;
    const outcome = outcomeOf(call, this.waits, this.over);
    if (call.diff && outcome === "done" && !this.brief) {
      return html`<nx-diff .diff=${call.diff} .workspace=${this.workspace} .first=${FIRST_LINES}></nx-diff>`;
    }
    const icon = ICONS[call.tool] ?? iconTool;
    const body = this.brief ? undefined : this.#body(outcome);
    if (!body) {
      return html`<div class="fold"><div class="line">${icon()}${this.#words()}${callEnd(call, outcome)}</div></div>`;
    }
    return html`<details class="fold" ?open=${this.chosen ?? (outcome === "running" || outcome === "waits" || outcome === "failed")}>
      <summary @click=${this.#choose}>${iconRight()}${icon()}${this.#words()}${callEnd(call, outcome)}</summary>
      <div class="body">${body}</div>
    </details>`;
  }

  #choose(event: Event): void {
    const details = (event.currentTarget as HTMLElement).parentElement as HTMLDetailsElement;
    event.preventDefault();
    this.chosen = !details.open;
  }

  #words(): TemplateResult {
    const { verb, object, mono } = toolWords(this.call, this.workspace);
    const todos = todosOf(this.call);
    const what = todos ? doneOf(todos) : harmless(object);
    return html`<span class="what">${harmless(verb)}</span>${mono
        ? html`<code class="cut" title=${what}>${firstLine(what)}</code>`
        : html`<span class="cut" title=${what}>${firstLine(what)}</span>`}`;
  }

  #body(outcome: Outcome): TemplateResult | undefined {
    const { call } = this;
    const todos = todosOf(call);
    if (todos) {
      return todoList(todos);
    }
    const error = call.error ? html`<p class="pad">${harmless(errorWords(call))}</p>` : nothing;
    if (call.diff) {
      return html`<div class="bare">
        <nx-diff .diff=${call.diff} .workspace=${this.workspace} .first=${FIRST_LINES}></nx-diff>
        ${error}
      </div>`;
    }
    const command = call.tool === "bash" && typeof call.input?.["command"] === "string" ? call.input["command"] : "";
    const long = command.includes("\n") || command.length > 60;
    const output = outputOf(call);
    if (!output && !long && error === nothing) {
      return undefined;
    }
    return html`
      ${long ? html`<pre class="command" tabindex="0" role="group" aria-label="Command">${harmless(command)}</pre>` : nothing}
      ${output ? terminal(outcome === "running" ? lastLines(output, LIVE_LINES) : output.slice(0, MOST_OUTPUT), "Output") : nothing}
      ${outcome !== "running" && output.length > MOST_OUTPUT
        ? html`<p class="pad meta">The rest is not shown here. The export of the session has it.</p>`
        : nothing}
      ${error}
    `;
  }
}
