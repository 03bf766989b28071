import "./nx-picker.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { asProblem, type Problem } from "../shared/api.ts";
import { openDialog } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { iconDown, iconFailed, iconRetry, iconWarn } from "../shared/icon.ts";
import type { Session } from "../shared/types.ts";
import type { ChatStore, NewSession } from "./store.ts";
import { shortPath } from "./words.ts";

const LAST = "nexus.workspace";

/**
 * Asks what a new session shall be, and creates it: a title that may be left out, and choices that are made already, so
 * that Enter is enough.
 *
 * @param near the card whose folder is the most likely one
 * @param makeRoom asks for a card to put away; false when the owner keeps them all
 * @returns the new session; undefined when the owner changed their mind
 */
export function askForSession(
  store: ChatStore,
  near: string | undefined,
  makeRoom: () => Promise<boolean>,
): Promise<Session | undefined> {
  return new Promise((resolve) => {
    const form = document.createElement("nx-new-session") as NxNewSession;
    Object.assign(form, { store, near: near && store.session(near)?.workspace, makeRoom });
    const dialog = openDialog("", html`<div class="head"><h2 id="dialog-title">New session</h2></div>${form}`);
    form.addEventListener("nx-close", () => dialog.close());
    dialog.addEventListener("close", () => resolve(form.session));
  });
}

