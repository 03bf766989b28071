/** How the tunnel is told, in plain words. */
import type { Transport } from "../shared/events.ts";
import { ago, delay, duration, exactly, plural } from "../shared/format.ts";
import type { Lamp, RestartSubject, TunnelKind, TunnelRule, TunnelStatus } from "../shared/types.ts";
import type { Tone } from "./words.ts";

/** A state that has a word: those of the tunnel, `lost` while the edge is away and `backoff` between two starts. */
export type Standing = TunnelStatus["state"] | "lost" | "backoff";

const LOOKS: Record<Standing, { word: string; tone: Tone }> = {
  closed: { word: "Closed", tone: "" },
  opening: { word: "Opening", tone: "live" },
  open: { word: "Open", tone: "ok" },
  lost: { word: "Not connected", tone: "wait" },
  backoff: { word: "Waiting", tone: "wait" },
  failed: { word: "Failed", tone: "fail" },
};

export function standing({ state, ready }: TunnelStatus, subject?: RestartSubject): Standing {
  if (state === "open" && !ready) {
    return "lost";
  }
  return state === "failed" && subject?.phase === "backoff" && subject.retryAt ? "backoff" : state;
}

export function lookOf(state: Standing): { word: string; tone: Tone } {
  return LOOKS[state];
}

export const KINDS: readonly { kind: TunnelKind; name: string; short: string; means: string }[] = [
  {
    kind: "quick",
    name: "Quick address",
    short: "quick address",
    means: "No account needed. Each start brings another address; Cloudflare promises no uptime and takes at most 200 requests at a time.",
  },
  {
    kind: "token",
    name: "Own domain, with a token",
    short: "own domain",
    means: "For a tunnel that was made on the pages of Cloudflare. Which address leads here is set there.",
  },
  {
    kind: "credentials",
    name: "Own domain, with a credentials file",
    short: "own domain",
    means: "For a tunnel that was made on this machine with “cloudflared tunnel create”.",
  },
];

/** One of the three truths about a tunnel. */
export interface Light {
  name: string;
  lamp: Lamp;
  /** The same as the lamp, to be read after the name. */
  words: string;
  /** At the end of its line. */
  aside: string;
}

/** Program, network, round trip. What is not known is told as that. */
export function lightsOf({ state, since, version, process, edge, roundTrip }: TunnelStatus, now: number): Light[] {
  const lasts = since && state === "open" ? duration(now - Date.parse(since)) : "";
  return [
    {
      name: "Program",
      lamp: process.lamp,
      words: program(process, version),
      aside: process.lamp === "on" && since && state === "open" ? `since ${exactly(since, now).replace(/^today /, "")}` : "",
    },
    { name: "Network", lamp: edge.lamp, words: network(edge, state), aside: edge.lamp === "on" ? lasts : "" },
    {
      name: "Round trip",
      lamp: roundTrip.lamp,
      words: trip(roundTrip, state),
      aside: roundTrip.at ? `tried ${lately(roundTrip.at, now)}` : "",
    },
  ];
}

function program({ lamp, pid }: TunnelStatus["process"], version: string | undefined): string {
  const known = [version && `version ${version}`, pid && `process ${pid}`].filter(Boolean).join(", ");
  switch (lamp) {
    case "on":
      return known ? `runs, ${known}` : "runs";
    case "off":
      return version ? `does not run, version ${version} is there` : "does not run";
    case "unknown":
      return "not known yet";
  }
}

function network({ lamp, connections, locations }: TunnelStatus["edge"], state: TunnelStatus["state"]): string {
  switch (lamp) {
    case "on":
      return [connections === undefined ? "connected" : plural(connections, "connection"), places(locations)]
        .filter(Boolean)
        .join(", ");
    case "off":
      return state === "open" ? "not connected, cloudflared tries again by itself" : "not connected";
    case "unknown":
      return "not known yet";
  }
}

function trip({ lamp, delayMillis, problem }: TunnelStatus["roundTrip"], state: TunnelStatus["state"]): string {
  switch (lamp) {
    case "on":
      return delayMillis === undefined ? "works" : `works, answered after ${delay(delayMillis)}`;
    case "off":
      return problem ? `does not work. ${problem}` : "does not work";
    case "unknown":
      return problem ? `not known. ${problem}` : state === "open" ? "not known yet" : "not tried while it is not open";
  }
}

/** `22 s ago`, below a minute more exact than otherwise. */
function lately(at: string, now: number): string {
  const span = now - Date.parse(at);
  return span < 60_000 ? `${duration(span)} ago` : ago(at, now);
}

/** Cloudflare names its places after airports. */
const PLACES: Record<string, string> = {
  ams: "Amsterdam", arn: "Stockholm", atl: "Atlanta", ber: "Berlin", bog: "Bogotá", bom: "Mumbai", bru: "Brussels",
  cdg: "Paris", cph: "Copenhagen", del: "Delhi", den: "Denver", dfw: "Dallas", dub: "Dublin", dus: "Düsseldorf",
  ewr: "Newark", fco: "Rome", fra: "Frankfurt", gru: "São Paulo", ham: "Hamburg", hel: "Helsinki", hkg: "Hong Kong",
  iad: "Ashburn", icn: "Seoul", jnb: "Johannesburg", kix: "Osaka", lax: "Los Angeles", lhr: "London", lis: "Lisbon",
  mad: "Madrid", man: "Manchester", mia: "Miami", mrs: "Marseille", muc: "Munich", mxp: "Milan", nrt: "Tokyo",
  ord: "Chicago", osl: "Oslo", otp: "Bucharest", prg: "Prague", sea: "Seattle", sin: "Singapore", sjc: "San José",
  sof: "Sofia", str: "Stuttgart", syd: "Sydney", tlv: "Tel Aviv", txl: "Berlin", vie: "Vienna", waw: "Warsaw",
  yul: "Montréal", yyz: "Toronto", zrh: "Zürich",
};

