import "../shared/field.css";
import "./new-session.css";
import { asProblem } from "../shared/api.ts";
import { say } from "../shared/say.ts";
import { toast } from "../shared/toast.ts";
import type { Session } from "../shared/types.ts";
import { copy } from "./clipboard.ts";
import type { Desk, Target } from "./desk.ts";
import type { Letter } from "./outbox.ts";
import { textOf } from "./post.ts";
import { makeRoom } from "./questions.ts";
import type { Seen } from "./seen.ts";
import { type ChatStore, MOST_ACTIVE, UNDO_FOR } from "./store.ts";
import { titleOf } from "./words.ts";

/** What the owner can do, from wherever on the page. Failures are told where it was done, or at the edge of the page. */
export class Actions {
  #starting = false;
  #fetching = 0;
  /** Texts that came back into the box when they were undone. */
  readonly #undone = new Map<string, string>();

  constructor(
    readonly store: ChatStore,
    readonly desk: Desk,
    readonly seen: Seen,
  ) {
    store.post.onReturn = (letter, reason) => this.#returned(letter, reason);
  }

  /** Whether something is on its way to the top of the page: what is typed now is meant for it. */
  get opening(): boolean {
    return this.#fetching > 0;
  }

  /** Asks what a new session shall be, creates it and opens it. */
  async start(): Promise<void> {
    if (this.#starting) {
      return;
    }
    this.#starting = true;
    try {
      if (!(await this.#room())) {
        return;
      }
      const { askForSession } = await this.#fetched(import("./new-session.ts"));
      const session = await askForSession(this.store, this.desk.current, () => this.#makeRoom());
      if (session) {
        this.desk.show(session.id, "composer");
      }
    } catch (failure) {
      this.report(failure);
    } finally {
      this.#starting = false;
    }
  }

  /** Gives a session a card and opens it, at a message if one is named. */
  async bring(id: string, target?: Target, messageId?: string): Promise<void> {
    try {
      if (this.store.isLeaving(id)) {
        this.store.keep(id);
      }
      if (!this.store.session(id)?.active) {
        if (!(await this.#room())) {
          return;
        }
        if (!(await this.#withRoom(() => this.store.activate(id).then(() => true)))) {
          return;
        }
      }
      this.open(id, target, messageId);
    } catch (failure) {
      this.report(failure);
    }
  }

  /** Opens a card. By touch the focus goes to its title, because a keyboard on the screen would cover the answer. */
  open(id: string, target?: Target, messageId?: string): void {
    const touch = matchMedia("(pointer: coarse)").matches;
    this.desk.show(id, target ?? (touch || messageId !== undefined ? "title" : "composer"), messageId);
  }

  /** Moves a card to another number, and says where it is now. */
  async move(id: string, number: number): Promise<void> {
    try {
      const saved = this.store.move(id, number);
      const { cards } = this.store;
      const place = cards.findIndex((card) => card.id === id) + 1;
      const named = place === number ? "" : `, number ${number}`;
      say(`Moved to place ${place} of ${cards.length}${named}.`);
      await saved;
    } catch (failure) {
      this.report(failure);
    }
  }

  /** Opens the search over everything, or over one session. */
  async search(sessionId?: string): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./nx-search.ts"))).search(this, sessionId));
  }

  /**
   * Starts a new session with what was said before a message, or with all, and opens it. Fails with a Problem.
   *
   * @param text goes into the box of the new session
   */
  async fork(id: string, before: string | undefined, text = ""): Promise<void> {
    if (!(await this.#room())) {
      return;
    }
    const session = await this.#withRoom(() => this.store.history.fork(id, before));
    if (session) {
      if (text !== "") {
        this.store.post.drafts.giveBack(session.id, { text, pieces: [] });
      }
      this.open(session.id);
    }
  }

  /** Asks whether a message and all after it shall be undone, with the files that go back. */
  async undo(id: string, messageId: string): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./history-sheets.ts"))).showUndo(this, id, messageId));
  }

  /** Brings back what was undone. Fails with a Problem. */
  async bringBack(id: string): Promise<void> {
    const { drafts } = this.store.post;
    const given = this.#undone.get(id);
    await this.store.history.bringBack(id);
    if (given !== undefined && drafts.of(id).text === given) {
      drafts.empty(id);
    }
    this.#undone.delete(id);
  }

  /** What was undone is back in the box. */
  hasUndone(id: string, text: string): void {
    const { drafts } = this.store.post;
    if (text !== "" && drafts.of(id).text === "") {
      drafts.giveBack(id, { text, pieces: [] });
      this.#undone.set(id, text);
    }
    this.open(id);
  }

  /** Shows what was changed in files, for the answer to one message or in the whole session. */
  async changes(id: string, messageId?: string): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./history-sheets.ts"))).showChanges(this, id, messageId));
  }

  /** Shows a text without markup. */
  async plainText(title: string, markdown: string): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./history-sheets.ts"))).showPlain(title, markdown));
  }

  /** Shows a whole conversation as plain text. */
  async plainConversation(session: Session): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./history-sheets.ts"))).showConversation(this, session));
  }

