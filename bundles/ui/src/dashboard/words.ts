/** How the server and its restarts are told, in plain words. */
import { delay, duration, plural } from "../shared/format.ts";
import type {
  Installation,
  RestartAttempt,
  RestartPolicy,
  RestartSubject,
  ServerExit,
  ServerStatus,
  SessionStatus,
} from "../shared/types.ts";

export type Tone = "" | "ok" | "live" | "wait" | "fail";

/** A state that has a word: those of the server and, between two starts, `backoff`. */
export type Standing = ServerStatus["state"] | "backoff";

export interface Look {
  word: string;
  tone: Tone;
  /** What the instant is called at which it began. */
  since: string;
}

const LOOKS: Record<Standing, Look> = {
  running: { word: "Running", tone: "ok", since: "Up since" },
  starting: { word: "Starting", tone: "live", since: "Starting since" },
  stopping: { word: "Stopping", tone: "live", since: "Stopping since" },
  stopped: { word: "Stopped", tone: "", since: "Stopped since" },
  backoff: { word: "Waiting", tone: "wait", since: "Down since" },
  failed: { word: "Failed", tone: "fail", since: "Failed" },
};

export function standing(status: ServerStatus, subject?: RestartSubject): Standing {
  const again = status.retryAt ?? (subject?.phase === "backoff" ? subject.retryAt : undefined);
  return status.state === "failed" && again !== undefined ? "backoff" : status.state;
}

export function lookOf(state: Standing): Look {
  return LOOKS[state];
}

/** `Starts again in 4 s, attempt 3 of 10`; nothing when it does not. */
export function comingBack(
  status: Pick<ServerStatus, "state" | "retryAt">,
  subject: RestartSubject | undefined,
  policy: RestartPolicy | undefined,
  now: number,
): string {
  const at = status.retryAt ?? (subject?.phase === "backoff" ? subject.retryAt : undefined);
  if (status.state !== "failed" || at === undefined) {
    return "";
  }
  const left = Date.parse(at) - now;
  const when = left > 0 ? `Starts again in ${countdown(left)}` : "Starts again now";
  const attempt = subject?.phase === "backoff" ? subject.attempts + 1 : undefined;
  return attempt !== undefined && policy && attempt <= policy.maxAttempts
    ? `${when}, attempt ${attempt} of ${policy.maxAttempts}`
    : when;
}

/** What is left of a wait. Below an hour it goes on with every second: `2 min 41 s`. */
export function countdown(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60 || seconds >= 3600) {
    return duration(seconds * 1000);
  }
  const whole = duration(seconds * 1000 - (seconds % 60) * 1000);
  return `${whole} ${duration((seconds % 60) * 1000)}`;
}

/** `10 of 10 within 10 min`: the starts that were tried before it was given up; nothing unless it was. */
export function triedInVain(subject: RestartSubject | undefined, policy: RestartPolicy | undefined): string {
  return subject?.phase === "failed" && subject.attempts > 0 && policy
    ? `${subject.attempts} of ${policy.maxAttempts} within ${duration(policy.windowSeconds * 1000)}`
    : "";
}

export interface Diagnosis {
  word: string;
  tone: Tone;
  /** What that means, and what Nexus does. */
  means: string;
}

export function healthOf({ health }: RestartSubject): Diagnosis {
  switch (health) {
    case "healthy":
      return { word: "Healthy", tone: "ok", means: "" };
    case "busy":
      return { word: "Busy", tone: "live", means: "left alone" };
    case "wedged":
      return { word: "Stuck", tone: "fail", means: "answers nothing, so it is started anew" };
    case "leaking":
      return { word: "Leaking", tone: "wait", means: "holds too much memory, exchanged when idle" };
    case "unusable":
      return { word: "Unusable", tone: "fail", means: "it is up but of no use, and a restart would not help" };
    case "unknown":
      return { word: "Not known yet", tone: "", means: "" };
  }
}

/** What is told of an installation when it begins and when it ends; nothing when it does neither. */
export function newsOf(install: Installation | undefined, before: Installation | undefined): string {
  if (install === undefined || install.state === (before?.state ?? "none")) {
    return "";
  }
  switch (install.state) {
    case "running":
      return "OpenCode is being installed.";
    case "done":
      return "OpenCode was installed.";
    case "failed":
      return reasonOf(install).sentence;
    case "none":
      return "";
  }
}

/** Why an installation failed, and what was said last, line by line. */
export function reasonOf({ message = "" }: Installation): { sentence: string; said: string } {
  const end = message.indexOf("\n");
  return end < 0 ? { sentence: message, said: "" } : { sentence: message.slice(0, end), said: message.slice(end + 1) };
}

export interface Remedy {
  text: string;
  /** Name of the setting of OpenCode that helps. */
  setting?: string;
}

/** What can be done about it. */
export function remedyFor(exit: ServerExit | undefined, offer?: Installation["offer"]): Remedy | undefined {
  switch (exit?.cause) {
    case "missing":
      return offer === "install"
        ? { text: "Nexus can install it with npm, into its own folder. If you have it already, say where its program is." }
        : { text: "Install OpenCode, or say where its program is.", setting: "command" };
    case "port_taken":
      return { text: "End the other program, or choose another port.", setting: "port" };
    case "bad_arguments":
      return { text: "Correct the extra arguments.", setting: "extra" };
    case "bad_settings":
      return { text: "Correct what is set for it." };
    case "bad_directory":
      return { text: "Make the directory usable, or change the workspaces.", setting: "workspaces" };
    case "unsafe":
      return { text: "Install a newer OpenCode. This one would let strangers in." };
    case "refused":
      return { text: "The machine has no room for it. End other programs, then try again." };
    default:
      return undefined;
  }
}

