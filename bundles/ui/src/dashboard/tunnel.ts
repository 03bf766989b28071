import "./copy-button.ts";
import "./tunnel-past.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { asProblem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { events } from "../shared/events.ts";
import { duration } from "../shared/format.ts";
import {
  iconCheck,
  iconClock,
  iconClose,
  iconFailed,
  iconHealthy,
  iconInfo,
  iconMinus,
  iconPhone,
  iconPlay,
  iconReady,
  iconRetry,
  iconSliders,
  iconStop,
  iconWarn,
} from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { toast } from "../shared/toast.ts";
import type { TunnelStatus } from "../shared/types.ts";
import { Late } from "./late.ts";
import { Panel } from "./panel.ts";
import { restarts, settings } from "./shared.ts";
import type { NxTunnelPast } from "./tunnel-past.ts";
import { tunnel } from "./tunnel-state.ts";
import { trouble } from "./tunnel-trouble.ts";
import {
  closing,
  KINDS,
  leadsHere,
  type Light,
  lightsOf,
  lookOf,
  type Standing,
  standing,
  streaming,
  troubleOf,
} from "./tunnel-words.ts";

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
  /** The code of that address could not be drawn. */
  @state() private noCode: string | undefined;
  @query("nx-tunnel-past") private past!: NxTunnelPast | null;
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
      ${trouble(status, now, () => this.past?.show())}
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
      <nx-tunnel-past></nx-tunnel-past>
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
        >${breakable(url)}<span class="sr">, opens a new tab</span></a
      >
      <nx-copy .text=${url} .what=${"address"}></nx-copy>
    </div>`;
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
                width="140"
                height="140"
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
}

/** A name may be broken where it has a dot. */
function breakable(url: string): TemplateResult {
  const [first, ...parts] = url.replace(/\/$/, "").split(".");
  return html`${first}${parts.map((part) => html`<wbr />.${part}`)}`;
}

function dead(url: string, sentence: string): TemplateResult {
  return html`<p class="meta dead">${sentence} <s class="mono"><span class="sr">Old address: </span>${breakable(url)}</s></p>`;
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
