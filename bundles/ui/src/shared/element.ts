import { LitElement } from "lit";

/**
 * Base of every element. It renders into itself, not into a shadow root: ids for ARIA, skip links, form fields and the
 * page's styles then work across elements.
 */
export abstract class NxElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Runs `work` every `milliseconds` while the element is on the page. */
  protected every(milliseconds: number, work: () => void): void {
    this.until(setInterval(work, milliseconds), clearInterval);
  }

  /** Keeps something until the element leaves the page, then gives it to `end`. */
  protected until<T>(thing: T, end: (thing: T) => void): T {
    this.#ends.push(() => end(thing));
    return thing;
  }

  /** Listens until the element leaves the page. */
  protected on(target: EventTarget, type: string, listener: (event: never) => void): void {
    target.addEventListener(type, listener as EventListener);
    this.#ends.push(() => target.removeEventListener(type, listener as EventListener));
  }

  /** Tells whoever is above. */
  protected tell(type: string, detail?: unknown): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, cancelable: true }));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends.splice(0)) {
      end();
    }
  }

  /** It was moved, not taken away: everything stays as it is. */
  connectedMoveCallback(): void {}

  readonly #ends: (() => void)[] = [];
}
