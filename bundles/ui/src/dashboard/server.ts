import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api, asProblem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { events } from "../shared/events.ts";
import { duration, exactly } from "../shared/format.ts";
import {
  iconClock,
  iconDownload,
  iconFailed,
  iconHealthy,
  iconInfo,
  iconPlay,
  iconReady,
  iconRetry,
  iconStop,
  iconWarn,
} from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { Installation, ServerExit, ServerStatus, Session, SessionStatus } from "../shared/types.ts";
import { sentence } from "./field-words.ts";
import { Panel } from "./panel.ts";
import { fieldId, OPENCODE } from "./setting-id.ts";
import { restarts, settings } from "./shared.ts";
import {
  comingBack,
  ending,
  healthOf,
  interrupted,
  lookOf,
  newsOf,
  reasonOf,
  remedyFor,
  sessionsInWords,
  type Standing,
  standing,
  triedInVain,
  works,
} from "./words.ts";

/** The panel and its questions do not wait longer for them. */
const SESSIONS_WITHIN = 3_000;

type Verb = "start" | "stop" | "restart" | "install";

function iconOf(state: Standing): TemplateResult {
  switch (state) {
    case "running":
      return iconHealthy();
    case "starting":
    case "stopping":
      return iconRetry("spin");
    case "stopped":
      return iconReady();
    case "backoff":
      return iconClock();
    case "failed":
      return iconFailed();
  }
}

/** <nx-server>: how OpenCode stands, and the buttons to start and stop it. */
@customElement("nx-server")
export class NxServer extends Panel {
  protected readonly waitsFor = "Asking how OpenCode stands.";
  @state() private status: ServerStatus | undefined;
  /** What was asked for and is not seen yet. */
  @state() private asked: Verb | undefined;
  @state() private refusal = "";
  /** Of the sessions that have a card; undefined until they are known. */
  @state() private sessions: ReadonlyMap<string, SessionStatus> | undefined;
  #mayAnswer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    const stop = (end: () => void) => end();
    this.until(events.on("server.state", (status) => this.#take(status)), stop);
    this.until(events.on("chat.session", (session) => this.#seen(session)), stop);
    this.until(events.on("chat.session.removed", ({ sessionId }) => this.#gone(sessionId)), stop);
    this.on(events, "state", () => this.requestUpdate());
    this.on(restarts, "change", () => this.requestUpdate());
    this.on(settings, "change", () => this.requestUpdate());
    this.every(1_000, () => this.status && this.requestUpdate());
  }

  protected get filled(): boolean {
    return this.status !== undefined;
  }

  protected async load(): Promise<void> {
    const began = this.#mayAnswer;
    const sessions = this.#askSessions();
    const status = await api<ServerStatus>("GET", "/api/server");
    // An event that came meanwhile is newer than this answer.
    if (began === this.#mayAnswer) {
      this.#take(status);
    }
    this.sessions = await sessions;
  }

  /** How the sessions stand that have a card, or nothing: the panel is of use without. */
  async #askSessions(): Promise<ReadonlyMap<string, SessionStatus> | undefined> {
    try {
      const options = { timeout: SESSIONS_WITHIN };
      const sessions = await api<Session[]>("GET", "/api/chat/sessions?active=true", undefined, options);
      return new Map(sessions.map(({ id, status }) => [id, status]));
    } catch {
      return undefined;
    }
  }

  #seen({ id, status, active, parentId }: Session): void {
    if (parentId) {
      return;
    }
    if (!active) {
      this.#gone(id);
    } else if (this.sessions && this.sessions.get(id) !== status) {
      this.sessions = new Map(this.sessions).set(id, status);
    }
  }

  #gone(id: string): void {
    if (this.sessions?.has(id)) {
      this.sessions = new Map([...this.sessions].filter(([other]) => other !== id));
    }
  }

  #take(status: ServerStatus): void {
    this.#mayAnswer++;
    const before = this.status && this.#standing(this.status);
    const news = this.status && newsOf(status.install, this.status.install);
    if (news) {
      say(news);
    }
    this.status = status;
    this.asked = undefined;
    const now = this.#standing(status);
    if (before !== undefined && before !== now) {
      say(`Server: ${lookOf(now).word}.${now === "failed" ? ` ${status.problem ?? ""}` : ""}`);
    }
  }

  #standing(status: ServerStatus): Standing {
    return standing(status, restarts.subject("server"));
  }

  async #do(verb: Verb): Promise<void> {
    if ((verb === "stop" || verb === "restart") && !(await this.#sure(verb))) {
      return;
    }
    this.asked = verb;
    this.refusal = "";
    try {
      await api("POST", `/api/server/${verb}`);
      await this.refresh();
    } catch (failure) {
      this.refusal = asProblem(failure).detail;
      say(this.refusal);
    } finally {
      this.asked = undefined;
    }
  }