  /** Shows the conversation of a helper, to be read. */
  async helper(childId: string, name: string, workspace: string): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./history-sheets.ts"))).showHelper(this, childId, name, workspace));
  }

  /** Shows a picture large. */
  async picture(name: string, url: string): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./history-sheets.ts"))).showPicture(name, url));
  }

  /** Shows the list of keys. */
  async help(): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./key-sheet.ts"))).showKeys());
  }

  /** Shows what can be chosen for this browser. */
  async preferences(): Promise<void> {
    await this.#late(async () => (await this.#fetched(import("./preferences.ts"))).showPreferences());
  }

  close(id: string): void {
    this.desk.close(id);
  }

  async stop(id: string): Promise<void> {
    try {
      await this.store.stop(id);
    } catch (failure) {
      this.report(failure);
    }
  }

  /** Lets an answer go on that was cut off or stopped, with the words that the owner has set for it. */
  async goOn(id: string): Promise<void> {
    await this.again(id, this.store.continuePrompt);
  }

  /** Puts these words into the box, before what is written there, to be changed and sent. */
  goOnWith(id: string): void {
    const { continuePrompt, post } = this.store;
    post.drafts.beginWith(id, continuePrompt);
    this.desk.show(id, "composer");
  }

  /** Sends a message that is not from the box. */
  async again(id: string, text: string): Promise<void> {
    await this.store.send(id, { text });
  }

  /** Takes back a message that has not gone out yet. */
  async takeBack(id: string, clientId: string): Promise<void> {
    const letter = await this.store.post.takeBack(clientId);
    this.#isBack(id, letter);
  }

  /** Takes back a message that waits in Nexus. */
  async takeBackWaiting(id: string, messageId: string): Promise<void> {
    try {
      this.#isBack(id, await this.store.post.takeBackQueued(id, messageId));
    } catch (failure) {
      if (asProblem(failure).status !== 404) {
        this.report(failure);
        return;
      }
      this.#isBack(id, undefined);
    }
  }

  /** Sends what waits although the answer before was stopped. */
  async sendWaiting(id: string): Promise<void> {
    try {
      await this.store.post.queues.resume(id);
    } catch (failure) {
      this.report(failure);
    }
  }

  #isBack(id: string, message: { model?: string; agent?: string } | undefined): void {
    if (!message) {
      toast("It has just gone out.");
      return;
    }
    say("Your message is back in the box.");
    const { model, agent } = message;
    const session = this.store.session(id);
    if (session && ((model && model !== this.store.modelOf(session)) || (agent && agent !== this.store.agentOf(session)))) {
      this.store.choose(id, { ...(model && { model }), ...(agent && { agent }) }).catch(this.report);
    }
    this.desk.show(id, "composer");
  }

  /** A message was refused. Who does not see its card is told at the edge of the page. */
  #returned(letter: Letter, reason: string): void {
    const session = this.store.session(letter.sessionId);
    if (!session) {
      toast(`Not sent: its session is gone. ${reason}`, { label: "Copy text", run: () => void copy(textOf(letter)) });
    } else if (!this.desk.isOpen(session.id)) {
      toast(`Not sent to “${titleOf(session)}”. ${reason}`, { label: "Open", run: () => void this.bring(session.id) });
    }
  }

  async putAway(id: string): Promise<void> {
    const session = this.store.session(id);
    try {
      this.#focusBeside(id);
      await this.store.putAway(id);
      if (session) {
        toast(`Put away “${titleOf(session)}”.`, { label: "Undo", run: () => void this.#bringBack(id) });
      }
    } catch (failure) {
      this.report(failure);
    }
  }

  /** Deletes a session after ten seconds in which it can be had back. */
  remove(session: Session): void {
    this.#focusBeside(session.id);
    this.store.deleteLater(session.id, (failure) => toast(`Not deleted. ${asProblem(failure).detail}`));
    const away = toast(`Deleted “${titleOf(session)}”.`, { label: "Undo", run: () => this.store.keep(session.id) });
    // It may stay longer under the pointer, but then it would promise what cannot be kept.
    setTimeout(away, UNDO_FOR);
  }

  /** Tells a failure at the edge of the page. */
  report(failure: unknown): void {
    toast(asProblem(failure).detail);
  }

  /** Does something with a part of the page that is fetched when it is used. */
  async #late(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (failure) {
      this.report(failure);
    }
  }

  async #fetched<T>(part: Promise<T>): Promise<T> {
    this.#fetching++;
    try {
      return await part;
    } finally {
      this.#fetching--;
    }
  }

  /** A card goes: the focus moves to the next one, or the one before. */
  #focusBeside(id: string): void {
    const { cards } = this.store;
    const at = cards.findIndex((session) => session.id === id);
    const beside = cards[at + 1] ?? cards[at - 1];
    if (beside) {
      this.desk.focus = { id: beside.id, target: "title" };
    }
  }

  async #bringBack(id: string): Promise<void> {
    try {
      await this.store.activate(id);
    } catch (failure) {
      this.report(failure);
    }
  }

  /** Asks for a card to put away while there are ten. False when the owner keeps them all. */
  async #room(): Promise<boolean> {
    return this.store.cards.length < MOST_ACTIVE || (await this.#makeRoom());
  }

  async #makeRoom(): Promise<boolean> {
    const id = await makeRoom(this.store.cards);
    if (!id) {
      return false;
    }
    await this.store.putAway(id);
    return true;
  }

  /** The page may not know yet that there are ten. */
  async #withRoom<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (failure) {
      if (asProblem(failure).code !== "too-many-active") {
        throw failure;
      }
      return (await this.#makeRoom()) ? await work() : undefined;
    }
  }
}
