import { html, svg, type TemplateResult } from "lit";
import { clock } from "../shared/format.ts";
import type { RestartAttempt, RestartOutcome } from "../shared/types.ts";
import { outcomeOf } from "./words.ts";

export const DAY = 24 * 60 * 60_000;
const TICKS = 4;
const LAST = 0.992;

/** A failure on the bar. Places are parts of it, 0 at its beginning and 1 at its end. */
export interface Mark {
  id: string;
  start: number;
  end: number;
  outcome: RestartOutcome;
  title: string;
}

/** Those that touch the last `length` milliseconds, oldest first. One that is under way lasts until now. */
export function marksOf(attempts: readonly RestartAttempt[], now: number, length = DAY): Mark[] {
  const from = now - length;
  return attempts
    .map((attempt) => {
      const at = Date.parse(attempt.at);
      const until = attempt.outcome === "pending" ? now : at + (attempt.tookMs ?? 0);
      return { attempt, at, until: Math.max(at, until) };
    })
    .filter(({ at, until }) => until >= from && at <= now)
    .sort((one, other) => one.at - other.at)
    .map(({ attempt, at, until }) => ({
      id: attempt.id,
      start: Math.max(0, (at - from) / length),
      end: Math.min(1, (until - from) / length),
      outcome: attempt.outcome,
      title: `${clock(at)}: ${outcomeOf(attempt).title}`,
    }));
}

/** How long that thing was of no use in the last `length` milliseconds; overlaps count once. */
export function downtime(attempts: readonly RestartAttempt[], subject: string, now: number, length = DAY): number {
  let down = 0;
  let covered = 0;
  for (const { start, end } of marksOf(attempts.filter((attempt) => attempt.subject === subject), now, length)) {
    down += Math.max(0, end - Math.max(start, covered));
    covered = Math.max(covered, end);
  }
  return down * length;
}

/** The last 24 hours as a bar. Everything in it stands in the list below too, which is what is read out. */
export function timeline(attempts: readonly RestartAttempt[], now: number): TemplateResult {
  const percent = (part: number) => `${(part * 100).toFixed(3)}%`;
  const ticks = Array.from({ length: TICKS + 1 }, (_, tick) => tick);
  return html`
    <div class="nx-timeline" aria-hidden="true">
      <svg class="bar" focusable="false">
        <rect class="up" x="0" y="4" width="100%" height="12" rx="3" />
        ${marksOf(attempts, now).map(({ start, end, outcome, title }) => {
          // A mark is at least 4 px wide, also at the end of the bar.
          const x = percent(Math.min(start, LAST));
          return svg`<g class=${outcome === "pending" ? "now" : ""}>
            <title>${title}</title>
            <svg x=${x} overflow="visible"><rect class="gap" x="-2" width="8" height="20"/></svg>
            <rect x=${x} width=${percent(end - start)} height="20" rx="1.5"/>
            <svg x=${x} overflow="visible"><rect width="4" height="20" rx="1.5"/></svg>
          </g>`;
        })}
      </svg>
      <div class="ticks num">
        ${ticks.map((tick) => html`<span>${tick === TICKS ? "now" : clock(now - DAY + (DAY / TICKS) * tick)}</span>`)}
      </div>
    </div>
  `;
}
