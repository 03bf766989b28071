import type { ToolPart } from "../shared/types.ts";

/** How a call of a tool stands, or how it ended. */
export type Outcome = "queued" | "running" | "waits" | "done" | "failed" | "refused" | "stopped";

/**
 * @param waits whether it waits for the owner
 * @param over whether the message it belongs to has ended: nothing of it can be at work any more
 */
export function outcomeOf(call: ToolPart, waits: boolean, over: boolean): Outcome {
  if (call.state === "pending" || call.state === "running") {
    if (over) {
      return "stopped";
    }
    return waits ? "waits" : call.state === "pending" ? "queued" : "running";
  }
  if (call.state === "error") {
    const error = call.error ?? "";
    if (/rejected permission|prevents you from using|dismissed this question/i.test(error)) {
      return "refused";
    }
    return /execution (aborted|was interrupted)/i.test(error) ? "stopped" : "failed";
  }
  if (/User aborted the command/.test(call.output?.slice(-200) ?? "")) {
    return "stopped";
  }
  return call.exit !== undefined && call.exit !== 0 ? "failed" : "done";
}

/** The error of a call, in words for the owner. */
export function errorWords(call: ToolPart): string {
  const error = (call.error ?? "").trim();
  const feedback = /rejected permission[^:]*following feedback:\s*([\s\S]*)$/i.exec(error)?.[1];
  if (feedback) {
    return `You refused this: ${feedback}`;
  }
  if (/rejected permission/i.test(error)) {
    return "You refused this.";
  }
  if (/prevents you from using/i.test(error)) {
    return "A rule of this workspace does not allow this.";
  }
  if (/dismissed this question/i.test(error)) {
    return "You did not answer this.";
  }
  return error;
}

/** What a command printed, without the marks that OpenCode puts around its own remarks. */
export function outputOf(call: ToolPart): string {
  return (call.output ?? "").replace(/\n*<\/?shell_metadata>\n?/g, "\n").trimEnd();
}
