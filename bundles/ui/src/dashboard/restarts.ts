import "./form.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { events } from "../shared/events.ts";
import { duration } from "../shared/format.ts";
import { iconDownload, iconSliders } from "../shared/icon.ts";
import type { RestartAttempt, Restarts, SettingValues } from "../shared/types.ts";
import { line } from "./attempts.ts";
import type { FormField } from "./draft.ts";
import { Panel } from "./panel.ts";
import { ruleFields } from "./rules.ts";
import { restarts, settings } from "./shared.ts";
import { DAY, downtime, timeline } from "./timeline.ts";

const SHOWN_AT_FIRST = 5;
const MORE = 20;

/** <nx-restarts>: what failed and was started again, and the rules of that. */
@customElement("nx-restarts")
export class NxRestarts extends Panel {
  protected readonly waitsFor = "Asking what was started again.";
  @state() private rules = false;
  @state() private dirty = false;
  /** How many attempts are listed at most. */
  @state() private most = SHOWN_AT_FIRST;
  #fields: FormField[] = [];
  #values: { policy: unknown; values: SettingValues } | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(restarts, "change", () => this.requestUpdate());
    this.on(settings, "change", () => this.#describe());
    this.on(events, "state", () => this.requestUpdate());
    // The bar ends now.
    this.every(30_000, () => this.filled && document.visibilityState === "visible" && this.requestUpdate());
    this.#describe();
  }

  protected get filled(): boolean {
    return restarts.value !== undefined;
  }

  protected load(): Promise<void> {
    return restarts.load();
  }

  #described: unknown;

  #describe(): void {
    const group = settings.group("restart");
    if (this.#fields.length === 0 || group?.fields !== this.#described) {
      this.#described = group?.fields;
      this.#fields = ruleFields(group?.fields);
      this.requestUpdate();
    }
  }

  /** Shows earlier ones, and goes to the first of them. */
  async #more(): Promise<void> {
    const before = this.most;
    this.most += MORE;
    await this.updateComplete;
    this.querySelectorAll<HTMLElement>(".events .open")[before]?.focus();
  }

  protected override render(): TemplateResult {
    const value = restarts.value;
    return html`
      <section class="panel" id="restarts" aria-labelledby="restarts-title">
        <div class="head">
          <h2 id="restarts-title">Restarts</h2>
          ${value ? html`<span class="meta num">${inShort(value, Date.now())}</span>` : nothing}
          ${value && !value.policy.enabled ? html`<span class="state wait">Off</span>` : nothing}
          <span class="grow"></span>
          ${value
            ? html`<button
                type="button"
                class="btn small"
                aria-expanded=${String(this.rules)}
                aria-controls="restart-rules"
                @click=${() => (this.rules = !this.rules)}
              >
                ${iconSliders()}<span>Rules<span class="sr"> for restarts</span></span>
                ${this.dirty && !this.rules ? html`<span class="meta">not saved</span>` : nothing}
              </button>`
            : nothing}
        </div>
        <div class="in">${this.body(6, () => this.#content(value!))}</div>
      </section>
    `;
  }

  #content({ policy, attempts }: Restarts): TemplateResult {
    const now = Date.now();
    if (this.#values?.policy !== policy) {
      this.#values = { policy, values: { ...policy } };
    }
    return html`
      <div class="rules" id="restart-rules" role="group" aria-label="Rules for restarts" ?hidden=${!this.rules}>
        <nx-form
          name="rule"
          subject="the rules"
          .fields=${this.#fields}
          .values=${this.#values.values}
          .save=${this.#save}
          @nx-dirty=${(event: CustomEvent<boolean>) => (this.dirty = event.detail)}
        ></nx-form>
      </div>
      ${timeline(attempts, now)} ${this.#list(attempts, now)}
    `;
  }

  readonly #save = (changes: SettingValues) => restarts.change(changes);

  #list(attempts: readonly RestartAttempt[], now: number): TemplateResult {
    if (attempts.length === 0) {
      return html`<p class="soft">Nothing had to be started again in the last 90 days.</p>`;
    }
    const shown = attempts.slice(0, this.most);
    const left = attempts.length - shown.length;
    return html`
      ${Date.parse(attempts[0]!.at) < now - DAY
        ? html`<p class="soft">Nothing had to be started again in the last 24 hours. Before that:</p>`
        : nothing}
      <ol class="events" aria-label="Restarts, newest first">
        ${repeat(shown, ({ id }) => id, (attempt) => line(attempt, now))}
      </ol>
      <div class="below">
        ${left > 0
          ? html`<button type="button" class="btn small" @click=${() => void this.#more()}>
              Show ${Math.min(left, MORE)} earlier
            </button>`
          : nothing}
        <span class="grow"></span>
        ${exports()}
      </div>
    `;
  }
}

/** `3 in 24 hours, down for 41 s` */
function inShort({ attempts }: Restarts, now: number): string {
  const lately = attempts.filter(({ at }) => now - Date.parse(at) < DAY).length;
  if (lately === 0) {
    return "none in 24 hours";
  }
  const down = downtime(attempts, "server", now);
  return `${lately} in 24 hours${down >= 1000 ? `, server down for ${duration(down)}` : ""}`;
}

/** The whole history, to keep. */
export function exports(): TemplateResult {
  const link = (format: string, name: string) => html`<a
    class="btn quiet small"
    href="/api/restart/export?format=${format}"
    download
    >${iconDownload()}<span><span class="sr">The whole history of restarts as </span>${name}</span></a
  >`;
  return html`<span class="row" role="group" aria-label="Export">${link("json", "JSON")}${link("text", "Text")}</span>`;
}

