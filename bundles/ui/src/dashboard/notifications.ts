import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { api, asProblem } from "../shared/api.ts";
import { events } from "../shared/events.ts";
import { clock, exactly, when } from "../shared/format.ts";
import {
  iconBell,
  iconCheck,
  iconCloud,
  iconFailed,
  iconHealthy,
  iconNeed,
  iconPhone,
  iconRetry,
  iconSliders,
  iconWarn,
} from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { toast } from "../shared/toast.ts";
import type {
  Notification,
  NotificationChannel,
  NotificationKind,
  NotificationPreferences,
  Notifications,
} from "../shared/types.ts";
import { unread } from "../shared/unread.ts";
import { delivers, KINDS, linkOf, withChannel, withNote, withRead } from "./notes.ts";
import { Panel } from "./panel.ts";
import { DAY } from "./timeline.ts";

const SHOWN_AT_FIRST = 5;
const MORE = 20;
/** So many are fetched at first, and all there can be when more are wanted. */
const FETCHED = 50;
const ALL = 500;
const TRIES = 3;

const LOOKS: Record<NotificationKind, { icon: () => TemplateResult; tone: "soft" | "wait" | "fail" }> = {
  "needs-me": { icon: iconNeed, tone: "wait" },
  finished: { icon: iconHealthy, tone: "soft" },
  failed: { icon: iconFailed, tone: "fail" },
  restarted: { icon: iconRetry, tone: "soft" },
  "gave-up": { icon: iconFailed, tone: "fail" },
  "address-changed": { icon: iconCloud, tone: "soft" },
  "new-device": { icon: iconPhone, tone: "soft" },
  threshold: { icon: iconWarn, tone: "wait" },
};

/** <nx-notifications>: what the owner was told, and where it goes. */
@customElement("nx-notifications")
export class NxNotifications extends Panel {
  protected readonly waitsFor = "Asking what you were told.";
  @state() private notes: Notification[] | undefined;
  @state() private most = SHOWN_AT_FIRST;
  @state() private choosing = false;
  @state() private preferences: NotificationPreferences | undefined;
  @state() private refusal = "";
  #limit = FETCHED;
  /** Counts what was told: an answer that was asked for before is older. */
  #told = 0;
  #filledBefore = false;
  /** One choice is stored after the other, each on top of what the one before has made. */
  #stored: Promise<void> = Promise.resolve();

  override connectedCallback(): void {
    super.connectedCallback();
    this.until(
      events.on("notification", (note) => this.#take(note)),
      (stop) => stop(),
    );
    this.until(unread.follow(), (stop) => stop());
    this.on(unread, "change", () => this.requestUpdate());
    this.on(events, "state", () => this.requestUpdate());
    // Times of today become times of yesterday.
    this.every(60_000, () => this.filled && document.visibilityState === "visible" && this.requestUpdate());
  }

  protected get filled(): boolean {
    return this.notes !== undefined;
  }

  protected async load(): Promise<void> {
    for (let left = TRIES; left > 0; left--) {
      const told = this.#told;
      const answer = await api<Notifications>("GET", `/api/notifications?limit=${this.#limit}`);
      // An event that came meanwhile may be newer than this answer.
      if (told === this.#told || left === 1) {
        this.notes = answer.notifications;
        unread.become(answer.unread);
        break;
      }
    }
    if (this.preferences) {
      await this.#loadPreferences();
    }
  }

  /** What is above may have grown since the address was followed. */
  protected override updated(): void {
    if (this.filled && !this.#filledBefore) {
      this.#filledBefore = true;
      if (location.hash === "#notifications") {
        this.querySelector("#notifications")?.scrollIntoView();
      }
    }
  }

  async #loadPreferences(): Promise<void> {
    this.preferences = await api<NotificationPreferences>("GET", "/api/notifications/preferences");
  }

  #take(note: Notification): void {
    this.#told++;
    if (!this.notes) {
      return;
    }
    const known = this.notes.find(({ id }) => id === note.id);
    this.notes = withNote(this.notes, note).slice(0, this.#limit);
    if (!note.readAt && (!known || known.count < note.count)) {
      say(`Notification: ${note.title}. ${note.text}`);
    }
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.refusal = "";
    try {
      await work();
    } catch (failure) {
      this.refusal = asProblem(failure).detail;
      say(this.refusal);
    }
  }

