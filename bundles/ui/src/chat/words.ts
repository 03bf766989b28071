import { duration } from "../shared/format.ts";
import type { Request, Session, ToolPart } from "../shared/types.ts";

/** What a screen reader is told about an answer: its words outside of code, and its blocks of code. */
export interface Size {
  words: number;
  blocks: number;
}

/** Counts without a parser: good enough for a number that is spoken. */
export function sizeOf(markdown: string): Size {
  let blocks = 0;
  const prose = markdown.replace(/^ {0,3}```[^\n]*\n[\s\S]*?(?:^ {0,3}```[ \t]*$|(?![\s\S]))/gm, () => {
    blocks++;
    return " ";
  });
  return { words: countWords(prose), blocks };
}

/** Words of any language; signs and list marks are none. */
export function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’_.-]*/gu)?.length ?? 0;
}

/** Markdown as plain words, for the few lines a closed card shows. */
export function plain(markdown: string): string {
  return markdown
    .replace(/^[ \t]*(```|~~~).*$/gm, "")
    .replace(/^[ \t]*\|?[ \t:|-]{3,}$/gm, "")
    .replace(/^[ \t]{0,3}(#{1,6}|>)[ \t]+/gm, "")
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, "$1")
    .replace(/(\*\*|__|~~|`)/g, "")
    .replace(/(^|[\s(])[*_](?=\S)|(?<=\S)[*_](?=[\s).,;:!?]|$)/gm, "$1")
    .replace(/[ \t]*\|[ \t]*/g, "  ")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/** What a button sends, for who points at it: one line, not too long. */
export function sendsWords(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return `Sends “${line.length > 120 ? `${line.slice(0, 119).trimEnd()}…` : line}”`;
}

/** Words of somebody else, with the full stop they may lack. */
export function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

/** `The provider was busy. Tried again after 8 s.` */
export function retryWords({ reason, times, waited }: { reason: string; times: number; waited: number }): string {
  const why = harmless(reason.trim().replace(/^The provider is busy\.?$/, "The provider was busy.") || "The provider was busy.");
  const took = waited >= 1_000 ? duration(waited + 500) : "a moment";
  return `${sentence(why)} ${times === 1 ? `Tried again after ${took}.` : `Tried again ${times} times within ${took}.`}`;
}

/** Markdown as plain words, code as it is: to be read from beginning to end. */
export function readable(markdown: string): string {
  return markdown
    .split(/^( {0,3}(?:```|~~~)[^\n]*\n[\s\S]*?(?:^ {0,3}(?:```|~~~)[ \t]*$|(?![\s\S])))/m)
    .flatMap((piece, place) => (place % 2 === 1 ? [codeOnly(piece)] : piece.split(/\n\s*\n/).map(plain)))
    .filter((piece) => piece !== "")
    .join("\n\n");
}

function codeOnly(block: string): string {
  const lines = block.split("\n");
  const language = /[\w+#.-]+/.exec(lines[0] ?? "")?.[0] ?? "";
  const end = /^ {0,3}(?:```|~~~)[ \t]*$/.test(lines.at(-1) ?? "") ? -1 : undefined;
  return [`Code${language ? `, ${language}` : ""}:`, ...lines.slice(1, end)].join("\n");
}

/** A path with the home directory as `~`. */
export function shortPath(path: string): string {
  return path.replace(/^(\/home\/[^/]+|\/Users\/[^/]+|\/root)(?=\/|$)/, "~").replace(/^[A-Z]:\\Users\\[^\\]+/i, "~");
}

/** Why a session can only be read. */
export function goneWords(session: Session): string {
  return `The folder ${shortPath(session.workspace)} is not there any more. You can read, but not continue.`;
}

/** How a file is called inside a workspace. */
export function within(path: string, workspace: string): string {
  const base = workspace.endsWith("/") ? workspace : `${workspace}/`;
  return path.startsWith(base) ? path.slice(base.length) : shortPath(path);
}

/** `anthropic/claude-sonnet` → `claude-sonnet`. */
export function modelName(model: string | undefined): string {
  return model?.slice(model.indexOf("/") + 1) ?? "";
}

/** The title; OpenCode's name for a session without one, which ends with a moment, is left out. */
export function titleOf(session: Pick<Session, "title">): string {
  const title = session.title.trim();
  return title === "" || /^New session - \d{4}-\d\d-\d\dT/.test(title) ? "New session" : title;
}

/** What a request asks for, in a few words: said by a screen reader, and the heading in the inbox. */
export function wanted(request: Request): string {
  if (request.type === "question") {
    const first = request.questions?.[0];
    return first?.question || first?.header || "A question";
  }
  switch (request.permission) {
    case "bash":
      return "Run a command";
    case "edit":
    case "write":
      return "Change a file";
    case "webfetch":
      return "Fetch an address";
    case "websearch":
      return "Search the web";
    case "read":
      return "Read a file";
    case "external_directory":
      return "Use a folder outside the workspace";
    case "doom_loop":
      return "Repeat the same step again";
    default:
      return `Use ${request.permission ?? "a tool"}`;
  }
}

/** The same as a question, for a card: `May I run this in`. */
export function mayI(request: Request): string {
  switch (request.permission) {
    case "bash":
      return "May I run this";
    case "edit":
    case "write":
      return "May I change this file";
    case "webfetch":
      return "May I fetch this address";
    case "websearch":
      return "May I search the web for this";
    case "read":
      return "May I read this file";
    case "external_directory":
      return "May I use this folder outside the workspace";
    case "doom_loop":
      return "I did the same three times. May I go on";
    default:
      return `May I use ${request.permission ?? "this"}`;
  }
}

/** Signs that are not seen, or that turn others around, as what they are: nothing may hide in what is to be allowed. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same for what is only read: what joins signs, as in emoji, stays. */
export function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What exactly would run or change. */
export function subject(request: Request): string {
  const { command, filepath, url, query } = request.metadata ?? {};
  for (const value of [command, filepath, url, query]) {
    if (typeof value === "string" && value !== "") {
      return value;
    }
  }
  return (request.patterns ?? []).join("\n");
}

/** What a tool did, in a word, and to what. */
export function toolWords(part: ToolPart, workspace = ""): { verb: string; object: string; mono: boolean } {
  const input = part.input ?? {};
  const text = (name: string): string => {
    const value = input[name];
    return typeof value === "string" ? value : "";
  };
  const file = () => within(text("filePath") || text("path") || part.title || "", workspace);
  switch (part.tool) {
    case "bash":
      return { verb: "Run", object: text("command") || part.title || "", mono: true };
    case "read":
      return { verb: "Read", object: file(), mono: true };
    case "write":
      return { verb: "Write", object: file(), mono: true };
    case "edit":
    case "multiedit":
    case "patch":
    case "apply_patch":
      return { verb: "Change", object: file(), mono: true };
    case "list":
      return { verb: "List", object: file() || ".", mono: true };
    case "glob":
    case "grep":
      return { verb: "Search", object: text("pattern") || part.title || "", mono: true };
    case "webfetch":
      return { verb: "Fetch", object: text("url") || part.title || "", mono: true };
    case "websearch":
      return { verb: "Search the web", object: text("query") || part.title || "", mono: false };
    case "task":
      return { verb: "Helper", object: text("description") || part.title || "", mono: false };
    case "todowrite":
    case "todoread":
      return { verb: "To do", object: "", mono: false };
    case "question":
      return { verb: "Question", object: part.title ?? "", mono: false };
    case "invalid":
      return { verb: "Unusable call", object: part.title ?? "", mono: false };
    default:
      return { verb: part.tool, object: part.title ?? "", mono: false };
  }
}
