// What the owner was told, in the scenes of the dashboard; see dashboard.mjs. A new one comes when a test is asked for.

const KINDS = ["needs-me", "finished", "failed", "restarted", "gave-up", "address-changed", "new-device", "threshold"];
const URGENT = ["needs-me", "failed", "gave-up", "new-device"];

export class Notifications {
  notes = [];
  preferences = {
    kinds: Object.fromEntries(KINDS.map((kind) => [kind, URGENT.includes(kind) ? ["app", "desktop"] : ["app"]])),
    channels: [
      { name: "app", title: "This list", available: true },
      { name: "desktop", title: "This computer", available: false },
    ],
  };

  constructor(scene, publish) {
    this.publish = publish;
    if (scene === "new") {
      return;
    }
    const add = (kind, minutes, title, text, extra = {}) =>
      this.notes.push({ id: `note-${this.notes.length + 1}`, at: at(minutes * 60), kind, title, text, count: 1, ...extra });
    const read = { readAt: at(60) };
    add("needs-me", 4, "A session needs you", "Move invoices to the new tax rules: May I run this? npm run migrate -- --year 2026", { link: "/#inbox", subject: "request:per_1" });
    add("finished", 26, "Answer complete", "Why is the nightly build slow?", { link: "/#session=ses_0003" });
    add("failed", 41, "An answer failed", "Upgrade to Java 21: The provider refused the key. Check it where OpenCode keeps its keys, and try again. The message is back in the box, nothing of it was lost, and the files that went with it are still there as well. This text goes on for longer than fits.", { link: "/#session=ses_0006", count: 3 });
    add("restarted", 158, "Server started again", "It stopped answering. One answer was interrupted.", { link: "/dashboard#restarts", ...read });
    add("new-device", 26 * 60, "New device: Safari on iPhone", "It logged in with your password on 26 Nov 2026, 01:12. If that was not you, log it out and change the password.", { link: "/dashboard#devices", ...read });
    add("threshold", 30 * 60, "Earlier notifications are lost", "The file they were kept in is damaged. It was put aside in state/notify.", read);
    add("gave-up", 31 * 60, "Server is not started again", "It ended ten times within 10 minutes.", { link: "/dashboard#server", ...read });
    if (scene === "many") {
      for (let place = 0; place < 120; place++) {
        add("finished", 40 * 60 + place * 50, "Answer complete", `Session number ${place} about one thing and another`, { link: "/#session=ses_0001", ...read });
      }
      this.preferences.channels[1].available = true;
      this.preferences.channels.push({ name: "push", title: "Your phone", available: true, problem: "The push service answered 410: that phone does not want any more." });
    }
  }

  list(query) {
    const wanted = this.notes.filter((note) => query.get("unread") !== "true" || !note.readAt);
    return { notifications: wanted.slice(0, Number(query.get("limit") ?? 50)), unread: this.notes.filter((note) => !note.readAt).length };
  }

  read(id) {
    for (const note of this.notes.filter((one) => !one.readAt && (!id || one.id === id))) {
      note.readAt = at(0);
      this.publish("notification", note, "notifications");
    }
  }

  test() {
    const note = { id: `note-${this.notes.length + 1}`, at: at(0), kind: "needs-me", title: "This is a test", text: "It goes wherever you hear of what needs you.", link: "/dashboard#notifications", count: 1 };
    this.notes.unshift(note);
    this.publish("notification", note, "notifications");
  }

  prefer(kinds) {
    Object.assign(this.preferences.kinds, kinds);
    return this.preferences;
  }
}

function at(seconds) {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
