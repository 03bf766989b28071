import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { api, asProblem } from "../shared/api.ts";
import { ask } from "../shared/dialog.ts";
import { events } from "../shared/events.ts";
import { ago, exactly, when } from "../shared/format.ts";
import { iconLock, iconPhone, iconScreen, iconWarn } from "../shared/icon.ts";
import { toast } from "../shared/toast.ts";
import type { Device } from "../shared/types.ts";
import { Panel } from "./panel.ts";

/** <nx-devices>: the browsers that have logged in, and the way to end that. */
@customElement("nx-devices")
export class NxDevices extends Panel {
  protected readonly waitsFor = "Asking which devices are logged in.";
  @state() private devices: Device[] | undefined;
  @state() private ending: string | undefined;
  @state() private refusal = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.on(events, "state", () => this.requestUpdate());
    this.every(60_000, () => document.visibilityState === "visible" && !this.problem && void this.refresh());
  }

  protected get filled(): boolean {
    return this.devices !== undefined;
  }

  protected async load(): Promise<void> {
    const devices = await api<Device[]>("GET", "/api/devices");
    this.devices = devices.sort(
      (one, other) =>
        Number(other.current ?? false) - Number(one.current ?? false) || other.lastSeenAt.localeCompare(one.lastSeenAt),
    );
  }

  async #end(device: Device): Promise<void> {
    const sure = await ask({
      title: device.loggedIn ? `Log out “${device.name}”?` : `Forget “${device.name}”?`,
      text: device.loggedIn
        ? "What is open there closes at once. It needs the password to come back."
        : "It is then treated like a device that was never seen.",
      yes: device.loggedIn ? "Log out" : "Forget",
    });
    if (!sure) {
      return;
    }
    this.ending = device.id;
    this.refusal = "";
    try {
      await api("DELETE", `/api/devices/${encodeURIComponent(device.id)}`);
      toast(device.loggedIn ? `“${device.name}” is logged out.` : `“${device.name}” is forgotten.`, undefined, 6);
    } catch (failure) {
      const problem = asProblem(failure);
      // Gone already: what was wanted.
      this.refusal = problem.status === 404 ? "" : problem.detail;
    } finally {
      this.ending = undefined;
      await this.refresh();
    }
  }

  async #logout(): Promise<void> {
    try {
      await api("POST", "/api/logout");
      location.assign("/login");
    } catch (failure) {
      this.refusal = asProblem(failure).detail;
    }
  }

  protected override render(): TemplateResult {
    return html`
      <section class="panel" id="devices" aria-labelledby="devices-title">
        <div class="head"><h2 id="devices-title">Devices</h2></div>
        <div class="in">
          ${this.body(3, () => this.#list(this.devices!))}
          ${this.refusal
            ? html`<p class="notice bad" role="alert">${iconWarn()}<span class="grow">${this.refusal}</span></p>`
            : nothing}
        </div>
      </section>
    `;
  }

  #list(devices: Device[]): TemplateResult {
    return html`<ul class="devices">
      ${devices.map((device) => this.#line(device))}
    </ul>`;
  }

  #line(device: Device): TemplateResult {
    const here = device.current === true;
    const offline = events.connection === "offline";
    const reason = offline ? "You can do this when you are back online" : nothing;
    const phone = /phone|android|mobile|ipad/i.test(device.name);
    return html`
      <li>
        ${phone ? iconPhone() : iconScreen()}
        <b>${device.name}</b>
        <span class="meta num">
          ${here ? "This device" : device.loggedIn ? html`Seen ${ago(device.lastSeenAt)}` : "Logged out"},
          ${device.address ? html`through the tunnel from <span class="whole">${device.address}</span>,` : nothing}
          <span title=${exactly(device.createdAt)}>known since <span class="whole">${when(device.createdAt)}</span></span>
        </span>
        ${here
          ? html`<button
              type="button"
              class="btn small"
              ?disabled=${offline}
              title=${reason}
              @click=${() => void this.#logout()}
            >
              ${iconLock()}<span>Log out<span class="sr"> this device</span></span>
            </button>`
          : html`<button
              type="button"
              class="btn quiet small"
              ?disabled=${offline || this.ending === device.id}
              title=${reason}
              @click=${() => void this.#end(device)}
            >
              <span>${device.loggedIn ? "Log out" : "Forget"}<span class="sr"> ${device.name}</span></span>
            </button>`}
      </li>
    `;
  }
}
