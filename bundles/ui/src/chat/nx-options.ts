import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { plural } from "../shared/format.ts";
import { iconCheck } from "../shared/icon.ts";

export interface Option {
  value: string;
  label: string;
  /** Options with the same group stand together, under its name. */
  group: string;
  detail: string;
  isDefault: boolean;
}

/** With this many or fewer there is nothing to search. */
const FEW = 7;
/** How many are drawn; the others are found by typing. */
const MOST = 200;

/** `<nx-options>`: a list to choose one thing from, with a search when it is long. Tells `nx-chosen` with its value. */
@customElement("nx-options")
export class NxOptions extends NxElement {
  @property() name = "";
  @property() label = "";
  @property({ attribute: false }) options: readonly Option[] = [];
  @property() value = "";
  @property() state: "loading" | "ready" | "failed" = "ready";
  @property() problem = "";
  /** Said when there is nothing to choose from. */
  @property() none = "";
  @state() private query = "";
  @state() private active = "";
  @query("input") private field!: HTMLInputElement | null;
  @query(".list") private list!: HTMLElement | null;

  #typed = "";
  #typedAt = 0;

  /** Takes the focus. By touch not into the field: a keyboard on the screen would cover the list. */
  take(): void {
    this.active = this.value;
    const touch = matchMedia("(pointer: coarse)").matches;
    const target = touch ? (this.list ?? this.field) : (this.field ?? this.list);
    target?.focus({ preventScroll: true });
    void this.updateComplete.then(() => this.#reveal());
  }

  protected override render(): TemplateResult {
    const { options, state } = this;
    if (options.length === 0) {
      const words = { loading: "Loading", failed: this.problem, ready: this.none }[state];
      return html`<p tabindex="-1" class="list">${words}</p>`;
    }
    const shown = this.#shown;
    const active = this.#active(shown);
    const descendant = active ? `${this.name}-${options.indexOf(active)}` : nothing;
    return html`${options.length > FEW ? this.#search(descendant) : nothing}
      ${shown.length === 0
        ? html`<p role="status">None is called like this.</p>`
        : html`<div
            class="list"
            role="listbox"
            id="${this.name}-list"
            aria-label=${this.label}
            tabindex="0"
            aria-activedescendant=${descendant}
            @keydown=${this.#key}
          >
            ${groupsOf(shown).map(([group, members], index) => this.#group(group, members, index, active))}
          </div>`}
      ${this.#matching.length > shown.length
        ? html`<p>${plural(this.#matching.length - shown.length, "more")}. Type to find them.</p>`
        : nothing}`;
  }

  #search(descendant: string | typeof nothing): TemplateResult {
    return html`<div class="find">
      <input
        class="field"
        type="text"
        role="combobox"
        aria-label="Find: ${this.label.toLowerCase()}"
        placeholder="Find"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls="${this.name}-list"
        aria-activedescendant=${descendant}
        .value=${this.query}
        @input=${this.#find}
        @keydown=${this.#key}
      />
    </div>`;
  }

  #group(group: string, members: readonly Option[], index: number, active: Option | undefined): TemplateResult {
    const id = `${this.name}-group-${index}`;
    const options = members.map((option) => this.#option(option, option === active));
    return group === ""
      ? html`${options}`
      : html`<div role="group" aria-labelledby=${id}>
          <div class="group meta" id=${id} role="presentation">${group}</div>
          ${options}
        </div>`;
  }

  #option(option: Option, active: boolean): TemplateResult {
    const { value, label, detail, isDefault } = option;
    const chosen = value === this.value;
    return html`<div
      class="nx-option ${active ? "active" : ""}"
      role="option"
      id="${this.name}-${this.options.indexOf(option)}"
      aria-selected=${chosen ? "true" : "false"}
      @pointerdown=${(event: Event) => event.preventDefault()}
      @click=${() => this.tell("nx-chosen", value)}
    >
      <span class="mark">${chosen ? iconCheck() : nothing}</span
      ><span class="names"
        ><span>${label}</span>${detail ? html`<span class="meta">${detail}</span>` : nothing}</span
      >${isDefault ? html`<span class="meta note">Default</span>` : nothing}
    </div>`;
  }

  get #matching(): Option[] {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    return this.options.filter(({ label, value, group }) => {
      const text = `${label} ${value} ${group}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  get #shown(): Option[] {
    return this.#matching.slice(0, MOST);
  }

  #active(shown: readonly Option[]): Option | undefined {
    return shown.find((option) => option.value === this.active) ?? shown[0];
  }

  #find(event: InputEvent): void {
    this.query = (event.target as HTMLInputElement).value;
    this.active = "";
    void this.updateComplete.then(() => this.#reveal());
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    // In the order in which they are drawn.
    const shown = groupsOf(this.#shown).flatMap(([, members]) => members);
    const at = shown.indexOf(this.#active(this.#shown)!);
    const inList = event.currentTarget === this.list;
    const last = shown.length - 1;
    const to: Record<string, number> = {
      ArrowDown: at >= last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      PageDown: Math.min(at + 8, last),
      PageUp: Math.max(at - 8, 0),
      ...(inList && { Home: 0, End: last }),
    };
    const next = to[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.#go(shown[next]);
    } else if (event.key === "Enter" || (inList && event.key === " ")) {
      event.preventDefault();
      if (shown[at]) {
        this.tell("nx-chosen", shown[at].value);
      }
    } else if (inList && event.key.length === 1) {
      event.preventDefault();
      this.#jump(event.key, shown, at);
    }
  }

  /** Goes to what begins with the letters that were typed. */
  #jump(letter: string, shown: readonly Option[], at: number): void {
    const now = Date.now();
    this.#typed = now - this.#typedAt < 1_000 ? this.#typed + letter.toLowerCase() : letter.toLowerCase();
    this.#typedAt = now;
    const from = this.#typed.length > 1 ? at : at + 1;
    const round = [...shown.slice(from), ...shown.slice(0, from)];
    this.#go(round.find(({ label }) => label.toLowerCase().startsWith(this.#typed)));
  }

  #go(option: Option | undefined): void {
    if (option) {
      this.active = option.value;
      void this.updateComplete.then(() => this.#reveal());
    }
  }

  #reveal(): void {
    this.querySelector(".nx-option.active")?.scrollIntoView({ block: "nearest" });
  }
}

function groupsOf(options: readonly Option[]): [group: string, members: Option[]][] {
  const groups = new Map<string, Option[]>();
  for (const option of options) {
    const members = groups.get(option.group);
    if (members) {
      members.push(option);
    } else {
      groups.set(option.group, [option]);
    }
  }
  return [...groups];
}
