import "./login.css";
import "../shared/field.ts";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { api, asProblem, type Problem, wayBack } from "../shared/api.ts";
import { takeCode } from "../shared/code.ts";
import { sheet } from "../shared/dialog.ts";
import { NxElement } from "../shared/element.ts";
import type { NxField } from "../shared/field.ts";
import { duration } from "../shared/format.ts";
import { iconLock, iconRetry, iconWarn } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { word } from "../shared/word.ts";

/** Longer waits are told in minutes or hours. */
const COUNTED = 120_000;
/** Codes by which a link is of no use, whatever is tried. */
const OF_LINK = ["link-expired", "tunnel-only", "login-required"];

/** <nx-login>: the password, or the link that another device made, and nothing that tells a stranger more. */
@customElement("nx-login")
export class NxLogin extends NxElement {
  /** Of a link that was not used yet. */
  @state() private code = takeCode();
  @state() private password = "";
  @state() private sending = false;
  @state() private problem: Problem | undefined;
  /** When the next try is taken, in milliseconds since 1970. */
  @state() private waitUntil = 0;
  @query("nx-field") private field!: NxField | null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(window, "hashchange", () => {
      // Another link was opened in this tab.
      const code = takeCode();
      if (code !== "") {
        this.code = code;
        this.problem = undefined;
      }
    });
    this.every(250, () => this.waitUntil > 0 && this.#tick());
    void this.#lookForOwner();
    void this.#lookForLogin();
  }

  protected override firstUpdated(): void {
    // Not on a touch screen, where the keyboard would cover half of the page.
    if (matchMedia("(pointer: fine)").matches) {
      void this.#focusField();
    }
  }

