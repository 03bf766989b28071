import { html, type TemplateResult } from "lit";
import { ask, sheet } from "../shared/dialog.ts";
import type { Actions } from "./actions.ts";
import type { NxCard } from "./nx-card.ts";
import type { NxRequest } from "./nx-request.ts";

const OFF = "nexus.keys";

const SHEET: readonly [keys: string[], does: string][] = [
  [["1", "…", "9", "0"], "Open that session"],
  [["j", "k"], "Next, previous card"],
  [["Enter"], "Open the card, or send"],
  [["Shift", "Enter"], "New line"],
  [["↑"], "Last message, in an empty box"],
  [["c"], "To the message box"],
  [["Esc"], "Leave the box; close; once more: stop the answer"],
  [["Ctrl", "."], "Stop the answer"],
  [["n"], "New session"],
  [["i"], "What needs you"],
  [["a"], "To the next request"],
  [["o", "w", "r"], "There: allow once, always, reject"],
  [["l"], "Latest"],
  [["[", "]"], "Previous, next turn"],
  [["/"], "Find a session"],
  [["g", "d"], "Dashboard"],
  [["?"], "This list"],
];

/** The keys of the page. None fires while the owner types, except Esc and those with Ctrl. */
export class Keys {
  #prefix = 0;

  constructor(
    private readonly actions: Actions,
    private readonly page: HTMLElement,
  ) {
    document.addEventListener("keydown", this.#pressed);
  }

  close(): void {
    document.removeEventListener("keydown", this.#pressed);
  }

  /** Shows the list of keys. */
  help(): void {
    const toggle = (event: Event) => remember((event.target as HTMLInputElement).checked);
    sheet(
      "Keys",
      html`
        <dl class="nx-keys">${SHEET.map(([keys, does]) => line(keys, does))}</dl>
        <label class="row"
          ><input type="checkbox" .checked=${singleKeys()} @change=${toggle} />Keys without Ctrl are on</label
        >
      `,
    );
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], :popover-open")) {
      return;
    }
    if (event.ctrlKey && !event.altKey && !event.metaKey && event.key === ".") {
      event.preventDefault();
      this.#stop();
      return;
    }
    if (event.key === "Escape") {
      this.#escape(event);
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target) || !singleKeys()) {
      return;
    }
    if (this.#single(event)) {
      event.preventDefault();
    }
  };

  /** True when the key did something. */
  #single(event: KeyboardEvent): boolean {
    const { store, desk } = this.actions;
    const { key } = event;
    const afterG = Date.now() - this.#prefix < 1_500;
    this.#prefix = 0;
    if (afterG && (key === "d" || key === "s")) {
      location.assign(key === "d" ? "/dashboard" : "/");
      return true;
    }
    if (/^\d$/.test(key)) {
      const session = store.cards.find((card) => card.number === (Number(key) || 10));
      if (session) {
        this.actions.open(session.id, "composer");
      }
      return session !== undefined;
    }
    const request = (event.target as Element).closest?.("nx-request") as NxRequest | null;
    if (request && this.#answer(request, key)) {
      return true;
    }
    switch (key) {
      case "j":
      case "k":
        this.#walk(key === "j" ? 1 : -1);
        return true;
      case "c":
        if (desk.current) {
          this.actions.open(desk.current, "composer");
        }
        return true;
      case "n":
        void this.actions.start();
        return true;
      case "i":
        desk.showInbox(!desk.inbox);
        return true;
      case "a":
        this.#nextRequest();
        return true;
      case "l":
        this.#card(desk.current)?.log?.latest();
        return true;
      case "[":
      case "]":
        this.#card(desk.current)?.log?.step(key === "]" ? 1 : -1);
        return true;
      case "/":
        void this.actions.search();
        return true;
      case "g":
        this.#prefix = Date.now();
        return true;
      case "?":
        this.help();
        return true;
      default:
        return false;
    }
  }

  #answer(request: NxRequest, key: string): boolean {
    switch (key) {
      case "o":
        request.once();
        return true;
      case "w":
        request.askAlways();
        return true;
      case "r":
        request.reject();
        return true;
      default:
        return false;
    }
  }

  #escape(event: KeyboardEvent): void {
    const { desk } = this.actions;
    const target = event.target as HTMLElement;
    if (isTyping(target)) {
      event.preventDefault();
      const card = target.closest("nx-card") as NxCard | null;
      const next = card?.open ? card.querySelector<HTMLElement>(".title") : undefined;
      target.blur();
      next?.focus({ preventScroll: true });
      return;
    }
    if (desk.inbox) {
      desk.showInbox(false);
      return;
    }
    if (desk.full) {
      desk.fill(undefined);
      return;
    }
    const card = target.closest?.("nx-card") as NxCard | null;
    if (card && !card.open) {
      void this.#askToStop(card);
      return;
    }
    const open = card?.session.id ?? desk.current;
    if (open) {
      this.actions.close(open);
    }
  }

  async #askToStop(card: NxCard): Promise<void> {
    if (card.session.status !== "busy") {
      return;
    }
    if (await ask({ title: "Stop the answer?", text: "What is written so far stays.", yes: "Stop", no: "Go on" })) {
      void this.actions.stop(card.session.id);
    }
  }

  #stop(): void {
    const card = document.activeElement?.closest("nx-card") as NxCard | null;
    const id = card?.session.id ?? this.actions.desk.current;
    if (id) {
      void this.actions.stop(id);
    }
  }

  #walk(by: 1 | -1): void {
    const titles = [...this.page.querySelectorAll<HTMLElement>("nx-card .title")];
    const here = document.activeElement?.closest("nx-card")?.querySelector<HTMLElement>(".title");
    const at = here ? titles.indexOf(here) : by > 0 ? -1 : titles.length;
    titles[Math.min(Math.max(at + by, 0), titles.length - 1)]?.focus();
  }

  #nextRequest(): void {
    const { desk, store } = this.actions;
    if (store.requests.length === 0 || !desk.inbox) {
      desk.showInbox(true);
    }
    requestAnimationFrame(() => {
      const all = [...this.page.querySelectorAll<HTMLElement>("nx-inbox nx-request h3")];
      const at = all.findIndex((heading) => heading.closest("nx-request")!.contains(document.activeElement));
      all[(at + 1) % all.length]?.focus();
    });
  }

  #card(id: string | undefined): NxCard | undefined {
    return [...this.page.querySelectorAll<NxCard>("nx-card")].find((card) => card.session.id === id);
  }
}

function line(keys: readonly string[], does: string): TemplateResult {
  return html`<dt>${keys.map((key) => (key === "…" ? html`<span>…</span>` : html`<kbd class="kbd">${key}</kbd>`))}</dt>
    <dd>${does}</dd>`;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "button", "submit"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

function singleKeys(): boolean {
  try {
    return localStorage.getItem(OFF) !== "off";
  } catch {
    return true;
  }
}

function remember(on: boolean): void {
  try {
    if (on) {
      localStorage.removeItem(OFF);
    } else {
      localStorage.setItem(OFF, "off");
    }
  } catch {
    // Without storage the keys stay on.
  }
}
