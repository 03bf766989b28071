import "./copy-button.ts";
import { html, nothing, type TemplateResult } from "lit";
import { iconClock, iconWarn } from "../shared/icon.ts";
import type { RestartAttempt, TunnelStatus } from "../shared/types.ts";
import { fieldId } from "./setting-id.ts";
import { restarts, settings } from "./shared.ts";
import { remedyFor, type Standing, troubleOf } from "./tunnel-words.ts";
import { comingBack } from "./words.ts";

/** Failure and attempt are told by different parts, one a little after the other. */
const SAME_FAILURE = 60_000;

/**
 * What is wrong, what follows by itself, and what can be done.
 *
 * @param showPast leads to what happened
 */
export function trouble(
  { state, problem, since }: TunnelStatus,
  now: Standing,
  showPast: () => void,
): TemplateResult | typeof nothing {
  const backoff = { state: now === "backoff" ? "failed" : "running" } as const;
  const again = comingBack(backoff, restarts.subject("tunnel"), restarts.value?.policy, Date.now());
  if (!problem && !again) {
    return state === "failed"
      ? html`<p class="notice bad">${iconWarn()}<span class="grow">It failed, and did not say why.</span></p>`
      : nothing;
  }
  const told = problem ? troubleOf(problem) : undefined;
  const failure = state === "failed" ? lastFailure(since) : undefined;
  const remedy = state === "failed" && now !== "backoff" ? remedyFor(failure?.cause, problem ?? "") : "";
  const elsewhere = failure?.cause === "missing" && settings.group("tunnel") !== undefined;
  return html`<div class="notice trouble ${now === "failed" ? "bad" : "warn"}">
    ${problem ? iconWarn() : iconClock()}
    <div class="grow">
      ${told ? html`<p>${told.sentence}</p>` : nothing}
      ${told?.command
        ? html`<p>${told.command.lead}:</p>
            <div class="command">
              <pre tabindex="0" role="region" aria-label="Command">${told.command.line}</pre>
              <nx-copy .text=${told.command.line} .what=${"command"}></nx-copy>
            </div>`
        : nothing}
      ${again ? html`<p class="num">${again}.</p>` : nothing} ${remedy ? html`<p>${remedy}</p>` : nothing}
    </div>
    ${elsewhere
      ? html`<a class="btn small" href="#${fieldId("tunnel", "command")}">Say where<span class="sr"> cloudflared is</span></a>`
      : failure
        ? html`<button type="button" class="btn small" @click=${showPast}>What happened</button>`
        : nothing}
  </div>`;
}

function lastFailure(since: string | undefined): RestartAttempt | undefined {
  const last = restarts.value?.attempts.find(({ subject }) => subject === "tunnel");
  const close = last && Math.abs(Date.parse(last.at) - Date.parse(since ?? last.at)) < SAME_FAILURE;
  return close && last.outcome !== "recovered" && last.outcome !== "superseded" ? last : undefined;
}
