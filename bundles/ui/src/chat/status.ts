import "./status.css";
import { html, type TemplateResult } from "lit";
import { ago, clock, count, duration, money, stopwatch } from "../shared/format.ts";
import {
  iconAnswering,
  iconFailed,
  iconInterrupted,
  iconNeed,
  iconReady,
  iconRetry,
  iconTool,
} from "../shared/icon.ts";
import type { Request, Session, SessionStatus, ToolPart } from "../shared/types.ts";
import type { Conversation } from "./conversation.ts";

/** The number of a session, the same everywhere. The class of what is around it gives the state. */
export function slot(number: number): TemplateResult {
  return html`<span class="nx-slot" aria-hidden="true">${number}</span>`;
}

/** How a session stands, in a word and a sign. */
export interface Look {
  /** `is-busy` and so on, for whatever is around a number. */
  tone: string;
  icon: TemplateResult;
  /** Colour of the icon. */
  colour: "live" | "wait" | "fail" | "soft";
  word: string;
  /** What stands at the end of the line. */
  end: string;
}

const ICONS: Record<SessionStatus, () => TemplateResult> = {
  idle: iconReady,
  busy: iconAnswering,
  retry: iconRetry,
  waiting: iconNeed,
  interrupted: iconInterrupted,
  failed: iconFailed,
};

const WORDS: Record<SessionStatus, string> = {
  idle: "Ready",
  busy: "Answering",
  retry: "Trying again",
  waiting: "Needs you",
  interrupted: "Interrupted",
  failed: "Failed",
};

const COLOURS: Record<SessionStatus, Look["colour"]> = {
  idle: "soft",
  busy: "live",
  retry: "wait",
  waiting: "wait",
  interrupted: "soft",
  failed: "fail",
};

/** How a session without a card stands: nothing more is known of it. */
export function standing({ status }: Session): Pick<Look, "icon" | "word" | "colour"> {
  return { icon: ICONS[status](), word: WORDS[status], colour: COLOURS[status] };
}

/** The tool call of a running answer that is at work now. */
export function runningTool(conversation: Conversation): ToolPart | undefined {
  const parts = conversation.answer?.parts ?? [];
  for (const { part } of parts.toReversed()) {
    if (part.type === "tool" && part.state === "running") {
      return part;
    }
  }
  return undefined;
}

/** When the running answer was asked for. */
export function busySince(session: Session, conversation: Conversation): string {
  const answer = conversation.answer?.message;
  if (answer?.state !== "running") {
    return conversation.question?.message.createdAt ?? session.updatedAt;
  }
  const asked = conversation.entries.find((entry) => entry.message.id === answer.parentId);
  return asked?.message.createdAt ?? answer.createdAt;
}

export function lookOf(
  session: Session,
  conversation: Conversation,
  requests: readonly Request[],
  now = Date.now(),
): Look {
  const { status } = session;
  const waiting = session.queued ? `${count(session.queued)} waiting` : "";
  // What waits is worth more than what it cost; there is no room for both.
  const cost = waiting || (session.cost ? money(session.cost) : "");
  const answer = conversation.answer?.message;
  const look = { tone: `is-${status}`, icon: ICONS[status](), end: "" };
  switch (status) {
    case "idle":
      return { ...look, colour: "soft", word: "Ready", end: join(ago(answer?.completedAt ?? session.updatedAt, now), cost) };
    case "busy": {
      const tool = runningTool(conversation);
      if (tool?.tool === "bash") {
        const since = tool.startedAt ?? busySince(session, conversation);
        return {
          ...look,
          icon: iconTool(),
          colour: "live",
          word: "Running a command",
          end: join(stopwatch(now - Date.parse(since)), waiting),
        };
      }
      const time = stopwatch(now - Date.parse(busySince(session, conversation)));
      return { ...look, colour: "live", word: "Answering", end: join(time, cost) };
    }
    case "waiting": {
      const since = requests[0]?.createdAt;
      return { ...look, colour: "wait", word: "Needs you", end: join(since ? `for ${duration(now - Date.parse(since))}` : "", waiting) };
    }
    case "retry": {
      const left = session.retryAt ? Date.parse(session.retryAt) - now : 0;
      const word = left > 0 ? `Trying again in ${duration(left + 999)}` : "Trying again";
      return { ...look, colour: "wait", word, end: waiting };
    }
    case "interrupted":
      return { ...look, colour: "soft", word: "Interrupted", end: join(`cut at ${clock(session.updatedAt)}`, waiting) };
    case "failed":
      return { ...look, colour: "fail", word: "Failed", end: join(clock(answer?.completedAt ?? session.updatedAt), waiting) };
  }
}

function join(...words: string[]): string {
  return words.filter(Boolean).join(" · ");
}
