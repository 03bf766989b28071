import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api, asProblem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { events } from "../shared/events.ts";
import { duration, exactly } from "../shared/format.ts";
import { iconFailed, iconHealthy, iconPlay, iconReady, iconRetry, iconStop, iconWarn } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import type { ServerState, ServerStatus } from "../shared/types.ts";
import { Panel } from "./panel.ts";

type Verb = "start" | "stop" | "restart";

interface Look {
  word: string;
  tone: "" | "ok" | "live" | "fail";
  icon: TemplateResult;
  /** What `since` is the beginning of. */
  since: string;
}

function lookOf(state: ServerState): Look {
  switch (state) {
    case "running":
      return { word: "Running", tone: "ok", icon: iconHealthy(), since: "Up since" };
    case "starting":
      return { word: "Starting", tone: "live", icon: iconRetry("spin"), since: "Starting since" };
    case "stopping":
      return { word: "Stopping", tone: "live", icon: iconRetry("spin"), since: "Stopping since" };
    case "stopped":
      return { word: "Stopped", tone: "", icon: iconReady(), since: "Stopped since" };
    case "failed":
      return { word: "Failed", tone: "fail", icon: iconFailed(), since: "Failed at" };
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
  #mayAnswer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.until(
      events.on("server.state", (status) => this.#take(status)),
      (stop) => stop(),
    );
    this.on(events, "state", () => this.requestUpdate());
    this.every(1_000, () => this.status?.since && this.requestUpdate());
  }

  protected get filled(): boolean {
    return this.status !== undefined;
  }

  protected async load(): Promise<void> {
    const began = this.#mayAnswer;
    const status = await api<ServerStatus>("GET", "/api/server");
    // An event that came meanwhile is newer than this answer.
    if (began === this.#mayAnswer) {
      this.#take(status);
    }
  }

  #take(status: ServerStatus): void {
    this.#mayAnswer++;
    const before = this.status?.state;
    this.status = status;
    this.asked = undefined;
    if (before !== undefined && before !== status.state) {
      say(`Server: ${lookOf(status.state).word}.${status.state === "failed" ? ` ${status.problem ?? ""}` : ""}`);
    }
  }

  async #do(verb: Verb): Promise<void> {
    if (verb !== "start" && !(await this.#sure(verb))) {
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

  #sure(verb: "stop" | "restart"): Promise<boolean> {
    return ask(
      verb === "stop"
        ? {
            title: "Stop OpenCode?",
            text: "Answers that are being written are interrupted. What is written so far stays, and you can continue later.",
            yes: "Stop",
          }
        : {
            title: "Restart OpenCode?",
            text: "Answers that are being written are interrupted. What is written so far stays, and you can continue in a few seconds.",
            yes: "Restart",
          },
    );
  }

  protected override render(): TemplateResult {
    const look = this.status && lookOf(this.status.state);
    // What was heard last may not be true any more: then it is not shown as health.
    const tone = events.connection === "offline" ? "" : look?.tone;
    return html`
      <section class="panel" id="server" aria-labelledby="server-title">
        <div class="head">
          <h2 id="server-title">Server</h2>
          ${look ? html`<span class="state ${tone}">${look.icon}${look.word}</span>` : nothing}
          <span class="grow"></span>
          ${this.status ? this.#buttons(this.status.state) : nothing}
        </div>
        <div class="in">
          ${this.body(4, () => this.#facts(this.status!, look!.since))}
          ${this.refusal
            ? html`<p class="notice bad">${iconWarn()}<span class="grow">${this.refusal}</span></p>`
            : nothing}
        </div>
      </section>
    `;
  }

  #buttons(state: ServerState): TemplateResult {
    const offline = events.connection === "offline";
    const busy = this.asked !== undefined || offline;
    const button = (verb: Verb, name: string, icon: TemplateResult, kind = "") => html`
      <button
        type="button"
        class="btn small ${kind}"
        ?disabled=${busy}
        title=${offline ? "You can do this when you are back online" : nothing}
        @click=${() => void this.#do(verb)}
      >
        ${this.asked === verb ? iconRetry("spin") : icon}<span>${name}<span class="sr"> OpenCode</span></span>
      </button>
    `;
    switch (state) {
      case "stopped":
        return button("start", "Start", iconPlay(), "main");
      case "failed":
        return html`${button("start", "Start", iconPlay(), "main")}${button("stop", "Stop", iconStop(), "quiet")}`;
      case "stopping":
        return button("start", "Start", iconPlay());
      case "starting":
        return button("stop", "Stop", iconStop(), "quiet");
      case "running":
        return html`${button("restart", "Restart", iconRetry())}${button("stop", "Stop", iconStop(), "quiet")}`;
    }
  }

  #facts(status: ServerStatus, sinceName: string): TemplateResult {
    const { since, version, url, pid, problem, state } = status;
    const offline = events.connection === "offline" && events.lastHeard !== undefined;
    const now = offline ? events.lastHeard! : Date.now();
    return html`
      <dl class="facts num">
        ${fact(sinceName, since && html`${exactly(since)}, ${duration(now - Date.parse(since))}`)}
        ${fact("Version", version)} ${fact("Address", url && address(url))} ${fact("Process", pid && String(pid))}
        ${offline ? fact("Last heard", `${duration(Date.now() - events.lastHeard!)} ago`) : nothing}
      </dl>
      ${problem
        ? html`<p class="notice ${state === "failed" ? "bad" : "warn"}">
            ${iconWarn()}<span class="grow">${problem}</span>
          </p>`
        : state === "stopped"
          ? html`<p class="soft">Sessions can be read, but nothing can be asked until it runs.</p>`
          : nothing}
    `;
  }
}

function fact(name: string, value: TemplateResult | string | undefined | 0 | ""): TemplateResult | typeof nothing {
  return value ? html`<dt>${name}</dt><dd>${value}</dd>` : nothing;
}

/** The address, and who can reach it. */
function address(text: string): TemplateResult {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const here = url && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return html`<span class="mono">${url?.host ?? text}</span>${here ? ", this machine only" : nothing}`;
}
