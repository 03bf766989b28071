import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { iconRetry, iconRight, iconWarn } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { RestartAttempt } from "../shared/types.ts";
import { line } from "./attempts.ts";
import { restarts } from "./shared.ts";
import { DAY, timeline } from "./timeline.ts";
import { lastLines } from "./tunnel-state.ts";

const LINES = 200;
const ATTEMPTS = 10;

/** <nx-tunnel-past>: what failed lately, and what cloudflared said last. */
@customElement("nx-tunnel-past")
export class NxTunnelPast extends NxElement {
  @state() private lines: readonly string[] | undefined;
  @state() private problem = "";
  @state() private asked = false;
  @query("#tunnel-history") private past!: HTMLDetailsElement;

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(restarts, "change", () => this.requestUpdate());
    // The bar ends now.
    this.every(30_000, () => document.visibilityState === "visible" && this.requestUpdate());
  }

  /** Opens the history and goes there. */
  show(): void {
    this.past.open = true;
    this.past.scrollIntoView({ block: "nearest" });
    this.past.querySelector("summary")?.focus({ preventScroll: true });
  }

  async #read(): Promise<void> {
    if (this.asked) {
      return;
    }
    this.asked = true;
    this.problem = "";
    try {
      const again = this.lines !== undefined;
      this.lines = await lastLines(LINES);
      if (again) {
        say("Read again.");
      }
    } catch (failure) {
      this.problem = asProblem(failure).detail;
      say(this.problem);
    } finally {
      this.asked = false;
    }
    await this.updateComplete;
    const view = this.querySelector(".said");
    view?.scrollTo({ top: view.scrollHeight });
  }

  protected override render(): TemplateResult {
    const attempts = (restarts.value?.attempts ?? []).filter(({ subject }) => subject === "tunnel");
    const now = Date.now();
    const lately = attempts.filter(({ at }) => now - Date.parse(at) < DAY).length;
    return html`<div class="groups">
      <details class="nx-group" id="tunnel-history">
        <summary>
          ${iconRight()}
          <h3>History</h3>
          <span class="grow"></span>
          <span class="meta num">${restarts.value ? (lately > 0 ? `${lately} in 24 hours` : "none in 24 hours") : nothing}</span>
        </summary>
        <div class="fold">${this.#history(attempts, now)}</div>
      </details>
      <details
        class="nx-group"
        id="tunnel-lines"
        @toggle=${(event: Event) => (event.target as HTMLDetailsElement).open && void this.#read()}
      >
        <summary>
          ${iconRight()}
          <h3>Last lines of cloudflared</h3>
          <span class="grow"></span>
        </summary>
        <div class="fold">${this.#said()}</div>
      </details>
    </div>`;
  }

  #history(attempts: readonly RestartAttempt[], now: number): TemplateResult {
    if (!restarts.value) {
      return html`<p class="soft">Not known yet.</p>`;
    }
    if (attempts.length === 0) {
      return html`<p class="soft">It did not fail in the last 90 days.</p>`;
    }
    return html`
      ${timeline(attempts, now)}
      <ol class="events" aria-label="Failures of the tunnel, newest first">
        ${attempts.slice(0, ATTEMPTS).map((attempt) => line(attempt, now))}
      </ol>
      ${attempts.length > ATTEMPTS ? html`<p class="meta">Earlier ones stand in <a href="#restarts">Restarts</a>.</p>` : nothing}
    `;
  }

  #said(): TemplateResult {
    return html`
      ${this.problem
        ? html`<p class="notice bad">${iconWarn()}<span class="grow">${this.problem}</span></p>`
        : nothing}
      ${this.lines === undefined
        ? html`<p class="soft">${this.asked ? "Asking what it said." : nothing}</p>`
        : this.lines.length === 0
          ? html`<p class="soft">It has said nothing since Nexus knows it.</p>`
          : html`<pre class="said" tabindex="0" role="region" aria-label="Last lines of cloudflared, oldest first">${this.lines.join("\n")}</pre>`}
      <div class="below">
        <button type="button" class="btn small" aria-disabled=${String(this.asked)} @click=${() => void this.#read()}>
          ${iconRetry(this.asked ? "spin" : "")}<span>Read again<span class="sr"> what cloudflared said last</span></span>
        </button>
        <span class="meta">At most ${LINES} lines, without secrets</span>
      </div>
    `;
  }
}
