import { html, nothing, type TemplateResult } from "lit";
import { asProblem, type Problem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { events } from "../shared/events.ts";
import { iconRetry, iconWarn } from "../shared/icon.ts";

const QUIET_FOR = 300;
const TRY_AGAIN_AFTER = 3_000;
/** A part that is replaced is back by then; afterwards the panel says what is wrong. */
const BACK_WITHIN = 30_000;
const REPLACED = [404, 502, 503];
const MISSING = "The part of Nexus that knows this is missing.";

/**
 * A panel of the dashboard: fetches its content, again after events were lost, and shows in the same place that it
 * waits or what went wrong.
 */
export abstract class Panel extends NxElement {
  protected problem: Problem | undefined;
  #explained = false;
  #asked = 0;
  /** Since when it fails, in milliseconds since 1970. */
  #failingSince: number | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(events, "gap", () => void this.refresh());
    // What could not be fetched while there was no connection is fetched when there is one.
    this.on(events, "hello", () => this.problem && void this.refresh());
    void this.refresh();
  }

  /** True when there is something to show. */
  protected abstract get filled(): boolean;

  /** Gets the content. */
  protected abstract load(): Promise<void>;

  /** What it waits for, as a sentence. */
  protected abstract readonly waitsFor: string;

  protected async refresh(): Promise<void> {
    const asked = ++this.#asked;
    clearTimeout(this.#again);
    this.#explained = false;
    const timer = setTimeout(() => {
      this.#explained = true;
      this.requestUpdate();
    }, QUIET_FOR);
    try {
      await this.load();
      this.problem = undefined;
      this.#failingSince = undefined;
    } catch (failure) {
      if (asked === this.#asked) {
        this.problem = asProblem(failure);
        this.#failingSince ??= Date.now();
        if (REPLACED.includes(this.problem.status)) {
          this.#again = setTimeout(() => this.isConnected && void this.refresh(), TRY_AGAIN_AFTER);
        }
      }
    } finally {
      clearTimeout(timer);
      this.requestUpdate();
    }
  }

  /** The content, or what is shown in its place: that it waits, in the height of so many lines, or what is wrong. */
  protected body(lines: number, content: () => TemplateResult): TemplateResult | typeof nothing {
    if (this.problem) {
      return html`${this.filled ? content() : nothing}${this.#trouble(this.problem)}`;
    }
    if (this.filled) {
      return content();
    }
    // It has its height already, so that little moves when the content comes.
    return html`<div class="awaited">
      <p class="soft">${this.#explained ? this.waitsFor : nothing}</p>
      ${Array.from({ length: lines - 1 }, () => html`<div class="line"></div>`)}
    </div>`;
  }

  #trouble({ status, detail }: Problem): TemplateResult {
    if (REPLACED.includes(status) && Date.now() - (this.#failingSince ?? 0) < BACK_WITHIN) {
      return html`<p class="notice">${iconRetry("spin")}<span class="grow">Back in a moment</span></p>`;
    }
    return html`
      <div class="notice bad">
        ${iconWarn()}<span class="grow">${status === 404 ? MISSING : detail}</span>
        <button type="button" class="btn small" @click=${() => void this.refresh()}>Try again</button>
      </div>
    `;
  }
}
