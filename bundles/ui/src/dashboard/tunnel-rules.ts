import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { plural } from "../shared/format.ts";
import { iconArrowDown, iconArrowUp, iconClose, iconPlus, iconRight, iconWarn } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { control } from "./controls.ts";
import { newRule, optionsIn, type Errors, type RuleEntry } from "./tunnel-draft.ts";
import { leadsElsewhere } from "./tunnel-words.ts";

/** What the rows of rules need of their form. */
export interface RulesPlace {
  /** Before the ids of what is in it. */
  id: string;
  rules: readonly RuleEntry[];
  /** Whether the tunnel has a name of its own, so that rules may be for one. */
  named: boolean;
  errors: Errors;
  warnings: Errors;
  /** Takes what became of the rules; `focus` is the id of what is to have the focus then. */
  take: (rules: readonly RuleEntry[], focus?: string) => void;
}

const SERVICE_HINT = "nexus, http_status:404, or like http://127.0.0.1:8080";

/** The rules by which the tunnel leads to its targets, to be changed. */
export function ruleRows(place: RulesPlace): TemplateResult {
  const { id, rules, errors, warnings, take } = place;
  const error = errors.get("rules");
  const add = () => {
    take([...rules, newRule()], `${id}-rule-${rules.length}-service`);
    say(`Rule ${rules.length + 1} was added.`);
  };
  return html`
    <fieldset class="form-row list rules-of" aria-describedby="${id}-rules-hint${error ? ` ${id}-rules-error` : ""}">
      <legend>Rules</legend>
      <p class="hint" id="${id}-rules-hint">
        ${rules.length === 0
          ? "None: all leads to Nexus."
          : html`The first that matches counts; what none matches is not found. A path is a regular expression; left empty,
              ${place.named ? "host name and path match" : "it matches"} all. A target is ${SERVICE_HINT}.`}
      </p>
      <ol class="rule-list">
        ${repeat(
          rules,
          ({ key }) => key,
          (rule, index) => row(place, rule, index),
        )}
      </ol>
      ${error ? html`<p class="err" id="${id}-rules-error">${iconWarn()}<span>${error}</span></p>` : nothing}
      ${warnings.get("rules") ? html`<p class="hint">${warnings.get("rules")}</p>` : nothing}
      <button type="button" class="btn small" id="${id}-rules-add" ?data-wrong=${Boolean(error)} @click=${add}>
        ${iconPlus()}<span>Add<span class="sr"> a rule</span></span>
      </button>
    </fieldset>
  `;
}

function row(place: RulesPlace, rule: RuleEntry, index: number): TemplateResult {
  const { id: form, rules, named, errors, warnings, take } = place;
  const id = `${form}-rule-${index}`;
  const number = index + 1;
  const set = (change: Partial<RuleEntry>) =>
    take(rules.map((other) => (other.key === rule.key ? { ...other, ...change } : other)));
  const move = (by: 1 | -1) => {
    const next = rules.filter(({ key }) => key !== rule.key);
    next.splice(index + by, 0, rule);
    const [to, last] = [index + by, rules.length - 1];
    // At an end the other way is the only one left.
    const way = by < 0 ? (to === 0 ? "down" : "up") : to === last ? "up" : "down";
    take(next, `${form}-rule-${to}-${way}`);
    say(`Rule ${number} is rule ${to + 1} of ${rules.length} now.`);
  };
  const remove = () => {
    const left = rules.filter(({ key }) => key !== rule.key);
    take(left, left.length > 0 ? `${form}-rule-${Math.min(index, left.length - 1)}-remove` : `${form}-rules-add`);
    say(`Rule ${number} was removed.`);
  };
  const field = (name: "hostname" | "path" | "service", label: string) => {
    const own = errors.get(`rule-${index}-${name}`);
    const error = own ?? (name === "service" ? errors.get(`rule-${index}`) : undefined);
    const warning = warnings.get(`rule-${index}-${name}`);
    const described = [
      error ? `${id}-${own ? name : "row"}-error` : "",
      warning || (name === "service" && leadsElsewhere(rule)) ? `${id}-${name}-warning` : "",
    ];
    return html`<div class="form-row">
      <label for="${id}-${name}">${label}<span class="sr"> of rule ${number}</span></label>
      ${control(
        { name, label, type: "text", list: false, choices: [] },
        { id: `${id}-${name}`, text: rule[name], wrong: Boolean(error), described: described.filter(Boolean).join(" ") },
        (text) => set({ [name]: text }),
      )}
      ${own ? html`<p class="err" id="${id}-${name}-error">${iconWarn()}<span>${own}</span></p>` : nothing}
    </div>`;
  };
  const options = Object.keys(optionsIn(rule.options)).length;
  const wrong = errors.get(`rule-${index}-options`);
  const elsewhere = leadsElsewhere(rule);
  const warning = warnings.get(`rule-${index}-service`);
  return html`
    <li class="rule">
      <div class="rule-head">
        <b class="num">Rule ${number}</b>
        <span class="grow"></span>
        ${arrow(`${id}-up`, `Move rule ${number} up`, iconArrowUp(), index === 0, () => move(-1))}
        ${arrow(`${id}-down`, `Move rule ${number} down`, iconArrowDown(), index === rules.length - 1, () => move(1))}
        ${arrow(`${id}-remove`, `Remove rule ${number}`, iconClose(), false, remove)}
      </div>
      <div class="fields">
        ${named ? field("hostname", "Host name") : nothing} ${field("path", "Path")} ${field("service", "Target")}
      </div>
      ${errors.get(`rule-${index}`)
        ? html`<p class="err" id="${id}-row-error">${iconWarn()}<span>${errors.get(`rule-${index}`)}</span></p>`
        : nothing}
      ${elsewhere || warning
        ? html`<p class="hint warning" id="${id}-service-warning">
            ${iconWarn()}<span
              >${elsewhere ? "Leads past the login of Nexus, to a program that everybody may then reach. Saving asks for your password." : warning}</span
            >
          </p>`
        : nothing}
      <details class="options" ?open=${Boolean(wrong)}>
        <summary>${iconRight()}<span>Options<span class="sr"> of rule ${number}</span></span>${options > 0 ? html`<span class="meta num">${plural(options, "option")}</span>` : nothing}</summary>
        <div class="form-row">
          <label for="${id}-options">How the target is asked<span class="sr">, rule ${number}</span></label>
          ${control(
            { name: "options", label: "Options", type: "text", list: false, choices: [], lines: true },
            {
              id: `${id}-options`,
              text: rule.options,
              wrong: Boolean(wrong),
              described: [wrong ? `${id}-options-error` : "", `${id}-options-hint`].filter(Boolean).join(" "),
            },
            (text) => set({ options: text }),
          )}
          ${wrong ? html`<p class="err" id="${id}-options-error">${iconWarn()}<span>${wrong}</span></p>` : nothing}
          <p class="hint" id="${id}-options-hint">
            One a line, as cloudflared names them: connectTimeout: 30s, noTLSVerify: true, httpHostHeader: localhost.
          </p>
        </div>
      </details>
    </li>
  `;
}

function arrow(id: string, name: string, icon: TemplateResult, off: boolean, run: () => void): TemplateResult {
  return html`<button type="button" class="btn quiet small icon" id=${id} aria-label=${name} title=${name} ?disabled=${off} @click=${run}>
    ${icon}
  </button>`;
}
