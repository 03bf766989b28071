import "./setup.css";
import "../shared/field.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { api, asProblem } from "../shared/api.ts";
import { NxElement } from "../shared/element.ts";
import type { NxField } from "../shared/field.ts";
import { iconCheck, iconInfo, iconRetry, iconWarn } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { word } from "../shared/word.ts";
import { codeIn, takeCode } from "./code.ts";
import { steps } from "./steps.ts";

const SHORTEST = 15;
const STEPS = ["Password"] as const;

type Phase = "asking" | "open" | "closed" | "unknown";

/** <nx-setup>: makes the person with the code the owner of this Nexus. */
@customElement("nx-setup")
export class NxSetup extends NxElement {
  @state() private phase: Phase = "asking";
  @state() private code = takeCode();
  /** Whether the code is asked for here because the address held none, or a wrong one. */
  @state() private askCode = this.code === "";
  @state() private password = "";
  @state() private sending = false;
  @state() private codeError = "";
  @state() private passwordError = "";
  @state() private problem = "";
  @query("nx-field[name=code]") private codeField!: NxField | null;
  @query("nx-field[name=password]") private passwordField!: NxField | null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(window, "hashchange", () => {
      // The link was opened again in this tab, perhaps with a newer code.
      const code = takeCode();
      if (code !== "") {
        this.code = code;
        this.askCode = false;
        this.codeError = "";
      }
    });
    void this.#look();
  }

  async #look(): Promise<void> {
    this.phase = "asking";
    try {
      const { required } = await api<{ required: boolean }>("GET", "/api/setup", undefined, { gate: true });
      this.phase = required ? "open" : "closed";
    } catch (failure) {
      this.problem = asProblem(failure).detail;
      this.phase = "unknown";
    }
    await this.updateComplete;
    if (this.phase === "open" && matchMedia("(pointer: fine)").matches) {
      await this.#focus(this.askCode ? this.codeField : this.passwordField);
    }
  }

  async #focus(field: NxField | null): Promise<void> {
    await field?.updateComplete;
    field?.focus();
  }

  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.sending) {
      return;
    }
    const code = codeIn(this.code);
    this.problem = "";
    this.codeError = code === "" ? "Paste the code that Nexus printed when it started." : "";
    this.passwordError = shortfall(this.password);
    if (this.codeError || this.passwordError) {
      this.askCode ||= this.codeError !== "";
      await this.#toFirstError();
      return;
    }
    this.passwordField?.cover();
    this.sending = true;
    try {
      await api("POST", "/api/setup", { code, password: this.password }, { gate: true });
      location.replace("/");
    } catch (failure) {
      this.sending = false;
      const problem = asProblem(failure);
      if (problem.status === 409) {
        this.phase = "closed";
        say("This Nexus is already set up.");
        return;
      }
      if (problem.status === 403) {
        this.askCode = true;
        this.codeError = "This code is wrong, used or too old. In the console of Nexus, nexus:setup-code shows a new one.";
      } else if (problem.status === 422) {
        this.passwordError = problem.of("password") ?? "";
        this.codeError = problem.of("code") ?? "";
        this.askCode ||= this.codeError !== "";
      }
      if (!this.codeError && !this.passwordError) {
        const wait = problem.retryAfter ? ` Wait ${problem.retryAfter} s before the next try.` : "";
        this.problem = problem.detail + wait;
        say(this.problem);
      }
      await this.#toFirstError();
    }
  }

  async #toFirstError(): Promise<void> {
    await this.updateComplete;
    if (this.codeError) {
      await this.#focus(this.codeField);
    } else if (this.passwordError) {
      await this.#focus(this.passwordField);
    }
  }

  protected override render(): TemplateResult {
    return html`
      <div class="setup">
        <header class="rail">
          ${word("/setup")} ${STEPS.length > 1 ? steps(STEPS, 0) : nothing}
          <p class="soft wide-only">
            Whoever gets into Nexus can let OpenCode run commands on this machine. The password is the wall around it.
          </p>
          <p class="foot">Takes a minute</p>
        </header>
        <main>
          <div class="col">${this.#phase()}</div>
        </main>
      </div>
    `;
  }

  #phase(): TemplateResult | typeof nothing {
    switch (this.phase) {
      case "asking":
        return nothing;
      case "open":
        return this.#form();
      case "closed":
        return html`
          <hgroup>
            <h1>Already set up</h1>
            <p class="soft">This Nexus has an owner. Log in with the password that was chosen then.</p>
          </hgroup>
          <div class="nav"><a class="btn main tall" href="/login">Log in</a></div>
        `;
      case "unknown":
        return html`
          <hgroup>
            <h1>Nexus does not answer</h1>
            <p class="soft">${this.problem}</p>
          </hgroup>
          <div class="nav"><button type="button" class="btn main tall" @click=${this.#look}>Try again</button></div>
        `;
    }
  }

  #form(): TemplateResult {
    const length = lengthOf(this.password);
    return html`
      <hgroup>
        <h1>Choose your password</h1>
        <p class="soft">It is the only way in, from this machine and from anywhere else.</p>
      </hgroup>
      <form class="col" novalidate aria-label="Choose your password" @submit=${this.#send}>
        <input type="text" name="username" autocomplete="username" value="owner" hidden />
        ${this.askCode
          ? html`<nx-field
              mono
              label="Setup code"
              name="code"
              hint="The part after # in the address that Nexus printed when it started. The whole address will do."
              .value=${this.code}
              .error=${this.codeError}
              @nx-value=${(event: CustomEvent<string>) => (this.code = event.detail)}
            ></nx-field>`
          : html`<p class="row"><span class="ok">${iconCheck()}</span>Setup code taken from the address</p>`}
        <nx-field
          secret
          label="Password"
          name="password"
          autocomplete="new-password"
          .hint=${hintFor(length)}
          .value=${this.password}
          .error=${this.passwordError}
          @nx-value=${this.#typed}
        ></nx-field>
        <div class="length ${length >= SHORTEST ? "enough" : ""}" aria-hidden="true">
          ${Array.from({ length: SHORTEST }, (_, index) => html`<i class=${index < length ? "in" : ""}></i>`)}
        </div>
        <p class="notice">
          ${iconInfo()}<span>
            Four or five words that have nothing to do with each other are long, and easy to remember. A password manager
            does well too. Nexus cannot send you the password again.
          </span>
        </p>
        ${this.problem ? html`<p class="notice bad">${iconWarn()}<span>${this.problem}</span></p>` : nothing}
        <div class="nav">
          <button class="btn main tall" aria-disabled=${String(this.sending)}>
            ${this.sending ? html`${iconRetry("spin")}Setting up` : "Set up Nexus"}
          </button>
        </div>
      </form>
    `;
  }

  #typed(event: CustomEvent<string>): void {
    this.password = event.detail;
    if (this.passwordError && shortfall(this.password) === "") {
      this.passwordError = "";
    }
  }
}

/** Characters as a person counts them, composed as Nexus stores them. */
export function lengthOf(password: string): number {
  return [...password.normalize("NFC")].length;
}

function hintFor(length: number): string {
  if (length === 0) {
    return `At least ${SHORTEST} characters. Spaces count.`;
  }
  return length < SHORTEST ? `${length} of ${SHORTEST} characters` : `${length} characters, long enough`;
}

function shortfall(password: string): string {
  const length = lengthOf(password);
  return length < SHORTEST ? `Use at least ${SHORTEST} characters. These are ${length}.` : "";
}
