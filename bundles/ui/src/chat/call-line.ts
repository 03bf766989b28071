import { html, nothing, type TemplateResult } from "lit";
import { delay, duration, stopwatch } from "../shared/format.ts";
import { iconCheck, iconClock, iconFailed, iconNeed, iconStop } from "../shared/icon.ts";
import type { ToolPart } from "../shared/types.ts";
import type { Outcome } from "./outcome.ts";

/** What stands at the end of the line of a call: how it stands, how long it took. */
export function callEnd(call: ToolPart, outcome: Outcome): TemplateResult {
  const { startedAt, endedAt, exit } = call;
  const took = startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : 0;
  const time = took > 100 ? html`<span class="extra">${took < 10_000 ? delay(took) : duration(took)}</span>` : nothing;
  switch (outcome) {
    case "waits":
      return html`<span class="end wait">${iconNeed()}needs you</span>`;
    case "queued":
      return html`<span class="end">${iconClock()}queued</span>`;
    case "running":
      return html`<span class="end live">working ${startedAt ? stopwatch(Date.now() - Date.parse(startedAt)) : ""}</span>`;
    case "stopped":
      return html`<span class="end">${time}${iconStop()}stopped</span>`;
    case "refused":
      return html`<span class="end">${iconFailed()}refused</span>`;
    case "failed":
      return html`<span class="end"
        ><span class="fail">${exit === undefined || exit === 0 ? "failed" : `exit ${exit}`}</span>${time}<span class="fail"
          >${iconFailed()}</span
        >${exit ? html`<span class="sr">failed</span>` : nothing}</span
      >`;
    case "done":
      return html`<span class="end">${time}<span class="ok">${iconCheck()}</span><span class="sr">done</span></span>`;
  }
}

/** The first line of a text. */
export function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? text : `${text.slice(0, end)} …`;
}
