// Answers of the make-believe API that are longer than a few words.
import { deflateSync } from "node:zlib";

const PARAGRAPH =
  "The retry helper keeps `attempt` outside the closure, so the **second** caller starts where the first one stopped. " +
  "On a quiet machine nobody notices; on the build machine two workers share the module, see src/auth/retry_helper.ts.";

const SECTION = `## What goes wrong

${PARAGRAPH}

- One worker uses two of its three tries.
- The second begins at the third and is *sent back* to the [login page](https://example.com/login).

${PARAGRAPH}

\`\`\`ts
export async function withRetry<T>(run: () => Promise<T>, limit = 3): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try { return await run(); } catch (e) { if (attempt === limit) throw e; }
  }
}
\`\`\`

| Machine | Workers | Failed |
| --- | --- | --- |
| Laptop | 1 | 0 |
| Build machine | 4 | 41 |

`;

const CODE_LINE = "  const session = await openSession({ user: id, tries: 3 }); // a line of ordinary length\n";

/** About a megabyte of text: Markdown, one line, or one block of code. */
export function huge(kind, length = 1_000_000) {
  const repeat = (text) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
  switch (kind) {
    case "line":
      return repeat(`${PARAGRAPH} `);
    case "word":
      return repeat("abcdefghijklmnopqrstuvwxyz0123456789");
    case "code":
      return `\`\`\`ts\n${repeat(CODE_LINE)}\n\`\`\`\n`;
    case "minified":
      return `\`\`\`js\n${repeat("function a(b){return b?c(b):d(0)};")}\n\`\`\`\n`;
    case "list":
      return repeat("- One worker uses two of its three tries, the second **begins** at the third.\n");
    case "table":
      return `| Machine | Workers | Failed |\n| --- | --- | --- |\n${repeat("| Build machine | 4 | 41 of 200 |\n")}`;
    default:
      return repeat(SECTION);
  }
}

export const EDIT = `Index: /home/ada/code/shop/src/auth/retry.ts
===================================================================
--- /home/ada/code/shop/src/auth/retry.ts
+++ /home/ada/code/shop/src/auth/retry.ts
@@ -9,6 +9,5 @@
 import { sleep } from './time';
-let attempt = 0;
-
 export async function withRetry(run, limit = 3) {
-  while (attempt++ < limit) {
+  // one counter per call, not per module
+  for (let attempt = 1; ; attempt++) {
     try { return await run(); }
`;

const patch = (file, lines) => `--- a/${file}\n+++ b/${file}\n@@ -0,0 +1,${lines} @@\n${Array.from({ length: lines }, (_, n) => `+line ${n + 1} of a new file`).join("\n")}\n`;

/** What a session is said to have changed. */
export const CHANGES = [
  { file: "src/auth/retry.ts", patch: EDIT, additions: 2, deletions: 3, status: "modified" },
  { file: "test/login.spec.ts", patch: patch("test/login.spec.ts", 40), additions: 40, deletions: 0, status: "added" },
  { file: "docs/old-login.md", patch: "--- a/docs/old-login.md\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-# Old login\n-Not used any more.\n", additions: 0, deletions: 2, status: "deleted" },
  { file: "docs/login.png", patch: "Binary files a/docs/login.png and b/docs/login.png differ\n", additions: 0, deletions: 0, status: "modified" },
  { file: "package-lock.json", patch: patch("package-lock.json", 30_000), additions: 30_000, deletions: 0, status: "modified" },
];

export const TODOS = [
  { content: "Find the cause", status: "completed", priority: "high" },
  { content: "One counter per call", status: "completed", priority: "high" },
  { content: "Run the login tests 200 times on four workers", status: "in_progress", priority: "high" },
  { content: "Look for the same pattern elsewhere", status: "pending", priority: "low" },
  { content: "Rewrite the login page", status: "cancelled", priority: "low" },
];

export const COLOURED =
  "\u001b[1m> shop@2.4.0 test\u001b[0m\r\n\u001b[32m✓\u001b[39m 16 passed\n\u001b[31m✗  4 failed\u001b[0m   login.spec.ts:41 \u001b[2mkeeps the owner signed in\u001b[22m\n" +
  "   Expected  \u001b[32m200\u001b[0m   Received  \u001b[31m302 → /login\u001b[0m\n 10 %\r 60 %\r100 %\n\u001b]0;title\u0007\u001b[2J20 runs in 46.8 s \u202eevil\n";

/** A picture, as the bytes of a PNG. */
export const PICTURE = png(240, 160);

