import "./quality.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { NxElement } from "./element.ts";
import { type EventStream, events } from "./events.ts";
import { clock, delay, duration } from "./format.ts";
import { iconBars, iconBarsLow, iconOffline, iconRetry } from "./icon.ts";
import { say } from "./say.ts";

/** A round trip longer than this is called slow. */
const SLOW = 800;

interface Look {
  word: string;
  icon: TemplateResult;
  tone: "ok" | "wait" | "soft";
  /** What it means, and what happens now. */
  text: string;
}

/** <nx-quality>: how events arrive, in a word; the rest on demand. Says when the line is lost and when it is back. */
@customElement("nx-quality")
export class NxQuality extends NxElement {
  @property({ attribute: false }) stream: EventStream = events;

  #wasOffline = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(this.stream, "state", () => this.#changed());
    this.every(1_000, () => this.stream.connection !== "live" && this.requestUpdate());
  }

  #changed(): void {
    const { connection } = this.stream;
    if (connection === "offline" && !this.#wasOffline) {
      this.#wasOffline = true;
      say("Offline, messages wait.");
    } else if (connection === "live" && this.#wasOffline) {
      this.#wasOffline = false;
      say("Back online, nothing missing.");
    }
    this.requestUpdate();
  }

  #look(): Look {
    const { connection, transport, delay: took = 0, lastHeard, reason } = this.stream;
    switch (connection) {
      case "connecting":
        return { word: "Connecting", icon: iconRetry("spin"), tone: "soft", text: "Nexus is asked for what is new." };
      case "reconnecting":
        return {
          word: "Reconnecting",
          icon: iconRetry("spin"),
          tone: "wait",
          text: "The connection was lost a moment ago. What you missed is filled in as soon as it is back.",
        };
      case "offline":
        return {
          word: "Offline",
          icon: iconOffline(),
          tone: "wait",
          text: reason
            ? `${reason} It tries again by itself.`
            : lastHeard
              ? `Last heard at ${clock(lastHeard)}, ${duration(Date.now() - lastHeard)} ago. It tries again by itself, and fills in what you missed.`
              : "Nexus does not answer. It tries again by itself.",
        };
    }
    if (transport === "poll") {
      return {
        word: "Polling",
        icon: iconBarsLow(),
        tone: "wait",
        text: "Events arrive in small groups, because something on the way holds them back. Nothing is lost.",
      };
    }
    if (took > SLOW) {
      return {
        word: "Slow",
        icon: iconBarsLow(),
        tone: "wait",
        text: `A round trip takes ${delay(took)}. Everything arrives, only later.`,
      };
    }
    return {
      word: "Live",
      icon: iconBars(),
      tone: "ok",
      text: `Events arrive as they happen.${took ? ` A round trip takes ${delay(took)}.` : ""}`,
    };
  }

  protected override render(): TemplateResult {
    const { word, icon, tone, text } = this.#look();
    const took = word === "Live" || word === "Slow" ? this.stream.delay : undefined;
    return html`
      <button
        type="button"
        class="nx-quality ${word === "Live" && took !== undefined ? "quick" : ""}"
        popovertarget="quality-details"
        aria-label="${word}${took === undefined ? "" : ` ${delay(took)}`}, connection"
      >
        <span class=${tone}>${icon}</span><span class="word">${word}</span>${took === undefined
          ? nothing
          : html` <span class="meta num">${delay(took)}</span>`}
      </button>
      <div class="nx-popover" id="quality-details" popover>
        <p class="row"><span class=${tone}>${icon}</span><b>${word}</b></p>
        <p class="soft">${text}</p>
      </div>
    `;
  }
}
