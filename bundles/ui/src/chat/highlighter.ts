import type { Colours } from "./kinds.ts";

/** Address of the worker's script, put in by the build. */
declare const HIGHLIGHT_WORKER: string;

/** Longer blocks stay plain. */
const LONGEST = 300_000;
/** A block that takes longer stays plain: its text may be made to keep the highlighter busy. */
const PATIENCE = 8_000;

interface Task {
  code: string;
  language: string;
  done: (colours: Colours | undefined) => void;
}

const waiting: Task[] = [];
let worker: Worker | undefined;
let busy = false;
let broken = false;

/** Starts the worker, so that it is there when the first block ends. */
export function prepare(): void {
  if (!worker && !broken) {
    try {
      worker = new Worker(address(), { type: "module", name: "highlight" });
    } catch {
      // Without it code stays plain.
      broken = true;
    }
  }
}

/** How a block of code is coloured, found off the main thread; nothing when it stays plain. */
export function coloursOf(code: string, language: string): Promise<Colours | undefined> {
  if (language === "" || code.length > LONGEST) {
    return Promise.resolve(undefined);
  }
  return new Promise((done) => {
    waiting.push({ code, language, done });
    next();
  });
}

function next(): void {
  const task = busy ? undefined : waiting.shift();
  if (!task) {
    return;
  }
  prepare();
  if (!worker) {
    task.done(undefined);
    next();
    return;
  }
  busy = true;
  const end = (colours?: Colours) => {
    clearTimeout(timer);
    busy = false;
    task.done(fits(colours, task.code) ? colours : undefined);
    next();
  };
  const giveUp = () => {
    worker?.terminate();
    worker = undefined;
    end();
  };
  const timer = setTimeout(giveUp, PATIENCE);
  worker.onmessage = ({ data }: MessageEvent<Colours | undefined>) => end(data);
  worker.onerror = () => {
    broken = true;
    giveUp();
  };
  worker.postMessage({ code: task.code, language: task.language });
}

/** The text is never the worker's: only where its colours begin and end. */
function fits(colours: Colours | undefined, code: string): boolean {
  return colours !== undefined && colours.lengths.reduce((sum, length) => sum + length, 0) === code.length;
}

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL: (url: string) => string };
}

let trusted: string | undefined;

/** The one address that may become a worker, also where the browser wants to be told so. */
function address(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  trusted ??= trustedTypes
    ? trustedTypes.createPolicy("nexus-worker", { createScriptURL: () => HIGHLIGHT_WORKER }).createScriptURL("")
    : HIGHLIGHT_WORKER;
  return trusted;
}
