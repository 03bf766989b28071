import { Signal } from "./signal.ts";

const OPEN = "nexus.open";

/** Where in a card. `always`: a request, asked whether to allow it always. */
export type Target = "composer" | "request" | "always" | "title";

export interface Focus {
  id: string;
  target: Target;
  /** The turn that is shown and takes the focus in place of the target. */
  messageId?: string;
}

/**
 * Which cards are open, and where the focus goes next. On a phone one card at a time covers the page and has an entry
 * of its own in the browser's history.
 */
export class Desk {
  readonly changed = new Signal();
  /** The card that fills the page on a wide screen. */
  full: string | undefined;
  inbox = isInbox(history.state);
  /** Where the focus goes as soon as it is drawn. */
  focus: Focus | undefined;

  readonly #phone = matchMedia("(max-width: 719px)");
  readonly #two = matchMedia("(min-width: 1280px)");
  readonly #three = matchMedia("(min-width: 1600px)");
  /** Longest open first. */
  #open: string[] = remembered();
  #page: string | undefined = pageOf(history.state);

  constructor() {
    for (const query of [this.#phone, this.#two, this.#three]) {
      query.addEventListener("change", () => this.#resized());
    }
    addEventListener("popstate", (event) => {
      const left = this.#page;
      this.#page = pageOf(event.state);
      this.inbox = isInbox(event.state);
      if (left && !this.#page) {
        this.focus = { id: left, target: "title" };
      }
      if (!this.phone && this.#page) {
        this.#put(this.#page);
      }
      this.changed.tell();
    });
  }

  get phone(): boolean {
    return this.#phone.matches;
  }

  get capacity(): number {
    return this.#three.matches ? 3 : this.#two.matches ? 2 : 1;
  }

  /** The open cards, longest open first. */
  get open(): readonly string[] {
    if (this.phone) {
      return this.#page ? [this.#page] : [];
    }
    return this.#open.slice(-this.capacity);
  }

  /** The card that was opened last. */
  get current(): string | undefined {
    return this.open.at(-1);
  }

  isOpen(id: string): boolean {
    return this.open.includes(id);
  }

  /** Opens a card; the one that is open for longest closes when there is no room. */
  show(id: string, target?: Target, messageId?: string): void {
    if (target) {
      this.focus = { id, target, ...(messageId !== undefined && { messageId }) };
    }
    if (this.phone && (this.#page !== id || this.inbox)) {
      const state = { card: id };
      if (this.#page || isInbox(history.state)) {
        history.replaceState(state, "");
      } else {
        history.pushState(state, "");
      }
      this.#page = id;
    }
    if (this.phone) {
      this.inbox = false;
    }
    if (this.full && this.full !== id) {
      this.full = id;
    }
    this.#put(id);
    this.changed.tell();
  }

  close(id: string): void {
    if (this.full === id) {
      this.full = undefined;
    }
    this.#open = this.#open.filter((other) => other !== id);
    remember(this.#open);
    this.focus = { id, target: "title" };
    if (this.phone && this.#page === id) {
      // The overview is the entry before; going back keeps it in its place.
      history.back();
      return;
    }
    this.changed.tell();
  }

  /** Forgets cards that are not there any more. */
  keep(ids: readonly string[]): void {
    const open = this.#open.filter((id) => ids.includes(id));
    if (open.length !== this.#open.length) {
      this.#open = open;
      remember(open);
    }
    if (this.full && !ids.includes(this.full)) {
      this.full = undefined;
    }
    if (this.#page && !ids.includes(this.#page)) {
      this.#page = undefined;
      history.replaceState(null, "");
    }
  }

  fill(id: string | undefined): void {
    this.full = id;
    this.changed.tell();
  }

  /** On a phone what waits covers the page, so that going back closes it. */
  showInbox(shown: boolean): void {
    if (!shown && isInbox(history.state)) {
      history.back();
      return;
    }
    if (shown && this.phone && !this.inbox) {
      history.pushState({ ...history.state, inbox: true }, "");
    }
    this.inbox = shown;
    this.changed.tell();
  }

  #put(id: string): void {
    this.#open = [...this.#open.filter((other) => other !== id), id].slice(-3);
    remember(this.#open);
  }

  #resized(): void {
    if (this.phone) {
      this.full = undefined;
    } else if (this.#page) {
      this.#put(this.#page);
      this.#page = undefined;
      history.replaceState(null, "");
    }
    this.changed.tell();
  }
}

function pageOf(state: unknown): string | undefined {
  const card = (state as { card?: unknown } | null)?.card;
  return typeof card === "string" ? card : undefined;
}

function isInbox(state: unknown): boolean {
  return (state as { inbox?: unknown } | null)?.inbox === true;
}

function remembered(): string[] {
  try {
    const ids: unknown = JSON.parse(sessionStorage.getItem(OPEN) ?? "[]");
    return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string") : [];
  } catch {
    return [];
  }
}

function remember(ids: readonly string[]): void {
  try {
    sessionStorage.setItem(OPEN, JSON.stringify(ids));
  } catch {
    // Without storage the cards are closed after a reload.
  }
}
