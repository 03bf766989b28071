// Serves target/web as Nexus would, with its headers and a make-believe API, to build and look at pages without Nexus.
// node dev/server.mjs [--port 8200] [--fresh] [--logged-in] [--mode poll|post|slow] [--many 1284] [--cards 10] [--scenes]
//   [--state healthy]
//   --fresh      no owner yet; the setup code is "code"
//   --logged-in  no login wanted
//   --many       so many sessions that were put away
//   --cards      so many cards
//   --scenes     a session with everything that can stand in a turn, and one with ten thousand turns
//   --state      how the dashboard stands: healthy, busy, leaking, backoff, failed, missing, npm (cannot install), unusable, foreign, old, update, stopped,
//                new (nothing happened yet), many (restarts), refused (preferences), broken (its calls fail), late (they take 4 s)
//   --tunnel     how the tunnel stands, see dev/tunnel.mjs
//   --mode       a line that holds GET streams back (post), all streams (poll), or is slow
// The password is "correct horse battery". Send "tool", "ask", "question", "long", "fail", "think", "edit", "busy", "cut" for other answers,
// "helper" (also with "ask", "deep", "broken") for one with a helper, "huge", "huge line|word|code|minified|list|table 100" for
// a megabyte at 100 kB a second, "drop" for a text that is abandoned and written again, "nothing" for no answer at all, "refuse" for a message that
// OpenCode refuses afterwards, "invalid" for one that Nexus refuses at once. A file called "bad…" cannot be uploaded.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomBytes } from "node:crypto";
import { Dashboard } from "./dashboard.mjs";
import { Notifications } from "./notifications.mjs";
import { QR, Tunnel } from "./tunnel.mjs";
import { CHANGES, EDIT, huge, longHistory, PICTURE, showcase, TODOS } from "./scenes.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../target/web");
const option = (name) => process.argv[process.argv.indexOf(`--${name}`) + 1];
const flag = (name) => process.argv.includes(`--${name}`);
const port = Number(flag("port") ? option("port") : 8200);
const mode = flag("mode") ? option("mode") : "";

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; manifest-src 'self'; " +
    "worker-src 'self'; require-trusted-types-for 'script'; trusted-types lit-html nexus-worker",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

// ---- what is remembered ----

const PASSWORD = "correct horse battery";
let owner = flag("fresh") ? undefined : PASSWORD;
const tokens = new Set();
let wrong = 0;
let lockedUntil = 0;
let devices = [
  device("d1", "Firefox on Linux", 40, 0, true),
  device("d2", "Safari on iPhone", 12, 0.1, true),
  device("d3", "Chrome on Windows", 30, 9, false),
];
let server = {
  state: "running",
  pid: 48211,
  version: "1.18.33",
  url: "http://127.0.0.1:4096",
  since: ago(2 * 3600 + 38 * 60),
};
const scene = flag("state") ? option("state") : "healthy";
const dashboard = new Dashboard(scene, publish);
server = dashboard.server(server);
const notifications = new Notifications(scene, publish);
const tunnel = new Tunnel(flag("tunnel") ? option("tunnel") : "named", publish);
dashboard.tunnel = tunnel;
const epoch = randomBytes(2).toString("hex");
let sequence = 0;
const ring = [];
const streams = new Set();
const sessions = new Map();
const messages = new Map();
const requests = new Map();
const sent = new Map();
const running = new Map();
const queues = new Map();
const refusals = new Map();
const uploads = new Map();
let serial = 0;
/** Kilobytes a second of a huge answer. */
let pace = 100;

