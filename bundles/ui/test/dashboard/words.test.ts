import assert from "node:assert/strict";
import { test } from "node:test";
import {
  afterwards,
  comingBack,
  countdown,
  decisionOf,
  ending,
  healthOf,
  interrupted,
  lookOf,
  newsOf,
  outcomeOf,
  reasonOf,
  remedyFor,
  sessionsInWords,
  sessionsThen,
  span,
  standing,
  triedInVain,
} from "../../src/dashboard/words.ts";
import { ruleFields } from "../../src/dashboard/rules.ts";
import type { RestartAttempt, RestartPolicy, RestartSubject, ServerStatus } from "../../src/shared/types.ts";

const now = Date.parse("2026-03-18T14:00:00Z");
const policy = { maxAttempts: 10 } as RestartPolicy;
const failed: ServerStatus = { state: "failed", wanted: true, controlled: true };
const waiting: RestartSubject = {
  name: "server",
  phase: "backoff",
  health: "unknown",
  attempts: 2,
  retryAt: new Date(now + 3_400).toISOString(),
};

test("between two starts it waits, in the words of whoever knows", () => {
  assert.equal(standing(failed), "failed");
  assert.equal(standing(failed, waiting), "backoff");
  assert.equal(standing({ ...failed, retryAt: waiting.retryAt }), "backoff");
  assert.equal(standing({ state: "running" }, waiting), "running");
  assert.equal(lookOf("backoff").tone, "wait");
});

test("it says when it starts again, and the how-manieth attempt that is", () => {
  assert.equal(comingBack(failed, waiting, policy, now), "Starts again in 4\u202fs, attempt 3 of 10");
  assert.equal(comingBack({ ...failed, retryAt: waiting.retryAt }, undefined, undefined, now), "Starts again in 4\u202fs");
  assert.equal(comingBack(failed, waiting, policy, now + 9_000), "Starts again now, attempt 3 of 10");
  assert.equal(comingBack(failed, { ...waiting, attempts: 10 }, policy, now), "Starts again in 4\u202fs");
  assert.equal(comingBack(failed, undefined, policy, now), "");
  assert.equal(comingBack({ state: "running" }, waiting, policy, now), "");
});

test("busy is no trouble, and leaking says what is done about it", () => {
  assert.deepEqual(healthOf({ ...waiting, health: "busy" }), { word: "Busy", tone: "live", means: "left alone" });
  assert.match(healthOf({ ...waiting, health: "leaking" }).means, /exchanged when idle/);
  assert.equal(healthOf({ ...waiting, health: "healthy" }).means, "");
});

test("each hopeless exit has a remedy, others need none", () => {
  const exit = (cause: string) => ({ cause, afterReady: false, at: "2026-03-18T14:00:00Z" });
  assert.equal(remedyFor(exit("missing"))?.setting, "command");
  assert.equal(remedyFor(exit("port_taken"))?.setting, "port");
  assert.ok(remedyFor(exit("unsafe")));
  assert.equal(remedyFor(exit("ended")), undefined);
  assert.equal(remedyFor(exit("something new")), undefined);
  assert.equal(remedyFor(undefined), undefined);
});

test("an end is told by its signal or its code", () => {
  assert.equal(ending({ signal: 9 }), "signal\u00a09 (KILL)");
  assert.equal(ending({ signal: 64 }), "signal\u00a064");
  assert.equal(ending({ code: 0 }), "exit code\u00a00");
  assert.equal(ending({}), "");
});

test("each outcome has a title, and the time it took when that is known", () => {
  const attempt = { outcome: "recovered", subject: "tunnel", tookMs: 2_100, delayMs: 0 } as RestartAttempt;
  assert.equal(outcomeOf(attempt).title, "Tunnel open again");
  assert.equal(afterwards(attempt), "Ready after 2.1\u202fs.");
  assert.equal(afterwards({ ...attempt, tookMs: undefined }), "");
  assert.equal(afterwards({ ...attempt, outcome: "gave_up" }), "");
  assert.equal(afterwards({ ...attempt, outcome: "failed", delayMs: 500 }), "Tried after 500\u202fms.");
  assert.equal(span(125_000), "2\u202fmin");
});

