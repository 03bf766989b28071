// What the dashboard shows: restarts, their rules and the settings, in one of several scenes.
// --state healthy|busy|leaking|backoff|failed|missing|npm|unusable|foreign|old|update|stopped|new|many

const standards = {
  enabled: true,
  maxAttempts: 10,
  windowSeconds: 600,
  firstDelayMs: 500,
  multiplier: 2,
  maxDelayMs: 60_000,
  memoryLimitMb: 1_536,
  memoryCeilingMb: 4_096,
  slowRetry: false,
  notify: true,
};

const field = (name, description, type, standard, extra = {}) => ({ name, description, type, list: false, standard, choices: [], ...extra });
const number = (name, description, standard, min, max, type = "integer") => field(name, description, type, standard, { min, max });

function groups() {
  const all = [
    {
      name: "opencode",
      title: "Nexus: OpenCode server",
      fields: [
        field("command", "Program to run: a path, or a name that is looked up on the PATH", "text", "opencode"),
        field("workspaces", "Directories OpenCode may work in; the first is the default", "text", [], { list: true }),
        field("autoStart", "Start OpenCode together with Nexus", "boolean", true),
        number("port", "Local port of OpenCode; 0 takes one that is free", 0, 0, 65_535),
        field("extra", "More arguments for opencode serve, one each; for instance --log-level, DEBUG", "text", [], { list: true }),
        field("logLevel", "How much OpenCode writes into its log", "text", "INFO", { choices: ["DEBUG", "INFO", "WARN", "ERROR"] }),
        field("url", "Address of an OpenCode that somebody else runs; empty to run one", "text", ""),
        field("password", "Password that the OpenCode of somebody else wants to hear", "text", "", { secret: true }),
      ],
      values: {
        command: "opencode",
        workspaces: ["/home/ada/code", "/home/ada/home", "/home/ada/notes"],
        autoStart: true,
        port: 4096,
        extra: [],
        logLevel: "INFO",
        url: "",
        passwordSet: true,
      },
    },
    {
      name: "restart",
      title: "Nexus: restarts",
      fields: [
        field("enabled", "Whether what died is started again", "boolean", true),
        number("maxAttempts", "Starts within the window before it gives up", 10, 1, 100),
        number("windowSeconds", "Length of the window", 600, 10, 86_400),
        number("firstDelayMs", "Delay before the second start; the first comes at once", 500, 10, 60_000),
        number("multiplier", "Of the delay, from one start to the next", 2, 1, 10, "decimal"),
        number("maxDelayMs", "No delay is longer", 60_000, 10, 3_600_000),
        number("memoryLimitMb", "Above it the process is exchanged when it is idle; 0 for never", 1_536, 0, 1_048_576),
        number("memoryCeilingMb", "Above it the process is exchanged at once; 0 for never", 4_096, 0, 1_048_576),
        field("slowRetry", "Whether one start every ten minutes is tried after it gave up", "boolean", false),
        field("notify", "Whether you are told of starts", "boolean", true),
      ],
      values: { ...standards, maxAttempts: 10 },
    },
    {
      name: "auth",
      title: "Nexus: login",
      fields: [
        number("idleDays", "Days after which a login ends that was not used", 30, 1, 90),
        number("absoluteDays", "Days after which every login ends", 180, 1, 3_650),
        number("maxDevices", "How many browsers are remembered", 50, 1, 1_000),
      ],
      values: { idleDays: 14, absoluteDays: 180, maxDevices: 50 },
      problem: "opencode.nexus.auth.cfg was put aside as opencode.nexus.auth.cfg.rejected: idleDays must be a whole number from 1 to 3650. The last good settings are in use.",
    },
    {
      name: "chat",
      title: "Nexus: conversations",
      fields: [
        field("continuePrompt", 'What “Continue” sends after an answer that was cut off or stopped', "text", "Continue where you stopped.", { min: 1, max: 2_000, lines: true }),
      ],
      values: { continuePrompt: "Continue where you stopped." },
    },
    {
      name: "hub",
      title: "Nexus: event hub",
      fields: [
        number("maxEvents", "How many events are kept for browsers that come back", 65_536, 1, 4_194_304),
        number("maxBytes", "How much memory these may take, in bytes", 16_777_216, 1, 9e18),
      ],
      values: { maxEvents: 65_536, maxBytes: 16_777_216 },
    },
  ];
  return all;
}

