// How the tunnel stands, in one of several scenes.
// --tunnel closed|opening|quick|named|held|lost|failed|backoff|missing|old|away|refused|token

const CODE = Array.from({ length: 25 * 25 }, (_, at) => {
  const [x, y] = [at % 25, Math.floor(at / 25)];
  const corner = [[0, 0], [18, 0], [0, 18]].find(([left, top]) => x >= left && x < left + 7 && y >= top && y < top + 7);
  const [dx, dy] = corner ? [Math.abs(x - corner[0] - 3), Math.abs(y - corner[1] - 3)] : [0, 0];
  const dark = corner ? Math.max(dx, dy) !== 2 : (x * 7 + y * 11 + x * y) % 5 < 2;
  return dark ? `M${x} ${y}h1v1h-1z` : "";
}).join("");
export const QR = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 27 27" shape-rendering="crispEdges"><path d="${CODE}"/></svg>`;

const INSTALL =
  "Install it: sudo curl -fLo /usr/local/bin/cloudflared https://github.com/cloudflare/cloudflared/releases/latest/download/cloudflared-linux-amd64 && sudo chmod +x /usr/local/bin/cloudflared";

export function tunnelScene(scene) {
  const at = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
  const dark = { process: { lamp: "off" }, edge: { lamp: "off", connections: 0, locations: [] }, roundTrip: { lamp: "unknown" } };
  const quick = "https://lorem-ipsum-dolor-amet.trycloudflare.com";
  const open = {
    state: "open",
    url: "https://nexus.example.com",
    ready: true,
    since: at(9420),
    kind: "credentials",
    version: "2026.3.0",
    process: { lamp: "on", pid: 48377 },
    edge: { lamp: "on", connections: 4, locations: ["fra06", "fra08", "ams01"] },
    roundTrip: { lamp: "on", delayMillis: 84, streamsHeld: false, at: at(22) },
  };
  const failed = (problem) => ({ state: "failed", ready: false, since: at(40), kind: "quick", problem, ...dark });
  switch (scene) {
    case "opening":
      return { ...failed(), state: "opening", version: "2026.3.0", process: { lamp: "on", pid: 48377 }, edge: { lamp: "unknown", locations: [] } };
    case "quick":
    case "held":
      return {
        ...open,
        kind: "quick",
        url: quick,
        deadUrl: "https://consetetur-sadipscing-elitr.trycloudflare.com",
        edge: { lamp: "on", connections: 1, locations: ["fra06"] },
        roundTrip: scene === "held" ? { ...open.roundTrip, streamsHeld: true } : { lamp: "unknown", problem: "The last try took too long." },
      };
    case "token":
      return { ...open, kind: "token", url: undefined, roundTrip: { lamp: "unknown" } };
    case "named":
    case "refused":
      return open;
    case "lost":
      return {
        ...open,
        ready: false,
        problem: "Cloudflare is not connected. cloudflared tries again by itself.",
        edge: { lamp: "off", connections: 0, locations: [] },
        roundTrip: { lamp: "off", at: at(22), problem: "Nexus does not reach itself by its public address: the answer has status 530" },
      };
    case "failed":
      return { ...failed("Cloudflare does not take this tunnel: Unauthorized: Invalid tunnel secret"), kind: "token", version: "2026.3.0" };
    case "backoff":
      return { ...failed("cloudflared ended with code 1; its last words: failed to request quick Tunnel: 429 Too Many Requests."), version: "2026.3.0" };
    case "missing":
      return failed(`cloudflared was not found on the PATH. ${INSTALL}`);
    case "old":
      return failed(`cloudflared 2024.1.0 is too old; 2025.6.1 or newer is needed. ${INSTALL}`);
    default:
      return { ...failed(), state: "closed", problem: undefined };
  }
}

/** The tunnel of a make-believe Nexus. */
export class Tunnel {
  config;

  constructor(scene, publish) {
    this.scene = scene;
    this.publish = publish;
    this.status = tunnelScene(scene);
    const { kind } = this.status;
    this.config = {
      kind,
      ...(kind === "quick" ? {} : { domain: "nexus.example.com" }),
      ...(kind === "credentials" ? { credentialsFile: "/home/ada/.cloudflared/7f1a2b3c.json" } : {}),
      autoStart: true,
      protocol: "auto",
      edgeIpVersion: "auto",
      ingress: kind === "quick" ? [] : [{ hostname: "shop.example.com", service: "http://127.0.0.1:8080", originRequest: { connectTimeout: "10s" } }, { service: "nexus" }],
      arguments: [],
      tokenSet: kind === "token",
    };
  }

  subject() {
    return this.scene === "backoff" ? [{ name: "tunnel", phase: "backoff", health: "unknown", attempts: 2, retryAt: new Date(Date.now() + 160_000).toISOString() }] : [];
  }

  attempts() {
    const cause = { failed: "bad_settings", missing: "missing", old: "missing", backoff: "ended" }[this.scene];
    const at = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
    const one = (id, seconds, rest) => ({ id, at: at(seconds), subject: "tunnel", delayMs: 1000, ...rest });
    return [
      ...(cause ? [one("t2", 41, { cause, reason: this.status.problem, outcome: cause === "ended" ? "pending" : "gave_up" })] : []),
      one("t1", 30_000, { cause: "ended", reason: "cloudflared ended by signal 9. It is started again at once.", outcome: "recovered", tookMs: 2_900 }),
    ];
  }

  become(change) {
    this.status = { ...this.status, ...change };
    this.publish("tunnel.state", this.status, "tunnel");
  }

  start() {
    this.become({ ...tunnelScene("opening"), kind: this.config.kind });
    setTimeout(() => this.become(tunnelScene(this.config.kind === "quick" ? "quick" : "named")), 2_500);
  }

  stop() {
    this.become({ ...tunnelScene("closed"), kind: this.config.kind });
  }

  /** What is wrong with a configuration. */
  wrong(config) {
    const errors = [];
    if (config.kind === "token" && !this.config.tokenSet && !config.token) {
      errors.push({ field: "token", message: "is needed; the Cloudflare dashboard shows it behind --token" });
    }
    config.ingress.forEach(({ service }, row) => {
      if (!/^(nexus|http_status:\d{3}|\w+:\/\/[^/]+)$/.test(service)) {
        errors.push({ field: `ingress[${row}].service`, message: "must be nexus, http_status:404, or like http://127.0.0.1:8080" });
      }
    });
    config.arguments.forEach((argument, row) => {
      if (!argument.startsWith("--loglevel=")) {
        errors.push({ field: `arguments[${row}]`, message: "is not among the arguments that may be given: --label, --loglevel, --retries" });
      }
    });
    return errors;
  }

  elsewhere(config) {
    return config.ingress.flatMap(({ service }, row) =>
      /^(nexus|http_status:\d+)$/.test(service) ? [] : [{ field: `ingress[${row}].service`, message: "leads past the login of Nexus, to a program that everybody may then reach" }],
    );
  }
}
