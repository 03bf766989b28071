import "./questions.css";
import { html, nothing, type TemplateResult } from "lit";
import { sheet } from "../shared/dialog.ts";
import type { Card } from "./cards.ts";
import { LAST_NUMBER } from "./order.ts";
import { slot, standing } from "./status.ts";
import { titleOf } from "./words.ts";

/** Asks which of ten cards is put away. Undefined when none. */
export function makeRoom(cards: readonly Card[]): Promise<string | undefined> {
  return choose(
    "Ten sessions are active",
    "Which one shall be put away? Nothing in it is lost.",
    cards.map((session) => ({
      value: session.id,
      content: html`${slot(session.number)}<span class="sr">${session.number}, </span
        ><span class="cut grow">${titleOf(session)}</span><span class="sr">, </span>${state(session)}`,
      tone: `is-${session.status}`,
    })),
  );
}

/** Asks which number a card moves to. Undefined when it stays. */
export async function chooseNumber(title: string, from: number, cards: readonly Card[]): Promise<number | undefined> {
  const numbers = Array.from({ length: LAST_NUMBER }, (_, index) => index + 1);
  const chosen = await choose(
    "Move the card",
    `To which number shall “${title}” move? The cards in between move over.`,
    numbers.map((number) => {
      const card = cards.find((one) => one.number === number);
      const name = card ? titleOf(card) : "Free";
      return {
        value: String(number),
        content: html`${slot(number)}<span class="sr">${number}, </span
          ><span class="cut grow ${card ? "" : "soft"}">${name}</span>${number === from
            ? html`<span class="meta">now here</span>`
            : nothing}`,
        tone: card ? `is-${card.status}` : "",
        current: number === from,
      };
    }),
  );
  const number = Number(chosen);
  return chosen === undefined || number === from ? undefined : number;
}

function state(session: Card): TemplateResult {
  const { icon, word, colour } = standing(session);
  return html`<span class="row meta"><span class=${colour}>${icon}</span><span class="word">${word}</span></span>`;
}

interface Choice {
  value: string;
  content: TemplateResult;
  tone?: string;
  current?: boolean;
}

function choose(title: string, text: string, choices: readonly Choice[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const dialog = sheet(
      title,
      html`
        <p>${text}</p>
        <form class="nx-choices" method="dialog">
          ${choices.map(
            ({ value, content, tone, current }) =>
              html`<button class=${tone ?? ""} value=${value} aria-current=${current ? "true" : nothing}>${content}</button>`,
          )}
        </form>
      `,
    );
    const buttons = [...dialog.querySelectorAll<HTMLElement>(".nx-choices button")];
    (buttons.find((button) => button.ariaCurrent === "true") ?? buttons[0])?.focus();
    dialog.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const at = buttons.indexOf(document.activeElement as HTMLElement);
      if (by !== undefined) {
        event.preventDefault();
        buttons[(at + by + buttons.length) % buttons.length]?.focus();
      } else if (/^\d$/.test(event.key)) {
        // The number of a card, as everywhere on the page.
        buttons.find((button) => button.querySelector(".nx-slot")?.textContent === String(Number(event.key) || 10))?.focus();
      }
    });
    dialog.addEventListener("close", () => resolve(dialog.returnValue || undefined));
  });
}