  async #read(id: string): Promise<void> {
    await this.#try(async () => {
      await api("POST", `/api/notifications/${encodeURIComponent(id)}/read`);
      this.notes = withRead(this.notes ?? [], new Date().toISOString(), id);
      // The button that was pressed is gone; the focus must not go with it.
      this.querySelector<HTMLElement>(`[data-note="${CSS.escape(id)}"]`)?.focus();
    });
  }

  async #readAll(): Promise<void> {
    await this.#try(async () => {
      await api("POST", "/api/notifications/read");
      this.notes = withRead(this.notes ?? [], new Date().toISOString());
      unread.become(0);
      this.querySelector<HTMLElement>("h2")?.focus();
      say("All are read.");
    });
  }

  /** Who goes where it leads has read it; the page may be left before an answer comes. */
  #followed(note: Notification): void {
    if (!note.readAt) {
      void fetch(`/api/notifications/${encodeURIComponent(note.id)}/read`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
        keepalive: true,
      }).catch(() => undefined);
    }
  }

  #earlier(): void {
    this.most += MORE;
    if (this.most > this.notes!.length && this.notes!.length >= this.#limit) {
      this.#limit = ALL;
      void this.refresh();
    }
  }

  async #choose(): Promise<void> {
    this.choosing = !this.choosing;
    if (this.choosing) {
      await this.#try(() => this.#loadPreferences());
    }
  }

  #set(kind: NotificationKind, channel: string, box: HTMLInputElement): void {
    const wanted = box.checked;
    this.#stored = this.#stored.then(() => this.#store(kind, channel, wanted, box));
  }

  async #store(kind: NotificationKind, channel: string, wanted: boolean, box: HTMLInputElement): Promise<void> {
    await this.#try(async () => {
      const channels = withChannel(this.preferences!, kind, channel, wanted);
      this.preferences = await api<NotificationPreferences>("PUT", "/api/notifications/preferences", {
        kinds: { [kind]: channels },
      });
    });
    if (this.refusal) {
      box.checked = delivers(this.preferences!, kind, channel);
    }
  }

  async #test(): Promise<void> {
    await this.#try(async () => {
      await api("POST", "/api/notifications/test");
      toast("A test is on its way.", undefined, 6);
      // By then a channel that cannot deliver says why.
      setTimeout(() => this.isConnected && void this.#try(() => this.#loadPreferences()), 3_000);
    });
  }

  protected override render(): TemplateResult {
    const count = unread.count;
    return html`
      <section class="panel" id="notifications" aria-labelledby="notifications-title">
        <div class="head">
          <h2 id="notifications-title" tabindex="-1">Notifications</h2>
          ${this.filled && count > 0 ? html`<span class="state wait num">${count} unread</span>` : nothing}
          <span class="grow"></span>
          ${this.filled && count > 0
            ? html`<button
                type="button"
                class="btn quiet small"
                ?disabled=${events.connection === "offline"}
                @click=${() => void this.#readAll()}
              >
                Mark all read
              </button>`
            : nothing}
          <button
            type="button"
            class="btn small icon"
            aria-label="Choose what you are told, and where"
            title="Choose what you are told, and where"
            aria-expanded=${String(this.choosing)}
            aria-controls="notification-routes"
            @click=${() => void this.#choose()}
          >
            ${iconSliders()}
          </button>
        </div>
        <div class="in">
          <div
            class="rules routes"
            id="notification-routes"
            role="group"
            aria-label="What you are told, and where"
            ?hidden=${!this.choosing}
          >
            ${this.preferences
              ? this.#routes(this.preferences)
              : html`<p class="soft">Asking what you chose.</p>`}
          </div>
          ${this.refusal
            ? html`<p class="notice bad">${iconWarn()}<span class="grow">${this.refusal}</span></p>`
            : nothing}
          ${this.body(6, () => this.#list(this.notes!))}
        </div>
      </section>
    `;
  }

  #list(notes: Notification[]): TemplateResult {
    if (notes.length === 0) {
      return html`<p class="soft">You were told nothing yet. What needs you, fails or takes long shows up here.</p>`;
    }
    const now = Date.now();
    const shown = notes.slice(0, this.most);
    const mayBeMore = notes.length > this.most || notes.length >= this.#limit;
    return html`
      <ol class="events notes" aria-label="Notifications, newest first">
        ${repeat(shown, ({ id }) => id, (note) => this.#line(note, now))}
      </ol>
      ${mayBeMore && this.most < ALL
        ? html`<div class="below">
            <button type="button" class="btn small" @click=${() => this.#earlier()}>Show earlier</button>
          </div>`
        : nothing}
    `;
  }

  #line(note: Notification, now: number): TemplateResult {
    const { icon, tone } = LOOKS[note.kind] ?? LOOKS.threshold;
    const isNew = !note.readAt;
    const link = linkOf(note);
    const title = html`${isNew ? html`<span class="new"><span class="sr">Unread: </span></span>` : nothing}<span
        class="words"
        >${note.title}</span
      >${note.count > 1 ? html`<span class="meta num">${note.count} times</span>` : nothing}`;
    return html`
      <li class=${isNew ? "" : "read"}>
        <span class=${isNew ? tone : "soft"}>${icon()}</span>
        ${link
          ? html`<a class="open" href=${link} data-note=${note.id} @click=${() => this.#followed(note)}>${title}</a>`
          : html`<span class="open" data-note=${note.id} tabindex="-1">${title}</span>`}
        <time class="meta at" datetime=${note.at} title=${exactly(note.at, now)}>
          ${now - Date.parse(note.at) < DAY ? clock(note.at) : when(note.at, now)}
        </time>
        <span class="meta text" title=${note.text}>${note.text}</span>
        ${isNew
          ? html`<button
              type="button"
              class="btn quiet small icon"
              aria-label="Mark as read: ${note.title}"
              title="Mark as read"
              ?disabled=${events.connection === "offline"}
              @click=${() => void this.#read(note.id)}
            >
              ${iconCheck()}
            </button>`
          : nothing}
      </li>
    `;
  }

  #routes(preferences: NotificationPreferences): TemplateResult {
    const { channels } = preferences;
    return html`
      <div class="scroll" tabindex="0" role="region" aria-label="Kinds and channels">
        <table>
          <thead>
            <tr>
              <th scope="col">You are told of</th>
              ${channels.map(({ title }) => html`<th scope="col">${title}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${KINDS.map(
              ({ kind, name }) => html`
                <tr>
                  <th scope="row">
                    ${name}${preferences.kinds[kind]?.length === 0 ? html` <span class="meta none">not told</span>` : nothing}
                  </th>
                  ${channels.map((channel) => this.#box(preferences, kind, name, channel))}
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
      ${channels.map(trouble)}
      <div class="row">
        <button
          type="button"
          class="btn small"
          ?disabled=${events.connection === "offline"}
          @click=${() => void this.#test()}
        >
          ${iconBell()}Send a test
        </button>
        <span class="meta">It goes where you hear that a session needs you.</span>
      </div>
    `;
  }

  #box(
    preferences: NotificationPreferences,
    kind: NotificationKind,
    name: string,
    channel: NotificationChannel,
  ): TemplateResult {
    return html`<td>
      <label
        ><input
          type="checkbox"
          aria-label="${name}: ${channel.title}"
          .checked=${delivers(preferences, kind, channel.name)}
          ?disabled=${events.connection === "offline"}
          @change=${(event: Event) => this.#set(kind, channel.name, event.target as HTMLInputElement)}
      /></label>
    </td>`;
  }
}

/** What is wrong with a channel. */
function trouble({ title, available, problem }: NotificationChannel): TemplateResult | typeof nothing {
  if (problem) {
    return html`<p class="meta">${iconWarn()}<span>${title}: ${problem}</span></p>`;
  }
  return available ? nothing : html`<p class="meta">${iconWarn()}<span>${title}: nothing can be shown there now.</span></p>`;
}