/** How something ended: `exit code 1`, `signal 9 (KILL)`. */
export function ending({ code, signal }: { code?: number; signal?: number }): string {
  if (signal !== undefined) {
    const name = SIGNALS[signal];
    return name ? `signal\u00a0${signal} (${name})` : `signal\u00a0${signal}`;
  }
  return code === undefined ? "" : `exit code\u00a0${code}`;
}

const SIGNALS: Record<number, string> = {
  1: "HUP",
  2: "INT",
  3: "QUIT",
  4: "ILL",
  6: "ABRT",
  7: "BUS",
  8: "FPE",
  9: "KILL",
  11: "SEGV",
  13: "PIPE",
  15: "TERM",
  24: "XCPU",
};

/** A cause as words: `port_taken` is `port taken`. */
export function causeInWords(cause: string): string {
  return cause.toLowerCase().replace(/[_-]+/g, " ");
}

export function subjectName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export interface OutcomeLook {
  title: string;
  word: string;
  tone: Tone;
}

export function outcomeOf({ outcome, subject }: Pick<RestartAttempt, "outcome" | "subject">): OutcomeLook {
  const name = subjectName(subject);
  if (subject === "tunnel" && (outcome === "recovered" || outcome === "pending")) {
    return outcome === "recovered"
      ? { title: "Tunnel open again", word: "Recovered", tone: "ok" }
      : { title: "Tunnel is being opened again", word: "Under way", tone: "live" };
  }
  switch (outcome) {
    case "recovered":
      return { title: `${name} started again`, word: "Recovered", tone: "ok" };
    case "pending":
      return { title: `${name} is being started again`, word: "Under way", tone: "live" };
    case "failed":
      return { title: `${name} did not come back`, word: "Failed", tone: "fail" };
    case "gave_up":
      return { title: `${name} was given up`, word: "Given up", tone: "fail" };
    case "superseded":
      return { title: `${name} failed, then you took over`, word: "You took over", tone: "" };
  }
}

/** What follows the reason: `Ready after 2.1 s.` */
export function afterwards({ outcome, tookMs, delayMs }: RestartAttempt): string {
  if (outcome === "recovered" && tookMs !== undefined) {
    return `Ready after ${span(tookMs)}.`;
  }
  return outcome === "failed" && delayMs > 0 ? `Tried after ${span(delayMs)}.` : "";
}

/** A short time exactly, a long one in minutes. */
export function span(milliseconds: number): string {
  return milliseconds < 60_000 ? delay(milliseconds) : duration(milliseconds);
}

/** `3 answering, 2 need you, 5 quiet`. */
export function sessionsInWords(all: Iterable<SessionStatus>): string {
  let [working, needs, quiet] = [0, 0, 0];
  for (const status of all) {
    if (status === "waiting") {
      needs++;
    } else if (works(status)) {
      working++;
    } else {
      quiet++;
    }
  }
  return [
    working > 0 ? `${working} answering` : "",
    needs > 0 ? `${needs} ${needs === 1 ? "needs" : "need"} you` : "",
    quiet > 0 ? `${quiet} quiet` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** How a session stood, and its title. */
export interface Stood {
  word: string;
  tone: Tone;
  title: string;
}

const STOOD: Record<SessionStatus, Omit<Stood, "title">> = {
  busy: { word: "Answering", tone: "live" },
  retry: { word: "Trying again", tone: "wait" },
  waiting: { word: "Needed you", tone: "wait" },
  interrupted: { word: "Interrupted", tone: "" },
  failed: { word: "Failed", tone: "fail" },
  idle: { word: "Ready", tone: "" },
};

/** The sessions of a post-mortem, those at work first; undefined when it is no list of sessions. */
export function sessionsThen(text: string): Stood[] | undefined {
  const lines = text.split("\n").filter(Boolean);
  const read = lines.map((line) => /^([a-z]+) {2}(.*)$/.exec(line));
  if (lines.length === 0 || !read.every((found) => found && Object.hasOwn(STOOD, found[1]!))) {
    return undefined;
  }
  const all = read.map((found) => [found![1] as SessionStatus, found![2]!] as const);
  return [...all.filter(([status]) => works(status)), ...all.filter(([status]) => !works(status))].map(
    ([status, title]) => ({ ...STOOD[status], title: title || "Without a title" }),
  );
}

/** Whether an answer is lost when the server stops. */
export function works(status: SessionStatus): boolean {
  return status === "busy" || status === "retry" || status === "waiting";
}

/** What a stop does to them; `undefined` when their number is not known. */
export function interrupted(sessions: number | undefined): string {
  if (sessions === undefined) {
    return "Answers that are being written are interrupted.";
  }
  if (sessions === 0) {
    return "No session is at work.";
  }
  const lost = sessions === 1 ? "Its answer is" : "Their answers are";
  return `${plural(sessions, "session is", "sessions are")} at work. ${lost} interrupted.`;
}

/** What was decided, and when: the instant stands before it, to the nanosecond. */
export function decisionOf(decision: string): { at?: string; what: string } {
  const [, at, what] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/s.exec(decision) ?? [];
  return at === undefined ? { what: decision } : { at, what: what! };
}
