import { html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { asProblem, Problem } from "../shared/api.ts";
import { openDialog } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import "../shared/field.ts";
import type { NxField } from "../shared/field.ts";
import { iconRetry, iconWarn } from "../shared/icon.ts";

/** An answer that is about the password, and not about what it was given for. */
function isOfPassword({ status, code }: Problem): boolean {
  return code === "wrong-password" || code === "password-required" || status === 429;
}

/**
 * Asks for the password once more and tries it. True when that went well, false when the person left it; fails with what
 * `run` fails with, unless that is about the password.
 *
 * @param reasons what would be opened
 */
export function withPassword(reasons: readonly string[], run: (password: string) => Promise<void>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let outcome: boolean | Problem = false;
    const end = (next: boolean | Problem) => {
      outcome = next;
      dialog.close();
    };
    const dialog = openDialog("", html`<nx-once-more .reasons=${reasons} .run=${run} .end=${end}></nx-once-more>`);
    dialog.setAttribute("role", "alertdialog");
    dialog.addEventListener("close", () => (outcome instanceof Problem ? reject(outcome) : resolve(outcome)));
  });
}

/** <nx-once-more>: says what would be opened, and asks for the password. */
@customElement("nx-once-more")
export class NxOnceMore extends NxElement {
  @property({ attribute: false }) reasons: readonly string[] = [];
  @property({ attribute: false }) run!: (password: string) => Promise<void>;
  @property({ attribute: false }) end!: (outcome: boolean | Problem) => void;
  @state() private trying = false;
  @state() private error = "";
  @query("nx-field") private field!: NxField;

  protected override firstUpdated(): void {
    void this.updateComplete.then(() => this.field.updateComplete).then(() => this.field.focus());
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.trying) {
      return;
    }
    if (this.field.value === "") {
      this.#complain("Write your password.");
      return;
    }
    this.trying = true;
    this.error = "";
    try {
      await this.run(this.field.value);
      this.end(true);
    } catch (failure) {
      const problem = asProblem(failure);
      if (isOfPassword(problem)) {
        this.#complain(problem.detail);
      } else {
        this.end(problem);
      }
    } finally {
      this.trying = false;
    }
  }

  #complain(error: string): void {
    this.error = error;
    this.field.cover();
    this.field.focus();
  }

  protected override render(): TemplateResult {
    return html`
      <div class="head"><h2 id="dialog-title">This opens more than Nexus</h2></div>
      <form id="once-more" class="in" novalidate @submit=${(event: Event) => void this.#submit(event)}>
        <div class="notice warn">
          ${iconWarn()}
          <div class="grow">
            <p>Everybody who knows the address reaches this, without the login of Nexus:</p>
            <ul class="reasons">
              ${this.reasons.map((reason) => html`<li>${reason}</li>`)}
            </ul>
          </div>
        </div>
        <nx-field
          name="once-more"
          label="Password"
          autocomplete="current-password"
          secret
          .error=${this.error}
          hint="The one you log in to Nexus with."
        ></nx-field>
      </form>
      <div class="end">
        <button type="button" class="btn" @click=${() => this.end(false)}>Cancel</button>
        <button form="once-more" class="btn main" aria-disabled=${String(this.trying)}>
          ${this.trying ? iconRetry("spin") : ""}Save and open it
        </button>
      </div>
    `;
  }
}
