import "./questions.css";
import { html, type TemplateResult } from "lit";
import { sheet } from "../shared/dialog.ts";
import type { Card } from "./cards.ts";
import { slot } from "./status.ts";
import { shortPath, titleOf } from "./words.ts";

/** Asks which of ten cards is put away. Undefined when none. */
export function makeRoom(cards: readonly Card[]): Promise<string | undefined> {
  return choose(
    "Ten sessions are active",
    "Which one shall be put away? Nothing in it is lost.",
    cards.map((session) => ({
      value: session.id,
      content: html`${slot(session.number)}<span class="cut grow">${titleOf(session)}</span>`,
      tone: `is-${session.status}`,
    })),
  );
}

/** Asks for the folder of a new session. Null when the owner changed their mind. */
export async function chooseWorkspace(workspaces: readonly string[]): Promise<string | null> {
  const chosen = await choose(
    "New session",
    "In which folder?",
    workspaces.map((path) => ({ value: path, content: html`<span class="mono cut grow">${shortPath(path)}</span>` })),
  );
  return chosen ?? null;
}

interface Choice {
  value: string;
  content: TemplateResult;
  tone?: string;
}

function choose(title: string, text: string, choices: readonly Choice[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const dialog = sheet(
      title,
      html`
        <p>${text}</p>
        <form class="nx-choices" method="dialog">
          ${choices.map(
            ({ value, content, tone }) => html`<button class=${tone ?? ""} value=${value}>${content}</button>`,
          )}
        </form>
      `,
    );
    dialog.querySelector<HTMLElement>(".nx-choices button")?.focus();
    dialog.addEventListener("close", () => resolve(dialog.returnValue || undefined));
  });
}
