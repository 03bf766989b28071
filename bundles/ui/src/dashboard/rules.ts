import type { RestartPolicy, SettingField } from "../shared/types.ts";
import type { FormField } from "./draft.ts";

type Rule = Omit<FormField, "name" | "list" | "choices" | "standard"> & { name: keyof RestartPolicy };

/** The rules of restarts as a form shows them. Bounds and defaults are those of the settings, when they are known. */
const RULES: readonly Rule[] = [
  {
    name: "enabled",
    type: "boolean",
    label: "Start again what died",
    description: "When off, only you start it; you can do so at any time",
    wide: true,
  },
  {
    name: "slowRetry",
    type: "boolean",
    label: "Keep trying slowly",
    description: "One start every 10 minutes after it was given up",
  },
  {
    name: "notify",
    type: "boolean",
    label: "Tell me about restarts",
    description: "You are always told when it was given up",
  },
  {
    name: "maxAttempts",
    type: "integer",
    label: "Give up after",
    unit: "starts",
    description: "So many starts within the window",
    min: 1,
    max: 100,
  },
  {
    name: "windowSeconds",
    type: "integer",
    label: "Window",
    unit: "s",
    description: "In which the starts are counted",
  },
  {
    name: "firstDelayMs",
    type: "integer",
    label: "First delay",
    unit: "ms",
    description: "Before the second start; the first comes at once",
    min: 10,
    max: 60_000,
  },
  {
    name: "multiplier",
    type: "decimal",
    label: "Multiplier",
    description: "Of the delay, from one start to the next",
    min: 1,
    max: 10,
  },
  {
    name: "maxDelayMs",
    type: "integer",
    label: "Longest delay",
    unit: "ms",
    description: "No delay is longer",
    max: 3_600_000,
  },
  {
    name: "memoryLimitMb",
    type: "integer",
    label: "Memory limit",
    unit: "MB",
    description: "Above it, it is exchanged when it is idle; 0 for never",
    min: 0,
  },
  {
    name: "memoryCeilingMb",
    type: "integer",
    label: "Memory ceiling",
    unit: "MB",
    description: "Above it, it is exchanged at once, whatever it does; 0 for never",
    min: 0,
  },
];

/** The fields of the form. */
export function ruleFields(settings: readonly SettingField[] = []): FormField[] {
  return RULES.map((rule) => {
    const known = settings.find(({ name }) => name === rule.name);
    return {
      ...rule,
      list: false,
      choices: [],
      min: known?.min ?? rule.min,
      max: known?.max ?? rule.max,
      standard: known?.standard,
    };
  });
}
