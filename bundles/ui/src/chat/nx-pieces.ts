import "./nx-pieces.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { NxElement } from "../shared/element.ts";
import { bytes } from "../shared/format.ts";
import { iconClose, iconFailed, iconFile, iconFolder, iconImage, iconRetry } from "../shared/icon.ts";
import type { Model } from "../shared/types.ts";
import { type Piece, unreadable } from "./pieces.ts";
import type { Uploads } from "./uploads.ts";

/** `<nx-pieces>`: the files that go with a message. Tells `nx-remove` and `nx-retry` with one of them. */
@customElement("nx-pieces")
export class NxPieces extends NxElement {
  @property({ attribute: false }) pieces: readonly Piece[] = [];
  @property({ attribute: false }) uploads!: Uploads;
  @property({ attribute: false }) model: Model | undefined;
  /** Differs whenever it has to be drawn again. */
  @property({ type: Number }) revision = 0;

  /** Ids of pictures that cannot be shown. */
  @state() private broken: ReadonlySet<string> = new Set();

  readonly #previews = new Map<string, string>();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#revoke(() => true);
  }

  protected override updated(): void {
    this.#revoke((id) => !this.pieces.some((piece) => piece.id === id));
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.pieces.length === 0) {
      return nothing;
    }
    return html`<ul class="nx-pieces" aria-label="Attached files">
      ${repeat(
        this.pieces,
        (piece) => piece.id,
        (piece) => this.#piece(piece),
      )}
    </ul>`;
  }

  #piece(piece: Piece): TemplateResult {
    const { name } = piece;
    const progress = this.uploads.of(piece);
    const problem = unreadable(piece, this.model) ? "Cannot be read by this model." : progress?.problem;
    return html`<li class="nx-file ${problem ? "bad" : ""}">
      <span class="thumb">${problem ? iconFailed() : this.#preview(piece)}</span>
      <span class="about"
        ><span class="cut" title=${name}>${name}</span
        ><span class="meta num ${problem ? "" : "cut"}"
          >${problem ?? (progress ? this.#uploading(piece, progress.part) : detailOf(piece))}</span
        ></span
      >
      ${progress?.again
        ? html`<button
            type="button"
            class="btn quiet icon small"
            aria-label="Try again to upload ${name}"
            title="Try again"
            @click=${() => this.tell("nx-retry", piece)}
          >
            ${iconRetry()}
          </button>`
        : nothing}
      <button
        type="button"
        class="btn quiet icon small"
        aria-label="Remove ${name}"
        title="Remove"
        @click=${() => this.tell("nx-remove", piece)}
      >
        ${iconClose()}
      </button>
    </li>`;
  }

  #uploading({ name }: Piece, part: number): TemplateResult {
    const percent = Math.floor(part * 100);
    return html`${percent}&#8239;%<progress max="100" .value=${percent} aria-label="Uploading ${name}"></progress>`;
  }

  #preview(piece: Piece): TemplateResult {
    if (!piece.mime.startsWith("image/")) {
      return piece.url?.endsWith("/") ? iconFolder() : iconFile();
    }
    if (!piece.blob || this.broken.has(piece.id)) {
      return iconImage();
    }
    let address = this.#previews.get(piece.id);
    if (!address) {
      address = URL.createObjectURL(piece.blob);
      this.#previews.set(piece.id, address);
    }
    const fails = () => (this.broken = new Set(this.broken).add(piece.id));
    return html`<img src=${address} alt="" decoding="async" @error=${fails} />`;
  }

  #revoke(which: (id: string) => boolean): void {
    for (const [id, address] of this.#previews) {
      if (which(id)) {
        URL.revokeObjectURL(address);
        this.#previews.delete(id);
      }
    }
  }
}

function detailOf({ url, size }: Piece): string {
  return url ? "In the workspace" : size === undefined ? "In Nexus" : bytes(size);
}
