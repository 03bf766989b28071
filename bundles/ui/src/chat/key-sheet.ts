import { html, type TemplateResult } from "lit";
import { sheet } from "../shared/dialog.ts";
import { setSetting, setting } from "./settings.ts";

interface Line {
  /** Keys pressed together are one entry, others are alternatives or follow each other. */
  keys: readonly string[];
  /** Between the keys. */
  by?: "or" | "then" | "to";
  does: string;
}

const GROUPS: readonly { title: string; lines: readonly Line[] }[] = [
  {
    title: "Go to",
    lines: [
      { keys: ["1", "9"], by: "to", does: "Session 1 to 9" },
      { keys: ["0"], does: "Session 10" },
      { keys: ["j", "k"], by: "or", does: "Next, previous card" },
      { keys: ["i"], does: "What needs you" },
      { keys: ["/"], does: "Search" },
      { keys: ["g", "s"], by: "then", does: "Sessions" },
      { keys: ["g", "d"], by: "then", does: "Dashboard" },
    ],
  },
  {
    title: "Card",
    lines: [
      { keys: ["Enter"], does: "Open" },
      { keys: ["c"], does: "To the message box" },
      { keys: ["l"], does: "Latest" },
      { keys: ["[", "]"], by: "or", does: "Previous, next turn" },
      { keys: ["t"], does: "Fold or open all tools" },
      { keys: ["v"], does: "Plain text of the answer" },
      { keys: ["Alt+↑", "Alt+↓"], by: "or", does: "Move the card" },
      { keys: ["Esc"], does: "Close; once more: stop the answer, asks first" },
      { keys: ["n"], does: "New session" },
    ],
  },
  {
    title: "Message box",
    lines: [
      { keys: ["Enter"], does: "Send" },
      { keys: ["Shift+Enter"], does: "New line" },
      { keys: ["↑"], does: "Last message, in an empty box" },
      { keys: ["@"], does: "Name a file" },
      { keys: ["/"], does: "Use a command, at the beginning" },
      { keys: ["Esc"], does: "Leave the box" },
      { keys: ["Ctrl+."], does: "Stop the answer" },
    ],
  },
  {
    title: "Requests",
    lines: [
      { keys: ["a"], does: "To the next request" },
      { keys: ["o"], does: "Allow once" },
      { keys: ["w"], does: "Always, asks first" },
      { keys: ["r"], does: "Reject, or don’t answer" },
      { keys: ["1", "9"], by: "to", does: "Choose that answer of a question" },
    ],
  },
];

/** Shows every key of the pages. */
export function showKeys(): void {
  const toggle = (event: Event) => setSetting("keys", (event.target as HTMLInputElement).checked ? "on" : "off");
  sheet(
    "Keys",
    html`
      <div class="nx-keys">
        ${GROUPS.map(
          ({ title, lines }) => html`<section>
            <h3>${title}</h3>
            <dl>${lines.map(line)}</dl>
          </section>`,
        )}
      </div>
      <label class="row check"
        ><input type="checkbox" .checked=${setting("keys") === "on"} @change=${toggle} /><span
          >Use keys without Ctrl or Alt. None of them works while you type.</span
        ></label
      >
      <p class="meta"><kbd class="kbd">?</kbd> shows this list.</p>
    `,
    true,
  );
}

function line({ keys, by = "or", does }: Line): TemplateResult {
  return html`<div>
    <dt>${keys.map((key, place) => html`${place > 0 ? html`<span class="meta">${by}</span>` : ""}${chord(key)}`)}</dt>
    <dd>${does}</dd>
  </div>`;
}

/** Keys that are held together. */
function chord(keys: string): TemplateResult {
  const all = keys.split("+").filter(Boolean);
  return html`<span class="chord">${all.map((key) => html`<kbd class="kbd">${key}</kbd>`)}</span>`;
}