function ago(seconds) {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
function device(id, name, created, seen, loggedIn) {
  return { id, name, createdAt: ago(created * 86400), lastSeenAt: ago(seen * 86400), loggedIn };
}
const nextId = (kind) => `${kind}_${(++serial).toString(36).padStart(4, "0")}`;
function freeNumber() {
  const taken = new Set([...sessions.values()].map((session) => session.number));
  return [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].find((number) => !taken.has(number));
}
const nextKey = () => (++serial).toString(36);

function publish(event, data, topic = "chat") {
  const entry = { id: `${epoch}-${++sequence}`, event, data, topic };
  ring.push(entry);
  if (ring.length > 20_000) {
    ring.splice(0, 10_000);
  }
  for (const stream of streams) {
    stream(entry);
  }
}

function addSession(title, workspace, status, extra = {}) {
  const id = nextId("ses");
  const session = {
    id,
    title,
    workspace,
    status,
    active: true,
    createdAt: ago(7200),
    updatedAt: ago(60 + serial * 400),
    cost: 0.04 * serial,
    tokens: 1200 * serial,
    number: extra.active === false ? undefined : freeNumber(),
    ...extra,
  };
  sessions.set(id, session);
  messages.set(id, []);
  return session;
}

function setSession(session, change) {
  Object.assign(session, change, { updatedAt: new Date().toISOString() });
  session.number = session.active ? (session.number ?? freeNumber()) : undefined;
  for (const key of Object.keys(session)) {
    if (session[key] === undefined) {
      delete session[key];
    }
  }
  publish("chat.session", session);
}

/** The card takes that number; those in between move over by one. */
function moveCard(session, number) {
  if (!Number.isInteger(number) || number < 1 || number > 10) {
    const message = "must be a whole number from 1 to 10";
    throw new Failure(422, "invalid-field", `number: ${message}`, { errors: [{ field: "number", message }] });
  }
  if (!session.active) {
    throw new Failure(409, "not-active", "This session has no card.");
  }
  const from = session.number;
  const others = [...sessions.values()].filter((one) => one.active && one !== session);
  const over = others.some((one) => one.number === number) ? others : [];
  for (const one of over) {
    const by = one.number >= number && one.number < from ? 1 : one.number > from && one.number <= number ? -1 : 0;
    if (by !== 0) {
      one.number += by;
      publish("chat.session", one);
    }
  }
  session.number = number;
  publish("chat.session", session);
}

function addMessage(session, role, parts, extra = {}) {
  const message = {
    id: nextId("msg"),
    sessionId: session.id,
    role,
    createdAt: new Date().toISOString(),
    state: "complete",
    parts,
    ...(role === "assistant" ? { model: "nexus-demo/demo", agent: "build" } : { completedAt: new Date().toISOString() }),
    ...extra,
  };
  messages.get(session.id).push(message);
  return message;
}

const textPart = (text, extra = {}) => {
  const id = nextId("prt");
  return { id, key: id, type: "text", text, startedAt: ago(50), endedAt: ago(40), ...extra };
};
const toolPart = (tool, title, input, output, extra = {}) => {
  const id = nextId("prt");
  return {
    id,
    key: id,
    type: "tool",
    tool,
    callId: nextId("call"),
    state: "completed",
    title,
    input,
    output,
    startedAt: ago(50),
    endedAt: ago(47),
    ...extra,
  };
};

const PROSE = `The test fails about once in nine runs because **two workers share one counter**. The guard in \`src/auth/session.ts\` counts attempts in a module variable.

- One worker uses two of its three tries.
- The second begins at the third, gives up after one failure and is sent back to the login page.

\`\`\`ts
// src/auth/session.ts
export function createGuard(max = 3) {
  const attempts = new Map<string, number>();
  return { allow: (id: string) => (attempts.get(id) ?? 0) < max };
}
\`\`\`

| Run | Workers | Failures | Time |
| --- | --- | --- | --- |
| before | 4 | 23 of 200 | 3 min 12 s |
| after | 4 | 0 of 200 | 3 min 09 s |

Each call now has its own counter, so nothing is shared any more.`;

const DIFF = `--- a/src/auth/session.ts
+++ b/src/auth/session.ts
@@ -1,5 +1,6 @@
-let attempts = 0;
-export function allow() {
-  return attempts++ < 3;
+export function createGuard(max = 3) {
+  const attempts = new Map<string, number>();
+  return { allow: (id: string) => (attempts.get(id) ?? 0) < max };
 }
`;

function seed() {
  const first = addSession("Fix the flaky login test", "/home/ada/code/shop", "idle");
  addMessage(first, "user", [textPart("The login test fails about once in nine runs. Find out why.")], { createdAt: ago(900) });
  addMessage(
    first,
    "assistant",
    [
      { id: nextId("prt"), key: "r1", type: "reasoning", text: "Look for shared state first.", startedAt: ago(890), endedAt: ago(878) },
      toolPart("bash", "Run the login test 20 times", { command: "npm test -- login" }, "18 passed\n2 failed\n", { exit: 1 }),
      toolPart("edit", "src/auth/session.ts", { filePath: "src/auth/session.ts" }, "", { diff: DIFF }),
      textPart(PROSE),
    ],
    { createdAt: ago(890), completedAt: ago(700), cost: 0.61, tokens: 48_200 },
  );
  const second = addSession("Move invoices to the new tax rules", "/home/ada/code/ledger", "waiting");
  addMessage(second, "user", [textPart("Migrate the invoices of 2025.")], { createdAt: ago(400) });
  const call = toolPart("bash", "Migrate invoices", { command: "npm run migrate -- --from 2025" }, undefined, {
    state: "running",
    endedAt: undefined,
  });
  const waiting = addMessage(second, "assistant", [textPart("I will run the migration."), call], { state: "running", createdAt: ago(390) });
  permission(second, waiting.id, call.callId, "npm run migrate -- --from 2025");
  const states = [
    ["Why is the nightly build slow?", "/home/ada/code/shop", "idle"],
    ["Release notes for 2.4", "/home/ada/code/shop", "idle"],
    ["Parser for bank statements", "/home/ada/code/ledger", "interrupted"],
    ["Upgrade to Java 21", "/home/ada/code/archive", "failed", { problem: "The model’s provider refused the key." }],
    ["Read the meter photos", "/home/ada/home/meters", "waiting"],
    ["Tidy up the photo importer", "/home/ada/code/photos", "retry", { problem: "The provider is busy.", retryAt: new Date(Date.now() + 60_000).toISOString() }],
  ];
  for (const [title, workspace, status, extra] of states) {
    const session = addSession(title, workspace, status, extra);
    addMessage(session, "user", [textPart(`${title}. Leave out what is internal.`)], { createdAt: ago(600) });
    addMessage(session, "assistant", [textPart("Done. The notes have three parts: what is new (5), what is fixed (11) and what to do when upgrading.")], {
      createdAt: ago(590),
      completedAt: ago(560),
      ...(status === "interrupted" ? { state: "interrupted", completedAt: undefined } : {}),
      ...(status === "failed" ? { state: "failed", error: "The model’s provider refused the key." } : {}),
    });
    if (status === "waiting") {
      question(session);
    }
  }
  for (const title of ["Compare three backup tools", "Letter to the landlord", "Faster thumbnails"]) {
    const session = addSession(title, "/home/ada/notes", "idle", { active: false, updatedAt: ago(5 * 86400 + serial * 3600) });
    addMessage(session, "user", [textPart(title)], { createdAt: ago(5 * 86400) });
    addMessage(session, "assistant", [textPart(PROSE)], { createdAt: ago(5 * 86400), completedAt: ago(5 * 86400 - 60) });
  }
}

const WORDS = "invoice parser login backup thumbnail letter garden sensor build release photo migration index cache router".split(" ");

/** Sessions that were put away, as many as somebody has after a year. */
function seedMany(many) {
  const word = (place) => WORDS[place % WORDS.length];
  for (let place = 0; place < many; place++) {
    const title = `${word(place)} and ${word(place * 7 + 3)}, take ${place + 1}`;
    const status = place % 90 === 7 ? "interrupted" : place % 120 === 11 ? "failed" : "idle";
    const session = addSession(title[0].toUpperCase() + title.slice(1), `/home/ada/code/${word(place * 3)}`, status, {
      active: false,
      updatedAt: ago(2 * 86400 + place * 9_000),
    });
    const at = ago(2 * 86400 + place * 9_000);
    addMessage(session, "user", [textPart(`Look at the ${word(place * 5)} of the ${word(place)}.`)], { createdAt: at });
    addMessage(session, "assistant", [textPart(`The ${word(place * 5)} was wrong in ${1 + (place % 9)} places.`)], { createdAt: at, completedAt: at });
  }
}

/** Cards until there are so many, all of them at work or done. */
function seedCards(cards) {
  for (let number = freeNumber(); number !== undefined && number <= cards; number = freeNumber()) {
    const session = addSession(number === 10 ? "Learn Rust: ownership" : "Garden sensor firmware", "/home/ada/code/garden", "idle");
    addMessage(session, "user", [textPart("and what about slices?")], { createdAt: ago(86400) });
    addMessage(session, "assistant", [textPart("A slice borrows part of a list without owning it.")], { createdAt: ago(86400), completedAt: ago(86300) });
  }
}

/** Messages that hold every word, as the index of Nexus finds them. "nothing" finds none, "reading" is not complete, "broken" fails. */
function find(query, sessionId, limit, offset) {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) {
    const message = "must hold a letter or a digit";
    throw new Failure(422, "invalid-field", `q: ${message}`, { errors: [{ field: "q", message }] });
  }
  if (words.includes("broken")) {
    throw new Failure(503, "search-unavailable", "The search is being replaced. It is back in a moment.");
  }
  const hits = [];
  for (const [id, list] of messages) {
    const session = sessions.get(id);
    if (!session || (sessionId && id !== sessionId)) {
      continue;
    }
    for (const message of list) {
      const text = message.parts.filter((part) => part.type === "text").map((part) => part.text).join(" ").replace(/\s+/g, " ");
      const low = text.toLowerCase();
      if (words.filter((word) => word !== "reading").every((word) => low.includes(word))) {
        const start = Math.max(0, low.indexOf(words[0]) - 60);
        const snippet = text.slice(start, start + 240);
        const marks = words.flatMap((word) => [...snippet.toLowerCase().matchAll(new RegExp(word, "g"))].map(({ index }) => ({ start: index, end: index + word.length })));
        hits.push({ sessionId: id, sessionTitle: session.title, messageId: message.id, role: message.role, createdAt: message.createdAt, snippet, marks });
      }
    }
  }
  hits.sort((one, other) => other.createdAt.localeCompare(one.createdAt));
  return { hits: hits.slice(offset, offset + limit), total: hits.length, complete: !words.includes("reading") };
}

