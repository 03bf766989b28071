import "./nx-todos.css";
import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { iconDot, iconFailed, iconHealthy, iconReady, iconTodo } from "../shared/icon.ts";
import type { Todo, ToolPart } from "../shared/types.ts";
import { harmless } from "./words.ts";

/** The list that a call of the to-do tool has set up; undefined when it set up none. */
export function todosOf(call: ToolPart): Todo[] | undefined {
  const todos = call.tool === "todowrite" ? call.input?.["todos"] : undefined;
  const known = Array.isArray(todos) ? todos.filter((todo) => typeof todo?.content === "string") : [];
  return known.length > 0 ? known : undefined;
}

export function doneOf(todos: readonly Todo[]): string {
  return `${todos.filter((todo) => todo.status === "completed").length} of ${todos.length}`;
}

/** `<nx-todos>`: a to-do list, as it stands. */
@customElement("nx-todos")
export class NxTodos extends NxElement {
  @property({ attribute: false }) todos: readonly Todo[] = [];

  protected override render(): TemplateResult {
    const done = doneOf(this.todos);
    return html`<section class="nx-todos" aria-label="To do, ${done} done">
      <p class="row meta">${iconTodo()}To do <span class="num">${done}</span></p>
      ${todoList(this.todos)}
    </section>`;
  }
}

export function todoList(todos: readonly Todo[]): TemplateResult {
  return html`<ul class="todos">
    ${todos.map(line)}
  </ul>`;
}

function line(todo: Todo): TemplateResult {
  const words = harmless(todo.content);
  switch (todo.status) {
    case "completed":
      return html`<li class="done">${iconHealthy()}<span><span class="sr">Done: </span>${words}</span></li>`;
    case "in_progress":
      return html`<li class="now">${iconDot()}<span><span class="sr">Now: </span>${words}</span></li>`;
    case "cancelled":
      return html`<li class="dropped">${iconFailed()}<span><span class="sr">Dropped: </span>${words}</span></li>`;
    default:
      return html`<li>${iconReady()}<span><span class="sr">Open: </span>${words}</span></li>`;
  }
}
