import type { FieldError } from "../shared/api.ts";
import type { TunnelConfig, TunnelKind, TunnelRule } from "../shared/types.ts";
import { sentence } from "./field-words.ts";
import type { TunnelRequest } from "./tunnel-state.ts";

/** A rule as it is typed. */
export interface RuleEntry {
  /** Of this row, whatever its place is. */
  key: number;
  hostname: string;
  path: string;
  service: string;
  /** `name: value`, one a line. */
  options: string;
}

/** What stands in the fields. */
export interface Entries {
  kind: TunnelKind;
  token: string;
  /** The token that is stored is to be forgotten. */
  forget: boolean;
  credentialsFile: string;
  domain: string;
  autoStart: boolean;
  protocol: string;
  edgeIpVersion: string;
  region: string;
  rules: readonly RuleEntry[];
  /** One a line. */
  arguments: string;
}

export type EntryName = keyof Entries;

let keys = 0;

export function newRule(rule: TunnelRule = { service: "nexus" }): RuleEntry {
  const { hostname = "", path = "", service, originRequest } = rule;
  return { key: ++keys, hostname, path, service, options: optionsText(originRequest ?? {}) };
}

/**
 * What a person has changed in the settings of the tunnel and has not saved. What comes meanwhile is shown in every field
 * that was not touched; what was typed stays.
 */
export class TunnelDraft {
  #saved: TunnelConfig | undefined;
  #shown: Entries | undefined;
  #typed: Partial<Entries> = {};

  get saved(): TunnelConfig | undefined {
    return this.#saved;
  }

  /** Takes what holds now. */
  take(config: TunnelConfig): void {
    this.#saved = config;
    this.#shown = entriesOf(config);
    for (const name of Object.keys(this.#typed) as EntryName[]) {
      this.#settle(name);
    }
  }

  /** Takes what holds after `sent` was saved: the fields that still hold it are not changed any more. */
  accept(sent: Entries, config: TunnelConfig): void {
    for (const name of Object.keys(this.#typed) as EntryName[]) {
      if (same(this.#typed[name], sent[name])) {
        delete this.#typed[name];
      }
    }
    this.take(config);
  }

  /** @throws while nothing is known */
  get entries(): Entries {
    if (!this.#shown) {
      throw new Error("Nothing is known yet");
    }
    return { ...this.#shown, ...this.#typed };
  }

  set<N extends EntryName>(name: N, value: Entries[N]): void {
    this.#typed[name] = value;
    this.#settle(name);
  }

  get dirty(): boolean {
    return Object.keys(this.#typed).length > 0;
  }

  /** Whether cloudflared would have to be started again. */
  get restarts(): boolean {
    return Object.keys(this.#typed).some((name) => name !== "autoStart");
  }

  discard(): void {
    this.#typed = {};
  }

  /** What is sent, with all that is set. */
  request(): TunnelRequest {
    return requestOf(this.entries);
  }

  #settle(name: EntryName): void {
    if (this.#shown && same(this.#typed[name], this.#shown[name])) {
      delete this.#typed[name];
    }
  }
}

function entriesOf(config: TunnelConfig): Entries {
  return {
    kind: config.kind,
    token: "",
    forget: false,
    credentialsFile: config.credentialsFile ?? "",
    domain: config.domain ?? "",
    autoStart: config.autoStart,
    protocol: config.protocol,
    edgeIpVersion: config.edgeIpVersion,
    region: config.region ?? "",
    rules: config.ingress.map(newRule),
    arguments: config.arguments.join("\n"),
  };
}

export function requestOf(entries: Entries): TunnelRequest {
  const { kind, autoStart, forget } = entries;
  const named = kind !== "quick";
  const token = entries.token.trim();
  return {
    kind,
    ...(token !== "" ? { token } : forget ? { token: "" } : {}),
    ...given("credentialsFile", entries.credentialsFile),
    // A quick tunnel has no name of its own, and its rules are for any.
    ...(named ? given("domain", entries.domain) : {}),
    autoStart,
    protocol: entries.protocol as TunnelConfig["protocol"],
    edgeIpVersion: entries.edgeIpVersion as TunnelConfig["edgeIpVersion"],
    ...given("region", entries.region),
    ingress: entries.rules.map(({ hostname, path, service, options }) => {
      const originRequest = optionsIn(options);
      return {
        ...(named ? given("hostname", hostname) : {}),
        ...given("path", path),
        service: service.trim(),
        ...(Object.keys(originRequest).length > 0 ? { originRequest } : {}),
      };
    }),
    arguments: linesOf(entries.arguments),
  };
}

function given<N extends string>(name: N, text: string): { [name in N]?: string } {
  return text.trim() === "" ? {} : ({ [name]: text.trim() } as { [name in N]?: string });
}

/** The lines that are not blank. */
function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** `connectTimeout: 30s`, one a line. */
export function optionsText(options: Record<string, unknown>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("\n");
}

/** Options by their name: `true` and `false`, whole numbers, JSON in brackets, else text. */
export function optionsIn(text: string): Record<string, unknown> {
  return Object.fromEntries(
    linesOf(text).map((line) => {
      const [, name = line, value = ""] = /^([^:=]*?)\s*[:=]\s*(.*)$/.exec(line) ?? [];
      return [name, valueOf(value)];
    }),
  );
}

function valueOf(text: string): unknown {
  if (/^(true|false|\d{1,9}|[{["].*)$/s.test(text)) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // Not JSON after all: Nexus says what would be right.
    }
  }
  return text;
}

/** Whether the same is meant, whatever row it stands in. */
function same(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) => JSON.stringify(value, (name, part: unknown) => (name === "key" ? undefined : part));
  return plain(one) === plain(other);
}

/** What is wrong, by the name of a field of the form: `domain`, `rules`, `rule-2`, `rule-2-service`. */
export type Errors = ReadonlyMap<string, string>;

const FIELDS = ["kind", "token", "credentialsFile", "domain", "autoStart", "protocol", "edgeIpVersion", "region"];

/** Sorts complaints to the fields they are about; what belongs to none stands in `others`. */
export function sorted(complaints: readonly FieldError[], sent: TunnelRequest): { errors: Errors; others: string[] } {
  const errors = new Map<string, string>();
  const others: string[] = [];
  const add = (place: string, message: string) => {
    const before = errors.get(place);
    errors.set(place, before ? `${before} ${sentence(message)}` : sentence(message));
  };
  for (const { field, message } of complaints) {
    const [, row, part, option] = /^ingress(?:\[(\d+)\](?:\.(\w+)(?:\.(.+))?)?)?$/.exec(field) ?? [];
    const [, argument] = /^arguments\[(\d+)\]$/.exec(field) ?? [];
    if (row !== undefined && sent.ingress[Number(row)] !== undefined) {
      const known = part === "originRequest" ? "options" : part;
      add(known ? `rule-${row}-${known}` : `rule-${row}`, option ? `${option} ${rowsInWords(message)}` : rowsInWords(message));
    } else if (field === "ingress") {
      add("rules", message);
    } else if (argument !== undefined) {
      add("arguments", `“${sent.arguments[Number(argument)] ?? argument}” ${message}`);
    } else if (field === "arguments" || FIELDS.includes(field)) {
      add(field, message);
    } else {
      others.push(sentence(field === "command" ? message : `${field} ${message}`));
    }
  }
  return { errors, others };
}

/** People count from one. */
function rowsInWords(message: string): string {
  return message.replace(/ingress\[(\d+)\]/g, (_, row: string) => `rule ${Number(row) + 1}`);
}