function permission(session, messageId, callId, command) {
  const request = {
    id: nextId("per"),
    sessionId: session.id,
    rootSessionId: session.parentId ?? session.id,
    type: "permission",
    createdAt: ago(240),
    permission: "bash",
    patterns: [command],
    always: [`${command.split(" ").slice(0, 3).join(" ")} *`],
    metadata: { command },
    messageId,
    callId,
  };
  requests.set(request.id, request);
  publish("chat.request", request);
  return request;
}

function question(session) {
  const request = {
    id: nextId("que"),
    sessionId: session.id,
    rootSessionId: session.parentId ?? session.id,
    type: "question",
    createdAt: ago(60),
    questions: [
      {
        question: "Which meter do the photos show?",
        header: "Meter",
        options: [{ label: "Old one, 4 digits" }, { label: "New one, 5 digits", description: "Since March" }],
        multiple: false,
        custom: true,
      },
    ],
  };
  requests.set(request.id, request);
  publish("chat.request", request);
}

// ---- answers that grow ----

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function answer(session, text, parentId, { model = "nexus-demo/demo", agent = "build" } = {}) {
  const stop = { now: false };
  running.get(session.id)?.stop();
  running.set(session.id, { stop: () => (stop.now = true) });
  setSession(session, { status: "busy", problem: undefined, retryAt: undefined });
  await sleep(300);
  const message = addMessage(session, "assistant", [], { state: "running", parentId, model, agent });
  const bare = () => ({ ...message, parts: undefined });
  const tell = (part) => publish("chat.part", { sessionId: session.id, messageId: message.id, part });
  publish("chat.message", { sessionId: session.id, message: bare() });
  const finish = (state, extra = {}) => {
    Object.assign(message, { state, completedAt: new Date().toISOString(), cost: 0.02, tokens: 1800 }, extra);
    publish("chat.message", { sessionId: session.id, message: bare() });
    running.delete(session.id);
    setSession(session, { status: state === "failed" ? "failed" : "idle", problem: extra.error });
    if (state === "complete") {
      goOn(session);
    } else {
      pauseQueue(session);
    }
  };
  const grow = async (type, words, pause) => {
    const part = { id: nextId("prt"), key: nextKey(), type, text: "", startedAt: new Date().toISOString() };
    message.parts.push(part);
    tell({ ...part });
    for (const piece of words.match(/\s*\S{1,6}/g) ?? []) {
      if (stop.now) {
        break;
      }
      part.text += piece;
      publish("text", { part: part.key, text: piece });
      await sleep(pause);
    }
    part.endedAt = new Date().toISOString();
    tell({ ...part });
    return part;
  };
  if (/think/.test(text)) {
    await grow("reasoning", "The person wants to know the cause. Shared state is the usual suspect, so look there first.", 40);
  }
  if (/fail/.test(text)) {
    await sleep(700);
    finish("failed", { error: "The model’s provider refused the key." });
    return;
  }
  if (/tool|ask/.test(text)) {
    const tool = toolPart("bash", "Run the tests", { command: "npm test" }, "", { state: "running", endedAt: undefined, startedAt: new Date().toISOString() });
    message.parts.push(tool);
    tell({ ...tool });
    if (/ask/.test(text)) {
      const request = permission(session, message.id, tool.callId, "npm test");
      setSession(session, { status: "waiting" });
      while (requests.has(request.id) && !stop.now) {
        await sleep(100);
      }
      setSession(session, { status: "busy" });
    }
    for (let line = 1; line <= 20 && !stop.now; line++) {
      tool.output += `ok ${line} login keeps its place\n`;
      tell({ ...tool });
      await sleep(120);
    }
    Object.assign(tool, { state: stop.now ? "error" : "completed", exit: 0, endedAt: new Date().toISOString() });
    tell({ ...tool });
  }
  if (/question/.test(text)) {
    question(session);
    setSession(session, { status: "waiting" });
    return;
  }
  if (/huge/.test(text)) {
    // "huge code 40 of 100": 100 kB of code, 40 kB a second; a megabyte when it is not said
    const kind = /huge (\w+)/.exec(text)?.[1];
    pace = Number(/(\d+)/.exec(text)?.[1] ?? 100);
    const part = { id: nextId("prt"), key: nextKey(), type: "text", text: "", startedAt: new Date().toISOString() };
    message.parts.push(part);
    tell({ ...part });
    const whole = huge(kind, Number(/of (\d+)/.exec(text)?.[1] ?? 1_000) * 1_000);
    let until = 0;
    for (let place = 0; place < whole.length && !stop.now; ) {
      const beat = pace < 10 ? 64 : 16;
      until = Math.min(whole.length, until + pace * beat);
      for (; place < until; place += 6) {
        const piece = whole.slice(place, place + 6);
        part.text += piece;
        publish("text", { part: part.key, text: piece });
      }
      await sleep(beat);
    }
    part.endedAt = new Date().toISOString();
    tell({ ...part });
    finish(stop.now ? "aborted" : "complete");
    return;
  }
  if (/helper/.test(text)) {
    await grow("text", "I let a helper look for shared counters.", 20);
    const child = addSession("Search for shared counters", session.workspace, "busy", { active: false, parentId: session.id });
    const task = toolPart("task", "Search for shared counters", { description: "Search for shared counters", subagent_type: "explore" }, undefined, {
      state: "running",
      childId: child.id,
      startedAt: new Date().toISOString(),
      endedAt: undefined,
    });
    message.parts.push(task);
    tell({ ...task });
    await helper(child, session, /ask/.test(text), /deep/.test(text), stop);
    const failed = /broken/.test(text);
    Object.assign(task, { state: failed ? "error" : "completed", endedAt: new Date().toISOString(), ...(failed ? { error: "The helper ran out of steps." } : { output: "Two more." }) });
    tell({ ...task });
  }
  if (/edit/.test(text)) {
    for (const file of ["src/a.ts", "src/b.ts", "src/c.ts"]) {
      const read = toolPart("read", file, { filePath: `${session.workspace}/${file}` }, "00001| x", { state: "running", endedAt: undefined });
      message.parts.push(read);
      tell({ ...read });
      await sleep(400);
      Object.assign(read, { state: "completed", endedAt: new Date().toISOString() });
      tell({ ...read });
    }
    for (const part of [
      toolPart("todowrite", "5 todos", { todos: TODOS }, ""),
      toolPart("edit", "src/auth/retry.ts", { filePath: `${session.workspace}/src/auth/retry.ts` }, "", { diff: EDIT }),
    ]) {
      message.parts.push(part);
      tell({ ...part });
      await sleep(300);
    }
  }
  if (/busy/.test(text)) {
    setSession(session, { status: "retry", problem: "The provider is busy.", retryAt: new Date(Date.now() + 4_000).toISOString() });
    await sleep(4_000);
    setSession(session, { status: "busy", problem: undefined, retryAt: undefined });
  }
  if (/cut/.test(text)) {
    await grow("text", PROSE.slice(0, 300), 20);
    Object.assign(message, { state: "interrupted" });
    publish("chat.message", { sessionId: session.id, message: bare() });
    running.delete(session.id);
    setSession(session, { status: "interrupted" });
    return;
  }
  if (/drop/.test(text)) {
    const part = await grow("text", PROSE.slice(0, 400), 30);
    await sleep(1_000);
    message.parts.splice(message.parts.indexOf(part), 1);
    publish("chat.part.removed", { sessionId: session.id, messageId: message.id, partId: part.id });
  }
  if (!stop.now) {
    await grow("text", /long/.test(text) ? Array(12).fill(PROSE).join("\n\n") : PROSE, 30);
  }
  finish(stop.now ? "aborted" : "complete");
}

