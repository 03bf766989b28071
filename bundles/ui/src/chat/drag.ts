import type { NxCard } from "./nx-card.ts";
import { titleOf } from "./words.ts";

/** A mouse that moves this far drags; less is a click. */
const DRAGS_FROM = 6;
/** A finger that stays this long drags; one that moves before scrolls. */
const LONG_PRESS = 450;
const STAYS_WITHIN = 10;
/** The page scrolls when the pointer is this close to an edge. */
const EDGE = 72;
const FASTEST = 18;

interface Press {
  card: NxCard;
  pointer: number;
  x: number;
  y: number;
}

/**
 * Lets a card be taken by its head and put elsewhere. Nothing moves but a small copy of the head and a line that shows
 * where the card would go; it goes there when it is let go.
 */
export class CardDrag {
  #press: Press | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ghost: HTMLElement | undefined;
  #line: HTMLElement | undefined;
  #place: number | undefined;
  #x = 0;
  #y = 0;
  #frame = 0;

  /**
   * @param host the cards lie in
   * @param drop is told the place among the cards, 0 for before the first
   * @param changed is told when dragging begins and ends
   */
  constructor(
    private readonly host: HTMLElement,
    private readonly cards: () => readonly NxCard[],
    private readonly drop: (card: NxCard, place: number) => void,
    private readonly changed: (dragging: boolean) => void,
  ) {
    host.addEventListener("pointerdown", this.#down);
  }

  get dragging(): boolean {
    return this.#ghost !== undefined;
  }

  close(): void {
    this.host.removeEventListener("pointerdown", this.#down);
    this.#end();
  }

  readonly #down = (event: PointerEvent): void => {
    const card = (event.target as Element).closest<NxCard>("nx-card");
    if (!card || !event.isPrimary || event.button !== 0 || card.full || (card.phone && card.open) || this.cards().length < 2) {
      return;
    }
    const head = card.querySelector(".head")?.getBoundingClientRect();
    const inHead = head && event.clientY >= head.top && event.clientY <= head.bottom + 4;
    // What takes presses of its own; the title of a closed card covers all of it.
    const own = (event.target as Element).closest(".buttons, nx-menu, input, a, [popover]");
    if (!inHead || own) {
      return;
    }
    this.#end();
    letClick();
    this.#press = { card, pointer: event.pointerId, x: event.clientX, y: event.clientY };
    this.#x = event.clientX;
    this.#y = event.clientY;
    if (event.pointerType !== "mouse") {
      this.#timer = setTimeout(() => this.#begin(), LONG_PRESS);
    }
    addEventListener("pointermove", this.#move);
    addEventListener("pointerup", this.#up);
    addEventListener("pointercancel", this.#cancel);
    addEventListener("keydown", this.#key, { capture: true });
    addEventListener("contextmenu", this.#menu, { capture: true });
    // Has to be there before the finger moves: only then the browser asks whether it may scroll.
    addEventListener("touchmove", this.#touch, { passive: false });
    addEventListener("blur", this.#cancel);
  };

  readonly #move = (event: PointerEvent): void => {
    const press = this.#press;
    if (!press || event.pointerId !== press.pointer) {
      return;
    }
    this.#x = event.clientX;
    this.#y = event.clientY;
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y);
    if (this.#ghost) {
      event.preventDefault();
      this.#show();
    } else if (event.pointerType !== "mouse" && far > STAYS_WITHIN) {
      this.#end();
    } else if (event.pointerType === "mouse" && far > DRAGS_FROM) {
      this.#begin();
    }
  };

  readonly #up = (event: PointerEvent): void => {
    if (event.pointerId !== this.#press?.pointer) {
      return;
    }
    const { card } = this.#press;
    const place = this.#place;
    const dragged = this.dragging;
    this.#end();
    if (dragged) {
      swallowClick();
      setTimeout(letClick);
      if (place !== undefined) {
        this.drop(card, place);
      }
    }
  };

  readonly #cancel = (): void => this.#end();

  readonly #key = (event: KeyboardEvent): void => {
    if (this.dragging) {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") {
        this.#end();
        swallowClick();
      }
    }
  };

  readonly #menu = (event: Event): void => {
    if (this.dragging || this.#timer !== undefined) {
      event.preventDefault();
    }
  };

  readonly #touch = (event: TouchEvent): void => {
    if (this.dragging) {
      event.preventDefault();
    }
  };

  #begin(): void {
    const { card } = this.#press!;
    clearTimeout(this.#timer);
    getSelection()?.removeAllRanges();
    this.#ghost = document.createElement("div");
    this.#ghost.ariaHidden = "true";
    this.#ghost.className = `nx-ghost is-${card.session.status}`;
    const number = document.createElement("span");
    number.className = "nx-slot";
    number.textContent = String(card.number);
    const title = document.createElement("span");
    title.className = "cut";
    title.textContent = titleOf(card.session);
    this.#ghost.append(number, title);
    this.#line = document.createElement("div");
    this.#line.className = "nx-drop";
    document.body.append(this.#line, this.#ghost);
    card.classList.add("dragged");
    document.documentElement.classList.add("is-dragging");
    navigator.vibrate?.(10);
    this.changed(true);
    this.#show();
    this.#scroll();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    cancelAnimationFrame(this.#frame);
    removeEventListener("pointermove", this.#move);
    removeEventListener("pointerup", this.#up);
    removeEventListener("pointercancel", this.#cancel);
    removeEventListener("keydown", this.#key, { capture: true });
    removeEventListener("contextmenu", this.#menu, { capture: true });
    removeEventListener("touchmove", this.#touch);
    removeEventListener("blur", this.#cancel);
    const { dragging } = this;
    this.#press?.card.classList.remove("dragged");
    this.#press = undefined;
    this.#place = undefined;
    this.#ghost?.remove();
    this.#ghost = undefined;
    this.#line?.remove();
    document.documentElement.classList.remove("is-dragging");
    if (dragging) {
      this.changed(false);
    }
  }

  /** Draws the copy at the pointer, and the line beside the card it would go to. */
  #show(): void {
    this.#ghost!.style.translate = `${this.#x + 8}px ${this.#y + 8}px`;
    const cards = this.cards();
    const target = nearest(
      cards.map((card) => card.querySelector("article")!.getBoundingClientRect()),
      this.#x,
      this.#y,
    );
    const line = this.#line!;
    const stays = target && [target.place, target.place - 1].includes(cards.indexOf(this.#press!.card));
    if (!target || stays) {
      this.#place = undefined;
      line.hidden = true;
      return;
    }
    const { place, box, after, upright } = target;
    this.#place = place;
    line.hidden = false;
    const gap = 8;
    if (upright) {
      line.style.cssText = `left:${(after ? box.right + gap : box.left - gap) - 2}px;top:${box.top}px;width:4px;height:${box.height}px`;
    } else {
      line.style.cssText = `left:${box.left}px;top:${(after ? box.bottom + gap / 2 : box.top - gap / 2) - 2}px;width:${box.width}px;height:4px`;
    }
  }

  #scroll(): void {
    this.#frame = requestAnimationFrame(() => {
      const bar = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--bar")) || 56;
      const up = bar + EDGE - this.#y;
      const down = this.#y - (innerHeight - EDGE);
      const by = up > 0 ? -Math.min(1, up / EDGE) : down > 0 ? Math.min(1, down / EDGE) : 0;
      if (by !== 0) {
        scrollBy(0, by * FASTEST);
        this.#show();
      }
      this.#scroll();
    });
  }
}

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
  width: number;
  height: number;
}

/**
 * Where a card goes that is let go at a point: before or after the nearest one. Beside it when cards stand side by side,
 * above or below it in a single column.
 */
export function nearest<B extends Box>(
  boxes: readonly B[],
  x: number,
  y: number,
): { place: number; box: B; after: boolean; upright: boolean } | undefined {
  let at = -1;
  let least = Number.POSITIVE_INFINITY;
  boxes.forEach((box, index) => {
    const across = Math.max(box.left - x, 0, x - box.right);
    const along = Math.max(box.top - y, 0, y - box.bottom);
    const distance = Math.hypot(across, along);
    if (distance < least) {
      least = distance;
      at = index;
    }
  });
  const box = boxes[at];
  if (!box) {
    return undefined;
  }
  const upright = boxes.some((one) => one.left >= box.right || one.right <= box.left);
  const after = upright ? x > box.left + box.width / 2 : y > box.top + box.height / 2;
  return { place: after ? at + 1 : at, box, after, upright };
}

/** The press ends on a title, but it was no click. */
function swallowClick(): void {
  addEventListener("click", swallow, { capture: true, once: true });
}

function letClick(): void {
  removeEventListener("click", swallow, { capture: true });
}

function swallow(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
