import type { SettingField, SettingScalar, SettingValue, SettingValues } from "../shared/types.ts";
import { shown } from "./field-words.ts";

/** A setting as a form shows it. */
export interface FormField extends Omit<SettingField, "standard"> {
  label: string;
  /** Of a number, as the label says it. */
  unit?: string;
  /** Stands in a line of its own. */
  wide?: boolean;
  standard?: SettingValue;
}

/** What stands in a field: a tick, a text as it was typed, or the rows of a list. */
export type Entry = boolean | string | readonly string[];

/**
 * What a person has changed in a form and has not saved. Values that come meanwhile are shown in every field that was
 * not touched; what was typed stays.
 */
export class Draft {
  readonly #typed = new Map<string, Entry>();
  readonly #elsewhere = new Set<string>();
  #saved: SettingValues = {};

  constructor(private fields: readonly FormField[] = []) {}

  describe(fields: readonly FormField[]): void {
    this.fields = fields;
  }

  get saved(): SettingValues {
    return this.#saved;
  }

  /** Takes what holds now. */
  take(values: SettingValues): void {
    for (const field of this.fields) {
      const { name } = field;
      const typed = this.#typed.get(name);
      if (typed === undefined) {
        continue;
      }
      const entry = entryOf(field, values[name]);
      if (same(typed, entry)) {
        this.#forget(name);
      } else if (name in this.#saved && !alike(entry, entryOf(field, this.#saved[name])) && !alike(entry, typed)) {
        this.#elsewhere.add(name);
      }
    }
    this.#saved = values;
  }

  /** Takes what holds after `sent` was saved: the fields that still hold it are not changed any more. */
  accept(sent: ReadonlyMap<string, Entry>, values: SettingValues): void {
    for (const [name, entry] of sent) {
      const typed = this.#typed.get(name);
      if (typed !== undefined && same(typed, entry)) {
        this.#forget(name);
      }
    }
    this.take(values);
  }

  entry(field: FormField): Entry {
    return this.#typed.get(field.name) ?? entryOf(field, this.#saved[field.name]);
  }

  set(field: FormField, entry: Entry): void {
    if (same(entry, entryOf(field, this.#saved[field.name]))) {
      this.#forget(field.name);
    } else {
      this.#typed.set(field.name, entry);
    }
  }

  /** Whether it was changed by somebody else while it is changed here. */
  changedElsewhere(name: string): boolean {
    return this.#elsewhere.has(name);
  }

  /** What is to be saved. A blank row that was added is none. */
  get changed(): ReadonlyMap<string, Entry> {
    const changed = this.fields
      .map((field) => [field, this.#typed.get(field.name)] as const)
      .filter(([field, typed]) => typed !== undefined && !alike(typed, entryOf(field, this.#saved[field.name])));
    return new Map(changed.map(([{ name }, typed]) => [name, typed!]));
  }

  get dirty(): boolean {
    return this.changed.size > 0;
  }

  discard(): void {
    this.#typed.clear();
    this.#elsewhere.clear();
  }

  /** Puts the default into every field that has one. */
  standards(): void {
    for (const field of this.fields) {
      if (field.standard !== undefined) {
        this.set(field, entryOf(field, field.standard));
      }
    }
  }

  /** Whether every field holds its default. */
  get standard(): boolean {
    return this.fields.every(
      (field) => field.standard === undefined || alike(this.entry(field), entryOf(field, field.standard)),
    );
  }

  /** What can be seen to be wrong before it is sent, by the name of the field, or `name[row]` in a list. */
  check(): Map<string, string> {
    const wrong = new Map<string, string>();
    for (const field of this.fields) {
      const typed = this.#typed.get(field.name);
      if (Array.isArray(typed)) {
        typed.forEach((row: string, index) => {
          const complaint = row.trim() === "" ? undefined : complaintOf(field, row);
          if (complaint) {
            wrong.set(`${field.name}[${index}]`, complaint);
          }
        });
      } else if (typeof typed === "string") {
        const complaint = complaintOf(field, typed);
        if (complaint) {
          wrong.set(field.name, complaint);
        }
      }
    }
    return wrong;
  }

  /** The values that were changed. Ask for it when {@link check} finds nothing. */
  changes(): SettingValues {
    const values: SettingValues = {};
    const { changed } = this;
    for (const field of this.fields) {
      const typed = changed.get(field.name);
      if (typed !== undefined) {
        values[field.name] = valueOf(field, typed);
      }
    }
    return values;
  }

  #forget(name: string): void {
    this.#typed.delete(name);
    this.#elsewhere.delete(name);
  }
}

/** Which place of the list shown a place of the list sent is: blank rows are not sent. */
export function shownRow(rows: readonly string[], sent: number): number {
  let left = sent;
  return rows.findIndex((row) => row.trim() !== "" && left-- === 0);
}

export function entryOf(field: FormField, value: SettingValue | undefined): Entry {
  if (field.list) {
    return Array.isArray(value) ? value.map(String) : value === undefined || value === "" ? [] : [String(value)];
  }
  const one = Array.isArray(value) ? value[0] : value;
  return field.type === "boolean" ? one === true : one === undefined ? "" : String(one);
}

function valueOf(field: FormField, entry: Entry): SettingValue {
  if (typeof entry === "boolean") {
    return entry;
  }
  if (typeof entry === "string") {
    return scalar(field, entry);
  }
  return entry.filter((row) => row.trim() !== "").map((row) => scalar(field, row));
}

function scalar(field: FormField, text: string): SettingScalar {
  switch (field.type) {
    case "boolean":
      return text === "true";
    case "integer":
    case "decimal":
      return numberIn(text);
    case "text":
      return text.trim();
  }
}

/** `1,536`, `1 536` and `1536` are the same number. */
function numberIn(text: string): number {
  const plain = text.trim().replace(/[\s_]|,(?=\d{3}(?!\d))/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : Number.NaN;
}

function complaintOf(field: FormField, text: string): string | undefined {
  const { type, min, max } = field;
  if (type === "text") {
    const { length } = text.trim();
    if (min !== undefined && length < min) {
      return length === 0 ? "This cannot be empty." : `At least ${min} characters.`;
    }
    return max !== undefined && length > max ? `At most ${shown(max)} characters.` : undefined;
  }
  if (type === "boolean") {
    return undefined;
  }
  const value = numberIn(text);
  if (Number.isNaN(value)) {
    return type === "integer" ? "Write a whole number." : "Write a number.";
  }
  if (type === "integer" && !Number.isInteger(value)) {
    return "Write a whole number.";
  }
  if (min !== undefined && value < min) {
    return `Choose at least ${shown(min)}.`;
  }
  return max !== undefined && value > max ? `Choose at most ${shown(max)}.` : undefined;
}

/** Whether two entries look the same. */
function same(one: Entry, other: Entry): boolean {
  return typeof one === "object" && typeof other === "object"
    ? one.length === other.length && one.every((row, index) => row === other[index])
    : one === other;
}

/** Whether two entries mean the same. */
function alike(one: Entry, other: Entry): boolean {
  if (typeof one === "object" && typeof other === "object") {
    const [left, right] = [one, other].map((rows) => rows.map((row) => row.trim()).filter(Boolean));
    return left!.length === right!.length && left!.every((row, index) => row === right![index]);
  }
  return typeof one === "string" && typeof other === "string" ? one.trim() === other.trim() : one === other;
}
