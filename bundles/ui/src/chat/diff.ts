import type { FileChange } from "../shared/types.ts";

/** A diff that is longer than this is not read: its file is named and counted only. */
const LONGEST = 400_000;

/** One line of a file's changes. */
export interface DiffLine {
  kind: "same" | "add" | "del" | "hunk";
  /** Number in the old file, in the new file. */
  old?: number;
  now?: number;
  text: string;
}

/** What a unified diff says about one file. */
export interface FileDiff {
  path: string;
  was?: string;
  change: "changed" | "new" | "deleted" | "renamed" | "binary" | "large" | "unknown";
  added: number;
  removed: number;
  lines: DiffLine[];
}

/** Reads a unified diff, of git or of `diff -u`. Lines that are neither are left out. */
export function readDiff(text: string): FileDiff[] {
  if (text.length > LONGEST) {
    const path = clean(/^(?:\+\+\+|Index:) (.*)$/m.exec(text.slice(0, 4_000))?.[1] ?? "Changes");
    return [{ path, change: "large", added: counted(text, "+"), removed: counted(text, "-"), lines: [] }];
  }
  const files: FileDiff[] = [];
  let file: FileDiff | undefined;
  let old = 0;
  let now = 0;
  let oldLeft = 0;
  let nowLeft = 0;
  const start = (): FileDiff => {
    const fresh: FileDiff = { path: "", change: "changed", added: 0, removed: 0, lines: [] };
    files.push(fresh);
    oldLeft = nowLeft = 0;
    return fresh;
  };
  for (const line of text.split("\n")) {
    if (file && (oldLeft > 0 || nowLeft > 0)) {
      const sign = line[0];
      if (sign === "+") {
        file.lines.push({ kind: "add", now: now++, text: line.slice(1) });
        file.added++;
        nowLeft--;
        continue;
      }
      if (sign === "-") {
        file.lines.push({ kind: "del", old: old++, text: line.slice(1) });
        file.removed++;
        oldLeft--;
        continue;
      }
      if (sign === " " || line === "") {
        file.lines.push({ kind: "same", old: old++, now: now++, text: line.slice(1) });
        oldLeft--;
        nowLeft--;
        continue;
      }
      if (sign === "\\") {
        continue;
      }
    }
    if (line.startsWith("diff --git ")) {
      file = start();
      file.path = clean(/ (?:"?b\/)(.*?)"?$/.exec(line)?.[1] ?? "");
      continue;
    }
    if (line.startsWith("Index: ")) {
      file = start();
      file.path = line.slice(7).trim();
      continue;
    }
    if (line.startsWith("--- ")) {
      file = !file || file.lines.length > 0 ? start() : file;
      const was = clean(line.slice(4));
      if (was === "/dev/null") {
        file.change = "new";
      } else if (!file.path) {
        file.path = was;
      }
      continue;
    }
    if (line.startsWith("+++ ") && file) {
      const path = clean(line.slice(4));
      if (path === "/dev/null") {
        file.change = "deleted";
      } else {
        file.path = path;
      }
      continue;
    }
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk) {
      file ??= start();
      old = Number(hunk[1]);
      oldLeft = Number(hunk[2] ?? 1);
      now = Number(hunk[3]);
      nowLeft = Number(hunk[4] ?? 1);
      const last = nowLeft > 0 ? now + nowLeft - 1 : now;
      file.lines.push({ kind: "hunk", text: nowLeft > 1 ? `lines ${now} to ${last}` : `line ${now}` });
      continue;
    }
    if (!file) {
      continue;
    }
    if (line.startsWith("new file")) {
      file.change = "new";
    } else if (line.startsWith("deleted file")) {
      file.change = "deleted";
    } else if (line.startsWith("rename from ")) {
      file.change = "renamed";
      file.was = line.slice(12);
    } else if (line.startsWith("Binary files ") || line.startsWith("GIT binary patch")) {
      file.change = "binary";
    }
  }
  return files.filter((one) => one.path !== "" || one.lines.length > 0);
}

function counted(text: string, sign: "+" | "-"): number {
  let count = 0;
  for (let place = text.indexOf(`\n${sign}`); place >= 0; place = text.indexOf(`\n${sign}`, place + 1)) {
    count += text.startsWith(sign.repeat(3), place + 1) ? 0 : 1;
  }
  return count;
}

/** What was changed in files, as Nexus tells it. */
export function fileDiffs(changes: readonly FileChange[]): FileDiff[] {
  return changes.map(({ file, patch, additions, deletions, status }): FileDiff => {
    const change = status === "added" ? "new" : status === "deleted" ? "deleted" : "changed";
    const diff: FileDiff = { path: file, change, added: additions, removed: deletions, lines: [] };
    if (patch === undefined || patch === "") {
      return { ...diff, change: change === "changed" ? "unknown" : change };
    }
    if (patch.length > LONGEST) {
      return { ...diff, change: "large" };
    }
    const read = readDiff(patch);
    const was = read.find((one) => one.change === "renamed")?.was;
    const kind = was ? "renamed" : /^(Binary files |GIT binary patch)/m.test(patch) ? "binary" : change;
    return { ...diff, change: kind, ...(was && { was }), lines: read.flatMap((one) => one.lines) };
  });
}

/** Lines next to each other: what was at the left, what is at the right. */
export interface Pair {
  old?: DiffLine;
  now?: DiffLine;
}

/** Puts removed lines beside the ones that took their place. */
export function sideBySide(lines: readonly DiffLine[]): Pair[] {
  const pairs: Pair[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const close = () => {
    for (let place = 0; place < Math.max(removed.length, added.length); place++) {
      const old = removed[place];
      const now = added[place];
      pairs.push({ ...(old && { old }), ...(now && { now }) });
    }
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.kind === "del") {
      if (added.length > 0) {
        close();
      }
      removed.push(line);
    } else if (line.kind === "add") {
      added.push(line);
    } else {
      close();
      pairs.push({ old: line, now: line });
    }
  }
  close();
  return pairs;
}

function clean(path: string): string {
  const name = path.split("\t")[0]!.trim().replace(/^"(.*)"$/, "$1");
  return name.replace(/^[ab]\//, "");
}
