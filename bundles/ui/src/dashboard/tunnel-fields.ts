import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { iconEye, iconWarn } from "../shared/icon.ts";
import { control } from "./controls.ts";
import type { Entries, EntryName, Errors } from "./tunnel-draft.ts";
import { type DomainLook, KINDS } from "./tunnel-words.ts";

/** What the fields of the tunnel need of their form. */
export interface FieldsPlace {
  /** Before the ids of what is in it. */
  id: string;
  entries: Entries;
  errors: Errors;
  warnings: Errors;
  set: <N extends EntryName>(name: N, value: Entries[N]) => void;
}

type TextName = "token" | "credentialsFile" | "domain" | "arguments";
export type ChoiceName = "protocol" | "edgeIpVersion" | "region";

const CHOICES: Record<ChoiceName, { label: string; hint: string; options: readonly [string, string][] }> = {
  protocol: {
    label: "Protocol",
    hint: "Between cloudflared and Cloudflare. Automatic tries QUIC first, and HTTP/2 where that does not get through.",
    options: [
      ["auto", "Automatic"],
      ["http2", "HTTP/2"],
      ["quic", "QUIC"],
    ],
  },
  edgeIpVersion: {
    label: "Addresses of Cloudflare",
    hint: "Which kind of address it is reached by.",
    options: [
      ["auto", "Automatic"],
      ["4", "IPv4"],
      ["6", "IPv6"],
    ],
  },
  region: {
    label: "Region",
    hint: "Where the connections go.",
    options: [
      ["", "Anywhere"],
      ["us", "United States"],
    ],
  },
};

/** Which kind of tunnel it is. */
export function kindField({ id, entries, errors, set }: FieldsPlace): TemplateResult {
  const error = errors.get("kind");
  return html`<fieldset class="choice kinds">
    <legend>Kind</legend>
    ${KINDS.map(
      ({ kind, name, means }) => html`<label>
        <input
          type="radio"
          name="${id}-kind"
          value=${kind}
          .checked=${live(kind === entries.kind)}
          aria-invalid=${error ? "true" : nothing}
          @change=${() => set("kind", kind)}
        /><span>${name}<span class="meta">${means}</span></span>
      </label>`,
    )}
    ${error ? html`<p class="err">${iconWarn()}<span>${error}</span></p>` : nothing}
  </fieldset>`;
}

/** @param look what was found out about what is typed */
export function textField(
  place: FieldsPlace,
  name: TextName,
  label: string,
  hint: string,
  look: DomainLook = {},
): TemplateResult {
  const id = `${place.id}-${name}`;
  const error = place.errors.get(name) ?? look.problem;
  const { described, parts } = below(place, name, look.used ? `It is used as ${look.used}. ${hint}` : hint, error);
  return html`<div class="form-row">
    <label for=${id}>${label}</label>
    ${control(
      { name, label, type: "text", list: false, choices: [], lines: name === "arguments" },
      { id, text: place.entries[name], wrong: Boolean(error), described },
      (text) => place.set(name, text),
    )}
    ${parts}
  </div>`;
}

export function choiceField(place: FieldsPlace, name: ChoiceName): TemplateResult {
  const id = `${place.id}-${name}`;
  const value = place.entries[name];
  const { label, hint, options } = CHOICES[name];
  const error = place.errors.get(name);
  const { described, parts } = below(place, name, hint, error);
  const all = options.some(([known]) => known === value) ? options : [[value, value] as const, ...options];
  return html`<div class="form-row">
    <label for=${id}>${label}</label>
    <select
      class="field"
      id=${id}
      aria-describedby=${described}
      aria-invalid=${error ? "true" : nothing}
      .value=${live(value)}
      @change=${(event: Event) => place.set(name, (event.target as HTMLSelectElement).value)}
    >
      ${all.map(([choice, words]) => html`<option value=${choice} ?selected=${choice === value}>${words}</option>`)}
    </select>
    ${parts}
  </div>`;
}

/** A token that is stored is never shown, only replaced or forgotten. */
export function tokenField(place: FieldsPlace, isSet: boolean, shown: boolean, show: (shown: boolean) => void): TemplateResult {
  const id = `${place.id}-token`;
  const { entries } = place;
  const wanted = entries.kind === "token";
  const error = place.errors.get("token");
  const hint = entries.forget
    ? "The token that is stored is forgotten when you save."
    : isSet
      ? `A token is stored; it is never shown.${wanted ? " What you write here replaces it." : " It is not used by this kind."}`
      : "What stands behind --token on the pages of Cloudflare; it begins with eyJ.";
  const { described, parts } = below(place, "token", hint, error);
  const forget = isSet
    ? html`<button
        type="button"
        class="btn ${wanted ? "" : "small"}"
        aria-pressed=${String(entries.forget)}
        @click=${() => place.set("forget", !entries.forget)}
      >
        <span>Forget<span class="sr"> the token that is stored</span></span>
      </button>`
    : nothing;
  if (!wanted) {
    return html`<div class="form-row wide stored">
      <p><b>Token</b></p>
      <p class="hint">${hint}</p>
      ${forget}
    </div>`;
  }
  return html`<div class="form-row wide token-of">
    <label for=${id}>Token</label>
    <div class="covered token">
      ${control(
        { name: "token", label: "Token", type: "text", list: false, choices: [], secret: true },
        { id, text: entries.token, wrong: Boolean(error), described, covered: !shown },
        (text) => place.set("token", text),
      )}
      <button type="button" class="btn" aria-pressed=${String(shown)} aria-controls=${id} @click=${() => show(!shown)}>
        ${iconEye()}<span>Show<span class="sr"> token</span></span>
      </button>
      ${forget}
    </div>
    ${parts}
  </div>`;
}

export function autoStartField({ id, entries, set }: FieldsPlace): TemplateResult {
  return html`<div class="form-row tick">
    <label for="${id}-autoStart">
      <input
        type="checkbox"
        id="${id}-autoStart"
        .checked=${live(entries.autoStart)}
        aria-describedby="${id}-autoStart-hint"
        @change=${(event: Event) => set("autoStart", (event.target as HTMLInputElement).checked)}
      /><span>Open it together with Nexus</span></label
    >
    <p class="hint" id="${id}-autoStart-hint">Also after the machine was started again, unless you closed it.</p>
  </div>`;
}

/** What is told of a field below it, and the ids of that. */
function below(
  { id, warnings }: FieldsPlace,
  name: string,
  hint: string,
  error: string | undefined,
): { described: string; parts: TemplateResult } {
  const warning = warnings.get(name);
  return {
    described: [error ? `${id}-${name}-error` : "", warning ? `${id}-${name}-warning` : "", `${id}-${name}-hint`]
      .filter(Boolean)
      .join(" "),
    parts: html`
      ${error ? html`<p class="err" id="${id}-${name}-error">${iconWarn()}<span>${error}</span></p>` : nothing}
      ${warning ? html`<p class="hint warning" id="${id}-${name}-warning">${iconWarn()}<span>${warning}</span></p>` : nothing}
      <p class="hint" id="${id}-${name}-hint">${hint}</p>
    `,
  };
}
