import "./bar.css";
import "./quality.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { api, asProblem } from "./api.ts";
import { NxElement } from "./element.ts";
import { type EventStream, events } from "./events.ts";
import {
  iconBell,
  iconGauge,
  iconGrid,
  iconHelp,
  iconLock,
  iconMore,
  iconNeed,
  iconPlus,
  iconSearch,
  iconSliders,
} from "./icon.ts";
import { watchForNewer } from "./newer.ts";
import { toast } from "./toast.ts";
import { unread } from "./unread.ts";
import { word } from "./word.ts";

const PAGES = [
  { id: "sessions", path: "/", name: "Sessions", icon: iconGrid },
  { id: "dashboard", path: "/dashboard", name: "Dashboard", icon: iconGauge },
] as const;

const NOTIFICATIONS = "/dashboard#notifications";

/** A number that fits into a small place. */
const atMost = (count: number) => (count > 99 ? "99+" : String(count));

/**
 * <nx-bar>: the bar at the top, the same on every page. Tells `nx-needs` (show what waits for the owner), `nx-search`
 * (other pages than the sessions link to both), `nx-new` (start a session), `nx-help` and `nx-settings`.
 */
@customElement("nx-bar")
export class NxBar extends NxElement {
  @property() page: "sessions" | "dashboard" = "sessions";
  /** The numbers of the sessions, on wide screens. */
  @property({ attribute: false }) strip: TemplateResult | undefined;
  /** How many requests wait for the owner. */
  @property({ type: Number }) needs = 0;
  /** Whether what waits is shown now. */
  @property({ type: Boolean }) needsOpen = false;
  /** Whether a session can be started from here. */
  @property({ type: Boolean }) starts = false;
  @property({ attribute: false }) stream: EventStream = events;

  override connectedCallback(): void {
    super.connectedCallback();
    const show = () => {
      const { dataset } = document.documentElement;
      if (this.stream.connection === "offline") {
        dataset.net = "off";
      } else {
        delete dataset.net;
      }
    };
    this.on(this.stream, "state", show);
    show();
    this.until(watchForNewer(this.stream), (stop) => stop());
    this.until(unread.follow(), (stop) => stop());
    this.on(unread, "change", () => this.requestUpdate());
  }

  async #logout(): Promise<void> {
    try {
      await api("POST", "/api/logout");
      location.assign("/login");
    } catch (failure) {
      toast(`Still logged in. ${asProblem(failure).detail}`);
    }
  }

  #fromMenu(work: () => void): () => void {
    return () => {
      this.querySelector<HTMLElement>("#bar-menu")?.hidePopover();
      work();
    };
  }

  protected override render(): TemplateResult {
    return html`
      <header class="nx-bar ${this.strip ? "" : "bare"}">
        ${word("/")}
        <nav class="pages wide-only" aria-label="Pages">${this.#pages()}</nav>
        ${this.strip ? html`<div class="strip wide-only">${this.strip}</div>` : nothing}
        <span class="grow"></span>
        <nx-quality .stream=${this.stream}></nx-quality>
        ${this.#needs()} ${this.#starts()}
        <span class="tools">
          ${this.#search()} ${this.#bell()}
          <button
            type="button"
            class="btn quiet icon wide-only"
            aria-label="Help and shortcuts"
            title="Help and shortcuts"
            aria-keyshortcuts="?"
            @click=${() => this.tell("nx-help")}
          >
            ${iconHelp()}
          </button>
          <button type="button" class="btn quiet icon" aria-label="Menu" title="Menu" popovertarget="bar-menu">
            ${iconMore()}${unread.count > 0 ? html`<span class="dot phone-only"></span>` : nothing}
          </button>
        </span>
        ${this.#menu()}
      </header>
    `;
  }

  #pages(): TemplateResult[] {
    return PAGES.map(
      ({ id, path, name, icon }) => html`
        <a href=${path} aria-label=${name} title=${name} aria-current=${id === this.page ? "page" : nothing}>
          ${icon()}<span>${name}</span>
        </a>
      `,
    );
  }

  #needs(): TemplateResult | typeof nothing {
    if (this.needs === 0) {
      return nothing;
    }
    const words = this.needs === 1 ? "needs you" : "need you";
    const label = `${this.needs} ${words}`;
    const content = html`
      <span class="count">${this.needs}</span>
      <span class="wide-only">${words}</span>
      <span class="phone-only">${iconNeed()}</span>
    `;
    if (this.page !== "sessions") {
      return html`<a class="btn needs" href="/#inbox" aria-label=${label} aria-keyshortcuts="i">${content}</a>`;
    }
    return html`
      <button
        type="button"
        class="btn needs"
        aria-label=${label}
        aria-expanded=${String(this.needsOpen)}
        aria-keyshortcuts="i"
        @click=${() => this.tell("nx-needs")}
      >
        ${content}
      </button>
    `;
  }

  #starts(): TemplateResult | typeof nothing {
    if (!this.starts) {
      return nothing;
    }
    const start = () => this.tell("nx-new");
    return html`
      <button type="button" class="btn wide-only" aria-keyshortcuts="n" @click=${start}>
        ${iconPlus()}New session
      </button>
      <button type="button" class="btn quiet icon phone-only" aria-label="New session" title="New session" @click=${start}>
        ${iconPlus()}
      </button>
    `;
  }

  #search(): TemplateResult {
    if (this.page !== "sessions") {
      return html`<a class="btn quiet icon wide-only" href="/#search" aria-label="Search everything" title="Search everything"
        >${iconSearch()}</a
      >`;
    }
    return html`<button
      type="button"
      class="btn quiet icon wide-only"
      aria-label="Search everything"
      title="Search everything"
      aria-keyshortcuts="/"
      @click=${() => this.tell("nx-search")}
    >
      ${iconSearch()}
    </button>`;
  }

  #bell(): TemplateResult {
    const { count } = unread;
    const name = count > 0 ? `Notifications, ${count} unread` : "Notifications";
    return html`<a class="btn quiet icon bell wide-only" href=${NOTIFICATIONS} aria-label=${name} title=${name}
      >${iconBell()}${count > 0 ? html`<span class="count" aria-hidden="true">${atMost(count)}</span>` : nothing}</a
    >`;
  }

  #menu(): TemplateResult {
    return html`
      <div class="nx-popover menu" id="bar-menu" popover>
        <nav class="phone-only" aria-label="All pages">
          ${this.#pages()}
          <a href=${NOTIFICATIONS} @click=${this.#fromMenu(() => {})}>
            ${iconBell()}Notifications
            ${unread.count > 0
              ? html`<span class="count">${atMost(unread.count)}<span class="sr"> unread</span></span>`
              : nothing}
          </a>
          <hr />
        </nav>
        ${this.page === "sessions"
          ? html`<button type="button" class="item phone-only" @click=${this.#fromMenu(() => this.tell("nx-search"))}>
              ${iconSearch()}Search everything
            </button>`
          : html`<a class="phone-only" href="/#search">${iconSearch()}Search everything</a>`}
        <button type="button" class="item" @click=${this.#fromMenu(() => this.tell("nx-help"))}>
          ${iconHelp()}Help and shortcuts
        </button>
        <button type="button" class="item" @click=${this.#fromMenu(() => this.tell("nx-settings"))}>
          ${iconSliders()}Settings
        </button>
        <hr />
        <button type="button" class="item" @click=${this.#fromMenu(() => void this.#logout())}>
          ${iconLock()}Log out
        </button>
      </div>
    `;
  }
}
