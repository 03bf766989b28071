/** What can have the focus. */
const FOCUSABLE = "button:not(:disabled), textarea, input:not(:disabled), select, a[href], summary, [tabindex='0']";
const LOOK_EVERY = 200;

/**
 * Brings the focus back when the thing that had it is taken off the page, to what is nearest around it. Without it the
 * next key would begin at the top of the page.
 */
export class FocusKeeper {
  #path: Element[] = [];
  readonly #timer = setInterval(() => this.#look(), LOOK_EVERY);

  constructor() {
    document.addEventListener("focusin", this.#came);
  }

  close(): void {
    clearInterval(this.#timer);
    document.removeEventListener("focusin", this.#came);
  }

  readonly #came = (event: FocusEvent): void => {
    this.#path = [];
    for (let one = event.target as Element | null; one && one !== document.body; one = one.parentElement) {
      this.#path.push(one);
    }
  };

  #look(): void {
    const lost = document.activeElement === null || document.activeElement === document.body;
    // What is still there was left on purpose, by a press on the ground.
    if (!lost || this.#path.length === 0 || this.#path[0]!.isConnected || document.querySelector("dialog[open]")) {
      return;
    }
    for (const around of this.#path) {
      const next = around.isConnected ? firstIn(around) : undefined;
      if (next) {
        next.focus({ preventScroll: true });
        return;
      }
    }
    this.#path = [];
    document.querySelector<HTMLElement>("#main")?.focus({ preventScroll: true });
  }
}

function firstIn(around: Element): HTMLElement | undefined {
  const title = around.matches("nx-card") ? around.querySelector<HTMLElement>(".title") : null;
  const all = title ? [title] : [...around.querySelectorAll<HTMLElement>(FOCUSABLE)];
  return all.find((one) => one.checkVisibility({ visibilityProperty: true }));
}