function png(width, height) {
  const rows = [];
  for (let y = 0; y < height; y++) {
    rows.push(0);
    for (let x = 0; x < width; x++) {
      const frame = x < 8 || y < 8 || x >= width - 8 || y >= height - 8;
      rows.push(...(frame ? [10, 102, 122] : [230 - Math.floor(y / 2), 240 - Math.floor(x / 4), 200]));
    }
  }
  const chunk = (type, data) => {
    const content = Buffer.concat([Buffer.from(type), data]);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(content));
    return Buffer.concat([size, content, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.from(rows))), chunk("IEND", Buffer.alloc(0))]);
}

function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
  }
  return ~sum >>> 0;
}

/** Everything that can stand in a turn, in one session. */
export function showcase({ addSession, addMessage, textPart, toolPart, ago, nextId }) {
  const session = addSession("Fix the flaky login test in full", "/home/ada/code/shop", "idle");
  const part = (type, extra) => {
    const id = nextId("prt");
    return { id, key: id, type, ...extra };
  };
  const times = (from, took) => ({ startedAt: ago(from), endedAt: ago(from - took) });
  const ask = (seconds, text, ...parts) => addMessage(session, "user", [textPart(text), ...parts], { createdAt: ago(seconds) });
  const answer = (question, seconds, parts, extra = {}) =>
    addMessage(session, "assistant", parts, {
      parentId: question.id,
      createdAt: ago(seconds),
      completedAt: ago(seconds - 30),
      agent: "build",
      model: "anthropic/sonnet",
      ...extra,
    });

  const first = ask(
    2400,
    "The login test fails about one run in five, only on the build machine. Find out why and fix it, please. Log and a picture of the failing page attached.",
    part("file", { name: "failing-page.png", mime: "image/png", size: 412_000 }),
    part("file", { name: "build-1184.log", mime: "text/plain", size: 88_000 }),
    part("file", { name: "login.spec.ts", mime: "text/plain", path: "test/login.spec.ts" }),
  );
  answer(first, 2390, [
    part("reasoning", { text: "The failure only shows under load. Likely a race.", ...times(2390, 12) }),
    ...["test/login.spec.ts", "test/helpers/session.ts", "src/auth/retry.ts", "test/setup.ts"].map((file) =>
      toolPart("read", file, { filePath: `/home/ada/code/shop/${file}` }, `00001| // ${file}\n00002| export {};`, times(2370, 0.1)),
    ),
    toolPart("bash", "Run the login test", { command: "npm test -- login --repeat 20" }, COLOURED, { exit: 1, ...times(2360, 48) }),
    textPart(SECTION),
    toolPart("edit", "src/auth/retry.ts", { filePath: "/home/ada/code/shop/src/auth/retry.ts" }, "", { diff: EDIT, ...times(2300, 0.3) }),
    toolPart("todowrite", "5 todos", { todos: TODOS }, "", times(2290, 0.01)),
    toolPart("write", "x", { filePath: "/home/ada/code/shop/notes.md" }, undefined, { state: "error", error: "The user rejected permission to use this specific tool call with the following feedback: not into the root folder" }),
    toolPart("webfetch", "x", { url: "https://example.com/a" }, undefined, { state: "error", error: "Request failed with status code: 404" }),
    toolPart("bash", "sleep", { command: "sleep 600" }, "start\n\n<shell_metadata>\nUser aborted the command\n</shell_metadata>", times(2280, 9)),
    toolPart("grep", "attempt", { pattern: "attempt\\+\\+" }, "src/auth/retry.ts\n  Line 12: while (attempt++ < limit) {", times(2275, 0.2)),
    part("patch", { files: ["/home/ada/code/shop/src/auth/retry.ts", "/home/ada/code/shop/test/login.spec.ts"] }),
  ]);
  const second = ask(1500, "Good. Explain the cause so that I can paste it into the ticket.");
  answer(second, 1490, [textPart("Two test workers share one counter. When the first"), part("compaction", {})], { state: "aborted" });
  const third = ask(900, "And the same for the mail queue.");
  answer(third, 890, [], { state: "failed", error: "The model’s provider refused the key." });
  const fourth = ask(600, "Again, please.");
  answer(fourth, 590, [textPart("Done. The counter of the mail queue is local to each call now.")]);
  return session;
}

/** A session with very many turns. */
export function longHistory({ addSession, addMessage, textPart, ago }, turns = 5_000) {
  const session = addSession("Ten thousand turns", "/home/ada/code/archive", "idle");
  for (let turn = 1; turn <= turns; turn++) {
    const at = (turns - turn + 1) * 600;
    const question = addMessage(session, "user", [textPart(`Question ${turn}: what about part ${turn}?`)], { createdAt: ago(at) });
    addMessage(session, "assistant", [textPart(turn % 10 === 0 ? SECTION : `Answer ${turn}. ${PARAGRAPH}`)], {
      parentId: question.id,
      createdAt: ago(at - 5),
      completedAt: ago(at - 60),
    });
  }
  return session;
}
