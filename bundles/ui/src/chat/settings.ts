/** What the owner chose for this browser. */

/** How much a screen reader is told. */
export type Speak = "all" | "complete" | "needs" | "nothing";

export interface Settings {
  speak: Speak;
  /** Whether single keys do something. */
  keys: "on" | "off";
}

export type SettingName = keyof Settings;

/** What can be chosen; the first is what counts until something was. */
const CHOICES: { readonly [K in SettingName]: readonly [Settings[K], ...Settings[K][]] } = {
  speak: ["all", "complete", "needs", "nothing"],
  keys: ["on", "off"],
};

const PREFIX = "nexus.";

const listeners = new Map<SettingName, Set<() => void>>();

export function setting<K extends SettingName>(name: K): Settings[K] {
  const stored = read(PREFIX + name);
  return CHOICES[name].find((choice) => choice === stored) ?? CHOICES[name][0];
}

export function setSetting<K extends SettingName>(name: K, value: Settings[K]): void {
  write(PREFIX + name, value);
  tell(name);
}

/** Listens to one setting, also when it is changed in another tab. Call the answer to stop. */
export function onSetting(name: SettingName, listener: () => void): () => void {
  const all = listeners.get(name) ?? new Set();
  listeners.set(name, all.add(listener));
  const elsewhere = (event: StorageEvent) => event.key === PREFIX + name && listener();
  globalThis.addEventListener?.("storage", elsewhere);
  return () => {
    all.delete(listener);
    globalThis.removeEventListener?.("storage", elsewhere);
  };
}

function tell(name: SettingName): void {
  [...(listeners.get(name) ?? [])].forEach((listener) => listener());
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without storage the choice lasts as long as nobody asks.
  }
}
