import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { asProblem, type Problem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import { events } from "../shared/events.ts";
import { plural } from "../shared/format.ts";
import { iconClose, iconEye, iconPlus, iconRetry, iconWarn } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { toast } from "../shared/toast.ts";
import type { SettingValues } from "../shared/types.ts";
import { control, type Line } from "./controls.ts";
import { Draft, type Entry, type FormField, shownRow } from "./draft.ts";
import { boundsOf, inWords, labelOf, lineInWords, sentence, stillUsing } from "./field-words.ts";

/**
 * <nx-form>: settings to change. What is typed stays until it is saved or discarded, whatever happens meanwhile. Tells
 * `nx-dirty` with a boolean whenever there begin or cease to be changes that are not saved.
 */
@customElement("nx-form")
export class NxForm extends NxElement {
  /** Of the form, unique on the page: its fields have the ids `<name>-<field>`. */
  @property() name = "";
  /** What is changed, for people: `the rules`. */
  @property() subject = "";
  @property({ attribute: false }) fields: readonly FormField[] = [];
  /** What holds now. */
  @property({ attribute: false }) values: SettingValues = {};
  /** Saves what was changed and gives what holds then. Fails with a {@link Problem}. */
  @property({ attribute: false }) save!: (changes: SettingValues) => Promise<SettingValues>;
  @state() private saving = false;
  /** What is wrong, by the name of the field, or `name[row]`. */
  @state() private errors: ReadonlyMap<string, string> = new Map();
  @state() private refusal = "";
  /** Names of secrets that are to be seen. */
  @state() private uncovered: ReadonlySet<string> = new Set();
  readonly #draft = new Draft();
  #wasDirty = false;
  #focusNext: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(events, "state", () => this.requestUpdate());
    this.on(window, "beforeunload", (event: BeforeUnloadEvent) => this.#draft.dirty && event.preventDefault());
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("fields")) {
      this.#draft.describe(this.fields);
    }
    if (changed.has("values")) {
      this.#draft.take(this.values);
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

  #id(field: FormField, row?: number): string {
    return `${this.name}-${field.name}${row === undefined ? "" : `-${row}`}`;
  }

  #set(field: FormField, entry: Entry): void {
    this.#draft.set(field, entry);
    this.requestUpdate();
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.saving || !this.#draft.dirty || events.connection === "offline") {
      return;
    }
    this.refusal = "";
    this.errors = this.#draft.check();
    if (this.errors.size > 0) {
      this.#toSummary();
      return;
    }
    this.saving = true;
    const sent = this.#draft.changed;
    try {
      const values = await this.save(this.#draft.changes());
      this.#draft.accept(sent, values);
      toast("Saved.", undefined, 4);
    } catch (failure) {
      this.#refused(asProblem(failure), sent);
    } finally {
      this.saving = false;
    }
  }

  /** Puts what Nexus complains of beside the fields, and what belongs to none above the buttons. */
  #refused(problem: Problem, sent: ReadonlyMap<string, Entry>): void {
    const errors = new Map<string, string>();
    const others: string[] = [];
    for (const { field, message } of problem.errors) {
      const [, name = field, row] = /^(?:[\w-]+\.)?([\w-]+)(?:\[(\d+)\])?$/.exec(field) ?? [];
      if (!this.fields.some((known) => known.name === name)) {
        others.push(`${field}: ${message}`);
        continue;
      }
      const rows = sent.get(name);
      const place = row !== undefined && Array.isArray(rows) ? shownRow(rows, Number(row)) : -1;
      errors.set(place >= 0 ? `${name}[${place}]` : name, sentence(message));
    }
    this.errors = errors;
    this.refusal = errors.size === 0 ? problem.detail : others.map(sentence).join(" ");
    if (errors.size > 0) {
      this.#toSummary();
    } else {
      say(`Not saved. ${this.refusal}`);
    }
  }

  #toSummary(): void {
    void this.updateComplete.then(() => document.getElementById(`${this.name}-summary`)?.focus());
  }

  #discard(): void {
    this.#draft.discard();
    this.errors = new Map();
    this.refusal = "";
    say("Your changes are discarded.");
    this.#focusNext = `${this.name}-save`;
    this.requestUpdate();
  }

  #standards(): void {
    this.#draft.standards();
    this.errors = new Map();
    this.#focusNext = `${this.name}-save`;
    say(this.#draft.dirty ? "The defaults are filled in and not saved yet." : "These are the defaults.");
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    return html`
      <form class="nx-form" novalidate @submit=${(event: Event) => void this.#submit(event)}>
        ${this.errors.size > 0 ? this.#summary() : nothing}
        <div class="fields">${this.fields.map((field) => this.#field(field))}</div>
        ${this.refusal
          ? html`<p class="notice bad">${iconWarn()}<span class="grow">Not saved. ${this.refusal}</span></p>`
          : nothing}
        ${this.#end()}
      </form>
    `;
  }

  #summary(): TemplateResult {
    const lines = [...this.errors].map(([key, message]) => {
      const [, name, row] = /^(.*?)(?:\[(\d+)\])?$/.exec(key)!;
      const field = this.fields.find((known) => known.name === name)!;
      const id = this.#id(field, row === undefined ? (field.list ? 0 : undefined) : Number(row));
      const go = (event: Event) => {
        event.preventDefault();
        (document.getElementById(id) ?? document.getElementById(`${this.#id(field)}-add`))?.focus();
      };
      return html`<li><a href="#${id}" @click=${go}>${field.label}</a>: ${message}</li>`;
    });
    return html`
      <div
        class="notice bad summary"
        id="${this.name}-summary"
        role="group"
        tabindex="-1"
        aria-labelledby="${this.name}-wrong"
      >
        ${iconWarn()}
        <div class="grow">
          <p id="${this.name}-wrong">
            Nothing was saved. ${plural(this.errors.size, "thing is", "things are")} not right.
          </p>
          <ul>
            ${lines}
          </ul>
        </div>
      </div>
    `;
  }

  #end(): TemplateResult {
    const { dirty } = this.#draft;
    const offline = events.connection === "offline";
    const resettable = this.fields.some(({ standard }) => standard !== undefined) && !this.#draft.standard;
    return html`
      <div class="end">
        <button class="btn main" id="${this.name}-save" aria-disabled=${String(!dirty || this.saving || offline)}>
          ${this.saving ? iconRetry("spin") : nothing}<span>Save<span class="sr"> ${this.subject}</span></span>
        </button>
        ${dirty && !this.saving
          ? html`<button type="button" class="btn" @click=${this.#discard}>
              <span>Discard<span class="sr"> the changes of ${this.subject}</span></span>
            </button>`
          : nothing}
        <span class="unsaved meta">
          ${this.saving
            ? "Saving"
            : offline && dirty
              ? "Not saved. You can save when you are back online."
              : dirty
                ? "Not saved yet"
                : nothing}
        </span>
        <span class="grow"></span>
        ${resettable
          ? html`<button type="button" class="btn quiet" ?disabled=${this.saving} @click=${this.#standards}>
              <span>Fill in the defaults<span class="sr"> of ${this.subject}</span></span>
            </button>`
          : nothing}
      </div>
    `;
  }

  #field(field: FormField): TemplateResult {
    const id = this.#id(field);
    const error = this.errors.get(field.name);
    const elsewhere = this.#draft.changedElsewhere(field.name);
    const saved = this.#draft.saved[field.name];
    const help = this.#help(field);
    const hint = help ? html`<p class="hint" id="${id}-hint">${help}</p>` : nothing;
    const below = html`
      ${error
        ? html`<p class="err" id="${id}-error">
            ${iconWarn()}<span class="num">${error}${stillUsing(field, saved)}</span>
          </p>`
        : nothing}
      ${elsewhere
        ? html`<p class="hint" id="${id}-else">
            Meanwhile changed elsewhere${field.secret ? "" : ` to ${inWords(saved)}`}.
          </p>`
        : nothing}
    `;
    const described = [error ? `${id}-error` : "", elsewhere ? `${id}-else` : "", help ? `${id}-hint` : ""]
      .filter(Boolean)
      .join(" ");
    if (field.list) {
      return html`<fieldset class="form-row list" aria-describedby=${described || nothing}>
        <legend>${field.label}</legend>
        ${this.#rows(field)} ${below} ${hint}
      </fieldset>`;
    }
    if (field.type === "boolean") {
      return html`<div class="form-row tick ${field.wide ? "wide" : ""}">
        <label for=${id}>
          <input
            type="checkbox"
            id=${id}
            .checked=${live(this.#draft.entry(field) === true)}
            aria-describedby=${described || nothing}
            aria-invalid=${error ? "true" : nothing}
            @change=${(event: Event) => this.#set(field, (event.target as HTMLInputElement).checked)}
          /><span>${field.label}</span></label
        >
        ${below} ${hint}
      </div>`;
    }
    return html`<div class="form-row ${field.lines ? "wide" : ""}">
      <label for=${id}>${labelOf(field)}</label>
      ${this.#line(field, { id, text: this.#draft.entry(field) as string, wrong: Boolean(error), described })}
      ${below} ${hint}
    </div>`;
  }

  /** Whether there is a secret that is not told. */
  #isSet({ name }: FormField): boolean {
    return this.#draft.saved[`${name}Set`] === true;
  }

  async #remove(field: FormField): Promise<void> {
    const sure = await ask({
      title: `Remove what is set as ${field.label.toLowerCase()}?`,
      text: "It is not kept anywhere else.",
      yes: "Remove",
    });
    if (!sure) {
      return;
    }
    this.refusal = "";
    try {
      this.#draft.accept(new Map(), await this.save({ [field.name]: field.list ? [] : "" }));
      toast("Removed.", undefined, 4);
    } catch (failure) {
      this.#refused(asProblem(failure), new Map());
    }
    this.requestUpdate();
  }

  #help(field: FormField): string {
    const bounds = boundsOf(field);
    const set = field.list
      ? field.secret
        ? "A value that is set is not shown, but as ••••: leave it to keep the value, or write another in its place."
        : ""
      : field.secret && this.#isSet(field)
        ? "One is set; what you write replaces it."
        : "";
    return [sentence(field.description ?? ""), sentence(bounds), set].filter(Boolean).join(" ");
  }

  /** A line; one that is secret can be covered and shown. */
  #line(field: FormField, line: Line): TemplateResult {
    const { name, label } = field;
    const take = (text: string) => this.#set(field, text);
    if (!field.secret) {
      return control(field, line, take);
    }
    const shown = this.uncovered.has(name);
    const turn = () => {
      const others = [...this.uncovered].filter((other) => other !== name);
      this.uncovered = new Set(shown ? others : [...others, name]);
    };
    return html`<div class="covered">
      ${control(field, { ...line, covered: !shown }, take)}
      <button type="button" class="btn" aria-pressed=${String(shown)} aria-controls=${line.id} @click=${turn}>
        ${iconEye()}<span>Show<span class="sr"> ${label.toLowerCase()}</span></span>
      </button>
      ${this.#isSet(field)
        ? html`<button type="button" class="btn small" @click=${() => void this.#remove(field)}>
            <span>Remove<span class="sr"> the ${label.toLowerCase()} that is set</span></span>
          </button>`
        : nothing}
    </div>`;
  }

  #rows(field: FormField): TemplateResult {
    const rows = this.#draft.entry(field) as readonly string[];
    const error = Boolean(this.errors.get(field.name));
    const add = () => {
      this.#forgetRows(field);
      this.#set(field, [...rows, field.choices[0] ?? ""]);
      this.#focusNext = this.#id(field, rows.length);
    };
    const remove = (row: number) => {
      this.#forgetRows(field);
      this.#set(field, rows.filter((_, other) => other !== row));
      say(`Removed ${lineInWords(field, rows[row]!) || (rows[row] ? `line ${row + 1}` : "an empty line")}.`);
      this.#focusNext = rows.length > 1 ? this.#id(field, Math.min(row, rows.length - 2)) : `${this.#id(field)}-add`;
    };
    return html`
      ${rows.length === 0 ? html`<p class="hint">None.</p>` : nothing}
      <ul class="rows">
        ${rows.map((text, row) => {
          const id = this.#id(field, row);
          const wrong = this.errors.get(`${field.name}[${row}]`);
          const described = wrong ? `${id}-error` : "";
          const label = `${field.label}, line ${row + 1}`;
          const take = (typed: string) =>
            this.#set(
              field,
              rows.map((other, place) => (place === row ? typed : other)),
            );
          return html`<li>
            ${control(field, { id, text, wrong: error || Boolean(wrong), described, label }, take)}
            <button
              type="button"
              class="btn quiet icon"
              aria-label="Remove ${lineInWords(field, text) || `line ${row + 1}`}"
              title="Remove"
              @click=${() => remove(row)}
            >
              ${iconClose()}
            </button>
            ${wrong ? html`<p class="err" id="${id}-error">${iconWarn()}<span>${wrong}</span></p>` : nothing}
          </li>`;
        })}
      </ul>
      <button type="button" class="btn small" id="${this.#id(field)}-add" @click=${add}>
        ${iconPlus()}<span>Add<span class="sr"> a line to ${field.label}</span></span>
      </button>
    `;
  }

  /** What was wrong with a row belongs to another one now. */
  #forgetRows(field: FormField): void {
    this.errors = new Map([...this.errors].filter(([key]) => !key.startsWith(`${field.name}[`)));
  }
}
