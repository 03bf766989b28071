import { bytes } from "../shared/format.ts";
import type { Model } from "../shared/types.ts";
import { uniqueId } from "./unique.ts";

export const MOST_PIECES = 10;
export const MOST_BYTES = 10 * 1024 * 1024;
export const LONGEST_NAME = 255;

/** A file that goes with a message: chosen here, or one of the workspace. */
export interface Piece {
  id: string;
  name: string;
  mime: string;
  size?: number;
  /** Its content. Absent for a file of the workspace, and for one whose content only Nexus has. */
  blob?: Blob;
  /** Its id in Nexus once it is there. */
  upload?: string;
  /** Address of a file of the workspace. */
  url?: string;
  /** How a file of the workspace is written in the text, after the @. */
  mention?: string;
}

/** What is offered when files are chosen. What is refused is found by looking into the file. */
export const ACCEPTED = [
  "image/png,image/jpeg,image/gif,image/webp,application/pdf,text/*,application/json,application/xml",
  ...("bash c cc cfg clj conf cpp cs css csv dart diff dockerfile ex go gradle groovy h hpp htm html ini ipynb java js json jsx " +
    "kt less log lua md mjs patch php pl properties proto ps1 py r rb rs rst sass scala scss sh sql svelte svg swift toml " +
    "ts tsx txt vue xml yaml yml zig")
    .split(" ")
    .map((ending) => `.${ending}`),
].join();

type Kind = { mime: string } | { problem: string };

/** Images that OpenCode can hand to a model. */
const SIGNS: readonly [mime: string, at: number, sign: string][] = [
  ["image/png", 0, "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", 0, "\xff\xd8\xff"],
  ["image/gif", 0, "GIF87a"],
  ["image/gif", 0, "GIF89a"],
  ["image/webp", 8, "WEBP"],
  ["application/pdf", 0, "%PDF-"],
];

/** How many bytes of a file {@link kindOf} wants to see. */
export const HEAD = 4_096;

/** What a file is, by its first bytes; its name and the type it claims are only believed when these agree. */
export function kindOf(name: string, claimed: string, size: number, head: Uint8Array): Kind {
  if (size === 0) {
    return { problem: `${name} is empty.` };
  }
  if (size > MOST_BYTES) {
    return { problem: `${name} is ${bytes(size)}; ${bytes(10_000_000)} fit.` };
  }
  const signed = SIGNS.find(([, at, sign]) => [...sign].every((char, index) => head[at + index] === char.charCodeAt(0)));
  if (signed) {
    return { mime: signed[0] };
  }
  if (isText(head, size)) {
    return { mime: "text/plain" };
  }
  return /^image\/(png|jpeg|gif|webp)$|\/pdf$/.test(claimed)
    ? { problem: `${name} is damaged: it is not what its name says.` }
    : { problem: `${name} cannot be read by this model.` };
}

/** Whether these are the first bytes of a text in UTF-8 (or ASCII). */
function isText(head: Uint8Array, size: number): boolean {
  if (head.some((byte) => byte < 9 || (byte > 13 && byte < 27) || (byte > 27 && byte < 32))) {
    return false;
  }
  try {
    // With `stream` a sign that is cut in two at the end is no mistake.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: size > head.length });
    return true;
  } catch {
    return false;
  }
}

/** Why a file cannot go with a message to this model, empty when it can. */
export function unreadable(piece: Pick<Piece, "name" | "mime">, model: Pick<Model, "inputs"> | undefined): string {
  const wanted = piece.mime.startsWith("image/") ? "image" : piece.mime === "application/pdf" ? "pdf" : "";
  if (wanted === "" || !model || model.inputs.length === 0 || model.inputs.includes(wanted)) {
    return "";
  }
  return `${piece.name} cannot be read by this model.`;
}

/** Where a file of a workspace is. */
export function fileUrl(workspace: string, path: string): string {
  const base = workspace.replaceAll("\\", "/").replace(/\/+$/, "");
  const whole = `${base.startsWith("/") ? "" : "/"}${base}/${path}`;
  return `file://${whole.split("/").map(encodeURIComponent).join("/").replace("%3A", ":")}`;
}

/** A file that was chosen, as it goes with a message; or why it cannot. */
export async function pieceOf(file: File): Promise<Piece | string> {
  const name = nameOf(file);
  try {
    const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
    const kind = kindOf(name, file.type, file.size, head);
    if ("problem" in kind) {
      return kind.problem;
    }
    // A copy: the file on the disk may change or go before it is sent.
    const blob = new Blob([await file.arrayBuffer()], { type: kind.mime });
    return { id: uniqueId(), name, mime: kind.mime, size: blob.size, blob };
  } catch {
    return `${name} cannot be read. Folders are mentioned with @.`;
  }
}

/** A text that is too long for the box, as a file. */
export function textPiece(text: string, name = "Text.txt"): Piece {
  const blob = new Blob([text], { type: "text/plain" });
  return { id: uniqueId(), name, mime: "text/plain", size: blob.size, blob };
}

function nameOf(file: File): string {
  const name = file.name.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").trim();
  return name.length > LONGEST_NAME ? name.slice(-LONGEST_NAME) : name || "File";
}
