import { type PostParts, realClock } from "./post.ts";
import { BrowserKeeper } from "./keeper.ts";
import { carry } from "./uploads.ts";

const CHANNEL = "nexus.outbox";

/** What this browser lends: its database, and turns among its tabs. */
export function browserParts(): PostParts {
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(CHANNEL) : undefined;
  return {
    letters: new BrowserKeeper("outbox", (letter) => letter.clientId),
    files: new BrowserKeeper("drafts", (files) => files.sessionId),
    clock: realClock,
    carry,
    // Without encryption there are no locks; Nexus does not take the same message twice anyway.
    alone: (name, work) => (navigator.locks ? navigator.locks.request(name, work) : work()),
    tellOthers: () => channel?.postMessage("changed"),
    hear: (work) => channel?.addEventListener("message", work),
  };
}
