import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { asProblem, type Problem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { events } from "../shared/events.ts";
import { plural } from "../shared/format.ts";
import { iconEye, iconHealthy, iconRetry, iconRight, iconWarn } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { toast } from "../shared/toast.ts";
import type { TunnelCheck, TunnelConfig, TunnelStatus } from "../shared/types.ts";
import { control } from "./controls.ts";
import { sentence } from "./field-words.ts";
import { type Entries, type EntryName, type Errors, sorted, TunnelDraft } from "./tunnel-draft.ts";
import { ruleRows } from "./tunnel-rules.ts";
import { checkConfig, loadConfig, saveConfig, type TunnelRequest } from "./tunnel-state.ts";
import { domainLook, KINDS, leadsHere } from "./tunnel-words.ts";

const ID = "tunnel-set";
/** Who types is not interrupted. */
const PAUSE = 700;
const ADVANCED = /^(protocol|edgeIpVersion|region|arguments|rules?(-.*)?)$/;

type TextName = "token" | "credentialsFile" | "domain" | "arguments";
type ChoiceName = "protocol" | "edgeIpVersion" | "region";

const CHOICES: Record<ChoiceName, { label: string; hint: string; options: readonly [string, string][] }> = {
  protocol: {
    label: "Protocol",
    hint: "Between cloudflared and Cloudflare. Automatic tries QUIC first, and HTTP/2 where that does not get through.",
    options: [
      ["auto", "Automatic"],
      ["http2", "HTTP/2"],
      ["quic", "QUIC"],
    ],
  },
  edgeIpVersion: {
    label: "Addresses of Cloudflare",
    hint: "Which kind of address it is reached by.",
    options: [
      ["auto", "Automatic"],
      ["4", "IPv4"],
      ["6", "IPv6"],
    ],
  },
  region: {
    label: "Region",
    hint: "Where the connections go.",
    options: [
      ["", "Anywhere"],
      ["us", "United States"],
    ],
  },
};

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
  @state() private checked: (TunnelCheck & { others: string[] }) | undefined;
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
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#look(), PAUSE);
    }
    this.requestUpdate();
  }

  #look(): void {
    clearTimeout(this.#pause);
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
    return html`
      <form class="nx-form" novalidate @submit=${(event: Event) => void this.#submit(event)}>
        ${this.#kinds(entries)} ${named || this.#draft.saved.tokenSet ? this.#named(entries) : nothing}
        <div class="form-row tick">
          <label for="${ID}-autoStart">
            <input
              type="checkbox"
              id="${ID}-autoStart"
              .checked=${live(entries.autoStart)}
              aria-describedby="${ID}-autoStart-hint"
              @change=${(event: Event) => this.#set("autoStart", (event.target as HTMLInputElement).checked)}
            /><span>Open it together with Nexus</span></label
          >
          <p class="hint" id="${ID}-autoStart-hint">Also after the machine was started again, unless you closed it.</p>
        </div>
        ${this.#more(entries, named)} ${this.checked ? this.#result(this.checked) : nothing}
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

  #kinds(entries: Entries): TemplateResult {
    const error = this.errors.get("kind");
    return html`<fieldset class="choice kinds">
      <legend>Kind</legend>
      ${KINDS.map(
        ({ kind, name, means }) => html`<label>
          <input
            type="radio"
            name="${ID}-kind"
            value=${kind}
            .checked=${live(kind === entries.kind)}
            aria-invalid=${error ? "true" : nothing}
            @change=${() => this.#set("kind", kind)}
          /><span>${name}<span class="meta">${means}</span></span>
        </label>`,
      )}
      ${error ? html`<p class="err">${iconWarn()}<span>${error}</span></p>` : nothing}
    </fieldset>`;
  }

  #named(entries: Entries): TemplateResult {
    const look = domainLook(this.looked);
    return html`<div class="fields">
      ${entries.kind === "token" || this.#draft.saved?.tokenSet ? this.#token(entries) : nothing}
      ${entries.kind === "credentials"
        ? this.#text("credentialsFile", "Credentials file", "The whole path of the JSON file that “cloudflared tunnel create” wrote.")
        : nothing}
      ${entries.kind === "quick"
        ? nothing
        : this.#text(
            "domain",
            "Domain",
            entries.kind === "token"
              ? "The public name that leads here, as it is set on the pages of Cloudflare."
              : "The public name of the tunnel, for instance nexus.example.com.",
            look,
          )}
    </div>`;
  }

  #below(name: string, hint: string | undefined, error: string | undefined): { described: string; parts: TemplateResult } {
    const id = `${ID}-${name}`;
    const warning = this.warnings.get(name);
    return {
      described: [error ? `${id}-error` : "", warning ? `${id}-warning` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" "),
      parts: html`
        ${error ? html`<p class="err" id="${id}-error">${iconWarn()}<span>${error}</span></p>` : nothing}
        ${warning ? html`<p class="hint warning" id="${id}-warning">${iconWarn()}<span>${warning}</span></p>` : nothing}
        ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
      `,
    };
  }

  #text(name: TextName, label: string, hint: string, look: { problem?: string; used?: string } = {}): TemplateResult {
    const id = `${ID}-${name}`;
    const error = this.errors.get(name) ?? look.problem;
    const { described, parts } = this.#below(name, look.used ? `It is used as ${look.used}. ${hint}` : hint, error);
    return html`<div class="form-row" @focusout=${() => name === "domain" && this.#look()}>
      <label for=${id}>${label}</label>
      ${control(
        { name, label, type: "text", list: false, choices: [], lines: name === "arguments" },
        { id, text: this.#draft.entries[name], wrong: Boolean(error), described },
        (text) => {
          this.errors = new Map([...this.errors].filter(([other]) => other !== name));
          this.#set(name, text);
        },
      )}
      ${parts}
    </div>`;
  }

  #token(entries: Entries): TemplateResult {
    const id = `${ID}-token`;
    const isSet = this.#draft.saved?.tokenSet === true;
    const wanted = entries.kind === "token";
    const error = this.errors.get("token");
    const hint = entries.forget
      ? "The token that is stored is forgotten when you save."
      : isSet
        ? `A token is stored; it is never shown.${wanted ? " What you write here replaces it." : " It is not used by this kind."}`
        : "What stands behind --token on the pages of Cloudflare; it begins with eyJ.";
    const { described, parts } = this.#below("token", hint, error);
    const forget = isSet
      ? html`<button
          type="button"
          class="btn ${wanted ? "" : "small"}"
          aria-pressed=${String(entries.forget)}
          @click=${() => this.#set("forget", !entries.forget)}
        >
          <span>Forget<span class="sr"> the token that is stored</span></span>
        </button>`
      : nothing;
    if (!wanted) {
      return html`<div class="form-row wide stored">
        <p><b>Token</b></p>
        <p class="hint">${hint}</p>
        ${forget}
      </div>`;
    }
    return html`<div class="form-row wide token-of">
      <label for=${id}>Token</label>
      <div class="covered token">
        ${control(
          { name: "token", label: "Token", type: "text", list: false, choices: [], secret: true },
          { id, text: entries.token, wrong: Boolean(error), described, covered: !this.shown },
          (text) => this.#set("token", text),
        )}
        <button type="button" class="btn" aria-pressed=${String(this.shown)} aria-controls=${id} @click=${() => (this.shown = !this.shown)}>
          ${iconEye()}<span>Show<span class="sr"> token</span></span>
        </button>
        ${forget}
      </div>
      ${parts}
    </div>`;
  }

  #more(entries: Entries, named: boolean): TemplateResult {
    const rules = entries.rules.length;
    return html`<details
      class="more"
      ?open=${this.advanced}
      @toggle=${(event: Event) => (this.advanced = (event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>
        ${iconRight()}<span>Advanced</span>${rules > 0 ? html`<span class="meta num">${plural(rules, "rule")}</span>` : nothing}
      </summary>
      <div class="nx-form">
        <div class="fields">${(Object.keys(CHOICES) as ChoiceName[]).map((name) => this.#choice(name, entries[name]))}</div>
        ${ruleRows({
          id: ID,
          rules: entries.rules,
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
        ${this.#text("arguments", "More arguments", "For cloudflared, one a line; for instance --loglevel=warn. Few are taken: none that open more or hand secrets over.")}
      </div>
    </details>`;
  }

  #choice(name: ChoiceName, value: string): TemplateResult {
    const id = `${ID}-${name}`;
    const { label, hint, options } = CHOICES[name];
    const error = this.errors.get(name);
    const { described, parts } = this.#below(name, hint, error);
    const all = options.some(([known]) => known === value) ? options : [[value, value] as const, ...options];
    return html`<div class="form-row">
      <label for=${id}>${label}</label>
      <select
        class="field"
        id=${id}
        aria-describedby=${described}
        aria-invalid=${error ? "true" : nothing}
        .value=${live(value)}
        @change=${(event: Event) => this.#set(name, (event.target as HTMLSelectElement).value)}
      >
        ${all.map(([choice, words]) => html`<option value=${choice} ?selected=${choice === value}>${words}</option>`)}
      </select>
      ${parts}
    </div>`;
  }

  #result({ warnings, others, needsPassword, preview }: TunnelCheck & { others: string[] }): TemplateResult {
    const quiet = warnings.length === 0 && !needsPassword;
    return html`<div class="result">
      <div class="notice ${quiet ? "" : "warn"}">
        ${quiet ? html`<span class="ok">${iconHealthy()}</span>` : iconWarn()}
        <div class="grow">
          <p>${quiet ? "Nothing is wrong with it." : "It can be used."}</p>
          ${others.map((other) => html`<p>${other}</p>`)}
          ${needsPassword ? html`<p>It opens more than Nexus: saving asks for your password.</p>` : nothing}
        </div>
      </div>
      <figure>
        <figcaption class="meta" id="${ID}-preview">config.yml, as cloudflared would be given it</figcaption>
        <pre class="preview" tabindex="0" role="region" aria-labelledby="${ID}-preview">${preview}</pre>
      </figure>
    </div>`;
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