/** `<nx-new-session>`: the form. Tells `nx-close` when it is done with. */
@customElement("nx-new-session")
class NxNewSession extends NxElement {
  @property({ attribute: false }) store!: ChatStore;
  @property({ attribute: false }) near: string | undefined;
  @property({ attribute: false }) makeRoom!: () => Promise<boolean>;
  /** What was created. */
  session: Session | undefined;
  @state() private revision = 0;
  @state() private workspace: string | undefined;
  @state() private model: string | undefined;
  @state() private agent: string | undefined;
  @state() private problem: Problem | undefined;
  @state() private starting = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.until(
      this.store.choices.changed.listen(() => {
        this.revision++;
      }),
      (unlisten) => unlisten(),
    );
    this.store.choices.retry();
  }

  protected override firstUpdated(): void {
    // By touch a keyboard on the screen would cover the rest.
    const touch = matchMedia("(pointer: coarse)").matches;
    this.querySelector<HTMLElement>(touch ? ".btn.main" : "[name=title]")?.focus();
  }

  protected override render(): TemplateResult {
    const { choices } = this.store;
    const models = choices.models();
    const agents = choices.agents(this.#folder);
    const model = this.model ?? models.items.find((one) => one.isDefault)?.id;
    const agent = this.agent ?? agents.items.find((one) => one.isDefault)?.name;
    return html`<form class="new-session" @submit=${this.#submit}>
          ${this.#general()} ${this.#title()} ${this.#workspace()}
          ${this.#picked(
            "model",
            "Model",
            html`<nx-picker
              class="framed"
              kind="model"
              name="new"
              .value=${model}
              .models=${models}
              @nx-pick=${(event: CustomEvent<string>) => (this.model = event.detail)}
            ></nx-picker>`,
          )}
          ${this.#picked(
            "agent",
            "Agent",
            html`<nx-picker
              class="framed"
              kind="agent"
              name="new"
              .value=${agent}
              .agents=${agents}
              @nx-pick=${(event: CustomEvent<string>) => (this.agent = event.detail)}
            ></nx-picker>`,
          )}
      <div class="end">
        <button type="button" class="btn" @click=${() => this.tell("nx-close")}>Cancel</button>
        <button class="btn main" aria-disabled=${this.starting ? "true" : nothing}>
          ${this.starting ? html`${iconRetry("spin")}Starting` : "Start"}
        </button>
      </div>
    </form>`;
  }

  #title(): TemplateResult {
    const error = this.problem?.of("title");
    return html`<div class="form-row">
      <label for="new-title">Title</label>
      <input
        class="field"
        id="new-title"
        name="title"
        maxlength="200"
        autocomplete="off"
        aria-invalid=${error ? "true" : nothing}
        aria-describedby="${error ? "new-title-error " : ""}new-title-hint"
      />
      ${error ? html`<p class="err" id="new-title-error">${iconWarn()}<span>${error}</span></p>` : nothing}
      <p class="hint" id="new-title-hint">Left empty, it is named after the first task.</p>
    </div>`;
  }

  #workspace(): TemplateResult | typeof nothing {
    const { items } = this.store.choices.workspaces();
    const error = this.problem?.of("workspace");
    if (items.length < 2 && !error) {
      return items[0] ? html`<p class="soft">In <span class="mono">${shortPath(items[0])}</span></p>` : nothing;
    }
    return html`<div class="form-row">
      <label for="new-workspace">Folder</label>
      <div class="select">
        <select
          class="field mono"
          id="new-workspace"
          name="workspace"
          aria-invalid=${error ? "true" : nothing}
          aria-describedby=${error ? "new-workspace-error" : nothing}
          @change=${(event: Event) => (this.workspace = (event.target as HTMLSelectElement).value)}
        >
          ${items.map(
            (path) => html`<option value=${path} ?selected=${path === this.#folder}>${shortPath(path)}</option>`,
          )}
        </select>
        ${iconDown()}
      </div>
      ${error ? html`<p class="err" id="new-workspace-error">${iconWarn()}<span>${error}</span></p>` : nothing}
    </div>`;
  }

  #picked(field: "model" | "agent", label: string, picker: TemplateResult): TemplateResult {
    const error = this.problem?.of(field);
    return html`<div class="form-row">
      <label for="pick-${field}-new">${label}</label>
      ${picker} ${error ? html`<p class="err" role="alert">${iconWarn()}<span>${error}</span></p>` : nothing}
    </div>`;
  }

  /** What is wrong with no field of the form. */
  #general(): TemplateResult | typeof nothing {
    const { problem } = this;
    const named = ["title", "workspace", "model", "agent"].some((field) => problem?.of(field));
    return problem && !named
      ? html`<p class="notice bad" role="alert">${iconFailed()}<span>${problem.detail}</span></p>`
      : nothing;
  }

  /** The folder that is chosen: by the owner, or the one of the last time, or the one that is being worked in. */
  get #folder(): string | undefined {
    const { items } = this.store.choices.workspaces();
    return [this.workspace, lastFolder(), this.near].find((path) => path && items.includes(path)) ?? items[0];
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    if (!this.starting) {
      const title = String(new FormData(event.currentTarget as HTMLFormElement).get("title")).trim();
      void this.#start({
        ...(title && { title }),
        ...(this.#folder && { workspace: this.#folder }),
        ...(this.model && { model: this.model }),
        ...(this.agent && { agent: this.agent }),
      });
    }
  }

  async #start(wanted: NewSession): Promise<void> {
    this.starting = true;
    this.problem = undefined;
    try {
      this.session = await this.store.create(wanted);
      rememberFolder(wanted.workspace);
      this.tell("nx-close");
    } catch (failure) {
      const problem = asProblem(failure);
      if (problem.code === "too-many-active" && (await this.makeRoom().catch(() => false))) {
        await this.#start(wanted);
        return;
      }
      this.problem = problem;
      await this.updateComplete;
      this.querySelector<HTMLElement>("[aria-invalid]")?.focus();
    } finally {
      this.starting = false;
    }
  }
}

function lastFolder(): string | undefined {
  try {
    return localStorage.getItem(LAST) ?? undefined;
  } catch {
    return undefined;
  }
}

function rememberFolder(path: string | undefined): void {
  try {
    if (path) {
      localStorage.setItem(LAST, path);
    }
  } catch {
    // Without storage the folder that is worked in is offered.
  }
}
