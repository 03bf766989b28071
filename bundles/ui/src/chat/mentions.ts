import type { Command } from "../shared/types.ts";

/** What is being written at the caret: the name of a file after an @, or of a command after a / at the very start. */
export interface Token {
  kind: "file" | "command";
  /** Where its sign stands. */
  start: number;
  query: string;
}

/** The token that ends at the caret. */
export function tokenAt(text: string, caret: number): Token | undefined {
  const before = text.slice(0, caret);
  const command = /^\/(\S*)$/.exec(before);
  if (command) {
    return { kind: "command", start: 0, query: command[1]! };
  }
  const file = /(?:^|[\s([{"'`,;])@([^\s@]{0,200})$/.exec(before);
  return file ? { kind: "file", start: caret - file[1]!.length - 1, query: file[1]! } : undefined;
}

/**
 * The text with the token replaced, and where the caret stands then.
 *
 * @param done whether a space follows, so that the next word can be written
 */
export function complete(
  text: string,
  caret: number,
  token: Token,
  words: string,
  done = false,
): { text: string; caret: number } {
  const rest = text.slice(caret);
  const end = token.start + words.length;
  const gap = done && !/^\s/.test(rest) ? " " : "";
  return { text: text.slice(0, token.start) + words + gap + rest, caret: done ? end + 1 : end };
}

/** Whether a file is mentioned in a text: `@src/a.ts` is, but not in `@src/a.tsx` or `me@src/a.ts`. */
export function mentions(text: string, path: string): boolean {
  return placesOf(text, path).length > 0;
}

/** The text with a mention turned into plain words. */
export function unmention(text: string, path: string): string {
  return placesOf(text, path).reduceRight((now, place) => now.slice(0, place) + now.slice(place + 1), text);
}

function placesOf(text: string, path: string): number[] {
  const places: number[] = [];
  const words = `@${path}`;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const before = text.slice(0, at);
    const after = text.slice(at + words.length);
    const more = path.endsWith("/") ? /^[^\s"'`)\]},;:.!?]/ : /^[\p{L}\p{N}_/-]|^\.[\p{L}\p{N}_]/u;
    if (!/[\p{L}\p{N}_]$/u.test(before) && !more.test(after)) {
      places.push(at);
    }
  }
  return places;
}

/** The command that a text calls, if there is one of that name. */
export function commandIn(text: string, commands: readonly Command[]): { command: string; rest: string } | undefined {
  const called = namedIn(text);
  return called && commands.some((command) => command.name === called.command) ? called : undefined;
}

/** The command that a text would call. */
export function namedIn(text: string): { command: string; rest: string } | undefined {
  const match = /^\/([^\s/][^\s]*)(?:\s+([\s\S]*))?$/.exec(text);
  return match ? { command: match[1]!, rest: (match[2] ?? "").trim() } : undefined;
}

/** Commands that fit what is written, best first. */
export function commandsFor(query: string, commands: readonly Command[], most = 20): Command[] {
  const wanted = query.toLowerCase();
  const rank = ({ name, description }: Command): number => {
    const at = name.toLowerCase().indexOf(wanted);
    if (at >= 0) {
      return at === 0 ? 0 : 1;
    }
    return description?.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return commands
    .map((command) => ({ command, rank: rank(command) }))
    .filter((one) => one.rank < 3)
    .sort((one, other) => one.rank - other.rank || one.command.name.localeCompare(other.command.name))
    .slice(0, most)
    .map((one) => one.command);
}
