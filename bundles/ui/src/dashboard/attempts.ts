import { html, type TemplateResult } from "lit";
import { asProblem } from "../shared/api.ts";
import { clock, exactly, when } from "../shared/format.ts";
import { iconFailed, iconHealthy, iconMinus, iconRetry, iconRight } from "../shared/icon.ts";
import { toast } from "../shared/toast.ts";
import type { RestartAttempt, RestartOutcome } from "../shared/types.ts";
import { DAY } from "./timeline.ts";
import { afterwards, outcomeOf } from "./words.ts";

const ICONS: Record<RestartOutcome, () => TemplateResult> = {
  recovered: iconHealthy,
  pending: () => iconRetry("spin"),
  failed: iconFailed,
  gave_up: iconFailed,
  superseded: iconMinus,
};

async function details(attempt: RestartAttempt): Promise<void> {
  try {
    const { showPostMortem } = await import("./post-mortem.ts");
    showPostMortem(attempt);
  } catch (failure) {
    toast(`The details cannot be shown. ${asProblem(failure).detail}`);
  }
}

/** One failure in a list of class `events`; pressed, it shows all that is known of it. */
export function line(attempt: RestartAttempt, now: number): TemplateResult {
  const { title, word, tone } = outcomeOf(attempt);
  return html`
    <li>
      <span class=${tone || "soft"}>${ICONS[attempt.outcome]()}</span>
      <button type="button" class="open" aria-haspopup="dialog" @click=${() => void details(attempt)}>
        <span>${title}</span><span class="sr">, details</span>${iconRight()}
      </button>
      <time class="meta at" datetime=${attempt.at} title=${exactly(attempt.at, now)}>
        ${now - Date.parse(attempt.at) < DAY ? clock(attempt.at) : when(attempt.at, now)}
      </time>
      <span class="meta num"><span class="sr">${word}. </span>${attempt.reason} ${afterwards(attempt)}</span>
    </li>
  `;
}