/** A helper that says and does something, and asks or calls another helper. */
async function helper(child, root, asks, deep, stop) {
  const message = addMessage(child, "assistant", [], { state: "running", createdAt: new Date().toISOString() });
  const tell = (part) => publish("chat.part", { sessionId: child.id, messageId: message.id, part: { ...part } });
  publish("chat.message", { sessionId: child.id, message: { ...message, parts: undefined } });
  const tool = (...args) => {
    const part = toolPart(...args);
    message.parts.push(part);
    tell(part);
    return part;
  };
  for (const file of ["src/mail/queue.ts", "src/mail/send.ts"]) {
    tool("read", file, { filePath: `${child.workspace}/${file}` }, "…");
    await sleep(300);
  }
  if (deep) {
    const grandchild = addSession("Look into the mail queue", child.workspace, "idle", { active: false, parentId: child.id });
    addMessage(grandchild, "user", [textPart("Look into the mail queue")]);
    addMessage(grandchild, "assistant", [textPart(PROSE)]);
    tool("task", "Look into the mail queue", { description: "Look into the mail queue" }, "Done.", { childId: grandchild.id });
  }
  const command = tool("bash", "Count counters", { command: "grep -rn 'attempt++' src | wc -l" }, "", { state: "running", endedAt: undefined, startedAt: new Date().toISOString() });
  if (asks) {
    const request = permission(child, message.id, command.callId, "grep -rn 'attempt++' src | wc -l");
    setSession(root, { status: "waiting" });
    while (requests.has(request.id) && !stop.now) {
      await sleep(100);
    }
    setSession(root, { status: "busy" });
  }
  await sleep(1_500);
  Object.assign(command, { state: "completed", output: "61", exit: 0, endedAt: new Date().toISOString() });
  tell(command);
  const text = { id: nextId("prt"), key: nextKey(), type: "text", text: "", startedAt: new Date().toISOString() };
  message.parts.push(text);
  tell(text);
  for (const piece of "Looked at 61 modules. Two more keep state outside: `src/mail/queue.ts` and `src/jobs/run.ts`. Both count tries in a variable of the module, so that two callers share it.".match(/\s*\S{1,6}/g)) {
    if (stop.now) {
      break;
    }
    text.text += piece;
    publish("text", { part: text.key, text: piece });
    await sleep(60);
  }
  text.endedAt = new Date().toISOString();
  tell(text);
  Object.assign(message, { state: "complete", completedAt: new Date().toISOString() });
  publish("chat.message", { sessionId: child.id, message: { ...message, parts: undefined } });
}

// ---- what was said before ----

/** Where a message stands, or nowhere. */
function placeOf(id, messageId) {
  const place = found(messages, id).findIndex((message) => message.id === messageId);
  if (place < 0) {
    throw new Failure(404, "unknown-message", "This message is not there any more.");
  }
  return place;
}

/** What is listed: what was undone is left out. */
function listed(id) {
  const { revert } = found(sessions, id);
  const all = found(messages, id);
  return revert ? all.slice(0, placeOf(id, revert.messageId)) : all;
}

function fork(session, messageId) {
  if ([...sessions.values()].filter((one) => one.active).length >= 10) {
    throw new Failure(409, "too-many-active", "Ten sessions are active. Put one away first.");
  }
  const end = messageId ? placeOf(session.id, messageId) : messages.get(session.id).length;
  const copy = addSession(`${session.title} (fork #1)`, session.workspace, "idle", { createdAt: ago(0), updatedAt: ago(0) });
  for (const message of messages.get(session.id).slice(0, end)) {
    const id = nextId("msg");
    messages.get(copy.id).push({ ...message, id, sessionId: copy.id });
  }
  publish("chat.session", copy);
  return copy;
}

function exported(session, format) {
  const all = listed(session.id);
  if (format === "json") {
    return JSON.stringify({ session, messages: all }, null, 2);
  }
  const texts = (message) => message.parts.map((part) => part.text ?? (part.type === "tool" ? `    ${part.tool}: ${part.title}` : "")).filter(Boolean);
  return [`# ${session.title}`, ...all.map((message) => `## ${message.role === "user" ? "You" : "Assistant"}\n\n${texts(message).join("\n\n")}`)].join("\n\n");
}

// ---- what waits ----

const queueOf = (id) => queues.get(id) ?? { sessionId: id, paused: false, messages: [] };

function setQueue(session, queue) {
  if (queue.messages.length > 0) {
    queues.set(session.id, queue);
  } else {
    queues.delete(session.id);
  }
  publish("chat.queue", queueOf(session.id));
  setSession(session, { queued: queue.messages.length || undefined });
}

/** Sends the next message that waits. */
function goOn(session) {
  const [next, ...messages] = queueOf(session.id).messages;
  if (next) {
    setQueue(session, { sessionId: session.id, paused: false, messages });
    deliver(session, next);
  }
}

function pauseQueue(session) {
  const queue = queueOf(session.id);
  if (queue.messages.length > 0) {
    setQueue(session, { ...queue, paused: true });
  }
}

/** Hands a message to the make-believe OpenCode. */
function deliver(session, { messageId, text, attachments, clientId, command, model, agent }) {
  const id = session.id;
  if (session.revert) {
    // The next message makes it final.
    for (const gone of messages.get(id).splice(placeOf(id, session.revert.messageId))) {
      publish("chat.message.removed", { sessionId: id, messageId: gone.id });
    }
    setSession(session, { revert: undefined });
  }
  if (/refuse/.test(text)) {
    const reason = "The image “photo.png” could not be decoded.";
    setTimeout(() => {
      refusals.set(clientId, reason);
      publish("chat.message.refused", { sessionId: id, messageId, clientId, reason });
    }, 400);
    return;
  }
  const files = attachments.map(({ name, mime, url }) => {
    const part = nextId("prt");
    const path = url?.startsWith(`file://${session.workspace}/`) ? decodeURIComponent(url).slice(`file://${session.workspace}/`.length) : undefined;
    return { id: part, key: part, type: "file", name, mime, ...(path && { path }) };
  });
  const said = command ? `(The words of /${command})\n\n${text}`.trim() : text;
  const message = addMessage(session, "user", [...(said ? [textPart(said)] : []), ...files], { id: messageId });
  publish("chat.message", { sessionId: id, message: { ...message, parts: undefined } });
  for (const part of message.parts) {
    publish("chat.part", { sessionId: id, messageId, part });
  }
  if (!/nothing/.test(text)) {
    void answer(session, text, messageId, { model: model ?? session.model, agent: agent ?? session.agent });
  }
}

// ---- answers of the API ----

