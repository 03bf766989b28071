import "./form.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { asProblem } from "../shared/api.ts";
import { events } from "../shared/events.ts";
import { plural } from "../shared/format.ts";
import { iconRight, iconWarn } from "../shared/icon.ts";
import { toast } from "../shared/toast.ts";
import type { SettingGroup, SettingValues } from "../shared/types.ts";
import type { FormField } from "./draft.ts";
import { wordsOf } from "./field-words.ts";
import { Panel } from "./panel.ts";
import { newProblems, settings } from "./shared.ts";

/** <nx-settings>: every group of settings that some part of Nexus describes. */
@customElement("nx-settings")
export class NxSettings extends Panel {
  protected readonly waitsFor = "Asking for the settings.";
  /** Names of groups with changes that are not saved. */
  @state() private dirty: ReadonlySet<string> = new Set();
  /** As they were told last. */
  #known: readonly SettingGroup[] | undefined;
  readonly #forms = new Map<string, { group: SettingGroup; fields: FormField[] }>();

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(settings, "change", () => this.#changed());
    this.on(events, "state", () => this.requestUpdate());
  }

  protected get filled(): boolean {
    return settings.value !== undefined;
  }

  protected async load(): Promise<void> {
    const first = !this.filled;
    await settings.load();
    if (first) {
      // Somebody who came here for one setting is led to it now that it is there.
      void this.updateComplete.then(() => this.show(location.hash.slice(1)));
    }
  }

  /** A file that is put aside while somebody looks is told at once, wherever on the page they are. */
  #changed(): void {
    const now = settings.value ?? [];
    const news = newProblems(this.#known ?? [], now);
    if (this.#known) {
      news.forEach(({ name, problem }) => toast(problem!, { label: "Show", run: () => this.show(`settings-${name}`) }, 20));
    }
    this.#known = now;
    this.requestUpdate();
    // To be seen without being looked for. Who closes it, has seen it.
    void this.updateComplete.then(() => news.forEach(({ name }) => this.#fold(name)?.setAttribute("open", "")));
  }

  #fold(group: string): HTMLDetailsElement | null {
    return this.querySelector<HTMLDetailsElement>(`#${CSS.escape(`settings-${group}`)}`);
  }

  /** Opens the group of that field and goes there. False when there is none. */
  show(id: string): boolean {
    const group = settings.value?.find(({ name }) => id.startsWith(`settings-${name}-`) || id === `settings-${name}`);
    const fold = group && this.#fold(group.name);
    if (!fold) {
      return false;
    }
    fold.open = true;
    // A list has no field of its own: its first row, or the button that adds one.
    const target = [id, `${id}-0`, `${id}-add`]
      .map((other) => document.getElementById(other))
      .find((found) => found && found !== fold);
    (target ?? fold).scrollIntoView({ block: target ? "center" : "start" });
    (target ?? fold.querySelector("summary"))?.focus({ preventScroll: true });
    return true;
  }

  /** Writes a new file in place of the one that was put aside. */
  async #keep({ name, values }: SettingGroup): Promise<void> {
    try {
      await settings.change(name, values);
      toast("Saved.", undefined, 4);
      this.#fold(name)?.querySelector("summary")?.focus();
    } catch (failure) {
      toast(`Not saved. ${asProblem(failure).detail}`);
    }
  }

  #mark(group: string, dirty: boolean): void {
    const others = [...this.dirty].filter((name) => name !== group);
    this.dirty = new Set(dirty ? [...others, group] : others);
  }

  protected override render(): TemplateResult {
    return html`
      <section class="panel" id="settings" aria-labelledby="settings-title">
        <div class="head">
          <h2 id="settings-title">Settings</h2>
          <span class="grow"></span>
          ${this.filled ? html`<span class="meta">What you save counts at once.</span>` : nothing}
        </div>
        <div class="in">${this.body(5, () => this.#groups(settings.value!))}</div>
      </section>
    `;
  }

  #groups(groups: readonly SettingGroup[]): TemplateResult {
    if (groups.length === 0) {
      return html`<p class="soft">No part of Nexus has settings now.</p>`;
    }
    return html`<div class="groups">${repeat(groups, ({ name }) => name, (group) => this.#group(group))}</div>`;
  }

  #group(group: SettingGroup): TemplateResult {
    const { name, title, values, problem } = group;
    const fields = this.#fields(group);
    const heading = titleOf(title);
    return html`
      <details class="nx-group" id="settings-${name}">
        <summary>
          ${iconRight()}
          <h3>${heading}</h3>
          ${this.dirty.has(name) ? html`<span class="state">Not saved</span>` : nothing}
          ${problem ? html`<span class="state fail">${iconWarn()}${isAside(problem) ? "File put aside" : "Look at its file"}</span>` : nothing}
          <span class="grow"></span>
          <span class="meta num">${plural(fields.length, "setting")}</span>
        </summary>
        ${problem
          ? html`<div class="notice bad">
              ${iconWarn()}<span class="grow">${problem}</span>
              <button
                type="button"
                class="btn small"
                title="Writes a new file with the values that are used now"
                ?disabled=${events.connection === "offline"}
                @click=${() => void this.#keep(group)}
              >
                Keep what is used
              </button>
            </div>`
          : nothing}
        <nx-form
          name="settings-${name}"
          .subject=${heading}
          .fields=${fields}
          .values=${values}
          .save=${this.#save(name)}
          @nx-dirty=${(event: CustomEvent<boolean>) => this.#mark(name, event.detail)}
        ></nx-form>
      </details>
    `;
  }

  readonly #savers = new Map<string, (changes: SettingValues) => Promise<SettingValues>>();

  #save(group: string): (changes: SettingValues) => Promise<SettingValues> {
    let save = this.#savers.get(group);
    if (!save) {
      save = (changes) => settings.change(group, changes);
      this.#savers.set(group, save);
    }
    return save;
  }

  /** The same fields as before while they are described as before. */
  #fields(group: SettingGroup): FormField[] {
    const known = this.#forms.get(group.name);
    if (known && known.group.fields === group.fields) {
      return known.fields;
    }
    const fields = group.fields.map((field) => ({
      ...field,
      ...wordsOf(field.name, field.type === "integer" || field.type === "decimal"),
    }));
    this.#forms.set(group.name, { group, fields });
    return fields;
  }
}

/** Whether the file was put aside; else it has something in it that does nothing. */
function isAside(problem: string): boolean {
  return problem.includes(" put aside ");
}

/** `Nexus: login` is `Login` here, where everything is of Nexus. */
function titleOf(title: string): string {
  const short = title.replace(/^Nexus:\s*/, "");
  return short.charAt(0).toUpperCase() + short.slice(1);
}
