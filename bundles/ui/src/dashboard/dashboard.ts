import "./dashboard.css";
import "./form.css";
import "./notifications.css";
import "./restarts.css";
import "./server.ts";
import "./tunnel.css";
import "./tunnel.ts";
import "../chat/sheets.css";
import "../shared/bar.ts";
import "../shared/choice.css";
import "../shared/field.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { setting } from "../chat/settings.ts";
import { api } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { events } from "../shared/events.ts";
import { iconBell, iconCloud, iconLock, iconRetry, iconServer, iconSliders } from "../shared/icon.ts";
import type { Request } from "../shared/types.ts";
import { unread } from "../shared/unread.ts";
import { Late } from "./late.ts";
import type { NxSettings } from "./settings.ts";

interface PanelPlace {
  id: string;
  name: string;
  icon: () => TemplateResult;
  element: TemplateResult;
  /** For a panel that is not what the page is opened for: its script comes after the page. */
  load?: () => Promise<unknown>;
}

/** In the order of the page. */
const PANELS: readonly PanelPlace[] = [
  { id: "server", name: "Server", icon: iconServer, element: html`<nx-server></nx-server>` },
  { id: "tunnel", name: "Tunnel", icon: iconCloud, element: html`<nx-tunnel></nx-tunnel>` },
  {
    id: "devices",
    name: "Devices",
    icon: iconLock,
    element: html`<nx-devices></nx-devices>`,
    load: () => import("./devices.ts"),
  },
  {
    id: "restarts",
    name: "Restarts",
    icon: iconRetry,
    element: html`<nx-restarts></nx-restarts>`,
    load: () => import("./restarts.ts"),
  },
  {
    id: "notifications",
    name: "Notifications",
    icon: iconBell,
    element: html`<nx-notifications></nx-notifications>`,
    load: () => import("./notifications.ts"),
  },
  {
    id: "settings",
    name: "Settings",
    icon: iconSliders,
    element: html`<nx-settings></nx-settings>`,
    load: () => import("./settings.ts"),
  },
];

const help = async () => (await import("../chat/key-sheet.ts")).showKeys();
const preferences = async () => (await import("../chat/preferences.ts")).showPreferences();

const count = (number: number) =>
  number > 0 ? html`<span class="meta end num">${number}<span class="sr"> unread</span></span>` : nothing;

/** <nx-dashboard>: the machine room. */
@customElement("nx-dashboard")
export class NxDashboard extends NxElement {
  /** Ids of what waits for the owner. */
  @state() private waiting: ReadonlySet<string> = new Set();
  @state() private panel = PANELS[0]!.id;
  readonly #late = new Map(
    PANELS.flatMap(({ id, load }) => (load ? [[id, new Late(load, (here) => this.#came(id, here))] as const] : [])),
  );

  override connectedCallback(): void {
    super.connectedCallback();
    this.until(
      events.on("chat.request", ({ id }) => (this.waiting = new Set([...this.waiting, id]))),
      (stop) => stop(),
    );
    this.until(
      events.on("chat.request.settled", ({ id }) => {
        this.waiting = new Set([...this.waiting].filter((other) => other !== id));
      }),
      (stop) => stop(),
    );
    let loaded = false;
    this.on(events, "hello", () => {
      this.#fetch();
      if (!loaded) {
        loaded = true;
        void this.#count();
      }
    });
    this.on(events, "gap", () => void this.#count());
    this.on(unread, "change", () => this.requestUpdate());
    this.on(window, "hashchange", () => this.#follow());
    this.on(this, "click", (event: MouseEvent) => this.#again(event));
    this.on(document, "keydown", (event: KeyboardEvent) => this.#key(event));
    events.start();
  }

  protected override firstUpdated(): void {
    this.#fetch();
    this.#follow();
  }

  /** The scripts that are not here yet. */
  #fetch(): void {
    this.#late.forEach((part) => void part.come());
  }

  #came(id: string, here: boolean): void {
    this.requestUpdate();
    if (here && panelOf(location.hash.slice(1))?.id === id) {
      void this.updateComplete.then(() => this.#follow());
    }
  }

  async #count(): Promise<void> {
    try {
      const requests = await api<Request[]>("GET", "/api/chat/requests");
      this.waiting = new Set(requests.map(({ id }) => id));
    } catch {
      // The count is a hint here; the sessions page shows what is wrong.
    }
  }

  /** Goes where the address says: to a panel, or to one of the settings. */
  #follow(): void {
    const id = location.hash.slice(1);
    const wanted = panelOf(id);
    this.panel = wanted?.id ?? PANELS[0]!.id;
    if (wanted && !this.querySelector<NxSettings>("nx-settings")?.show(id)) {
      document.getElementById(wanted.id)?.scrollIntoView();
    }
  }

  /** A link to where the address leads already changes nothing there, but is followed all the same. */
  #again(event: MouseEvent): void {
    const link = (event.target as Element).closest("a");
    if (link && link.getAttribute("href") === location.hash && link.className !== "skip") {
      event.preventDefault();
      this.#follow();
    }
  }

  #lastKey: { key: string; at: number } = { key: "", at: 0 };

  /** `g` then `s` leads to the sessions, `i` to what waits, `/` to the search; `?` shows all keys. */
  #key(event: KeyboardEvent): void {
    const typing = (event.target as Element).closest?.("input, textarea, select, [contenteditable], dialog");
    if (typing || setting("keys") === "off" || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const afterG = this.#lastKey.key === "g" && event.timeStamp - this.#lastKey.at < 1_500;
    if (afterG && event.key === "s") {
      location.assign("/");
    } else if (event.key === "i") {
      location.assign("/#inbox");
    } else if (event.key === "/") {
      event.preventDefault();
      location.assign("/#search");
    } else if (event.key === "?") {
      void help();
    }
    this.#lastKey = { key: event.key, at: event.timeStamp };
  }

  protected override render(): TemplateResult {
    return html`
      <a class="skip" href="#main">Skip to the panels</a>
      <nx-bar
        page="dashboard"
        .needs=${this.waiting.size}
        @nx-help=${() => void help()}
        @nx-settings=${() => void preferences()}
      ></nx-bar>
      <div class="page">
        <nav class="side" aria-label="Panels">
          ${PANELS.map(
            ({ id, name, icon }) =>
              html`<a href="#${id}" aria-current=${String(id === this.panel)}
                >${icon()}${name}${id === "notifications" ? count(unread.count) : nothing}</a
              >`,
          )}
        </nav>
        <main id="main" class="panels" tabindex="-1">
          <h1 class="sr">Dashboard</h1>
          ${PANELS.map((panel) => html`<div class="at-${panel.id}">${this.#panel(panel)}</div>`)}
        </main>
      </div>
    `;
  }
  #panel({ id, name, element }: PanelPlace): TemplateResult {
    const late = this.#late.get(id);
    if (!late || late.here) {
      return element;
    }
    return html`<section class="panel" id=${id} aria-labelledby="${id}-title">
      <div class="head"><h2 id="${id}-title">${name}</h2></div>
      <div class="in">${late.inPlace()}</div>
    </section>`;
  }
}

/** The panel that has the element of that id. */
function panelOf(id: string): PanelPlace | undefined {
  return PANELS.find((panel) => id === panel.id || id.startsWith(`${panel.id}-`));
}