class Failure extends Error {
  constructor(status, code, detail, extra = {}, headers = {}) {
    super(detail);
    Object.assign(this, { status, body: { status, title: code, code, detail, ...extra }, headers });
  }
}

function json(response, status, value, headers = {}) {
  response.writeHead(status, { ...HEADERS, "cache-control": "no-store", "content-type": "application/json", ...headers });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}

function thereIsATunnel() {
  if (tunnel.scene === "away") {
    throw new Failure(503, "part-missing", "The part of Nexus that keeps the tunnel is not there right now.");
  }
}

async function checkedTunnel(request) {
  thereIsATunnel();
  const config = await body(request);
  const errors = tunnel.wrong(config);
  if (errors.length > 0) {
    throw new Failure(422, "invalid-field", "Some of it cannot be used.", { errors });
  }
  return config;
}

async function body(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
  }
  return text ? JSON.parse(text) : {};
}

const cookie = (request) => /nexus-dev=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
const known = (request) => flag("logged-in") || tokens.has(cookie(request));

function grant(response, status) {
  const token = randomBytes(8).toString("hex");
  tokens.add(token);
  json(response, status, undefined, { "set-cookie": `nexus-dev=${token}; HttpOnly; SameSite=Strict; Path=/` });
}

function found(map, id) {
  const value = map.get(id);
  if (!value) {
    throw new Failure(404, "unknown-session", "There is no such session.");
  }
  return value;
}

const model = (id, name, provider, inputs, extra = {}) => ({ id, name, provider, isDefault: false, demo: false, inputs, ...extra });
const MODELS = [
  model("nexus-demo/demo", "Demo", "Nexus demo", ["text", "image", "pdf"], { isDefault: true, demo: true }),
  model("anthropic/claude-sonnet-4-5", "Claude Sonnet 4.5", "Anthropic", ["text", "image", "pdf"]),
  model("anthropic/claude-opus-4-5", "Claude Opus 4.5", "Anthropic", ["text", "image", "pdf"]),
  model("anthropic/claude-haiku-4-5", "Claude Haiku 4.5", "Anthropic", ["text", "image"]),
  model("openai/gpt-5", "GPT-5", "OpenAI", ["text", "image"]),
  model("openai/gpt-5-codex", "GPT-5 Codex", "OpenAI", ["text", "image"]),
  model("deepseek/deepseek-chat", "DeepSeek Chat", "DeepSeek", ["text"]),
  model("local/qwen3-coder", "Qwen3 Coder 30B", "Ollama", []),
];
const WORKSPACES = ["/home/ada/code/shop", "/home/ada/code/ledger", "/home/ada/notes"];
const AGENTS = [
  { name: "build", description: "Works on the code.", mode: "primary", isDefault: true },
  { name: "plan", description: "Reads and plans, changes nothing.", mode: "primary", isDefault: false },
  { name: "general", description: "Helps another agent.", mode: "subagent", isDefault: false },
];
const COMMANDS = [
  { name: "init", description: "Write AGENTS.md for this project", takesArguments: true },
  { name: "review", description: "Review changes, or a branch or commit", takesArguments: true },
  { name: "release", description: "Prepare a release", takesArguments: false },
];
const FILES = ["src/", "src/auth/", "docs/", "README.md", "package.json", "src/auth/session.ts", "src/auth/login.ts", "src/mail/queue.ts", "src/app.ts", "docs/how it works.md"];

function invalid(field, message) {
  return new Failure(422, "invalid-field", `${field}: ${message}`, { errors: [{ field, message }] });
}

function known422(names, field, value) {
  if (value !== undefined && !names.includes(value)) {
    throw invalid(field, `there is no ${value}`);
  }
}

/** One part of a form: a file. Reads slowly, so that its progress can be seen. */
async function upload(request, response) {
  let size = 0;
  const chunks = [];
  for await (const chunk of request) {
    size += chunk.length;
    if (size < 20_000) {
      chunks.push(chunk);
    }
    await sleep(Math.min(200, chunk.length / 500));
  }
  const head = Buffer.concat(chunks).toString("latin1");
  const name = Buffer.from(/filename="([^"]*)"/.exec(head)?.[1] ?? "file", "latin1").toString();
  const mime = /content-type: *([^\r\n]+)/i.exec(head)?.[1] ?? "application/octet-stream";
  if (/^bad/.test(name)) {
    throw new Failure(500, "internal", "Something failed.");
  }
  if (size > 10.5 * 1024 * 1024) {
    throw new Failure(413, "attachment-too-large", "At most 10 MB fit.");
  }
  const id = nextId("upl");
  uploads.set(id, { id, name, mime, size });
  json(response, 201, uploads.get(id));
}