  /** A stop is always asked for again, because it is final; a restart only when it costs an answer. */
  async #sure(verb: "stop" | "restart"): Promise<boolean> {
    const sessions = (await this.#askSessions()) ?? this.sessions;
    const working = sessions && [...sessions.values()].filter(works).length;
    if (verb === "restart" && working === 0) {
      return true;
    }
    const lost = working === 0 ? "" : " What is written so far stays, and you can continue later.";
    return ask(
      verb === "stop"
        ? {
            title: "Stop OpenCode?",
            text: `${interrupted(working)}${lost} It stays stopped until you start it.`,
            yes: "Stop",
          }
        : { title: "Restart OpenCode?", text: `${interrupted(working)}${lost}`, yes: "Restart" },
    );
  }

  protected override render(): TemplateResult {
    const state = this.status && this.#standing(this.status);
    const look = state && lookOf(state);
    // What was heard last may not be true any more: then it is not shown as health.
    const tone = events.connection === "offline" ? "" : look?.tone;
    return html`
      <section class="panel" id="server" aria-labelledby="server-title">
        <div class="head">
          <h2 id="server-title">Server</h2>
          ${state ? html`<span class="state ${tone}">${iconOf(state)}${look!.word}</span>` : nothing}
          <span class="grow"></span>
          ${this.status && this.status.controlled !== false
            ? html`<span class="actions">${this.#buttons(this.status, state!)}</span>`
            : nothing}
        </div>
        <div class="in">
          ${this.body(6, () => this.#content(this.status!, state!))}
          ${this.refusal
            ? html`<p class="notice bad">${iconWarn()}<span class="grow">${this.refusal}</span></p>`
            : nothing}
        </div>
      </section>
    `;
  }

  #button(verb: Verb, name: TemplateResult, icon: TemplateResult, kind = ""): TemplateResult {
    const offline = events.connection === "offline";
    return html`
      <button
        type="button"
        class="btn small ${kind}"
        ?disabled=${this.asked !== undefined || offline}
        title=${offline ? "You can do this when you are back online" : nothing}
        @click=${() => void this.#do(verb)}
      >
        ${this.asked === verb ? iconRetry("spin") : icon}${name}
      </button>
    `;
  }

  #buttons({ pid, install }: ServerStatus, state: Standing): TemplateResult {
    const button = (verb: Verb, name: string, icon: TemplateResult, kind = "") =>
      this.#button(verb, html`<span>${name}<span class="sr"> OpenCode</span></span>`, icon, kind);
    const end = () => button("stop", "Stop", iconStop(), "quiet");
    switch (state) {
      case "stopped":
        return button("start", "Start", iconPlay(), "main");
      case "backoff":
        return html`${button("start", "Start now", iconPlay())}${end()}`;
      case "failed":
        // Up but of no use: a start would do nothing.
        return html`${pid === undefined
          ? button("start", "Try again", iconRetry(), install?.offer === "install" ? "" : "main")
          : button("restart", "Restart", iconRetry())}${end()}`;
      case "stopping":
        return button("start", "Start", iconPlay());
      case "starting":
        return end();
      case "running":
        return html`${button("restart", "Restart", iconRetry())}${end()}`;
    }
  }

  #content(status: ServerStatus, state: Standing): TemplateResult {
    const { since, version, url, pid } = status;
    const offline = events.connection === "offline" && events.lastHeard !== undefined;
    const now = offline ? events.lastHeard! : Date.now();
    const running = state === "running";
    return html`
      <dl class="facts num">
        ${fact(lookOf(state).since, since && html`${exactly(since)}, ${duration(now - Date.parse(since))}`)}
        ${running || pid ? this.#health() : nothing} ${fact("Version", version)} ${fact("Address", url && address(url))}
        ${fact("Process", pid && html`${pid}${status.controlled === false ? ", not started by Nexus" : ""}`)}
        ${state === "failed" && !pid ? fact("Starts tried", triedInVain(restarts.subject("server"), restarts.value?.policy)) : nothing}
        ${this.#program()} ${this.#workspaces()}
        ${fact("Sessions", this.sessions && this.sessions.size > 0 && sessionsInWords(this.sessions.values()))}
        ${offline ? fact("Last heard", `${duration(Date.now() - events.lastHeard!)} ago`) : nothing}
      </dl>
      ${this.#trouble(status, state, now)}
    `;
  }

  #health(): TemplateResult | typeof nothing {
    const subject = restarts.subject("server");
    if (!subject) {
      return nothing;
    }
    const { word, tone, means } = healthOf(subject);
    const quiet = subject.health === "healthy" || events.connection === "offline";
    return fact("Health", html`<span class=${quiet ? "" : tone}>${word}</span>${means ? `: ${means}` : ""}`);
  }

  #program(): TemplateResult | typeof nothing {
    const { command, url } = settings.group(OPENCODE)?.values ?? {};
    // With an address that was given, no program is run.
    return command === undefined || url
      ? nothing
      : fact(
          "Program",
          html`${command ? html`<span class="mono">${command}</span>` : "found by Nexus"}${change("command", "the program")}`,
        );
  }

  #workspaces(): TemplateResult | typeof nothing {
    const workspaces = settings.group(OPENCODE)?.values["workspaces"];
    if (!Array.isArray(workspaces)) {
      return nothing;
    }
    const names = workspaces.map(
      (path, index) => html`${index > 0 ? ", " : ""}<span class="mono">${path}</span>`,
    );
    return fact("Workspaces", html`${names.length > 0 ? names : "Where Nexus started"}${change("workspaces", "the workspaces")}`);
  }

  /** What Nexus can install, while it does not. */
  #offer(install: Installation | undefined): TemplateResult | undefined {
    return install?.offer === undefined || install.state === "running"
      ? undefined
      : this.#button(
          "install",
          html`<span>${install.offer === "install" ? "Install OpenCode" : "Update OpenCode"}</span>`,
          iconDownload(),
          install.offer === "install" ? "main" : "",
        );
  }

  #installation(install: Installation, now: number): TemplateResult | typeof nothing {
    if (install.state === "running") {
      const since = install.since && now - Date.parse(install.since);
      return html`<p class="notice">
        ${iconRetry("spin")}<span class="grow num"
          >OpenCode is being installed with npm${since ? `, for ${duration(Math.max(0, since))}` : ""}. It may take some
          minutes, and at most ten.</span
        >
      </p>`;
    }
    if (install.state !== "failed") {
      return nothing;
    }
    const { sentence: reason, said } = reasonOf(install);
    return html`<div class="notice bad">
      ${iconFailed()}
      <div class="grow">
        <p>${reason}</p>
        ${said ? html`<pre class="said" tabindex="0" role="region" aria-label="What npm said last">${said}</pre>` : nothing}
      </div>
    </div>`;
  }

  /** What is wrong, what follows by itself, and what can be done. */
  #trouble(status: ServerStatus, state: Standing, now: number): TemplateResult {
    const { problem, warning, exit, install } = status;
    const remedy = remedyFor(exit, install?.offer);
    const offer = this.#offer(install);
    const again = comingBack(status, restarts.subject("server"), restarts.value?.policy, now);
    const end = exit && ending(exit);
    const newest = restarts.value?.attempts.find(({ subject }) => subject === "server");
    const told = newest !== undefined && newest.outcome !== "recovered" && newest.outcome !== "superseded";
    return html`
      ${problem || again
        ? html`<div class="notice ${state === "failed" ? "bad" : "warn"} ${offer && !warning ? "stack" : ""}">
            ${again && !problem ? iconClock() : iconWarn()}
            <div class="grow">
              ${problem ? html`<p>${problem} ${end && !names(problem, exit) ? sentence(end) : nothing}</p>` : nothing}
              ${again ? html`<p class="num">${again}.</p>` : nothing}
              ${remedy && state === "failed" ? html`<p>${remedy.text}</p>` : nothing}
            </div>
            ${offer && !warning
              ? offer
              : remedy?.setting && state === "failed"
              ? html`<a class="btn small" href="#${fieldId(OPENCODE, remedy.setting)}">Change</a>`
              : told
                ? html`<a class="btn small" href="#restarts">What happened</a>`
                : nothing}
          </div>`
        : nothing}
      ${warning
        ? html`<div class="notice warn">${iconWarn()}<span class="grow">${warning}</span>${offer ?? nothing}</div>`
        : nothing}
      ${install ? this.#installation(install, now) : nothing}
      ${status.controlled === false
        ? html`<p class="notice">
            ${iconInfo()}<span class="grow"
              >Somebody else started this OpenCode. Nexus uses it, but can neither start nor stop it.</span
            >
          </p>`
        : nothing}
      ${state === "stopped" && !problem
        ? html`<p class="soft">Sessions can be read, but nothing can be asked until it runs.</p>`
        : nothing}
    `;
  }
}

function fact(
  name: string,
  value: TemplateResult | string | undefined | 0 | false | "",
): TemplateResult | typeof nothing {
  return value ? html`<dt>${name}</dt><dd>${value}</dd>` : nothing;
}

/** Whether the sentence says already how it ended. */
function names(problem: string, { code, signal }: ServerExit): boolean {
  return new RegExp(`\\b${signal ?? code}\\b`).test(problem);
}

/** Leads to a setting of OpenCode. */
function change(setting: string, what: string): TemplateResult {
  return html` <a class="change" href="#${fieldId(OPENCODE, setting)}">Change<span class="sr"> ${what}</span></a>`;
}

/** The address, and who can reach it. */
function address(text: string): TemplateResult {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const here = url && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return html`<span class="mono">${url?.host ?? text}</span>${here ? ", this machine only" : nothing}`;
}