  async #focusField(): Promise<void> {
    await this.updateComplete;
    await this.field?.updateComplete;
    this.field?.focus();
  }

  /** A Nexus without an owner has no login. */
  async #lookForOwner(): Promise<void> {
    const { required } = await api<{ required: boolean }>("GET", "/api/setup", undefined, { gate: true }).catch(() => ({
      required: false,
    }));
    if (required) {
      location.replace("/setup");
    }
  }

  /** A link from another site arrives here although there is a login: the browser keeps the cookie back that once. */
  async #lookForLogin(): Promise<void> {
    const known = await api("GET", "/api/me", undefined, { gate: true }).then(
      () => true,
      () => false,
    );
    if (known) {
      this.#goOn();
    }
  }

  #goOn(): void {
    location.replace(wayBack(location.search, location.origin, location.hash));
  }

  #tick(): void {
    if (Date.now() >= this.waitUntil) {
      this.waitUntil = 0;
      say("You can try again now.");
    }
    this.requestUpdate();
  }

  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.sending || this.waitUntil > 0) {
      say(this.#error());
      return;
    }
    if (this.code !== "") {
      await this.#open();
      return;
    }
    this.field?.cover();
    if (this.password === "") {
      this.field?.focus();
      return;
    }
    this.sending = true;
    try {
      await api("POST", "/api/login", { password: this.password }, { gate: true });
      this.#goOn();
    } catch (failure) {
      if (this.#failed(failure)) {
        this.field?.focus();
      }
    }
  }

  /** Not before it is pressed: whatever looks at links by itself, as messengers do, would use it up. */
  async #open(): Promise<void> {
    this.sending = true;
    try {
      await api("POST", "/api/login/link", { code: this.code }, { gate: true });
      this.#goOn();
    } catch (failure) {
      const known = this.#failed(failure);
      if (known && this.#isOfLink) {
        this.code = "";
        await this.#focusField();
      }
    }
  }

  /** False when the page is left. */
  #failed(failure: unknown): boolean {
    this.sending = false;
    const problem = asProblem(failure);
    if (problem.code === "not-set-up") {
      location.replace("/setup");
      return false;
    }
    this.problem = problem;
    this.waitUntil = problem.retryAfter ? Date.now() + problem.retryAfter * 1000 : 0;
    say(this.#error());
    return true;
  }

  /** What went wrong with a link is not the fault of the password that is asked for instead. */
  get #isOfLink(): boolean {
    return OF_LINK.includes(this.problem?.code ?? "");
  }

  #usePassword(): void {
    this.code = "";
    this.problem = undefined;
    void this.#focusField();
  }

  #error(): string {
    if (!this.problem) {
      return "";
    }
    const { status, code, detail } = this.problem;
    const left = this.waitUntil - Date.now();
    const span = left > COUNTED ? duration(left + 60_000) : duration(Math.ceil(left / 1000) * 1000);
    const wait = left > 0 ? ` Wait ${span} before the next try.` : "";
    if (code === "link-expired") {
      return "This link was used already, or is older than five minutes. Make a new one, or log in with the password." + wait;
    }
    if (this.#isOfLink) {
      return "A link works at the public address only. Log in with the password here.";
    }
    if (status === 401) {
      return `That is not the password.${wait}`;
    }
    if (code === "too-many-tries") {
      return left > COUNTED
        ? `Too many tries from unknown devices. A device you know still works.${wait}`
        : `Too many tries.${wait || " You can try again now."}`;
    }
    return `${detail}${wait}`;
  }

  #help(): void {
    sheet(
      "Logging in",
      html`
        <p>There is one password. It was chosen when this Nexus was set up, in the browser of the person who owns it.</p>
        <p>
          After wrong tries there is a pause before the next one. Devices that have logged in before are not slowed down
          by the tries of others.
        </p>
        <p>
          Instead of the password there can be a link: a device that is logged in makes one on the dashboard, under
          Tunnel. It works once, within five minutes.
        </p>
      `,
    );
  }

  #byPassword(): TemplateResult {
    return html`
      ${this.#isOfLink ? html`<p class="notice bad">${iconWarn()}<span>${this.#error()}</span></p>` : nothing}
      <input type="text" name="username" autocomplete="username" value="owner" hidden />
      <nx-field
        secret
        label="Password"
        name="password"
        autocomplete="current-password"
        .value=${this.password}
        .error=${this.#isOfLink ? "" : this.#error()}
        @nx-value=${(event: CustomEvent<string>) => (this.password = event.detail)}
      ></nx-field>
      <button class="btn main tall" aria-disabled=${String(this.sending || this.waitUntil > 0)}>
        ${this.sending ? html`${iconRetry("spin")}Checking` : "Log in"}
      </button>
    `;
  }

  #byLink(): TemplateResult {
    return html`
      ${this.problem ? html`<p class="notice bad">${iconWarn()}<span>${this.#error()}</span></p>` : nothing}
      <button class="btn main tall" aria-disabled=${String(this.sending || this.waitUntil > 0)}>
        ${this.sending ? html`${iconRetry("spin")}Checking` : "Log in on this device"}
      </button>
      <button type="button" class="btn tall" @click=${() => this.#usePassword()}>Use the password</button>
    `;
  }

  protected override render(): TemplateResult {
    return html`
      <main>
        ${word("/login")}
        <form novalidate aria-labelledby="title" @submit=${this.#send}>
          <hgroup>
            <h1 id="title">Log in</h1>
            <p class="soft">
              ${this.code !== "" ? "to your OpenCode, with the link you opened" : isHere() ? "to your OpenCode on this machine" : "to your OpenCode"}
            </p>
          </hgroup>
          ${this.code === "" ? this.#byPassword() : this.#byLink()}
        </form>
        <footer class="foot">
          ${line()}
          <button type="button" aria-haspopup="dialog" @click=${() => this.#help()}>Help</button>
        </footer>
      </main>
    `;
  }
}

/** Who could read along. */
function line(): TemplateResult {
  if (location.protocol === "https:") {
    return html`<span class="row meta">${iconLock()}Encrypted on the way</span>`;
  }
  if (isHere()) {
    return html`<span class="row meta">${iconLock()}Direct, on this machine</span>`;
  }
  return html`<span class="row meta">${iconWarn()}Not encrypted: others on this network can read along</span>`;
}

function isHere(): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
}