const routes = [
  ["GET", /^\/api\/health$/, (_, response) => json(response, 200, { status: "up" })],
  ["GET", /^\/api\/setup$/, (_, response) => json(response, 200, { required: !owner })],
  [
    "POST",
    /^\/api\/setup$/,
    async (request, response) => {
      const { code, password } = await body(request);
      if (owner) {
        throw new Failure(409, "already-set-up", "This Nexus has an owner.");
      }
      if (code !== "code") {
        throw new Failure(403, "wrong-code", "The code is wrong, used or expired.");
      }
      if (/^(.)\1*$/.test(password)) {
        const message = "Too easy to guess: one character over and over.";
        throw new Failure(422, "invalid-field", `password: ${message}`, { errors: [{ field: "password", message }] });
      }
      owner = password;
      grant(response, 201);
    },
  ],
  [
    "POST",
    /^\/api\/login$/,
    async (request, response) => {
      const { password } = await body(request);
      if (Date.now() < lockedUntil) {
        const seconds = Math.ceil((lockedUntil - Date.now()) / 1000);
        throw new Failure(429, "too-many-tries", "Too many tries.", {}, { "retry-after": String(seconds) });
      }
      if (password !== owner) {
        wrong++;
        const seconds = wrong > 2 ? 2 ** wrong : 0;
        lockedUntil = Date.now() + seconds * 1000;
        throw new Failure(401, "wrong-password", "That is not the password.", {}, seconds ? { "retry-after": String(seconds) } : {});
      }
      wrong = 0;
      grant(response, 204);
    },
  ],
  ["POST", /^\/api\/logout$/, (request, response) => (tokens.delete(cookie(request)), json(response, 204))],
  ["GET", /^\/api\/me$/, (_, response) => json(response, 200, { device: devices[0] })],
  ["GET", /^\/api\/devices$/, (_, response) => json(response, 200, devices.map((each) => ({ ...each, current: each === devices[0] })))],
  [
    "DELETE",
    /^\/api\/devices\/(.+)$/,
    (_, response, id) => {
      devices = devices.filter((other) => other.id !== id);
      json(response, 204);
    },
  ],
  ["GET", /^\/api\/tunnel$/, (_, response) => (thereIsATunnel(), json(response, 200, tunnel.status))],
  ["POST", /^\/api\/tunnel\/(start|stop)$/, (_, response, verb) => (thereIsATunnel(), tunnel[verb](), json(response, 202, tunnel.status))],
  ["GET", /^\/api\/tunnel\/config$/, (_, response) => (thereIsATunnel(), json(response, 200, tunnel.config))],
  [
    "PUT",
    /^\/api\/tunnel\/config$/,
    async (request, response) => {
      const { password, token, ...config } = await checkedTunnel(request);
      const elsewhere = tunnel.elsewhere(config);
      if (elsewhere.length > 0 && password !== PASSWORD) {
        throw password === undefined
          ? new Failure(403, "password-required", "A rule leads past the login of Nexus.", { errors: elsewhere })
          : new Failure(403, "wrong-password", "That is not the password.");
      }
      tunnel.config = { ...config, tokenSet: token === undefined ? tunnel.config.tokenSet : token !== "" };
      json(response, 200, tunnel.config);
    },
  ],
  [
    "POST",
    /^\/api\/tunnel\/validate$/,
    async (request, response) => {
      const config = await checkedTunnel(request);
      const warnings = tunnel.elsewhere(config);
      const preview = "no-autoupdate: true\nmetrics: 127.0.0.1:0\ngrace-period: 5s\ningress:\n  - service: http://127.0.0.1:0\n  - service: http_status:404\n";
      json(response, 200, { ok: true, warnings, needsPassword: warnings.length > 0, preview });
    },
  ],
  ["GET", /^\/api\/tunnel\/qr$/, (_, response) => (response.writeHead(200, { ...HEADERS, "content-type": "image/svg+xml" }), response.end(QR))],
  [
    "GET",
    /^\/api\/tunnel\/log$/,
    (_, response) =>
      json(response, 200, {
        lines: Array.from({ length: 60 }, (_, at) => `{"level":"info","connIndex":${at % 4},"event":0,"ip":"198.41.192.${at}","location":"fra06","protocol":"quic","time":"2026-11-27T10:29:${String(at).padStart(2, "0")}Z","message":"Registered tunnel connection"}`),
      }),
  ],
  [
    "POST",
    /^\/api\/tunnel\/login-link$/,
    (_, response) =>
      json(response, 200, { url: `${tunnel.status.url}/login#code=abc`, qr: QR, expiresAt: new Date(Date.now() + 300_000).toISOString() }, { date: new Date().toUTCString() }),
  ],
  ["GET", /^\/api\/server$/, (_, response) => json(response, 200, server)],
  ["GET", /^\/api\/restart$/, (_, response) => json(response, 200, dashboard.restart())],
  [
    "PUT",
    /^\/api\/restart$/,
    async (request, response) => {
      changed("restart", await body(request));
      json(response, 200, dashboard.restart());
    },
  ],
  [
    "GET",
    /^\/api\/restart\/attempts\/(.+)$/,
    (_, response, id) => {
      const found = dashboard.postMortem(id);
      if (!found) {
        throw new Failure(404, "unknown-attempt", "There is no such restart.");
      }
      json(response, 200, found);
    },
  ],
  [
    "GET",
    /^\/api\/restart\/export$/,
    (_, response) => json(response, 200, dashboard.restart(), { "content-disposition": 'attachment; filename="restarts.json"' }),
  ],
  ["GET", /^\/api\/notifications$/, (request, response) => json(response, 200, notifications.list(new URL(request.url, "http://x").searchParams))],
  ["POST", /^\/api\/notifications\/(?:(.+)\/)?read$/, (_, response, id) => (notifications.read(id), json(response, 204))],
  ["POST", /^\/api\/notifications\/test$/, (_, response) => (notifications.test(), json(response, 202, {}))],
  ["GET", /^\/api\/notifications\/preferences$/, (_, response) => json(response, 200, notifications.preferences)],
  [
    "PUT",
    /^\/api\/notifications\/preferences$/,
    async (request, response) => {
      const { kinds } = await body(request);
      if (scene === "refused") {
        throw new Failure(503, "settings-unavailable", "The part of Nexus that keeps settings is not there right now; try again in a moment.");
      }
      json(response, 200, notifications.prefer(kinds));
    },
  ],
  ["GET", /^\/api\/settings$/, (_, response) => json(response, 200, dashboard.groups)],
  ["PUT", /^\/api\/settings\/(\w+)$/, async (request, response, name) => json(response, 200, changed(name, await body(request)))],
  [
    "POST",
    /^\/api\/server\/(start|stop|restart)$/,
    (_, response, verb) => {
      void drive(verb);
      json(response, 202);
    },
  ],
  [
    "POST",
    /^\/api\/server\/install$/,
    (_, response) => {
      const tell = (change) => publish("server.state", (server = { ...server, ...change }), "server");
      tell({ install: { state: "running", offer: server.install?.offer, since: ago(0) } });
      setTimeout(() => {
        tell({ install: { state: "done", since: ago(0) }, warning: undefined });
        void drive("start");
      }, 6_000);
      json(response, 202);
    },
  ],
  [
    "GET",
    /^\/api\/chat\/sessions$/,
    (request, response) => {
      const query = new URL(request.url, "http://x").searchParams;
      const text = query.get("q")?.toLowerCase();
      const all = [...sessions.values()]
        .filter((session) => !session.parentId)
        .filter((session) => !query.has("active") || String(session.active) === query.get("active"))
        .filter((session) => !text || session.title.toLowerCase().includes(text))
        .sort((one, other) => other.updatedAt.localeCompare(one.updatedAt));
      const from = query.has("before") ? all.findIndex((session) => session.id === query.get("before")) + 1 : 0;
      if (query.has("before") && from === 0) {
        const message = "names no session of this list";
        throw new Failure(422, "invalid-field", `before: ${message}`, { errors: [{ field: "before", message }] });
      }
      const limit = Number(query.get("limit") ?? all.length);
      json(response, 200, all.slice(from, from + limit), { "x-total-count": String(all.length) });
    },
  ],
  [
    "POST",
    /^\/api\/chat\/sessions$/,
    async (request, response) => {
      const { title, workspace, model, agent } = await body(request);
      known422(WORKSPACES, "workspace", workspace);
      if (/invalid/.test(title)) {
        throw invalid("title", "may not contain “invalid”");
      }
      if ([...sessions.values()].filter((session) => session.active).length >= 10) {
        throw new Failure(409, "too-many-active", "Ten sessions are active. Put one away first.");
      }
      const session = addSession(title ?? "New session", workspace ?? WORKSPACES[0], "idle", { createdAt: ago(0), updatedAt: ago(0), model, agent });
      publish("chat.session", session);
      json(response, 201, session);
    },
  ],
  ["GET", /^\/api\/chat\/sessions\/([^/]+)$/, (_, response, id) => json(response, 200, found(sessions, id))],
  [
    "PATCH",
    /^\/api\/chat\/sessions\/([^/]+)$/,
    async (request, response, id) => {
      const session = found(sessions, id);
      const { number, ...change } = await body(request);
      if (change.active && !session.active && [...sessions.values()].filter((one) => one.active).length >= 10) {
        throw new Failure(409, "too-many-active", "Ten sessions are active. Put one away first.");
      }
      if (number !== undefined) {
        moveCard(session, number);
      }
      if (Object.keys(change).length > 0) {
        setSession(session, change);
      }
      json(response, 200, session);
    },
  ],
  [
    "DELETE",
    /^\/api\/chat\/sessions\/([^/]+)$/,
    (_, response, id) => {
      found(sessions, id);
      running.get(id)?.stop();
      sessions.delete(id);
      publish("chat.session.removed", { sessionId: id });
      json(response, 204);
    },
  ],
  [
    "GET",
    /^\/api\/chat\/sessions\/([^/]+)\/messages$/,
    (request, response, id) => {
      const query = new URL(request.url, "http://x").searchParams;
      const all = listed(id);
      const limit = Number(query.get("limit") ?? 50);
      const end = query.has("before") ? all.findIndex((message) => message.id === query.get("before")) : all.length;
      const start = Math.max(0, end - limit);
      json(response, 200, {
        messages: all.slice(start, end),
        before: start > 0 ? all[start].id : null,
        cursor: `${epoch}-${sequence}`,
      });
    },
  ],
  [
    "POST",
    /^\/api\/chat\/sessions\/([^/]+)\/messages$/,
    async (request, response, id) => {
      const session = found(sessions, id);
      const { text, clientId, command, model, agent, attachments = [] } = await body(request);
      if (server.state !== "running") {
        throw new Failure(503, "server-not-running", "OpenCode is not running. Start it in the dashboard.");
      }
      if (clientId && refusals.has(clientId)) {
        throw new Failure(422, "message-refused", refusals.get(clientId));
      }
      if (clientId && sent.has(clientId)) {
        json(response, 202, { messageId: sent.get(clientId) });
        return;
      }
      if (/invalid/.test(text)) {
        throw invalid("text", "may not contain “invalid”");
      }
      known422(MODELS.map((one) => one.id), "model", model);
      known422(AGENTS.map((one) => one.name), "agent", agent);
      known422(COMMANDS.map((one) => one.name), "command", command);
      attachments.forEach(({ upload }, index) => known422([...uploads.keys()], `attachments[${index}].upload`, upload));
      const files = attachments.map(({ upload, ...rest }) => ({ ...(upload && { ...uploads.get(upload), upload }), ...rest, id: undefined }));
      const message = { messageId: nextId("msg"), createdAt: ago(0), text, attachments: files, model, agent, command, clientId };
      sent.set(clientId, message.messageId);
      if (model || agent) {
        Object.assign(session, { model: model ?? session.model, agent: agent ?? session.agent });
      }
      if (["busy", "retry", "waiting"].includes(session.status)) {
        const queue = queueOf(id);
        setQueue(session, { ...queue, messages: [...queue.messages, message] });
      } else {
        deliver(session, message);
      }
      json(response, 202, { messageId: message.messageId });
    },
  ],
  ["GET", /^\/api\/chat\/sessions\/([^/]+)\/queue$/, (_, response, id) => (found(sessions, id), json(response, 200, queueOf(id)))],
  [
    "DELETE",
    /^\/api\/chat\/sessions\/([^/]+)\/queue\/([^/]+)$/,
    (_, response, id, messageId) => {
      const session = found(sessions, id);
      const queue = queueOf(id);
      const message = queue.messages.find((one) => one.messageId === messageId);
      if (!message) {
        throw new Failure(404, "unknown-message", "This message is not waiting any more.");
      }
      setQueue(session, { ...queue, messages: queue.messages.filter((one) => one !== message) });
      json(response, 200, message);
    },
  ],
  [
    "POST",
    /^\/api\/chat\/sessions\/([^/]+)\/queue\/resume$/,
    (_, response, id) => {
      goOn(found(sessions, id));
      json(response, 204);
    },
  ],
  ["POST", /^\/api\/chat\/uploads$/, (request, response) => upload(request, response)],
  ["DELETE", /^\/api\/chat\/uploads\/([^/]+)$/, (_, response, id) => (uploads.delete(id), json(response, 204))],
  ["GET", /^\/api\/chat\/agents$/, (_, response) => json(response, 200, AGENTS)],
  ["GET", /^\/api\/chat\/commands$/, (_, response) => json(response, 200, COMMANDS)],
  [
    "GET",
    /^\/api\/chat\/files$/,
    (request, response) => {
      const query = new URL(request.url, "http://x").searchParams;
      const wanted = query.get("q").toLowerCase();
      if (wanted === "fail") {
        throw new Failure(502, "opencode-failed", "OpenCode could not search the folder.");
      }
      json(response, 200, FILES.filter((file) => file.toLowerCase().includes(wanted)).slice(0, Number(query.get("limit") ?? 20)));
    },
  ],
  [
    "POST",
    /^\/api\/chat\/sessions\/([^/]+)\/abort$/,
    (_, response, id) => {
      running.get(id)?.stop();
      json(response, 204);
    },
  ],
  ["POST", /^\/api\/chat\/sessions\/([^/]+)\/fork$/, async (request, response, id) => json(response, 200, fork(found(sessions, id), (await body(request)).messageId))],
  [
    "GET",
    /^\/api\/chat\/sessions\/([^/]+)\/revert$/,
    async (request, response, id) => {
      const messageId = new URL(request.url, "http://x").searchParams.get("messageId");
      placeOf(id, messageId);
      await sleep(400);
      json(response, 200, { messageId, files: CHANGES.slice(0, 3) });
    },
  ],
  [
    "POST",
    /^\/api\/chat\/sessions\/([^/]+)\/(un)?revert$/,
    async (request, response, id, back) => {
      const session = found(sessions, id);
      const { messageId } = await body(request);
      if (running.has(id)) {
        throw new Failure(409, "session-busy", "An answer is being written. Stop it first.");
      }
      if (!back) {
        placeOf(id, messageId);
      }
      setSession(session, { revert: back ? undefined : { messageId, files: CHANGES.slice(0, 3) } });
      json(response, 200, session);
    },
  ],
  [
    "GET",
    /^\/api\/chat\/sessions\/([^/]+)\/diff$/,
    async (request, response, id) => {
      found(sessions, id);
      await sleep(400);
      json(response, 200, new URL(request.url, "http://x").searchParams.has("messageId") ? CHANGES.slice(0, 1) : CHANGES);
    },
  ],
  [
    "GET",
    /^\/api\/chat\/sessions\/([^/]+)\/export$/,
    (request, response, id) => {
      const format = new URL(request.url, "http://x").searchParams.get("format");
      const name = `${found(sessions, id).title.replace(/[^\w ]/g, "")}.${format === "json" ? "json" : "md"}`;
      response.writeHead(200, {
        ...HEADERS,
        "content-type": format === "json" ? "application/json" : "text/markdown; charset=utf-8",
        "content-disposition": `attachment; filename="${name}"`,
      });
      response.end(exported(sessions.get(id), format));
    },
  ],
  [
    "GET",
    /^\/api\/chat\/sessions\/([^/]+)\/attachments\/([^/]+)$/,
    (_, response, id) => {
      found(sessions, id);
      response.writeHead(200, { ...HEADERS, "content-type": "image/png", "content-disposition": "inline", "cache-control": "private, max-age=3600" });
      response.end(PICTURE);
    },
  ],
  ["GET", /^\/api\/chat\/sessions\/([^/]+)\/todos$/, (_, response) => json(response, 200, [])],
  [
    "GET",
    /^\/api\/chat\/search$/,
    (request, response) => {
      const query = new URL(request.url, "http://x").searchParams;
      json(response, 200, find(query.get("q") ?? "", query.get("sessionId"), Number(query.get("limit") ?? 20), Number(query.get("offset") ?? 0)));
    },
  ],
  ["GET", /^\/api\/chat\/requests$/, (_, response) => json(response, 200, [...requests.values()])],
  ["POST", /^\/api\/chat\/(?:permissions|questions)\/(.+)$/, (_, response, id) => settle(response, id)],
  ["GET", /^\/api\/chat\/preferences$/, (_, response) => json(response, 200, dashboard.groups.find(({ name }) => name === "chat").values)],
  ["GET", /^\/api\/chat\/models$/, (_, response) => json(response, 200, MODELS)],
  ["GET", /^\/api\/chat\/workspaces$/, (_, response) => json(response, 200, WORKSPACES)],
  ["POST", /^\/api\/dev\/pace\/(.+)$/, (_, response, kilobytes) => ((pace = Number(kilobytes)), json(response, 204))],
  ["GET", /^\/api\/events$/, (request, response) => stream(request, response)],
  ["POST", /^\/api\/events$/, (request, response) => stream(request, response)],
];

