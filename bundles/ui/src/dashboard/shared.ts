import { api } from "../shared/api.ts";
import { events } from "../shared/events.ts";
import type { RestartAttempt, Restarts, RestartSubject, SettingGroup, SettingValues } from "../shared/types.ts";

const TRIES = 3;

/** Something several panels show: fetched once for all of them, then kept up to date. Dispatches `change`. */
export abstract class Shared<T> extends EventTarget {
  #value: T | undefined;
  #loading: Promise<void> | undefined;
  #version = 0;

  constructor(private readonly path: string) {
    super();
  }

  get value(): T | undefined {
    return this.#value;
  }

  /** Fetches it. Who asks meanwhile gets the same answer. */
  load(): Promise<void> {
    this.#loading ??= this.#fetch().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  /** Fetches it again when it was fetched before. A failure leaves what is known; panels ask again after a gap. */
  protected renew(): void {
    if (this.#value !== undefined) {
      this.load().catch((failure: unknown) => console.warn(`${this.path} could not be fetched again`, failure));
    }
  }

  /** What is being fetched may be older than what was told. */
  protected outdate(): void {
    this.#version++;
  }

  protected become(value: T): void {
    this.#version++;
    this.#value = value;
    this.dispatchEvent(new Event("change"));
  }

  async #fetch(): Promise<void> {
    for (let left = TRIES; left > 0; left--) {
      const began = this.#version;
      const value = await api<T>("GET", this.path);
      // An event that came meanwhile may be newer than this answer.
      if (began === this.#version || left === 1) {
        this.become(value);
        return;
      }
    }
  }
}

/** What was started again, and by which rules. */
class SharedRestarts extends Shared<Restarts> {
  constructor() {
    super("/api/restart");
    events.on("restart.attempt", (attempt) =>
      this.#change(({ attempts }) => ({ attempts: withAttempt(attempts, attempt) })),
    );
    events.on("restart.state", (subject) =>
      this.#change(({ subjects }) => ({ subjects: withSubject(subjects, subject) })),
    );
    events.on("settings", ({ group }) => group === "restart" && this.renew());
  }

  subject(name: string): RestartSubject | undefined {
    return this.value?.subjects.find((subject) => subject.name === name);
  }

  /** Changes some values of the policy. */
  async change(values: Record<string, unknown>): Promise<SettingValues> {
    const answer = await api<Restarts>("PUT", "/api/restart", values);
    this.become(answer);
    return { ...answer.policy };
  }

  #change(change: (value: Restarts) => Partial<Restarts>): void {
    if (this.value) {
      this.become({ ...this.value, ...change(this.value) });
    } else {
      this.outdate();
    }
  }
}

/** Every group of settings. */
class SharedSettings extends Shared<SettingGroup[]> {
  constructor() {
    super("/api/settings");
    events.on("settings", ({ group, values, problem }) => this.#take(group, values, problem));
  }

  group(name: string): SettingGroup | undefined {
    return this.value?.find((group) => group.name === name);
  }

  /** Changes some values of a group. */
  async change(group: string, values: SettingValues): Promise<SettingValues> {
    const answer = await api<SettingValues>("PUT", `/api/settings/${encodeURIComponent(group)}`, values);
    this.#take(group, answer);
    return answer;
  }

  #take(name: string, values: SettingValues, problem?: string): void {
    if (!this.value) {
      this.outdate();
      return;
    }
    if (!this.group(name)) {
      // A bundle that came while the page was open.
      this.renew();
      return;
    }
    const changed = (group: SettingGroup) => ({ ...group, values: { ...group.values, ...values }, problem });
    this.become(this.value.map((group) => (group.name === name ? changed(group) : group)));
  }
}

/** The groups whose file has a problem that was not known before. */
export function newProblems(before: readonly SettingGroup[], now: readonly SettingGroup[]): SettingGroup[] {
  return now.filter(
    ({ name, problem }) => problem !== undefined && before.find((group) => group.name === name)?.problem !== problem,
  );
}

/** The attempts with one that is new or has changed, newest first. */
export function withAttempt(attempts: readonly RestartAttempt[], attempt: RestartAttempt): RestartAttempt[] {
  return [attempt, ...attempts.filter(({ id }) => id !== attempt.id)].sort(
    (one, other) => Date.parse(other.at) - Date.parse(one.at),
  );
}

export function withSubject(subjects: readonly RestartSubject[], subject: RestartSubject): RestartSubject[] {
  return subjects.some(({ name }) => name === subject.name)
    ? subjects.map((other) => (other.name === subject.name ? subject : other))
    : [...subjects, subject];
}

export const restarts = new SharedRestarts();
export const settings = new SharedSettings();
