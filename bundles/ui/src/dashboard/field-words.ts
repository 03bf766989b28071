/** How settings are told, in plain words. */
import type { SettingValue } from "../shared/types.ts";
import type { FormField } from "./draft.ts";

const numbers = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 3 });

/** A number as it is read. */
export function shown(value: number): string {
  return numbers.format(value);
}

/** What may stand in the field, as a sentence without its point: `Between 1 and 100`. */
export function boundsOf({ type, min, max, choices }: FormField): string {
  if (type === "boolean" || type === "text" || choices.length > 0) {
    return "";
  }
  // A bound that is only the bound of the type says nothing.
  const low = min !== undefined && min > -2_147_483_648 ? shown(min) : undefined;
  const high = max !== undefined && max < 2_147_483_647 ? shown(max) : undefined;
  if (low !== undefined && high !== undefined) {
    return `Between ${low} and ${high}`;
  }
  return low !== undefined ? `At least ${low}` : high !== undefined ? `At most ${high}` : "";
}

const UNITS: Record<string, string> = {
  Ms: "ms",
  Millis: "ms",
  Milliseconds: "ms",
  Seconds: "s",
  Minutes: "min",
  Hours: "h",
  Days: "days",
  Bytes: "bytes",
  Kb: "kB",
  Mb: "MB",
  Percent: "%",
};

const ACRONYM = /^(url|id|http|https|cpu|qr)$/i;

/** A name in the words of a person: `windowSeconds` is `Window` in `s`. */
export function wordsOf(name: string, number: boolean): { label: string; unit?: string } {
  const words = name.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? [name];
  const last = words.at(-1)!;
  const unit = number && words.length > 1 ? UNITS[last] : undefined;
  const rest = unit === undefined ? words : words.slice(0, -1);
  const label = rest.map((word) => (ACRONYM.test(word) ? word.toUpperCase() : word.toLowerCase())).join(" ");
  return { label: label.charAt(0).toUpperCase() + label.slice(1), unit };
}

/** A sentence begins with a capital and ends with a point. */
export function sentence(text: string): string {
  const plain = text.trim();
  return plain === "" ? "" : plain.charAt(0).toUpperCase() + plain.slice(1) + (/[.!?…]$/.test(plain) ? "" : ".");
}

/** `Window (s)` */
export function labelOf({ label, unit }: FormField): string {
  return unit ? `${label} (${unit})` : label;
}

/** A line of a list as it is said aloud: of a secret one the name at most. */
export function lineInWords({ secret }: FormField, text: string): string {
  return secret ? text.slice(0, Math.max(0, text.indexOf("="))) : text;
}

/** What holds while another value is refused, as a sentence after a space. */
export function stillUsing(field: FormField, saved: SettingValue | undefined): string {
  const shows = !field.list && !field.secret && field.type !== "boolean";
  return saved === undefined || saved === "" || !shows ? "" : ` Still using ${inWords(saved)}.`;
}

/** A value as it is told. */
export function inWords(value: SettingValue | undefined): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? "nothing" : value.map(inWords).join(", ");
  }
  switch (typeof value) {
    case "number":
      return shown(value);
    case "boolean":
      return value ? "on" : "off";
    default:
      return value ? `“${value}”` : "nothing";
  }
}
