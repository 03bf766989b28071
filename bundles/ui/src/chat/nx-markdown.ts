import "./nx-markdown.css";
import type { LivePart } from "./live-part.ts";
import { MarkdownWriter } from "./markdown.ts";

/**
 * `<nx-markdown>`: the text of one part; grows piece by piece, one write a frame. A new state that only continues the
 * text is continued, any other is written again from the start. Announcements are never this element's.
 */
export class NxMarkdown extends HTMLElement {
  #live: LivePart | undefined;
  #unlisten: (() => void) | undefined;
  #writer: MarkdownWriter | undefined;
  #written = "";
  #version = -1;
  #frame = 0;
  #caret: HTMLElement | undefined;

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
      this.#unlisten = this.#live.changed.listen(() => {
        this.#frame ||= requestAnimationFrame(() => this.#write());
      });
      this.#write();
    }
  }

  #stop(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #write(): void {
    this.#frame = 0;
    const live = this.#live!;
    const { text, version, growing } = live;
    const continues = version === this.#version || text.startsWith(this.#written);
    const begun = this.#writer !== undefined;
    if (!begun || !continues || this.#ended) {
      if (this.#ended && begun && text === this.#written && !growing) {
        this.#version = version;
        return;
      }
      this.replaceChildren();
      this.#writer = new MarkdownWriter(this);
      this.#written = "";
      this.#ended = false;
    }
    this.#caret?.remove();
    const writer = this.#writer!;
    if (text.length > this.#written.length) {
      writer.write(text.slice(this.#written.length));
    }
    this.#written = text;
    this.#version = version;
    if (!growing) {
      writer.end();
      this.#ended = true;
      this.#caret = undefined;
      return;
    }
    this.#caret ??= caret();
    writer.place(this.#caret);
  }

  #ended = false;
}

customElements.define("nx-markdown", NxMarkdown);

/** What stands at the end of a growing text. */
export function caret(): HTMLElement {
  const mark = document.createElement("span");
  mark.className = "caret";
  mark.setAttribute("aria-hidden", "true");
  return mark;
}
