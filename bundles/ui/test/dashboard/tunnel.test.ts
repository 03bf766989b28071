import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { optionsIn, optionsText, sorted, TunnelDraft } from "../../src/dashboard/tunnel-draft.ts";
import { checkConfig, newLoginLink, saveConfig, tunnel } from "../../src/dashboard/tunnel-state.ts";
import {
  closing,
  domainLook,
  leadsElsewhere,
  leadsHere,
  lightsOf,
  places,
  standing,
  streaming,
  troubleOf,
} from "../../src/dashboard/tunnel-words.ts";
import { Problem } from "../../src/shared/api.ts";
import { events, NexusEvent } from "../../src/shared/events.ts";
import type { RestartSubject, TunnelConfig, TunnelStatus } from "../../src/shared/types.ts";

const now = Date.parse("2026-03-18T14:00:00Z");
const open: TunnelStatus = {
  state: "open",
  url: "https://nexus.example.com",
  ready: true,
  since: new Date(now - 3_600_000).toISOString(),
  kind: "credentials",
  version: "2026.3.0",
  process: { lamp: "on", pid: 4711 },
  edge: { lamp: "on", connections: 4, locations: ["fra06", "fra08", "ams01", "xyz01"] },
  roundTrip: { lamp: "on", delayMillis: 84, streamsHeld: false, at: new Date(now - 22_000).toISOString() },
};
const config: TunnelConfig = {
  kind: "credentials",
  credentialsFile: "/etc/tunnel.json",
  domain: "nexus.example.com",
  autoStart: true,
  protocol: "auto",
  edgeIpVersion: "auto",
  ingress: [{ hostname: "shop.example.com", service: "http://127.0.0.1:8080", originRequest: { noTLSVerify: true } }],
  arguments: ["--loglevel=warn"],
  tokenSet: true,
};

const realFetch = globalThis.fetch;
const asked: string[] = [];
afterEach(() => {
  globalThis.fetch = realFetch;
  asked.length = 0;
});

