import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { api, asProblem, type Problem } from "../shared/api.ts";
import { sheet } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { events } from "../shared/events.ts";
import { bytes, clock, duration, exactly, unit } from "../shared/format.ts";
import { iconRetry, iconWarn } from "../shared/icon.ts";
import type { PostMortem, RestartAttempt, Sample } from "../shared/types.ts";
import { curveOf } from "./curve.ts";
import { exports } from "./restarts.ts";
import { causeInWords, decisionOf, ending, outcomeOf, sessionsThen, span } from "./words.ts";

const WIDTH = 600;
const HEIGHT = 96;
const GRID = `M0 0.5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}`;
const SAID_AFTER = 300;

/** Shows all that is known of a failure. */
export function showPostMortem(attempt: RestartAttempt): void {
  sheet(outcomeOf(attempt).title, html`<nx-post-mortem .attempt=${attempt}></nx-post-mortem>`, true);
}

/** <nx-post-mortem>: what happened, what was decided and why, and what was kept. */
@customElement("nx-post-mortem")
export class NxPostMortem extends NxElement {
  @property({ attribute: false }) attempt!: RestartAttempt;
  @state() private found: PostMortem | undefined;
  @state() private problem: Problem | undefined;
  @state() private waits = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.until(
      events.on("restart.attempt", (attempt) => {
        if (attempt.id === this.attempt.id) {
          this.attempt = attempt;
          void this.#load();
        }
      }),
      (stop) => stop(),
    );
    void this.#load();
  }

  async #load(): Promise<void> {
    this.problem = undefined;
    const timer = setTimeout(() => (this.waits = true), SAID_AFTER);
    try {
      this.found = await api<PostMortem>("GET", `/api/restart/attempts/${encodeURIComponent(this.attempt.id)}`);
    } catch (failure) {
      this.problem = asProblem(failure);
    } finally {
      clearTimeout(timer);
      this.waits = false;
    }
  }

  protected override render(): TemplateResult {
    const attempt = this.found?.attempt ?? this.attempt;
    return html`
      <p>${attempt.reason}</p>
      ${this.#facts(attempt)} ${this.problem ? this.#trouble(this.problem) : nothing}
      ${this.found
        ? this.#rest(this.found)
        : html`<p class="soft" role="status">${this.waits ? "Asking what was kept of it." : nothing}</p>`}
      <div class="below"><span class="meta grow">The whole history, to keep</span>${exports()}</div>
    `;
  }

  #trouble({ status, detail }: Problem): TemplateResult {
    return html`<div class="notice bad">
      ${iconWarn()}<span class="grow">${status === 404 ? "Nothing more was kept of it." : detail}</span>
      ${status === 404
        ? nothing
        : html`<button type="button" class="btn small" @click=${() => void this.#load()}>
            ${iconRetry()}Try again
          </button>`}
    </div>`;
  }

  #facts(attempt: RestartAttempt): TemplateResult {
    const exit = this.found?.exit;
    const end = ending({ code: exit?.code ?? attempt.exit, signal: exit?.signal ?? attempt.signal });
    const line = (name: string, value: string | undefined | false) =>
      value ? html`<dt>${name}</dt><dd>${value}</dd>` : nothing;
    return html`<dl class="facts num">
      ${line("Noticed", exactly(attempt.at))} ${line("Outcome", outcomeOf(attempt).word)}
      ${line("Cause", causeInWords(attempt.cause))} ${line("Ended with", end)}
      ${line("Had been ready", exit && (exit.afterReady ? "yes" : "no"))}
      ${line("Next start", attempt.outcome !== "gave_up" && later(attempt.delayMs))}
      ${line("Of use again", attempt.tookMs !== undefined && `after ${span(attempt.tookMs)}`)}
    </dl>`;
  }

  #rest({ decisions, curve, evidence }: PostMortem): TemplateResult {
    return html`
      ${decisions.length > 0
        ? html`<section>
            <h3>What was seen and decided</h3>
            <ol class="decisions">
              ${decisions.map((decision) => html`<li>${timed(decision)}</li>`)}
            </ol>
          </section>`
        : nothing}
      ${this.#curves(curve)}
      ${evidence.map(
        ({ name, title, text }) => html`
          <section>
            <h3 id="evidence-${name}">${title}</h3>
            ${(name === "sessions" && sessions(text)) ||
            html`<pre class="evidence" tabindex="0" role="region" aria-labelledby="evidence-${name}">${text || "Nothing was kept."}</pre>`}
          </section>
        `,
      )}
    `;
  }

  #curves(samples: readonly Sample[]): TemplateResult {
    if (samples.length === 0) {
      return html`<section>
        <h3>Memory and processor before</h3>
        <p class="soft">Not measured.</p>
      </section>`;
    }
    const length = Date.parse(samples.at(-1)!.at) - Date.parse(samples[0]!.at);
    return html`
      <section>
        <h3>Memory and processor before</h3>
        <div class="curves">
          ${chart("Memory", samples, ({ rssBytes }) => rssBytes, bytes, length)}
          ${chart("Processor", samples, ({ cpu }) => cpu && cpu * 100, percent, length)}
        </div>
        <details class="as-table">
          <summary>As a table</summary>
          <div class="scroll" tabindex="0" role="region" aria-label="Memory and processor before, as a table">
            <table class="num">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Memory</th>
                  <th scope="col">Processor</th>
                </tr>
              </thead>
              <tbody>
                ${samples.map(
                  ({ at, rssBytes, cpu }) =>
                    html`<tr>
                      <th scope="row">${time(at)}</th>
                      <td>${rssBytes === undefined ? "not known" : bytes(rssBytes)}</td>
                      <td>${cpu === undefined ? "not known" : percent(cpu * 100)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>
        </details>
      </section>
    `;
  }
}

/** The sessions that were open, each with how it stood. */
function sessions(text: string): TemplateResult | undefined {
  if (text === "") {
    return html`<p class="soft">No session was open.</p>`;
  }
  const all = sessionsThen(text);
  return all && html`<ul class="stood">
    ${all.map(({ word, tone, title }) => html`<li><span class="state ${tone}">${word}</span><span>${title}</span></li>`)}
  </ul>`;
}

function percent(value: number): string {
  return unit(Math.round(value), "%");
}

function later(milliseconds: number): string {
  return milliseconds > 0 ? `after ${span(milliseconds)}` : "at once";
}

function timed(decision: string): TemplateResult {
  const { at, what } = decisionOf(decision);
  return at === undefined
    ? html`${what}`
    : html`<time class="num" datetime=${at} title=${exactly(at)}>${time(at)}</time> ${what}`;
}

/** Samples end a little before the failure: `10 min` and not `9 min`. */
function roughly(milliseconds: number): string {
  return duration(milliseconds < 60_000 ? milliseconds : Math.round(milliseconds / 60_000) * 60_000);
}

function time(at: string): string {
  return `${clock(at)}:${String(new Date(at).getSeconds()).padStart(2, "0")}`;
}

/** One measure as a line, with its scale and its last value. */
function chart(
  name: string,
  samples: readonly Sample[],
  measure: (sample: Sample) => number | undefined,
  inWords: (value: number) => string,
  length: number,
): TemplateResult {
  const curve = curveOf(samples, measure, WIDTH, HEIGHT);
  if (!curve) {
    return html`<figure>
      <figcaption><b>${name}</b><span class="soft">not measured</span></figcaption>
    </figure>`;
  }
  const sentence = `${name}: ${inWords(curve.last)} at the end, ${inWords(curve.highest)} at most`;
  return html`<figure class="curve">
    <figcaption><b>${name}</b><span class="num">${inWords(curve.last)}</span></figcaption>
    <div class="plot">
      <span class="scale meta num" aria-hidden="true"><span>${inWords(curve.top)}</span><span>0</span></span>
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${sentence} focusable="false">
        ${svg`<path class="grid" d=${GRID}/><path class="line" d=${curve.line}/>`}
      </svg>
    </div>
    <div class="ticks meta num" aria-hidden="true"><span>${roughly(length)} before</span><span>failure</span></div>
  </figure>`;
}
