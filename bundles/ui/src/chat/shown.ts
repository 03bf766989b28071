import "./nx-agent.ts";
import "./nx-file.ts";
import "./nx-markdown.ts";
import "./nx-reads.ts";
import "./nx-thought.ts";
import "./nx-tool.ts";
import { html, type TemplateResult } from "lit";
import { plural } from "../shared/format.ts";
import { iconAgent, iconDiff, iconInfo, iconRetry } from "../shared/icon.ts";
import type { Request, ToolPart } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import type { Shown } from "./groups.ts";
import type { LivePart } from "./live-part.ts";
import { todosOf } from "./nx-todos.ts";
import { harmless, visible, within } from "./words.ts";

/** Where parts of a message are shown. */
export interface Place {
  actions: Actions;
  sessionId: string;
  workspace: string;
  requests: readonly Request[];
  /** How many helpers are around. */
  depth: number;
  /** Whether the message they belong to has ended. */
  over: boolean;
  /** The to-do list that is shown whole. */
  todos?: LivePart | undefined;
}

/** Whether a call waits for the owner. */
export function waits(call: ToolPart, { requests, sessionId }: Place): boolean {
  return requests.some(
    (request) =>
      (request.callId === call.callId && request.sessionId === sessionId) ||
      (call.childId !== undefined && request.sessionId === call.childId),
  );
}

/** One part of a message, or several that stand for one line. */
export function drawn(shown: Shown, messageId: string, place: Place): TemplateResult {
  const { workspace, over, depth } = place;
  if ("reads" in shown) {
    const calls = shown.reads.map((live) => live.part as ToolPart);
    return html`<nx-reads .calls=${calls} .workspace=${workspace} .over=${over}></nx-reads>`;
  }
  const { part } = shown;
  switch (part.type) {
    case "text":
      return html`<nx-markdown class="md" .live=${shown}></nx-markdown>`;
    case "reasoning":
      return html`<nx-thought .live=${shown} .version=${shown.version}></nx-thought>`;
    case "tool":
      return tool(shown, part, place);
    case "file":
      return html`<nx-file .actions=${place.actions} .file=${part} .sessionId=${place.sessionId} .messageId=${messageId}></nx-file>`;
    case "patch":
      return html`<p class="line">
        ${iconDiff()}<span class="cut">${plural(part.files.length, "file")} changed: ${part.files
          .map((file) => visible(within(file, workspace)))
          .join(", ")}</span>
      </p>`;
    case "subtask":
      return html`<p class="line">${iconAgent()}<span>Helper ${visible(part.agent)}: ${harmless(part.description)}</span></p>`;
    case "retry":
      return html`<p class="notice warn">
        ${iconRetry()}<span class="grow">${harmless(part.text ?? "The provider was busy.")} Tried again.</span>
      </p>`;
    case "compaction":
      return html`<p class="line">${iconInfo()}<span>What came before was summed up, so that it fits.</span></p>`;
    default: {
      const note = part as { type: string; text?: string };
      return html`<p class="line">${iconInfo()}<span>${harmless(note.text ?? note.type)}</span></p>`;
    }
  }

  function tool(live: LivePart, call: ToolPart, { actions, requests }: Place): TemplateResult {
    const todos = live === place.todos ? todosOf(call) : undefined;
    if (todos) {
      return html`<nx-todos .todos=${todos}></nx-todos>`;
    }
    if (call.tool === "task" && call.childId) {
      return html`<nx-agent
        .actions=${actions}
        .call=${call}
        .workspace=${workspace}
        .requests=${requests}
        .waits=${waits(call, place)}
        .over=${over}
        .depth=${depth}
      ></nx-agent>`;
    }
    return html`<nx-tool .call=${call} .workspace=${workspace} .waits=${waits(call, place)} .over=${over} .brief=${depth > 0}></nx-tool>`;
  }
}
