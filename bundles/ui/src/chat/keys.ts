import { ask } from "../shared/dialog.ts";
import type { Actions } from "./actions.ts";
import type { NxCard } from "./nx-card.ts";
import type { NxRequest } from "./nx-request.ts";
import { beside } from "./order.ts";
import { setting } from "./settings.ts";

/** How long after `g` another key belongs to it. */
const PREFIX = 1_500;

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

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], :popover-open")) {
      return;
    }
    if (event.key === "Escape") {
      this.#escape(event);
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) {
      if (this.#held(event)) {
        event.preventDefault();
      }
      return;
    }
    const takes = !isTyping(event.target) && !this.actions.opening && setting("keys") === "on";
    if (takes && this.#single(event)) {
      event.preventDefault();
    }
  };

  /** Keys with Ctrl or Alt, also while the owner types. True when the key did something. */
  #held(event: KeyboardEvent): boolean {
    if (event.metaKey || event.shiftKey || event.ctrlKey === event.altKey) {
      return false;
    }
    if (event.ctrlKey && event.key === ".") {
      this.#stop();
      return true;
    }
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      return this.#move(event.target as Element, event.key === "ArrowUp" ? -1 : 1);
    }
    return false;
  }

  /** Moves the card that has the focus, or else the one that was opened last. */
  #move(target: Element, by: 1 | -1): boolean {
    const elsewhere = target !== document.body && !target.closest?.("#main");
    const id = (target.closest?.("nx-card") as NxCard | null)?.session.id ?? (elsewhere ? undefined : this.actions.desk.current);
    if (id === undefined || target instanceof HTMLSelectElement) {
      return false;
    }
    const number = beside(this.actions.store.cards, id, by);
    if (number !== undefined) {
      void this.actions.move(id, number);
    }
    return true;
  }

  /** True when the key did something. */
  #single(event: KeyboardEvent): boolean {
    const { store, desk } = this.actions;
    const { key } = event;
    const afterG = Date.now() - this.#prefix < PREFIX;
    this.#prefix = 0;
    if (afterG && (key === "d" || key === "s")) {
      location.assign(key === "d" ? "/dashboard" : "/");
      return true;
    }
    const request = (event.target as Element).closest?.("nx-request") as NxRequest | null;
    if (request?.takesKey(key)) {
      return true;
    }
    if (/^\d$/.test(key)) {
      const session = store.cards.find((card) => card.number === (Number(key) || 10));
      if (session) {
        this.actions.open(session.id, "composer");
      }
      return session !== undefined;
    }
    const log = this.#card(desk.current)?.log;
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
        log?.latest();
        return true;
      case "[":
      case "]":
        log?.step(key === "]" ? 1 : -1);
        return true;
      case "t":
        log?.foldTools();
        return true;
      case "v":
        log?.plainText();
        return true;
      case "/":
        void this.actions.search();
        return true;
      case "g":
        this.#prefix = Date.now();
        return true;
      case "?":
        void this.actions.help();
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

/** Whether keys become text there. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "button", "submit"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