function answers(value: unknown, status = 200, headers: Record<string, string> = {}): void {
  globalThis.fetch = (async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method} ${path} ${init?.body ?? ""}`.trim());
    return new Response(JSON.stringify(value), { status, headers });
  }) as typeof fetch;
}

test("an open tunnel whose edge is away is not called open, and between two starts it waits", () => {
  assert.equal(standing(open), "open");
  assert.equal(standing({ ...open, ready: false }), "lost");
  const waiting = { phase: "backoff", retryAt: "2026-03-18T14:00:04Z" } as RestartSubject;
  assert.equal(standing({ ...open, state: "failed" }, waiting), "backoff");
  assert.equal(standing({ ...open, state: "failed" }), "failed");
});

test("each light says in words what it shows", () => {
  const [program, network, trip] = lightsOf(open, now);
  assert.equal(program!.words, "runs, version 2026.3.0, process 4711");
  assert.equal(network!.words, "4 connections, Frankfurt, Amsterdam, xyz01");
  assert.equal(trip!.words, "works, answered after 84\u202fms");
  assert.equal(trip!.aside, "tried 22\u202fs ago");
});

test("what is not known is told as that", () => {
  const lights = lightsOf(
    { ...open, process: { lamp: "unknown" }, edge: { lamp: "unknown", locations: [] }, roundTrip: { lamp: "unknown" } },
    now,
  );
  assert.deepEqual(
    lights.map(({ words }) => words),
    ["not known yet", "not known yet", "not known yet"],
  );
});

test("places are told once, by their name where it is known", () => {
  assert.equal(places(["FRA06", "fra08"]), "Frankfurt");
  assert.equal(places([]), "");
});

test("a command at the end of a problem stands by itself", () => {
  assert.deepEqual(troubleOf("cloudflared was not found on the PATH. Install it: brew install cloudflared"), {
    sentence: "cloudflared was not found on the PATH.",
    command: { lead: "Install it", line: "brew install cloudflared" },
  });
  assert.deepEqual(troubleOf("It ended."), { sentence: "It ended." });
});

test("who came through the tunnel is told that they lose it", () => {
  assert.equal(leadsHere(open.url, "nexus.example.com"), true);
  assert.equal(leadsHere(open.url, "127.0.0.1:8181"), false);
  assert.equal(leadsHere(undefined, "127.0.0.1"), false);
  assert.match(closing(open, true).text, /This page/);
  assert.match(closing({ ...open, kind: "quick" }, false).text, /another address/);
  assert.match(streaming({ ...open, roundTrip: { lamp: "on", streamsHeld: true } }, true, "post"), /This page .*POST/);
});

test("a domain is looked at while it is typed", () => {
  assert.deepEqual(domainLook("nexus.example.com"), {});
  assert.deepEqual(domainLook(""), {});
  assert.deepEqual(domainLook("bücher.example"), { used: "xn--bcher-kva.example" });
  for (const wrong of ["https://a.b", "a b.c", "a.b/c", "a.b:80", `${"a".repeat(64)}.b`, "nexus", "10.0.0.1", "x.trycloudflare.com", "-a.b", "a..b"]) {
    assert.ok(domainLook(wrong).problem, wrong);
  }
});

test("a rule leads elsewhere unless it leads to Nexus or nowhere", () => {
  assert.equal(leadsElsewhere({ service: "nexus" }), false);
  assert.equal(leadsElsewhere({ service: "http_status:404" }), false);
  assert.equal(leadsElsewhere({ service: "http://127.0.0.1:8080" }), true);
});

test("what is sent is all that is set, without what the kind cannot have", () => {
  const draft = new TunnelDraft();
  draft.take(config);
  const { tokenSet: _, ...sent } = config;
  assert.deepEqual(draft.request(), sent);
  assert.equal(draft.dirty, false);
  draft.set("kind", "quick");
  const quick = draft.request();
  assert.equal(quick.domain, undefined);
  assert.equal(quick.ingress[0]!.hostname, undefined);
  draft.set("kind", "credentials");
  assert.equal(draft.dirty, false);
  assert.deepEqual(draft.request(), sent);
});

test("a token is sent when it was written, and emptied when it is to be forgotten", () => {
  const draft = new TunnelDraft();
  draft.take(config);
  assert.equal("token" in draft.request(), false);
  draft.set("forget", true);
  assert.equal(draft.request().token, "");
  draft.set("token", " eyJ ");
  assert.equal(draft.request().token, "eyJ");
});

test("what was typed stays while other values come, and only a change of more than the start restarts it", () => {
  const draft = new TunnelDraft();
  draft.take(config);
  draft.set("autoStart", false);
  assert.equal(draft.restarts, false);
  draft.set("domain", "other.example.com");
  assert.equal(draft.restarts, true);
  draft.take({ ...config, protocol: "http2" });
  assert.equal(draft.entries.domain, "other.example.com");
  assert.equal(draft.entries.protocol, "http2");
  const sent = draft.entries;
  draft.set("arguments", "--retries=3");
  draft.accept(sent, { ...config, protocol: "http2", domain: "other.example.com", autoStart: false });
  assert.deepEqual([draft.dirty, draft.entries.arguments], [true, "--retries=3"]);
});

test("options are written as they are meant", () => {
  const options = { connectTimeout: "30s", noTLSVerify: true, keepAliveConnections: 10, access: { required: true } };
  assert.deepEqual(optionsIn(optionsText(options)), options);
  assert.deepEqual(optionsIn("caPool = /etc/ca.pem\n\nbroken: {\nnothing"), { caPool: "/etc/ca.pem", broken: "{", nothing: "" });
});

test("complaints stand at the fields they are about", () => {
  const draft = new TunnelDraft();
  draft.take(config);
  const { errors, others } = sorted(
    [
      { field: "domain", message: "must be a host name without https://" },
      { field: "ingress[0].originRequest.connectTimeout", message: "must be a time" },
      { field: "ingress[0]", message: "is for the same as ingress[1]; remove one of them" },
      { field: "arguments[0]", message: "takes no value" },
      { field: "ingress", message: "has more than 50 rules" },
      { field: "command", message: "cloudflared was not found." },
    ],
    draft.request(),
  );
  assert.equal(errors.get("domain"), "Must be a host name without https://.");
  assert.equal(errors.get("rule-0-options"), "ConnectTimeout must be a time.");
  assert.equal(errors.get("rule-0"), "Is for the same as rule 2; remove one of them.");
  assert.equal(errors.get("arguments"), "“--loglevel=warn” takes no value.");
  assert.equal(errors.get("rules"), "Has more than 50 rules.");
  assert.deepEqual(others, ["Cloudflared was not found."]);
});

test("the state follows its events, and an older answer does not undo one", async () => {
  answers({ ...open, state: "opening" });
  const asking = tunnel.ask("start");
  events.dispatchEvent(new NexusEvent("tunnel.state", undefined, open));
  await asking;
  assert.equal(tunnel.value!.state, "open");
  answers({ ...open, state: "closed" });
  await tunnel.ask("stop");
  assert.equal(tunnel.value!.state, "closed");
  assert.deepEqual(asked, ["POST /api/tunnel/start {}", "POST /api/tunnel/stop {}"].slice(-asked.length));
});

test("a refusal names its fields, and the password goes along when it was asked for", async () => {
  answers({ code: "password-required", detail: "Once more.", errors: [{ field: "ingress[0].service", message: "leads elsewhere" }] }, 403);
  const { tokenSet: _, ...request } = config;
  await assert.rejects(saveConfig(request), (failure) => failure instanceof Problem && failure.errors.length === 1);
  answers(config);
  await saveConfig(request, "secret");
  assert.match(asked.at(-1)!, /"password":"secret"/);
  answers({ ok: true, warnings: [], needsPassword: false, preview: "ingress:" });
  assert.equal((await checkConfig(request)).preview, "ingress:");
});

test("a link lives by the clock of Nexus, and never longer than five minutes", async () => {
  const link = { url: "https://nexus.example.com/login#x", qr: "<svg/>", expiresAt: "2026-03-18T14:05:00Z" };
  answers(link, 200, { date: "Wed, 18 Mar 2026 14:01:00 GMT" });
  assert.equal((await newLoginLink()).livesFor, 240_000);
  answers(link, 200, { date: "Wed, 18 Mar 2026 12:01:00 GMT" });
  assert.equal((await newLoginLink()).livesFor, 300_000);
});
