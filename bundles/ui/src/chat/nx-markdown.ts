import "./nx-markdown.css";
import { onBeat } from "./beat.ts";
import type { LivePart } from "./live-part.ts";
import { MarkdownWriter } from "./markdown.ts";
import { wholeAt } from "./text.ts";

/** The caret begins to blink when nothing was written for so long; before, it only moves. */
const BLINKS_AFTER = 600;
/** More than this at once would hold up the page; the rest comes with the next frames. */
const MOST_PER_FRAME = 32_768;

/**
 * `<nx-markdown>`: the text of one part; grows piece by piece, one write a frame. A new state that only continues the
 * text is continued, any other is written again from the start. Announcements are never this element's.
 */
export class NxMarkdown extends HTMLElement {
  #live: LivePart | undefined;
  #unlisten: (() => void) | undefined;
  #writer: MarkdownWriter | undefined;
  /** How far the text is written. */
  #place = 0;
  #rewrites = -1;
  #ended = false;
  #cancel: (() => void) | undefined;
  #caret: HTMLElement | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;

  set live(live: LivePart) {
    if (live === this.#live) {
      return;
    }
    this.#stop();
    this.#live = live;
    this.#writer = undefined;
    if (this.isConnected) {
      this.#go();
    }
  }

  connectedCallback(): void {
    this.#go();
  }

  disconnectedCallback(): void {
    this.#stop();
  }

  #go(): void {
    if (this.#live && !this.#unlisten) {
      this.#unlisten = this.#live.changed.listen(() => this.#later());
      this.#write();
    }
  }

  #stop(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
    clearTimeout(this.#quiet);
  }

  #later(): void {
    this.#cancel ??= onBeat(() => {
      this.#cancel = undefined;
      this.#write();
    });
  }

  #write(): void {
    const { length, rewrites, growing } = this.#live!;
    const done = this.#ended && !growing && length === this.#place && rewrites === this.#rewrites;
    if (this.#writer && done) {
      return;
    }
    if (!this.#writer || this.#ended || rewrites !== this.#rewrites) {
      this.replaceChildren();
      this.#writer = new MarkdownWriter(this);
      this.#place = 0;
      this.#rewrites = rewrites;
      this.#ended = false;
    }
    this.#caret?.remove();
    if (length > this.#place) {
      const rest = this.#live!.from(this.#place);
      const more = rest.slice(0, wholeAt(rest, MOST_PER_FRAME));
      this.#writer.write(more);
      this.#place += more.length;
    }
    if (this.#place < length) {
      this.#later();
    } else if (!growing) {
      this.#writer.end();
      this.#ended = true;
      clearTimeout(this.#quiet);
      this.#caret = undefined;
      return;
    }
    this.#caret ??= caret();
    this.#caret.classList.remove("blinks");
    this.#writer.place(this.#caret);
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#caret?.classList.add("blinks"), BLINKS_AFTER);
  }
}

customElements.define("nx-markdown", NxMarkdown);

/** What stands at the end of a growing text. */
export function caret(): HTMLElement {
  const mark = document.createElement("span");
  mark.className = "caret";
  mark.setAttribute("aria-hidden", "true");
  return mark;
}