/** `fra06`, `fra08` and `ams01` are `Frankfurt, Amsterdam`; what is not known keeps its name. */
export function places(codes: readonly string[]): string {
  return [...new Set(codes.map((code) => PLACES[code.slice(0, 3).toLowerCase()] ?? code))].join(", ");
}

export interface Trouble {
  sentence: string;
  /** What to run, and what that is good for. */
  command?: { lead: string; line: string };
}

/** A problem, and the command at its end that would help. */
export function troubleOf(problem: string): Trouble {
  const [, sentence, lead, line] = /^(.*?)\s*(Install it|Run|Try it by hand): (.+)$/s.exec(problem) ?? [];
  return line ? { sentence: sentence!, command: { lead: lead!, line } } : { sentence: problem };
}

/** What can be done besides, by the cause of the last failure. */
export function remedyFor(cause: string | undefined, problem: string): string {
  switch (cause) {
    case "missing":
      return /too old/.test(problem) ? "Then try again." : "Then try again, or say in Settings where it is.";
    case "bad_settings":
      return "It is not tried again by itself. Look at what is set up, then try again.";
    case "bad_arguments":
      return "It is not tried again by itself. Remove the argument that it does not know.";
    case "port_taken":
      return "Another program has its port. Trying again takes another one.";
    case "refused":
      return "The machine has no room for it. End other programs, then try again.";
    default:
      return "";
  }
}

/** Whether a page at that host is reached by this address. */
export function leadsHere(url: string | undefined, host: string): boolean {
  return url !== undefined && URL.canParse(url) && new URL(url).host === host;
}

/** Who is cut off by closing it, and how it comes back. */
export function closing({ kind }: TunnelStatus, here: boolean): { title: string; text: string } {
  const back = kind === "quick" ? " The next start brings another address." : "";
  return here
    ? {
        title: "Close the tunnel you came through?",
        text: `This page and every other device outside lose Nexus at once. You can open it again only on the machine Nexus runs on, or on its network.${back}`,
      }
    : {
        title: "Close the tunnel?",
        text: `Whoever is connected through it loses Nexus. Answers go on being written.${back}`,
      };
}

const WAYS: Record<Transport, string> = {
  get: "as one stream",
  post: "as a stream of the second kind (POST), which gets through",
  poll: "in small groups",
};

/** How streams fare on the way, and how this page gets its own. */
export function streaming({ kind, roundTrip }: TunnelStatus, here: boolean, transport: Transport): string {
  const mine = here ? ` This page gets its events ${WAYS[transport]}.` : "";
  if (roundTrip.streamsHeld === true) {
    return `Streaming over this tunnel: plain streams (GET) are held back until they end. Browsers then use POST, or ask again and again; nothing is lost.${mine}`;
  }
  if (roundTrip.streamsHeld === false) {
    return `Streaming over this tunnel: live. Nothing is held back.${mine}`;
  }
  return kind === "quick"
    ? `Streaming over this tunnel: not known yet. Quick tunnels often hold plain streams (GET) back; browsers then use POST.${mine}`
    : `Streaming over this tunnel: not known yet.${mine}`;
}

export interface DomainLook {
  /** What is wrong, and what would be right. */
  problem?: string;
  /** The name as it is used, when that is another one than was typed. */
  used?: string;
}

/** What can be said of a public name while it is typed. Nexus has the last word. */
export function domainLook(typed: string): DomainLook {
  const text = typed.trim();
  if (text === "") {
    return {};
  }
  if (text.includes("://")) {
    return { problem: "Write it without https://." };
  }
  if (/\s/.test(text)) {
    return { problem: "A name has no spaces." };
  }
  if (text.includes("/")) {
    return { problem: "Write only the name, without a path." };
  }
  if (/[:@]/.test(text)) {
    return { problem: "Write only the name, without port or user." };
  }
  if (text.split(".").some((part) => part.length > 63)) {
    return { problem: "A part between two dots has at most 63 characters." };
  }
  const url = URL.canParse(`https://${text}/`) ? new URL(`https://${text}/`) : undefined;
  const name = url?.hostname ?? "";
  if (!/^[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*$/.test(name)) {
    return { problem: "A name has letters, digits, dashes and dots." };
  }
  if (/^[\d.]+$/.test(name)) {
    return { problem: "Write a name, not an address of numbers." };
  }
  if (!name.includes(".")) {
    return { problem: "Write the whole name, for instance nexus.example.com." };
  }
  if (/(^|\.)(trycloudflare\.com|cfargotunnel\.com|cloudflare\.com|workers\.dev|pages\.dev)$/.test(name)) {
    return { problem: "That name belongs to Cloudflare. Write one of your own that is managed there." };
  }
  return name === text.toLowerCase() ? {} : { used: name };
}

/** Whether a rule opens something else than Nexus. */
export function leadsElsewhere({ service }: Pick<TunnelRule, "service">): boolean {
  const target = service.trim();
  return target !== "" && target !== "nexus" && !/^http_status:\d*$/.test(target);
}
