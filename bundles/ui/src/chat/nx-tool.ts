import "./fold.css";
import "./nx-diff.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { delay, duration, stopwatch } from "../shared/format.ts";
import {
  type Icon,
  iconAgent,
  iconCheck,
  iconClock,
  iconDot,
  iconEdit,
  iconFailed,
  iconFile,
  iconHealthy,
  iconHelp,
  iconLink,
  iconNeed,
  iconReady,
  iconRight,
  iconSearch,
  iconTodo,
  iconTool,
} from "../shared/icon.ts";
import type { Todo, ToolPart } from "../shared/types.ts";
import { toolWords } from "./words.ts";

const LIVE_LINES = 12;
/** More output than this is cut in the page; the message has it all. */
const MOST_OUTPUT = 40_000;

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

/** `<nx-tool>`: one call of a tool, one line; open while it runs and when it failed, else on demand. */
@customElement("nx-tool")
export class NxTool extends NxElement {
  @property({ attribute: false }) call!: ToolPart;
  @property() workspace = "";
  /** Whether it waits for the owner's permission or answer. */
  @property({ type: Boolean }) waits = false;
  /** Open from the start, as the newest to-do list. */
  @property({ type: Boolean }) prominent = false;
  /** What the owner chose; until then it opens and closes by itself. */
  @state() private chosen: boolean | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(1_000, () => this.call.state === "running" && this.requestUpdate());
  }

  protected override render(): TemplateResult {
    const { call: part } = this;
    const { verb, object, mono } = toolWords(part, this.workspace);
    const icon = ICONS[part.tool] ?? iconTool;
    const body = this.#body();
    if (!body) {
      return html`<div class="fold"><div class="line">${icon()}${this.#words(verb, object, mono)}${this.#end()}</div></div>`;
    }
    return html`<details class="fold" ?open=${this.chosen ?? this.#opensItself}>
      <summary @click=${this.#choose}>
        ${iconRight()}${icon()}${this.#words(verb, object, mono)}${this.#end()}
      </summary>
      <div class="body">${body}</div>
    </details>`;
  }

  get #failed(): boolean {
    const { state: now, exit } = this.call;
    return now === "error" || (exit !== undefined && exit !== 0);
  }

  get #opensItself(): boolean {
    return this.call.state === "running" || this.#failed || this.prominent;
  }

  #choose(event: Event): void {
    const details = (event.currentTarget as HTMLElement).parentElement as HTMLDetailsElement;
    event.preventDefault();
    this.chosen = !details.open;
  }

  #words(verb: string, object: string, mono: boolean): TemplateResult {
    const todos = this.#todos;
    const what = todos ? `${todos.filter((todo) => todo.status === "completed").length} of ${todos.length}` : object;
    return html`<span class="what">${verb}</span>${mono
        ? html`<code class="cut" title=${what}>${firstLine(what)}</code>`
        : html`<span class="cut" title=${what}>${firstLine(what)}</span>`}`;
  }

  #end(): TemplateResult {
    const { state: now, exit, startedAt, endedAt } = this.call;
    if (this.waits) {
      return html`<span class="end wait">${iconNeed()}needs you</span>`;
    }
    if (now === "pending") {
      return html`<span class="end">${iconClock()}<span class="sr">queued</span></span>`;
    }
    if (now === "running") {
      const time = startedAt ? stopwatch(Date.now() - Date.parse(startedAt)) : "";
      return html`<span class="end live">working ${time}</span>`;
    }
    const took = startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : 0;
    const time = took > 100 ? (took < 10_000 ? delay(took) : duration(took)) : "";
    if (this.#failed) {
      return html`<span class="end"
        >${exit !== undefined ? html`<span class="fail">exit ${exit}</span>` : nothing}
        <span class="extra">${time}</span><span class="fail">${iconFailed()}</span><span class="sr">failed</span></span
      >`;
    }
    return html`<span class="end"
      ><span class="extra">${time}</span><span class="ok">${iconCheck()}</span><span class="sr">done</span></span
    >`;
  }

  #body(): TemplateResult | undefined {
    const { call: part } = this;
    const todos = this.#todos;
    if (todos) {
      return html`<ul class="todos">
        ${todos.map(todoLine)}
      </ul>`;
    }
    if (part.diff) {
      return html`<div class="bare">
        <nx-diff .diff=${part.diff} .workspace=${this.workspace}></nx-diff>
        ${part.error ? html`<p class="fail pad">${part.error}</p>` : nothing}
      </div>`;
    }
    const command = part.tool === "bash" && typeof part.input?.["command"] === "string" ? part.input["command"] : "";
    const long = command.includes("\n") || command.length > 60;
    const output = this.#output;
    if (!output && !long && !part.error) {
      return undefined;
    }
    return html`
      ${long ? html`<pre class="command" tabindex="0" role="group" aria-label="Command">${command}</pre>` : nothing}
      ${output ? html`<pre tabindex="0" role="group" aria-label="Output">${output}</pre>` : nothing}
      ${part.error ? html`<p class="pad">${part.error}</p>` : nothing}
    `;
  }

  get #output(): string {
    const output = this.call.output?.trimEnd() ?? "";
    if (this.call.state === "running") {
      return output.split("\n").slice(-LIVE_LINES).join("\n");
    }
    if (output.length > MOST_OUTPUT) {
      return `${output.slice(0, MOST_OUTPUT)}\n… the rest is not shown`;
    }
    return output;
  }

  get #todos(): Todo[] | undefined {
    const todos = this.call.tool === "todowrite" ? this.call.input?.["todos"] : undefined;
    return Array.isArray(todos) && todos.length > 0 ? (todos as Todo[]) : undefined;
  }
}

function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? text : `${text.slice(0, end)} …`;
}

function todoLine(todo: Todo): TemplateResult {
  switch (todo.status) {
    case "completed":
      return html`<li class="done">${iconHealthy()}<span><span class="sr">Done: </span>${todo.content}</span></li>`;
    case "in_progress":
      return html`<li class="now">${iconDot()}<span><span class="sr">Now: </span>${todo.content}</span></li>`;
    case "cancelled":
      return html`<li class="dropped">${iconFailed()}<span><span class="sr">Dropped: </span>${todo.content}</span></li>`;
    default:
      return html`<li>${iconReady()}<span><span class="sr">Open: </span>${todo.content}</span></li>`;
  }
}