test("sessions are counted in words", () => {
  assert.equal(sessionsInWords(["busy", "retry", "waiting", "idle", "failed"]), "2 answering, 1 needs you, 2 quiet");
  assert.equal(sessionsInWords([]), "");
});

test("what a stop costs is said before", () => {
  assert.equal(interrupted(0), "No session is at work.");
  assert.equal(interrupted(1), "1 session is at work. Its answer is interrupted.");
  assert.equal(interrupted(3), "3 sessions are at work. Their answers are interrupted.");
  assert.equal(interrupted(undefined), "Answers that are being written are interrupted.");
});

test("labels of numbers say their unit", () => {
  const { label, unit } = ruleFields().find(({ name }) => name === "memoryCeilingMb")!;
  assert.deepEqual([label, unit], ["Memory ceiling", "MB"]);
});

test("the instant of a decision is taken from its words; one without is words alone", () => {
  assert.deepEqual(decisionOf("2026-11-27T06:16:27.255949639Z stopped → starting"), {
    at: "2026-11-27T06:16:27.255949639Z",
    what: "stopped → starting",
  });
  assert.deepEqual(decisionOf("It was wanted."), { what: "It was wanted." });
});

test("an installation is told when it begins and when it ends", () => {
  const running = { state: "running" } as const;
  const done = { state: "done" } as const;
  assert.equal(newsOf(undefined, undefined), "");
  assert.equal(newsOf({ state: "none", offer: "install" }, undefined), "");
  assert.equal(newsOf(running, undefined), "OpenCode is being installed.");
  assert.equal(newsOf(running, running), "");
  assert.equal(newsOf(done, running), "OpenCode was installed.");
  assert.equal(newsOf({ state: "failed", message: "npm ended with code 3.\nE401" }, running), "npm ended with code 3.");
});

test("why an installation failed is a sentence and what was said", () => {
  assert.deepEqual(reasonOf({ state: "failed", message: "It failed.\na\nb" }), { sentence: "It failed.", said: "a\nb" });
  assert.deepEqual(reasonOf({ state: "failed", message: "It failed." }), { sentence: "It failed.", said: "" });
  assert.deepEqual(reasonOf({ state: "failed" }), { sentence: "", said: "" });
});

test("a missing program is offered to be installed, or told to be", () => {
  const exit = { cause: "missing", afterReady: false, at: "" };
  assert.equal(remedyFor(exit)?.setting, "command");
  assert.match(remedyFor(exit, "install")!.text, /Nexus can install it with npm/);
});

test("a countdown goes on with every second below an hour", () => {
  assert.equal(countdown(1), "1\u202fs");
  assert.equal(countdown(59_001), "1\u202fmin 0\u202fs");
  assert.equal(countdown(161_000), "2\u202fmin 41\u202fs");
  assert.equal(countdown(599_000), "9\u202fmin 59\u202fs");
  assert.equal(countdown(2 * 3_600_000), "2\u202fh");
});

test("of what was given up it says how often it was tried", () => {
  const rules = { ...policy, windowSeconds: 600 };
  assert.equal(triedInVain({ ...waiting, phase: "failed", attempts: 10 }, rules), "10 of 10 within 10\u202fmin");
  assert.equal(triedInVain({ ...waiting, phase: "failed", attempts: 0 }, rules), "", "a hopeless exit is not tried");
  assert.equal(triedInVain(waiting, rules), "");
  assert.equal(triedInVain(undefined, undefined), "");
});

test("of the sessions at a failure those at work come first", () => {
  assert.deepEqual(
    sessionsThen("idle  Quiet\nbusy  Fix  the build\nwaiting  Ask\nidle  ")!.map(({ word, title }) => `${word}: ${title}`),
    ["Answering: Fix  the build", "Needed you: Ask", "Ready: Quiet", "Ready: Without a title"],
  );
  assert.equal(sessionsThen(""), undefined);
  assert.equal(sessionsThen("ses_1 is open"), undefined);
  assert.equal(sessionsThen("constructor  of old"), undefined);
});
