import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import "./fold.css";
import "./nx-markdown.ts";
import { NxElement } from "../shared/element.ts";
import { duration, stopwatch } from "../shared/format.ts";
import { iconRight, iconThought } from "../shared/icon.ts";
import type { LivePart } from "./live-part.ts";

/** `<nx-thought>`: the model's thinking, one quiet line until it is opened. */
@customElement("nx-thought")
export class NxThought extends NxElement {
  @property({ attribute: false }) live!: LivePart;
  @property({ attribute: false }) version = 0;
  @state() private opened = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.every(1_000, () => this.live.growing && this.requestUpdate());
  }

  protected override render(): TemplateResult {
    return html`<details class="fold plain-line" @toggle=${this.#toggled}>
      <summary>
        ${iconRight()}${iconThought()}<span class="cut num">${this.#words}</span>
      </summary>
      <div class="body">
        <div class="pad soft">${this.opened ? html`<nx-markdown class="md" .live=${this.live}></nx-markdown>` : nothing}</div>
      </div>
    </details>`;
  }

  get #words(): string {
    const { part, growing } = this.live;
    const started = "startedAt" in part ? part.startedAt : undefined;
    const ended = "endedAt" in part ? part.endedAt : undefined;
    if (growing) {
      return started ? `Thinking ${stopwatch(Date.now() - Date.parse(started))}` : "Thinking";
    }
    if (!started || !ended) {
      return "Thought";
    }
    const took = Date.parse(ended) - Date.parse(started);
    return took < 1_000 ? "Thought for a moment" : `Thought for ${duration(took)}`;
  }

  #toggled(event: ToggleEvent): void {
    this.opened ||= event.newState === "open";
  }
}
