import assert from "node:assert/strict";
import { test } from "node:test";
import { onSetting, setSetting, setting } from "../../src/chat/settings.ts";

function storage(): Storage {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  } as Storage;
}

test("a setting has a value before anything was chosen, and where there is no storage", () => {
  assert.equal(setting("speak"), "all");
});

test("a choice is kept and told to who listens", () => {
  Object.assign(globalThis, { localStorage: storage() });
  const heard: string[] = [];
  const stop = onSetting("speak", () => heard.push(setting("speak")));

  setSetting("speak", "needs");
  stop();
  setSetting("speak", "nothing");

  assert.deepEqual(heard, ["needs"]);
  assert.equal(localStorage.getItem("nexus.speak"), "nothing");
});

test("a stored value that is not known counts as none", () => {
  localStorage.setItem("nexus.speak", "<script>");

  assert.equal(setting("speak"), "all");
});
