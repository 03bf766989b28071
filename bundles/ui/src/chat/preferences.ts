import { html, type TemplateResult } from "lit";
import { sheet } from "../shared/dialog.ts";
import { chooseTheme, chosenTheme, THEMES } from "../shared/theme-choice.ts";
import { type SettingName, type Settings, setSetting, setting } from "./settings.ts";

interface Choice<V extends string> {
  value: V;
  name: string;
  means?: string;
}

const SPEAK: readonly Choice<Settings["speak"]>[] = [
  { value: "all", name: "Everything", means: "Beginning, progress and end of an answer, and what needs you" },
  { value: "complete", name: "Only the end of an answer", means: "And what needs you" },
  { value: "needs", name: "Only what needs you" },
  { value: "nothing", name: "Nothing" },
];

const KEYS: readonly Choice<Settings["keys"]>[] = [
  { value: "on", name: "On", means: "None of them works while you type" },
  { value: "off", name: "Off", means: "Only those with Ctrl or Alt, and Esc" },
];

/** Shows what can be chosen for this browser. Everything counts at once. */
export function showPreferences(): void {
  sheet(
    "Settings",
    html`
      <p class="meta">For this browser only.</p>
      ${choices(
        "Theme",
        "theme",
        THEMES.map(({ id, name }) => ({ value: id, name })),
        chosenTheme(),
        chooseTheme,
      )}
      ${setter("Keys without Ctrl", "keys", KEYS)} ${setter("What a screen reader is told", "speak", SPEAK)}
    `,
  );
}

function setter<K extends SettingName>(title: string, name: K, all: readonly Choice<Settings[K]>[]): TemplateResult {
  return choices<Settings[K]>(title, name, all, setting(name), (value) => setSetting(name, value));
}

function choices<V extends string>(
  title: string,
  name: string,
  all: readonly Choice<V>[],
  chosen: V,
  choose: (value: V) => void,
): TemplateResult {
  return html`<fieldset class="nx-setting">
    <legend>${title}</legend>
    <div class="choice">
      ${all.map(
        ({ value, name: word, means }) => html`<label
          ><input type="radio" name="setting-${name}" value=${value} .checked=${value === chosen} @change=${() => choose(value)} /><span
            >${word}${means ? html`<span class="meta">${means}</span>` : ""}</span
          ></label
        >`,
      )}
    </div>
  </fieldset>`;
}
