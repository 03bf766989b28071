import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { asProblem, type Problem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { events } from "../shared/events.ts";
import { plural } from "../shared/format.ts";
import { iconRetry, iconRight, iconWarn } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { toast } from "../shared/toast.ts";
import type { TunnelConfig, TunnelStatus } from "../shared/types.ts";
import { sentence } from "./field-words.ts";
import { type Entries, type EntryName, type Errors, sorted, TunnelDraft } from "./tunnel-draft.ts";
import { autoStartField, choiceField, type FieldsPlace, kindField, textField, tokenField } from "./tunnel-fields.ts";
import { result, type TunnelResult } from "./tunnel-result.ts";
import { ruleRows } from "./tunnel-rules.ts";
import { checkConfig, loadConfig, saveConfig, type TunnelRequest } from "./tunnel-state.ts";
import { domainLook, leadsHere } from "./tunnel-words.ts";

const ID = "tunnel-set";
/** Who types is not interrupted. */
const PAUSE = 700;
const ADVANCED = /^(protocol|edgeIpVersion|region|arguments|rules?(-.*)?)$/;

/**
 * <nx-tunnel-form>: what is set for the tunnel, to be changed, checked and saved. What is typed stays until it is saved or
 * discarded, whatever happens meanwhile. Tells `nx-dirty` with a boolean whenever there begin or cease to be changes that
 * are not saved.
 */
@customElement("nx-tunnel-form")
export class NxTunnelForm extends NxElement {
  @property({ attribute: false }) status!: TunnelStatus;
  @state() private loading = false;
  @state() private problem: Problem | undefined;
  @state() private busy: "save" | "check" | undefined;
  @state() private errors: Errors = new Map();
  @state() private warnings: Errors = new Map();
  @state() private refusal = "";
  /** What came of the check, until something is changed. */
  @state() private checked: TunnelResult | undefined;
  @state() private shown = false;
  @state() private advanced = false;
  /** The domain that is looked at, a little after it was typed. */
  @state() private looked = "";
  readonly #draft = new TunnelDraft();
  #wasDirty = false;
  #focusNext: string | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(events, "state", () => this.requestUpdate());
    this.on(events, "gap", () => void this.#load());
    this.on(window, "beforeunload", (event: BeforeUnloadEvent) => this.#draft.dirty && event.preventDefault());
    this.until(undefined, () => clearTimeout(this.#pause));
    void this.#load();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Somebody else has set it up.
    if (changed.has("status") && this.#draft.saved && this.status.kind !== this.#draft.saved.kind && !this.loading && !this.busy) {
      void this.#load();
    }
  }

  protected override updated(): void {
    const { dirty } = this.#draft;
    if (dirty !== this.#wasDirty) {
      this.#wasDirty = dirty;
      this.tell("nx-dirty", dirty);
    }
    if (this.#focusNext !== undefined) {
      document.getElementById(this.#focusNext)?.focus();
      this.#focusNext = undefined;
    }
  }

  async #load(): Promise<void> {
    this.loading = true;
    try {
      this.#take(await loadConfig());
      this.problem = undefined;
    } catch (failure) {
      this.problem = asProblem(failure);
    } finally {
      this.loading = false;
    }
  }

  #take(config: TunnelConfig): void {
    this.#draft.take(config);
    this.looked = this.#draft.entries.domain;
  }

  #set<N extends EntryName>(name: N, value: Entries[N]): void {
    this.#draft.set(name, value);
    this.checked = undefined;
    this.warnings = new Map();
    if (name === "domain") {
      this.#lookSoon();
    }
    this.requestUpdate();
  }

  /** Not while something is pressed: what is told below the field moves the button away from the pointer. */
  #lookSoon(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#look(), PAUSE);
  }

  #look(): void {
    this.#pause = undefined;
    const { domain } = this.#draft.entries;
    if (this.looked === domain) {
      return;
    }
    this.looked = domain;
    const { problem, used } = domainLook(domain);
    if (problem ?? used) {
      say(problem ?? `It is used as ${used}.`);
    }
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy || !this.#draft.dirty || events.connection === "offline" || !this.#isRight()) {
      return;
    }
    if (!(await this.#sure())) {
      return;
    }
    const sent = this.#draft.entries;
    const request = this.#draft.request();
    await this.#run("save", request, async () => {
      const config = await this.#save(request);
      if (config) {
        this.#draft.accept(sent, config);
        this.looked = this.#draft.entries.domain;
        this.shown = false;
        toast("Saved.", undefined, 4);
      }
    });
  }

  /** Nothing when the person leaves it at the question for the password. */
  async #save(request: TunnelRequest): Promise<TunnelConfig | undefined> {
    try {
      return await saveConfig(request);
    } catch (failure) {
      const problem = asProblem(failure);
      if (problem.code !== "password-required") {
        throw problem;
      }
      let config: TunnelConfig | undefined;
      const { withPassword } = await import("./tunnel-password.ts");
      await withPassword(targets(problem, request), async (password) => {
        config = await saveConfig(request, password);
      });
      return config;
    }
  }

  /** Who came through this tunnel may lose it. */
  async #sure(): Promise<boolean> {
    const { url, state, kind } = this.status;
    if (state !== "open" || !this.#draft.restarts || !leadsHere(url, location.host)) {
      return true;
    }
    const lost = kind === "quick" || this.#draft.entries.kind === "quick";
    return ask({
      title: "Start the tunnel again?",
      text: lost
        ? "You came through this tunnel. It starts again with what you changed, and this address does not come back: you find the new one on the machine Nexus runs on, or on its network."
        : "You came through this tunnel. It starts again with what you changed. If that is wrong, you reach Nexus only on its own network.",
      yes: "Save",
    });
  }

  async #check(): Promise<void> {
    if (this.busy || events.connection === "offline" || !this.#isRight()) {
      return;
    }
    const request = this.#draft.request();
    await this.#run("check", request, async () => {
      const answer = await checkConfig(request);
      const { errors, others } = sorted(answer.warnings, request);
      this.warnings = errors;
      this.checked = { ...answer, others };
      say(answer.warnings.length === 0 ? "Nothing is wrong." : `It can be used. ${plural(answer.warnings.length, "thing")} to know.`);
    });
  }

  async #run(what: "save" | "check", request: TunnelRequest, work: () => Promise<void>): Promise<void> {
    this.busy = what;
    this.refusal = "";
    this.errors = new Map();
    this.warnings = new Map();
    this.checked = undefined;
    try {
      await work();
    } catch (failure) {
      const problem = asProblem(failure);
      const { errors, others } = sorted(problem.errors, request);
      this.errors = errors;
      this.refusal = errors.size === 0 && others.length === 0 ? problem.detail : others.join(" ");
      this.#complain();
    } finally {
      this.busy = undefined;
    }
  }

  /** What can be seen to be wrong before it is sent. */
  #isRight(): boolean {
    const { kind, domain, rules } = this.#draft.entries;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.looked = domain;
    const errors = new Map<string, string>();
    const { problem } = kind === "quick" ? {} : domainLook(domain);
    if (problem) {
      errors.set("domain", problem);
    }
    rules.forEach(({ service }, index) => {
      if (service.trim() === "") {
        errors.set(`rule-${index}-service`, "Write where it leads, or remove the rule.");
      }
    });
    if (errors.size > 0) {
      this.errors = errors;
      this.refusal = "";
      this.#complain();
    }
    return errors.size === 0;
  }

  /** Leads to the first thing that is wrong. */
  #complain(): void {
    this.advanced ||= [...this.errors.keys()].some((name) => ADVANCED.test(name));
    say(this.errors.size > 0 ? `${plural(this.errors.size, "thing is", "things are")} not right. ${this.refusal}` : this.refusal);
    void this.updateComplete.then(() => {
      const first = this.querySelector<HTMLElement>('[aria-invalid="true"], [data-wrong]');
      first?.focus();
    });
  }

  #discard(): void {
    this.#draft.discard();
    this.errors = new Map();
    this.warnings = new Map();
    this.refusal = "";
    this.checked = undefined;
    this.looked = this.#draft.entries.domain;
    say("Your changes are discarded.");
    this.#focusNext = `${ID}-save`;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    if (!this.#draft.saved) {
      return this.problem
        ? html`<div class="notice bad">
            ${iconWarn()}<span class="grow">${this.problem.detail}</span>
            <button type="button" class="btn small" @click=${() => void this.#load()}>Try again</button>
          </div>`
        : html`<p class="soft">Asking what is set up.</p>`;
    }
    const entries = this.#draft.entries;
    const named = entries.kind !== "quick";
    const tokenSet = this.#draft.saved.tokenSet === true;
    const place: FieldsPlace = {
      id: ID,
      entries,
      errors: this.errors,
      warnings: this.warnings,
      set: (name, value) => {
        this.errors = new Map([...this.errors].filter(([other]) => other !== name));
        this.#set(name, value);
      },
    };
    return html`
      <form
        class="nx-form"
        novalidate
        @submit=${(event: Event) => void this.#submit(event)}
        @pointerdown=${() => this.#pause !== undefined && this.#lookSoon()}
      >
        ${kindField(place)} ${named || tokenSet ? this.#named(place, tokenSet) : nothing} ${autoStartField(place)}
        ${this.#more(place, named)} ${this.checked ? result(ID, this.checked) : nothing}
        ${this.errors.size > 0 || this.refusal
          ? html`<p class="notice bad">
              ${iconWarn()}<span class="grow"
                >${this.errors.size > 0 ? `${plural(this.errors.size, "thing is", "things are")} not right. ` : ""}${this.refusal}</span
              >
            </p>`
          : nothing}
        ${this.#end()}
      </form>
    `;
  }

  #named(place: FieldsPlace, tokenSet: boolean): TemplateResult {
    const { kind } = place.entries;
    return html`<div class="fields">
      ${kind === "token" || tokenSet ? tokenField(place, tokenSet, this.shown, (shown) => (this.shown = shown)) : nothing}
      ${kind === "credentials"
        ? textField(place, "credentialsFile", "Credentials file", "The whole path of the JSON file that “cloudflared tunnel create” wrote.")
        : nothing}
      ${kind === "quick"
        ? nothing
        : textField(
            place,
            "domain",
            "Domain",
            kind === "token"
              ? "The public name that leads here, as it is set on the pages of Cloudflare."
              : "The public name of the tunnel, for instance nexus.example.com.",
            domainLook(this.looked),
          )}
    </div>`;
  }

  #more(place: FieldsPlace, named: boolean): TemplateResult {
    const { rules } = place.entries;
    return html`<details
      class="more"
      ?open=${this.advanced}
      @toggle=${(event: Event) => (this.advanced = (event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>
        ${iconRight()}<span>Advanced</span>${rules.length > 0 ? html`<span class="meta num">${plural(rules.length, "rule")}</span>` : nothing}
      </summary>
      <div class="nx-form">
        <div class="fields">
          ${choiceField(place, "protocol")} ${choiceField(place, "edgeIpVersion")} ${choiceField(place, "region")}
        </div>
        ${ruleRows({
          id: ID,
          rules,
          named,
          errors: this.errors,
          warnings: this.warnings,
          take: (next, focus) => {
            // What was wrong with a row belongs to another one now.
            if (focus) {
              this.errors = new Map([...this.errors].filter(([name]) => !name.startsWith("rule-")));
            }
            this.#focusNext = focus;
            this.#set("rules", next);
          },
        })}
        ${textField(place, "arguments", "More arguments", "For cloudflared, one a line; for instance --loglevel=warn. Few are taken: none that open more or hand secrets over.")}
      </div>
    </details>`;
  }

  #end(): TemplateResult {
    const { dirty, restarts } = this.#draft;
    const offline = events.connection === "offline";
    const runs = this.status.state === "open" || this.status.state === "opening";
    const address = this.#draft.entries.kind === "quick" ? ", with another address" : "";
    return html`
      <div class="end">
        <button class="btn main" id="${ID}-save" aria-disabled=${String(!dirty || this.busy !== undefined || offline)}>
          ${this.busy === "save" ? iconRetry("spin") : nothing}<span>Save<span class="sr"> what is set for the tunnel</span></span>
        </button>
        <button type="button" class="btn" aria-disabled=${String(this.busy !== undefined || offline)} @click=${() => void this.#check()}>
          ${this.busy === "check" ? iconRetry("spin") : nothing}<span>Check<span class="sr"> what is set for the tunnel</span></span>
        </button>
        ${dirty && this.busy === undefined
          ? html`<button type="button" class="btn quiet" @click=${this.#discard}>
              <span>Discard<span class="sr"> the changes of the tunnel</span></span>
            </button>`
          : nothing}
        <span class="unsaved meta">
          ${this.busy === "save"
            ? "Saving"
            : this.busy === "check"
              ? "Checking"
              : offline && dirty
                ? "Not saved. You can save when you are back online."
                : dirty
                  ? `Not saved yet.${runs && restarts ? ` Saving starts the tunnel again${address}.` : ""}`
                  : nothing}
        </span>
      </div>
    `;
  }
}

/** What would be opened, as sentences. */
function targets({ errors, detail }: Problem, { ingress }: TunnelRequest): string[] {
  const found = errors.map(({ field, message }) => {
    const row = /^ingress\[(\d+)\]/.exec(field)?.[1];
    const rule = row === undefined ? undefined : ingress[Number(row)];
    return rule
      ? `Rule ${Number(row) + 1}: ${rule.service}${rule.hostname || rule.path ? `, for ${rule.hostname ?? ""}${rule.path ?? ""}` : ""}`
      : sentence(message);
  });
  return found.length > 0 ? found : [detail];
}
