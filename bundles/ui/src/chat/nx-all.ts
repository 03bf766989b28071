import "./nx-all.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import { count, exactly, when } from "../shared/format.ts";
import type { Session } from "../shared/types.ts";
import type { Actions } from "./actions.ts";
import { titleOf } from "./words.ts";

const FIND_AFTER = 250;
/** More are found by their title. */
const MOST = 100;

/** `<nx-all>`: the sessions without a card. Choosing one gives it a card. */
@customElement("nx-all")
export class NxAll extends NxElement {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) sessions: readonly Session[] = [];
  @state() private hits: readonly Session[] | undefined;
  @state() private problem = "";
  @query("input") private field!: HTMLInputElement;

  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;

  focusField(): void {
    this.field.focus();
  }

  protected override render(): TemplateResult {
    const shown = (this.hits ?? this.sessions).slice(0, MOST);
    return html`<section class="nx-card more" aria-labelledby="all-title">
      <div class="row">
        <h2 id="all-title" class="grow">All sessions</h2>
        <span class="meta num">${count(this.sessions.length)} put away</span>
      </div>
      <label class="sr" for="find">Find a session</label>
      <input class="field" id="find" type="search" placeholder="Find by title" autocomplete="off" @input=${this.#typed} />
      ${this.problem ? html`<p class="fail" role="alert">${this.problem}</p>` : nothing}
      ${shown.length > 0
        ? html`<ul>
            ${shown.map(
              (session) => html`<li>
                <button type="button" @click=${() => void this.actions.bring(session.id)}>
                  <span class="cut">${titleOf(session)}</span
                  ><span class="meta end num" title=${exactly(session.updatedAt)}>${when(session.updatedAt)}</span>
                </button>
              </li>`,
            )}
          </ul>`
        : html`<p class="soft">${this.hits ? "No session matches." : "Sessions you put away are kept here."}</p>`}
    </section>`;
  }

  #typed(): void {
    clearTimeout(this.#timer);
    const query = this.field.value.trim();
    if (query === "") {
      this.#round++;
      this.hits = undefined;
      this.problem = "";
      return;
    }
    this.#timer = setTimeout(() => void this.#find(query), FIND_AFTER);
  }

  async #find(query: string): Promise<void> {
    const round = ++this.#round;
    try {
      const hits = await this.actions.store.find(query);
      if (round === this.#round) {
        this.hits = hits;
        this.problem = "";
      }
    } catch (failure) {
      if (round === this.#round) {
        this.problem = asProblem(failure).detail;
      }
    }
  }
}
