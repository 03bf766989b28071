import "./nx-picker.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { iconAgent, iconDown, iconModel } from "../shared/icon.ts";
import type { Agent, Model } from "../shared/types.ts";
import type { Offer } from "./choices.ts";
import type { NxOptions, Option } from "./nx-options.ts";
import { modelName } from "./words.ts";

/**
 * `<nx-picker>`: chooses a model or an agent. Tells `nx-pick` with the id that was chosen, and `nx-opens` before its list
 * is shown.
 */
@customElement("nx-picker")
export class NxPicker extends NxElement {
  @property() kind: "model" | "agent" = "model";
  /** Tells it apart from others on the page. */
  @property() name = "";
  @property() value: string | undefined;
  @property({ attribute: false }) models: Offer<Model> | undefined;
  @property({ attribute: false }) agents: Offer<Agent> | undefined;
  @state() private shown = false;
  @state() private ready = false;
  @state() private problem = "";
  @query(".pick") private button!: HTMLButtonElement;
  @query("[popover]") private list!: HTMLElement;

  /** Shows the list. */
  open(): void {
    this.button.focus({ preventScroll: true });
    this.list.showPopover();
  }

  protected override render(): TemplateResult {
    const what = this.kind === "model" ? "Model" : "Agent";
    const offered = this.#offer;
    const current = this.#options.find((option) => option.value === this.value);
    const label = current?.label ?? (this.kind === "model" ? modelName(this.value) : this.value);
    const gone = this.value !== undefined && offered?.state === "ready" && !current;
    const name = `${what}: ${label || (offered?.state === "loading" ? "loading" : "not chosen")}${gone ? ", not there any more" : ""}`;
    return html`<button
        type="button"
        class="pick ${gone ? "gone" : ""}"
        id="pick-${this.kind}-${this.name}"
        aria-label=${name}
        title=${name}
        aria-haspopup="dialog"
        aria-expanded=${this.shown ? "true" : "false"}
        popovertarget="picked-${this.kind}-${this.name}"
      >
        ${this.kind === "model" ? iconModel() : iconAgent()}<span class="cut">${label || what}</span>${iconDown()}
      </button>
      <div
        class="nx-picked"
        id="picked-${this.kind}-${this.name}"
        popover
        role="dialog"
        aria-label=${what}
        @beforetoggle=${this.#before}
        @toggle=${this.#toggled}
        @focusout=${this.#left}
      >
        ${this.shown ? this.#list(what, offered) : nothing}
      </div>`;
  }

  #list(what: string, offered: Offer<unknown> | undefined): TemplateResult {
    if (this.problem) {
      return html`<p>${this.problem}</p>`;
    }
    if (!this.ready) {
      return html`<p class="soft">Loading</p>`;
    }
    return html`<nx-options
      .name="${this.kind}-${this.name}"
      .label=${what}
      .options=${this.#options}
      .value=${this.value ?? ""}
      .state=${offered?.state ?? "loading"}
      .problem=${offered?.problem ?? ""}
      .none=${this.kind === "model" ? "No model can be used. Log in to a provider on the machine Nexus runs on." : "There is no agent to choose."}
      @nx-chosen=${this.#chosen}
    ></nx-options>`;
  }

  get #offer(): Offer<unknown> | undefined {
    return this.kind === "model" ? this.models : this.agents;
  }

  get #options(): Option[] {
    if (this.kind === "model") {
      return (this.models?.items ?? []).map(({ id, name, provider, isDefault, demo }) => ({
        value: id,
        label: name,
        group: provider,
        detail: demo ? "Canned answers, no real model" : "",
        isDefault,
      }));
    }
    return (this.agents?.items ?? []).map(({ name, description = "", isDefault }) => ({
      value: name,
      label: name,
      group: "",
      detail: description,
      isDefault,
    }));
  }

  #before(event: ToggleEvent): void {
    if (event.newState !== "open") {
      return;
    }
    this.tell("nx-opens");
    this.shown = true;
    void this.#load();
    this.#place();
  }

  async #toggled(event: ToggleEvent): Promise<void> {
    if (event.newState === "open") {
      await this.#load();
      await this.updateComplete;
      this.#options_?.take();
      return;
    }
    this.shown = false;
  }

  get #options_(): NxOptions | null {
    return this.querySelector<NxOptions>("nx-options");
  }

  /** The list is rarely wanted: it comes when it is. */
  async #load(): Promise<void> {
    try {
      await import("./nx-options.ts");
      this.ready = true;
      this.problem = "";
    } catch {
      this.problem = "The list could not be loaded. Try again when you are online.";
    }
  }

  /** Over the button, or under it where there is more room. */
  #place(): void {
    const box = this.button.getBoundingClientRect();
    const { style } = this.list;
    const width = Math.min(320, innerWidth - 16);
    const above = box.top > innerHeight - box.bottom;
    style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    style.top = above ? "auto" : `${box.bottom + 4}px`;
    style.bottom = above ? `${innerHeight - box.top + 4}px` : "auto";
    style.maxHeight = `${Math.min(400, (above ? box.top : innerHeight - box.bottom) - 12)}px`;
  }

  #left(event: FocusEvent): void {
    const to = event.relatedTarget;
    if (to instanceof Node && !this.contains(to)) {
      this.list.hidePopover();
    }
  }

  #chosen(event: CustomEvent<string>): void {
    this.list.hidePopover();
    this.button.focus({ preventScroll: true });
    if (event.detail !== this.value) {
      this.tell("nx-pick", event.detail);
    }
  }
}
