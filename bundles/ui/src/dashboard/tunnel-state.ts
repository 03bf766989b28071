import { api } from "../shared/api.ts";
import { events } from "../shared/events.ts";
import type { LoginLink, TunnelCheck, TunnelConfig, TunnelStatus } from "../shared/types.ts";
import { Shared } from "./shared.ts";

/** What is sent to set or to check a configuration. */
export type TunnelRequest = Omit<TunnelConfig, "tokenSet"> & { token?: string };

/** cloudflared is asked as well, which may take its time. */
const CHECKED_WITHIN = 40_000;
const LIVES_FOR = 5 * 60_000;

/** How the tunnel stands. */
class SharedTunnel extends Shared<TunnelStatus> {
  #told = 0;

  constructor() {
    super("/api/tunnel");
    events.on("tunnel.state", (status) => {
      this.#told++;
      this.become(status);
    });
  }

  /** Asks for the public address, or gives it back. */
  async ask(verb: "start" | "stop"): Promise<void> {
    const began = this.#told;
    const status = await api<TunnelStatus | undefined>("POST", `/api/tunnel/${verb}`);
    // An event that came meanwhile is newer than this answer.
    if (status && began === this.#told) {
      this.become(status);
    }
  }
}

export const tunnel = new SharedTunnel();

export function loadConfig(): Promise<TunnelConfig> {
  return api("GET", "/api/tunnel/config");
}

/** Fails with 422, and with 403 when the owner has to give the password once more. */
export function saveConfig(config: TunnelRequest, password?: string): Promise<TunnelConfig> {
  return api("PUT", "/api/tunnel/config", password === undefined ? config : { ...config, password });
}

/** Fails with 422. */
export function checkConfig(config: TunnelRequest): Promise<TunnelCheck> {
  return api("POST", "/api/tunnel/validate", config, { timeout: CHECKED_WITHIN });
}

export async function lastLines(count: number): Promise<string[]> {
  return (await api<{ lines: string[] }>("GET", `/api/tunnel/log?lines=${count}`)).lines;
}

/** @returns with how long it lives from now on, in milliseconds, whatever time it is on this device */
export async function newLoginLink(): Promise<LoginLink & { livesFor: number }> {
  let now = Number.NaN;
  const link = await api<LoginLink>("POST", "/api/tunnel/login-link", undefined, {
    headers: (headers) => (now = Date.parse(headers.get("date") ?? "")),
  });
  const left = Date.parse(link.expiresAt) - (Number.isNaN(now) ? Date.now() : now);
  return { ...link, livesFor: Math.min(LIVES_FOR, Math.max(0, left)) };
}
