import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { copy } from "../chat/clipboard.ts";
import { asProblem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { events } from "../shared/events.ts";
import { duration } from "../shared/format.ts";
import {
  iconCheck,
  iconClock,
  iconClose,
  iconCopy,
  iconFailed,
  iconHealthy,
  iconInfo,
  iconMinus,
  iconPhone,
  iconPlay,
  iconReady,
  iconRetry,
  iconRight,
  iconSliders,
  iconStop,
  iconWarn,
} from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { toast } from "../shared/toast.ts";
import type { RestartAttempt, TunnelStatus } from "../shared/types.ts";
import { line } from "./attempts.ts";
import { Late } from "./late.ts";
import { Panel } from "./panel.ts";
import { fieldId } from "./setting-id.ts";
import { restarts, settings } from "./shared.ts";
import { DAY, timeline } from "./timeline.ts";
import { lastLines, tunnel } from "./tunnel-state.ts";
import {
  closing,
  KINDS,
  leadsHere,
  type Light,
  lightsOf,
  lookOf,
  remedyFor,
  type Standing,
  standing,
  streaming,
  troubleOf,
} from "./tunnel-words.ts";
import { comingBack } from "./words.ts";

const LINES = 200;
const ATTEMPTS = 10;
const COPIED_FOR = 2_000;
/** Failure and attempt are told by different parts, one a little after the other. */
const SAME_FAILURE = 60_000;

const ICONS: Record<Standing, () => TemplateResult> = {
  closed: iconReady,
  opening: () => iconRetry("spin"),
  open: iconHealthy,
  lost: iconWarn,
  backoff: iconClock,
  failed: iconFailed,
};

/** <nx-tunnel>: the public address of this Nexus, how well it works, and the way to set it up. */
@customElement("nx-tunnel")
export class NxTunnel extends Panel {
  protected readonly waitsFor = "Asking how the tunnel stands.";
  /** What was asked for and is not seen yet. */
  @state() private asked: "start" | "stop" | undefined;
  @state() private refusal = "";
  @state() private setup = false;
  @state() private dirty = false;
  @state() private copied: string | undefined;
  @state() private lines: readonly string[] | undefined;
  @state() private linesProblem = "";
  @state() private linesAsked = false;
  /** The code of that address could not be drawn. */
  @state() private noCode: string | undefined;
  @query("#tunnel-history") private past!: HTMLDetailsElement | null;
  #known: { standing: Standing; url?: string } | undefined;
  readonly #form = new Late(
    () => import("./tunnel-form.ts"),
    () => this.requestUpdate(),
  );

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(tunnel, "change", () => this.#changed());
    this.on(restarts, "change", () => this.requestUpdate());
    this.on(settings, "change", () => this.requestUpdate());
    this.on(events, "state", () => this.requestUpdate());
    this.every(1_000, () => this.filled && document.visibilityState === "visible" && this.requestUpdate());
  }

  protected get filled(): boolean {
    return tunnel.value !== undefined;
  }

  protected load(): Promise<void> {
    return tunnel.load();
  }

  #changed(): void {
    const status = tunnel.value!;
    const now = { standing: this.#standing(status), url: status.url };
    const before = this.#known;
    this.#known = now;
    if (before && before.standing !== now.standing) {
      const more = now.standing === "failed" ? ` ${troubleOf(status.problem ?? "").sentence}` : "";
      say(`Tunnel: ${lookOf(now.standing).word}.${more}`);
    }
    if (before && now.url && before.url !== now.url) {
      say(`The public address is ${now.url}.`);
    }
    // It was away: then what it said is old.
    if (this.problem) {
      void this.refresh();
    }
    this.requestUpdate();
  }

  #standing(status: TunnelStatus): Standing {
    return standing(status, restarts.subject("tunnel"));
  }

  async #ask(verb: "start" | "stop"): Promise<void> {
    const status = tunnel.value;
    if (this.asked || events.connection === "offline" || !status) {
      return;
    }
    const here = leadsHere(status.url, location.host);
    if (verb === "stop" && status.state === "open" && !(await ask({ ...closing(status, here), yes: "Close" }))) {
      return;
    }
    this.asked = verb;
    this.refusal = "";
    try {
      await tunnel.ask(verb);
    } catch (failure) {
      const problem = asProblem(failure);
      // Who closes the tunnel they came through hears no more of it.
      this.refusal = here && verb === "stop" && problem.unanswered ? "" : problem.detail;
      say(this.refusal);
    } finally {
      this.asked = undefined;
    }
  }

  async #copy(text: string): Promise<void> {
    if (await copy(text)) {
      say("Copied");
      this.copied = text;
      setTimeout(() => (this.copied = undefined), COPIED_FOR);
    } else {
      toast("This browser does not let the page copy. Select the text and copy it yourself.");
    }
  }

  async #login(): Promise<void> {
    try {
      const { showLoginLink } = await import("./login-link.ts");
      showLoginLink();
    } catch (failure) {
      toast(`The link cannot be shown. ${asProblem(failure).detail}`);
    }
  }

  #setUp(): void {
    this.setup = !this.setup;
    if (this.setup) {
      void this.#form.come();
    }
  }

  async #showHistory(): Promise<void> {
    if (this.past) {
      this.past.open = true;
      this.past.scrollIntoView({ block: "nearest" });
      this.past.querySelector("summary")?.focus({ preventScroll: true });
    }
  }

  async #readLines(): Promise<void> {
    if (this.linesAsked) {
      return;
    }
    this.linesAsked = true;
    this.linesProblem = "";
    try {
      const again = this.lines !== undefined;
      this.lines = await lastLines(LINES);
      if (again) {
        say("Read again.");
      }
    } catch (failure) {
      this.linesProblem = asProblem(failure).detail;
      say(this.linesProblem);
    } finally {
      this.linesAsked = false;
    }
    await this.updateComplete;
    const view = this.querySelector(".said");
    view?.scrollTo({ top: view.scrollHeight });
  }

  protected override render(): TemplateResult {
    const status = tunnel.value;
    const now = status && this.#standing(status);
    const look = now && lookOf(now);
    const tone = events.connection === "offline" ? "" : look?.tone;
    const kind = KINDS.find((one) => one.kind === status?.kind);
    return html`
      <section class="panel" id="tunnel" aria-labelledby="tunnel-title">
        <div class="head">
          <h2 id="tunnel-title">Tunnel</h2>
          ${now ? html`<span class="state ${tone}">${ICONS[now]()}${look!.word}</span>` : nothing}
          ${kind ? html`<span class="meta">${kind.short}</span>` : nothing}
          <span class="grow"></span>
          ${now ? this.#buttons(now) : nothing}
        </div>
        <div class="in">
          ${this.body(6, () => this.#content(status!, now!))}
          ${this.refusal
            ? html`<p class="notice bad">${iconWarn()}<span class="grow">${this.refusal}</span></p>`
            : nothing}
        </div>
      </section>
    `;
  }

  /** One button opens and closes, so that the focus stays where it is. */
  #buttons(now: Standing): TemplateResult {
    const stops = now === "opening" || now === "open" || now === "lost" || now === "backoff";
    const verb = stops ? "stop" : "start";
    const name = stops ? "Close" : now === "failed" ? "Try again" : "Open";
    const icon = stops ? iconStop() : now === "failed" ? iconRetry() : iconPlay();
    const offline = events.connection === "offline";
    return html`<span class="actions">
      ${now === "backoff"
        ? html`<button type="button" class="btn small" aria-disabled=${String(offline)} @click=${() => void this.#ask("start")}>
            ${this.asked === "start" ? iconRetry("spin") : iconPlay()}<span>Open<span class="sr"> the tunnel</span> now</span>
          </button>`
        : nothing}
      <button
        type="button"
        class="btn small"
        aria-expanded=${String(this.setup)}
        aria-controls="tunnel-setup"
        @click=${() => this.#setUp()}
      >
        ${iconSliders()}<span>Set up<span class="sr"> the tunnel</span></span>
        ${this.dirty && !this.setup ? html`<span class="meta">not saved</span>` : nothing}
      </button>
      <button
        type="button"
        class="btn small ${stops ? "quiet" : "main"}"
        aria-disabled=${String(this.asked !== undefined || offline)}
        title=${offline ? "You can do this when you are back online" : nothing}
        @click=${() => void this.#ask(verb)}
      >
        ${this.asked === verb ? iconRetry("spin") : icon}<span>${name}<span class="sr"> the tunnel</span></span>
      </button>
    </span>`;
  }

  #content(status: TunnelStatus, now: Standing): TemplateResult {
    return html`
      ${this.#trouble(status, now)}
      ${now === "closed" ? this.#closed(status) : this.#lives(status)}
      <div class="rules" id="tunnel-setup" role="group" aria-label="Set up the tunnel" ?hidden=${!this.setup}>
        ${this.#form.here
          ? html`<nx-tunnel-form
              .status=${status}
              @nx-dirty=${(event: CustomEvent<boolean>) => (this.dirty = event.detail)}
            ></nx-tunnel-form>`
          : this.setup
            ? this.#form.inPlace()
            : nothing}
      </div>
      ${this.#folds()}
    `;
  }

  #closed({ kind, deadUrl, url }: TunnelStatus): TemplateResult {
    return html`
      <div class="prose soft">
        <p>
          Only this machine and its network reach Nexus now. A tunnel gives it a public address, so that you can use it
          from your phone wherever you are; nothing has to be opened in your router, and nobody gets in without the
          password.
        </p>
        <p>
          It needs <b>cloudflared</b>, a free program of Cloudflare on this machine.
          ${kind === "quick"
            ? "Without an account you get a quick address, another one at each start. With a domain at Cloudflare the address stays: Set up."
            : nothing}
        </p>
      </div>
      ${deadUrl && deadUrl !== url && kind === "quick" ? dead(deadUrl, "The last address no longer works.") : nothing}
    `;
  }

  #lives(status: TunnelStatus): TemplateResult {
    const { url, kind, deadUrl, state } = status;
    const here = leadsHere(url, location.host);
    return html`
      <div class="tunnel ${url ? "two" : ""}">
        <div class="facts-of">
          ${url ? this.#address(url) : nothing}
          ${url && deadUrl && deadUrl !== url
            ? dead(deadUrl, "The public address changed. The old one no longer works.")
            : nothing}
          ${!url && state === "opening" ? html`<p class="soft">The address is on its way.</p>` : nothing}
          ${!url && state === "open" && kind === "token"
            ? html`<p class="soft">
                The address is set on the pages of Cloudflare. Write it as the domain in “Set up”, so that it is let in,
                shown and tried here.
              </p>`
            : nothing}
          ${this.#lights(status)}
          ${state === "open" ? html`<p class="meta">${streaming(status, here, events.transport)}</p>` : nothing}
          ${kind === "quick" && state === "open"
            ? html`<p class="meta hint">
                ${iconInfo()}<span
                  >Quick addresses change on every start and may stop without notice. At most 200 requests are answered at
                  a time.</span
                >
              </p>`
            : nothing}
        </div>
        ${url ? this.#code(url) : nothing}
      </div>
    `;
  }

  #address(url: string): TemplateResult {
    return html`<div class="address">
      <a class="mono" href=${url} target="_blank" rel="noopener noreferrer"
        >${url.replace(/\/$/, "")}<span class="sr">, opens a new tab</span></a
      >
      ${this.#copyButton(url, "address")}
    </div>`;
  }

  #copyButton(text: string, what: string): TemplateResult {
    const copied = this.copied === text;
    return html`<button type="button" class="btn quiet small copy" @click=${() => void this.#copy(text)}>
      ${copied ? iconCheck() : iconCopy()}<span>${copied ? "Copied" : "Copy"}<span class="sr"> ${what}</span></span>
    </button>`;
  }

  #code(url: string): TemplateResult {
    const offline = events.connection === "offline";
    return html`<div class="code">
      ${this.noCode === url
        ? html`<p class="meta">The code of the address cannot be drawn now.</p>`
        : html`<div class="qr">
              <img
                src="/api/tunnel/qr?of=${encodeURIComponent(url)}"
                alt="QR code of ${url}"
                width="124"
                height="124"
                @error=${() => (this.noCode = url)}
              />
            </div>
            <span class="meta">Contains only the address</span>`}
      <button
        type="button"
        class="btn small"
        aria-haspopup="dialog"
        ?disabled=${offline}
        title=${offline ? "You can do this when you are back online" : nothing}
        @click=${() => void this.#login()}
      >
        ${iconPhone()}Log in a phone
      </button>
    </div>`;
  }

  #lights(status: TunnelStatus): TemplateResult {
    const offline = events.connection === "offline" && events.lastHeard !== undefined;
    const now = offline ? events.lastHeard! : Date.now();
    return html`
      <ul class="nx-lights" aria-label="How it works">
        ${lightsOf(status, now).map((one) => light(one, offline))}
      </ul>
      ${offline ? html`<p class="meta num">Last heard ${duration(Date.now() - now)} ago</p>` : nothing}
    `;
  }

  #lastFailure(since: string | undefined): RestartAttempt | undefined {
    const last = restarts.value?.attempts.find(({ subject }) => subject === "tunnel");
    const close = last && Math.abs(Date.parse(last.at) - Date.parse(since ?? last.at)) < SAME_FAILURE;
    return close && last.outcome !== "recovered" && last.outcome !== "superseded" ? last : undefined;
  }

  /** What is wrong, what follows by itself, and what can be done. */
  #trouble({ state, problem, since }: TunnelStatus, now: Standing): TemplateResult | typeof nothing {
    const again = comingBack({ state: now === "backoff" ? "failed" : "running" }, restarts.subject("tunnel"), restarts.value?.policy, Date.now());
    if (!problem && !again) {
      return state === "failed"
        ? html`<p class="notice bad">${iconWarn()}<span class="grow">It failed, and did not say why.</span></p>`
        : nothing;
    }
    const trouble = problem ? troubleOf(problem) : undefined;
    const failure = state === "failed" ? this.#lastFailure(since) : undefined;
    const remedy = state === "failed" && now !== "backoff" ? remedyFor(failure?.cause, problem ?? "") : "";
    const elsewhere = failure?.cause === "missing" && settings.group("tunnel") !== undefined;
    return html`<div class="notice trouble ${now === "failed" ? "bad" : "warn"}">
      ${problem ? iconWarn() : iconClock()}
      <div class="grow">
        ${trouble ? html`<p>${trouble.sentence}</p>` : nothing}
        ${trouble?.command
          ? html`<p>${trouble.command.lead}:</p>
              <div class="command">
                <pre tabindex="0" role="region" aria-label="Command">${trouble.command.line}</pre>
                ${this.#copyButton(trouble.command.line, "command")}
              </div>`
          : nothing}
        ${again ? html`<p class="num">${again}.</p>` : nothing} ${remedy ? html`<p>${remedy}</p>` : nothing}
      </div>
      ${elsewhere
        ? html`<a class="btn small" href="#${fieldId("tunnel", "command")}">Say where<span class="sr"> cloudflared is</span></a>`
        : failure
          ? html`<button type="button" class="btn small" @click=${() => void this.#showHistory()}>What happened</button>`
          : nothing}
    </div>`;
  }

  #folds(): TemplateResult {
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
        @toggle=${(event: Event) => (event.target as HTMLDetailsElement).open && void this.#readLines()}
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
      ${this.linesProblem
        ? html`<p class="notice bad">${iconWarn()}<span class="grow">${this.linesProblem}</span></p>`
        : nothing}
      ${this.lines === undefined
        ? html`<p class="soft">${this.linesAsked ? "Asking what it said." : nothing}</p>`
        : this.lines.length === 0
          ? html`<p class="soft">It has said nothing since Nexus knows it.</p>`
          : html`<pre class="said" tabindex="0" role="region" aria-label="Last lines of cloudflared, oldest first">${this.lines.join("\n")}</pre>`}
      <div class="below">
        <button type="button" class="btn small" aria-disabled=${String(this.linesAsked)} @click=${() => void this.#readLines()}>
          ${iconRetry(this.linesAsked ? "spin" : "")}<span>Read again<span class="sr"> what cloudflared said last</span></span>
        </button>
        <span class="meta">At most ${LINES} lines, without secrets</span>
      </div>
    `;
  }
}

function dead(url: string, sentence: string): TemplateResult {
  return html`<p class="meta dead">${sentence} <s class="mono"><span class="sr">Old address: </span>${url.replace(/\/$/, "")}</s></p>`;
}

const LIGHTS = { on: iconCheck, off: iconClose, unknown: iconMinus };

/** @param stale what is known may not be true any more */
function light({ name, lamp, words, aside }: Light, stale: boolean): TemplateResult {
  return html`<li>
    <span class="light ${stale ? "unknown" : lamp}">${LIGHTS[stale ? "unknown" : lamp]()}</span>
    <span><b>${name}</b> <span class="soft num">${words}</span></span>
    <span class="meta">${aside}</span>
  </li>`;
}
