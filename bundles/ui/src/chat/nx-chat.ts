import "./nx-chat.css";
// Styles of what is loaded later have to be there from the start.
import "./hits.css";
import "./nx-search.css";
import "./sheets.css";
import "./nx-grid.ts";
import "./nx-inbox.ts";
import "./nx-switcher.ts";
import "../shared/bar.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { events } from "../shared/events.ts";
import { say } from "../shared/say.ts";
import { Actions } from "./actions.ts";
import { Announcer } from "./announcer.ts";
import { browserParts } from "./browser.ts";
import { Desk } from "./desk.ts";
import { FocusKeeper } from "./focus-keeper.ts";
import { Keys } from "./keys.ts";
import { Seen } from "./seen.ts";
import { ChatStore } from "./store.ts";

/** Where other pages lead to when something waits for the owner. */
const INBOX = "#inbox";
const SEARCH = "#search";
/** Where a notification about one session leads to. */
const SESSION = /^#session=([\w-]+)$/;

/** `<nx-chat>`: the page with the sessions. */
@customElement("nx-chat")
export class NxChat extends NxElement {
  @state() private revision = 0;

  readonly #store = new ChatStore(api, events, browserParts());
  readonly #desk = new Desk();
  readonly #seen = new Seen();
  readonly #actions = new Actions(this.#store, this.#desk, this.#seen);
  #begun = false;
  #inbox = false;
  /** The session that the address asked for. */
  #wanted: string | undefined;
  /** What had the focus when the inbox was opened. */
  #before: HTMLElement | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const draw = () => {
      this.revision++;
    };
    this.until(this.#store.changed.listen(draw), (unlisten) => unlisten());
    this.until(this.#desk.changed.listen(draw), (unlisten) => unlisten());
    this.until(new Keys(this.#actions, this), (keys) => keys.close());
    this.until(new FocusKeeper(), (keeper) => keeper.close());
    this.until(new Announcer(this.#store, this.#desk, say, window), (announcer) => announcer.close());
    // Only once the stream runs nothing can happen unseen between the first answer and the first event.
    this.on(events, "hello", () => this.#begin());
    this.until(setTimeout(() => this.#begin(), 1_500), clearTimeout);
    this.on(window, "pagehide", () => this.#leave());
    this.on(window, "hashchange", () => this.#follow());
    this.#follow();
    events.start();
  }

  #begin(): void {
    if (!this.#begun) {
      this.#begun = true;
      void this.#store.load();
      this.#store.choices.models();
      this.#store.choices.workspaces();
      this.#store.post.start();
      // Before they are wanted, so that they come at once, and offline too.
      setTimeout(() => {
        const parts = [import("./new-session.ts"), import("./nx-options.ts"), import("./nx-search.ts")];
        void Promise.all<unknown>(parts).catch(() => undefined);
      }, 2_000);
    }
  }

  /** Opens what the address asks for. It is asked for once: a reload shows the page as it is then. */
  #follow(): void {
    const { hash } = location;
    const session = SESSION.exec(hash)?.[1];
    if (hash !== INBOX && hash !== SEARCH && !session) {
      return;
    }
    history.replaceState(history.state, "", location.pathname + location.search);
    if (session) {
      this.#wanted = session;
      this.requestUpdate();
    } else if (hash === INBOX) {
      this.#desk.showInbox(true);
    } else {
      void this.#actions.search();
    }
  }

  /** The session that the address asked for, once it is known which there are. */
  #bringWanted(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted !== undefined) {
      // After this drawing, which must not be changed while it goes on.
      void Promise.resolve().then(() => this.#actions.bring(wanted, "title"));
    }
  }

  /** Deletes what could still be had back until now. */
  #leave(): void {
    for (const id of this.#store.takeLeaving()) {
      void fetch(`/api/chat/sessions/${encodeURIComponent(id)}`, {
        method: "DELETE",
        headers: { "content-type": "application/json" },
        body: "{}",
        keepalive: true,
      });
    }
  }

  protected override willUpdate(): void {
    const { state: now, cards } = this.#store;
    if (now === "ready") {
      const ids = cards.map((session) => session.id);
      this.#desk.keep(ids);
      this.#seen.keep(ids);
      this.#bringWanted();
    }
    if (this.#desk.inbox && !this.#inbox) {
      this.#before = document.activeElement as HTMLElement;
    }
    const { dataset } = document.documentElement;
    if (this.#desk.phone && (this.#desk.current || this.#desk.inbox)) {
      dataset["view"] = this.#desk.inbox ? "inbox" : "card";
    } else {
      delete dataset["view"];
    }
  }

  /** The inbox was closed: the focus goes back to where it was before. */
  protected override updated(): void {
    if (this.#inbox && !this.#desk.inbox && (!document.activeElement || document.activeElement === document.body)) {
      const before = this.#before !== document.body && this.#before?.isConnected ? this.#before : undefined;
      (before ?? this.querySelector<HTMLElement>(".btn.needs") ?? this.querySelector<HTMLElement>("#main"))?.focus({
        preventScroll: true,
      });
    }
    this.#inbox = this.#desk.inbox;
  }

  protected override render(): TemplateResult {
    const { cards, requests, connected, settledElsewhere } = this.#store;
    const { current, inbox, phone } = this.#desk;
    // It covers the page there.
    const covered = inbox && phone;
    const strip = html`<nx-switcher .actions=${this.#actions} .cards=${cards} .current=${current ?? ""}></nx-switcher>`;
    return html`
      <a class="skip" href="#main">Skip to sessions</a>
      ${current && this.#store.session(current)?.workspaceGone !== true
        ? html`<a class="skip" href="#composer-${current}">Skip to the message box</a>`
        : nothing}
      <nx-bar
        ?inert=${covered}
        .page=${"sessions"}
        .strip=${cards.length > 0 ? strip : undefined}
        .needs=${requests.filter((request) => !settledElsewhere.has(request.id)).length}
        .needsOpen=${inbox}
        .starts=${true}
        @nx-needs=${() => this.#desk.showInbox(!inbox)}
        @nx-new=${() => void this.#actions.start()}
        @nx-search=${() => void this.#actions.search()}
        @nx-help=${() => void this.#actions.help()}
        @nx-settings=${() => void this.#actions.preferences()}
      ></nx-bar>
      <main id="main" tabindex="-1" ?inert=${covered}>
        <h1 class="sr">Sessions, ${cards.length} of 10 active</h1>
        <nx-grid .actions=${this.#actions} .revision=${this.revision}></nx-grid>
      </main>
      ${inbox
        ? html`<nx-inbox
            .actions=${this.#actions}
            .requests=${requests}
            .online=${connected}
            @nx-close=${() => this.#desk.showInbox(false)}
          ></nx-inbox>`
        : nothing}
    `;
  }
}