const POST_MORTEM = {
  decisions: [
    "The process ended with signal 9 after 2 h 38 min. It had been ready.",
    "It was wanted and no stop had been asked for, so it is started again.",
    "1 of 10 starts in the last 10 min: the first one comes at once.",
    "Answered the authenticated question 1.8 s after the start: of use again.",
  ],
  evidence: [
    {
      name: "output",
      title: "Last output",
      text: Array.from({ length: 60 }, (_, line) => `2026-11-27T02:${String(line).padStart(2, "0")}:11 INFO  service=session step=${line} tokens=${line * 137} path=/session/ses_41/message duration=${line * 3}ms`).join("\n"),
    },
    { name: "log", title: "OpenCode’s log", text: "ERROR service=server name=RangeError message=\"Out of memory\"\n    at Session.prompt (src/session/index.ts:412:11)\n" },
    { name: "sessions", title: "Open sessions", text: "idle  Release notes for 2.4\nwaiting  Move invoices to the new tax rules\nbusy  Garden sensor firmware, with a title that goes on for longer than a line of a telephone holds\ninterrupted  Parser for bank statements\nfailed  Upgrade to Java 21" },
  ],
};

export class Dashboard {
  groups = groups();
  attempts = [];
  subjects = [{ name: "server", phase: "running", health: "healthy", attempts: 0 }];

  constructor(scene, publish) {
    this.publish = publish;
    this.scene = scene;
    const hour = 3600;
    const add = (seconds, cause, reason, outcome, extra = {}) =>
      this.attempts.push({ id: `att-${this.attempts.length + 1}`, at: at(seconds), subject: "server", cause, reason, delayMs: 0, outcome, ...extra });
    if (scene !== "new") {
      add(2.6 * hour, "ended", "It ended with signal 9 and was started at once.", "recovered", { signal: 9, tookMs: 2_100 });
      add(10.4 * hour, "leaking", "Memory stayed above 1.5 GB for 5 minutes. It was exchanged when all sessions were quiet.", "recovered", { tookMs: 3_400 });
      add(18.8 * hour, "wedged", "It answered nothing and said nothing for 30 s. It was ended and started again.", "recovered", { signal: 9, delayMs: 1_000, tookMs: 640_000 });
      add(31 * hour, "port_taken", "Another program had its port twice. No start was tried.", "gave_up", { exit: 1 });
      add(55 * hour, "ended", "It ended with exit code 1 before it was ready. The second start failed as well.", "failed", { exit: 1, delayMs: 500 });
      add(80 * hour, "ended", "It ended with exit code 130. You started it yourself.", "superseded", { exit: 130 });
    }
    if (scene === "many") {
      for (let place = 0; place < 60; place++) {
        add(100 * hour + place * 7_000, "ended", `It ended with exit code ${place % 3} and was started again.`, "recovered", { exit: place % 3, delayMs: 500, tookMs: 1_800 + place * 31 });
      }
    }
    if (scene === "backoff" || scene === "failed") {
      this.attempts.unshift({ id: "att-now", at: at(42), subject: "server", cause: "ended", reason: "It ended with exit code 1 before it was ready, for the third time.", exit: 1, delayMs: 8_000, outcome: scene === "failed" ? "gave_up" : "pending" });
    }
    this.attempts.sort((one, other) => other.at.localeCompare(one.at));
    this.subjects = [{ name: "server", ...subjectOf(scene) }];
  }

  /** How the server stands in the scene. */
  server(usual) {
    switch (this.scene) {
      case "backoff":
        return { ...gone(usual), state: "failed", problem: "OpenCode ended before it was ready.", exit: { cause: "ended", code: 1, afterReady: false, at: at(42) }, retryAt: at(-180), wanted: true };
      case "failed":
        return { ...gone(usual), state: "failed", problem: "OpenCode ended ten times within 10 minutes. It is not started again.", exit: { cause: "ended", code: 1, afterReady: false, at: at(42) }, wanted: true };
      case "missing":
        return { ...this.#missing(usual), install: { state: "none", offer: "install" } };
      case "unusable":
        return { ...usual, state: "failed", problem: "OpenCode is up, but its configuration is broken: opencode.json, line 4: unexpected token." };
      case "foreign":
        return { ...usual, controlled: false };
      case "old":
        return { ...usual, version: "1.14.2", warning: "This OpenCode is older than 1.18.33, the oldest one that was tested. Update it with npm install -g opencode-ai." };
      case "update":
        return { ...usual, version: "1.14.2", warning: "OpenCode 1.14.2 is older than 1.18.33, with which Nexus is tested.", install: { state: "none", offer: "update" } };
      case "npm":
        return {
          ...this.#missing(usual),
          install: { state: "failed", offer: "install", since: at(20), code: "install-failed", message: "npm could not install OpenCode; it ended with code 1.\nnpm error code ENOTFOUND\nnpm error network request to https://registry.npmjs.org/opencode-ai failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org\nnpm error network This is a problem related to network connectivity." },
        };
      case "stopped":
        return { ...gone(usual), state: "stopped", wanted: false };
      default:
        return usual;
    }
  }

  #missing(usual) {
    return { ...gone(usual), state: "failed", version: undefined, problem: "OpenCode was not found.", exit: { cause: "missing", afterReady: false, at: at(42) }, wanted: true };
  }