function settle(response, id) {
  const request = requests.get(id);
  if (!request) {
    throw new Failure(404, "unknown-request", "This was answered already.");
  }
  requests.delete(id);
  publish("chat.request.settled", { id });
  const session = sessions.get(request.sessionId);
  if (session && !running.has(session.id)) {
    setSession(session, { status: "idle" });
  }
  json(response, 204);
}

function changed(group, changes) {
  const { values, errors } = dashboard.change(group, changes);
  if (errors) {
    throw new Failure(422, "invalid-field", errors.map(({ field, message }) => `${field}: ${message}`).join("; "), { errors });
  }
  return values;
}

async function drive(verb) {
  const become = async (state, pause, extra = {}) => {
    await sleep(pause);
    server = { state, since: new Date().toISOString(), version: "1.18.33", ...extra };
    publish("server.state", server, "server");
  };
  if (verb !== "start") {
    await become("stopping", 50, { pid: 48211 });
    await become("stopped", 1500);
  }
  if (verb !== "stop") {
    await become("starting", 50, { pid: 51007 });
    await become("running", 2000, { pid: 51007, url: "http://127.0.0.1:4096" });
  }
}

function stream(request, response) {
  const query = new URL(request.url, "http://x").searchParams;
  const polling = query.get("mode") === "poll";
  if ((mode === "poll" && !polling) || (mode === "post" && request.method === "GET" && !polling)) {
    return; // held back for ever, as some proxies do
  }
  const topics = new Set((query.get("topics") ?? "chat,server,tunnel,notifications").split(","));
  const after = request.headers["last-event-id"] ?? query.get("after");
  const [afterEpoch, afterSequence] = (after ?? "").split("-");
  const oldest = ring.length > 0 ? sequence - ring.length + 1 : sequence + 1;
  const gap = Boolean(after) && (afterEpoch !== epoch || Number(afterSequence) + 1 < oldest);
  const from = after && !gap ? Number(afterSequence) : sequence;
  const hello = { epoch, verdict: gap ? "gap" : "ok", cursor: `${epoch}-${from}` };
  const missed = ring.filter((entry) => Number(entry.id.split("-")[1]) > from && topics.has(entry.topic));
  if (polling) {
    const events = [];
    const answered = () => {
      clearTimeout(timer);
      streams.delete(take);
      json(response, 200, { events, cursor: `${epoch}-${sequence}` });
    };
    const plain = ({ id, event, data }) => ({ id, event, data });
    const take = (entry) => topics.has(entry.topic) && (events.push(plain(entry)), setTimeout(answered, 50));
    const timer = setTimeout(answered, 25_000);
    if (!after || gap || missed.length > 0) {
      events.push(...(after && !gap ? [] : [{ id: hello.cursor, event: "hello", data: hello }]), ...missed.map(plain));
      answered();
      return;
    }
    streams.add(take);
    request.on("close", () => (clearTimeout(timer), streams.delete(take)));
    return;
  }
  response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream", "cache-control": "no-store, no-transform" });
  const write = ({ id, event, data }) => response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const take = (entry) => topics.has(entry.topic) && write(entry);
  write({ id: hello.cursor, event: "hello", data: hello });
  missed.forEach(write);
  streams.add(take);
  const beat = setInterval(() => response.write(":\n\n"), 15_000);
  response.on("close", () => (clearInterval(beat), streams.delete(take)));
}

