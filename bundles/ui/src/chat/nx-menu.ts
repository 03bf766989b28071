import "./nx-menu.css";
import { html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { iconMore } from "../shared/icon.ts";

export interface Item {
  label: string;
  icon: TemplateResult;
  run?: () => void;
  /** A file that is saved instead. */
  href?: string;
}

/** `<nx-menu>`: a button and the list it opens, on top of everything. */
@customElement("nx-menu")
export class NxMenu extends NxElement {
  @property() label = "Menu";
  @property() name = "";
  @property({ attribute: false }) icon = iconMore();
  /** Asked for when it opens, if it is a function. */
  @property({ attribute: false }) items: readonly Item[] | (() => readonly Item[]) = [];
  /** What is shown; nothing while it is closed. */
  @state() private shown: readonly Item[] = [];
  @query("button") private button!: HTMLButtonElement;
  @query("[popover]") private list!: HTMLElement;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("scroll", this.#scrolled, { capture: true });
  }

  protected override render(): TemplateResult {
    return html`<button
        type="button"
        class="btn quiet icon small"
        aria-label=${this.label}
        title=${this.label}
        aria-haspopup="menu"
        popovertarget="menu-${this.name}"
      >
        ${this.icon}
      </button>
      <div
        class="nx-menu"
        id="menu-${this.name}"
        popover
        role="menu"
        aria-label=${this.label}
        @beforetoggle=${this.#place}
        @toggle=${this.#opened}
        @keydown=${this.#key}
      >
        ${this.shown.map((item) => this.#item(item))}
      </div>`;
  }

  #item({ label, icon, run, href }: Item): TemplateResult {
    const chosen = () => {
      this.list.hidePopover();
      run?.();
    };
    return href === undefined
      ? html`<button type="button" role="menuitem" tabindex="-1" @click=${chosen}>${icon}${label}</button>`
      : html`<a role="menuitem" tabindex="-1" href=${href} download @click=${chosen}>${icon}${label}</a>`;
  }

  #place(event: ToggleEvent): void {
    if (event.newState !== "open") {
      return;
    }
    this.shown = typeof this.items === "function" ? this.items() : this.items;
    this.#put();
  }

  #put(): void {
    const box = this.button.getBoundingClientRect();
    const height = this.shown.length * (matchMedia("(pointer: coarse)").matches ? 44 : 36) + 18;
    const below = box.bottom + 4 + height < innerHeight;
    this.list.style.right = `${Math.max(8, document.documentElement.clientWidth - box.right)}px`;
    this.list.style.top = `${Math.max(8, below ? box.bottom + 4 : box.top - 4 - height)}px`;
  }

  #opened(event: ToggleEvent): void {
    if (event.newState === "open") {
      this.#all[0]?.focus();
      addEventListener("scroll", this.#scrolled, { capture: true, passive: true });
    } else {
      removeEventListener("scroll", this.#scrolled, { capture: true });
      if (this.list.contains(document.activeElement) || document.activeElement === document.body) {
        this.button.focus();
      }
    }
  }

  /** It stays with its button, as long as that is in sight; what else scrolls, an answer that grows, is none of its business. */
  readonly #scrolled = (event: Event): void => {
    if (!(event.target as Node).contains(this.button)) {
      return;
    }
    const { top, bottom } = this.button.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) {
      this.list.hidePopover();
    } else {
      this.#put();
    }
  };

  get #all(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role=menuitem]")];
  }

  #key(event: KeyboardEvent): void {
    const all = this.#all;
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = {
      ArrowDown: all[(at + 1) % all.length],
      ArrowUp: all.at(at - 1),
      Home: all[0],
      End: all.at(-1),
    }[event.key];
    if (to) {
      event.preventDefault();
      to.focus();
    } else if (event.key === "Tab") {
      this.list.hidePopover();
    }
  }
}