  restart() {
    const { values } = this.groups.find(({ name }) => name === "restart");
    return { policy: values, attempts: [...this.tunnel.attempts(), ...this.attempts], subjects: [...this.subjects, ...this.tunnel.subject()] };
  }

  postMortem(id) {
    const attempt = this.attempts.find((one) => one.id === id);
    if (!attempt) {
      return undefined;
    }
    const exit = attempt.exit === undefined && attempt.signal === undefined ? undefined : { cause: "ended", code: attempt.exit, signal: attempt.signal, afterReady: attempt.outcome === "recovered", at: attempt.at };
    const end = Date.parse(attempt.at);
    const curve = Array.from({ length: 120 }, (_, place) => ({
      at: new Date(end - (120 - place) * 5_000).toISOString(),
      ...(place > 40 && place < 48 ? {} : { rssBytes: Math.round(5.2e8 + place * 6.5e6 + Math.sin(place) * 2e7), cpu: Math.max(0, 0.3 + Math.sin(place / 4) * 0.25 + (place > 110 ? 0.4 : 0)) }),
    }));
    return { attempt, exit, curve, ...POST_MORTEM };
  }

  /** Changes a group, or gives what is wrong with the values. */
  change(name, changes) {
    const group = this.groups.find((one) => one.name === name);
    const errors = [];
    const values = { ...group.values };
    for (const [key, value] of Object.entries(changes)) {
      const spec = group.fields.find((one) => one.name === key);
      if (!spec && /Set$/.test(key)) {
        continue;
      }
      if (!spec) {
        errors.push({ field: key, message: "is not known" });
        continue;
      }
      values[key] = value ?? spec.standard;
      [values[key]].flat().forEach((one, place) => {
        const where = spec.list ? `${key}[${place}]` : key;
        if (typeof one === "number" && (one < (spec.min ?? one) || one > (spec.max ?? one))) {
          errors.push({ field: where, message: `must be from ${spec.min} to ${spec.max}` });
        } else if (typeof one === "string" && /missing/.test(one)) {
          errors.push({ field: where, message: `there is no directory ${one}` });
        } else if (typeof one === "string" && /--(port|hostname)/.test(one)) {
          errors.push({ field: where, message: "may not set the address; Nexus does" });
        }
      });
    }
    if (name === "restart" && values.maxDelayMs < values.firstDelayMs) {
      errors.push({ field: "maxDelayMs", message: `must be at least the first delay, ${values.firstDelayMs}` });
    }
    if (errors.length > 0) {
      return { errors };
    }
    for (const { name: key } of group.fields.filter(({ secret }) => secret)) {
      if (key in values) {
        values[`${key}Set`] = values[key] !== "";
        delete values[key];
      }
    }
    group.values = values;
    delete group.problem;
    this.publish("settings", { group: name, values }, "server");
    return { values };
  }
}

function at(seconds) {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

function gone({ pid: _, url: __, ...rest }) {
  return { ...rest, since: at(42) };
}

function subjectOf(scene) {
  switch (scene) {
    case "busy":
      return { phase: "running", health: "busy", attempts: 0, reason: "Slow to answer, but a session is at work." };
    case "leaking":
      return { phase: "running", health: "leaking", attempts: 0, reason: "It holds 1.9 GB." };
    case "backoff":
      return { phase: "backoff", health: "unknown", attempts: 2, retryAt: at(-180) };
    case "failed":
    case "missing":
    case "npm":
      return { phase: "failed", health: "unknown", attempts: scene === "failed" ? 10 : 0 };
    case "unusable":
      return { phase: "failed", health: "unusable", attempts: 0 };
    case "stopped":
      return { phase: "stopped", health: "unknown", attempts: 0 };
    default:
      return { phase: "running", health: "healthy", attempts: 0 };
  }
}