// ---- pages ----

async function page(request, response, path) {
  const lines = (await readFile(join(root, "files.tsv"), "utf8")).trim().split("\n");
  const line = lines.map((text) => text.split("\t")).find(([address]) => address === path);
  if (!line) {
    json(response, 404, { status: 404, title: "Not found", code: "not-found", detail: "There is no such page." });
    return;
  }
  const [, file, type, etag, immutable, open] = line;
  if (open !== "open" && !known(request)) {
    const to = path === "/" ? "" : `?to=${encodeURIComponent(path)}`;
    response.writeHead(302, { ...HEADERS, location: owner ? `/login${to}` : "/setup" });
    response.end();
    return;
  }
  const gzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "") && line[6].includes("gz");
  response.writeHead(200, {
    ...HEADERS,
    "content-type": type,
    etag,
    "cache-control": immutable === "immutable" ? "public, max-age=31536000, immutable" : "no-cache",
    ...(gzip ? { "content-encoding": "gzip" } : {}),
  });
  response.end(await readFile(join(root, gzip ? `${file}.gz` : file)));
}

const OPEN = /^\/api\/(health|setup|login)$/;

seed();
if (flag("scenes")) {
  const make = { addSession, addMessage, textPart, toolPart, ago, nextId };
  showcase(make);
  longHistory(make);
}
seedCards(flag("cards") ? Number(option("cards")) : 8);
seedMany(flag("many") ? Number(option("many")) || 1284 : 0);
createServer(async (request, response) => {
  const path = decodeURIComponent(new URL(request.url, "http://x").pathname);
  try {
    if (!path.startsWith("/api/")) {
      await page(request, response, path);
      return;
    }
    if (mode === "slow") {
      await sleep(1200);
    }
    if (/^\/api\/(server|restart|settings|devices|notifications)$/.test(path) && request.method === "GET") {
      if (scene === "late") {
        await sleep(4_000);
      } else if (scene === "broken") {
        throw new Failure(500, "internal", "Something failed in Nexus. Its log says more.");
      }
    }
    if (!OPEN.test(path) && !known(request)) {
      throw new Failure(401, "not-logged-in", "Log in first.");
    }
    for (const [method, pattern, handle] of routes) {
      const match = pattern.exec(path);
      if (match && method === request.method) {
        await handle(request, response, ...match.slice(1));
        return;
      }
    }
    throw new Failure(404, "not-found", "There is no such thing.");
  } catch (failure) {
    if (!(failure instanceof Failure)) {
      console.error(failure);
    }
    const { status = 500, body: problem = { status: 500, code: "internal", detail: "Something failed." }, headers = {} } = failure;
    if (!response.headersSent) {
      json(response, status, problem, { "content-type": "application/problem+json", ...headers });
    }
  }
}).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/  password: ${PASSWORD}`));
