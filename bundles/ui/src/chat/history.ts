import type { FileChange, Revert, Session } from "../shared/types.ts";
import type { Call } from "./store.ts";

/** What can be done with what was said and done before. Each call fails with a Problem. */
export class History {
  constructor(
    private readonly call: Call,
    private readonly put: (session: Session) => void,
  ) {}

  /** Makes a session of its own out of the messages before one, or of all. */
  async fork(id: string, before?: string): Promise<Session> {
    const session = await this.call<Session>("POST", `${path(id)}/fork`, before ? { messageId: before } : {});
    this.put(session);
    return session;
  }

  /** What would go back in files if a message and all after it were undone. */
  async preview(id: string, messageId: string): Promise<Revert> {
    return await this.call<Revert>("GET", `${path(id)}/revert?messageId=${encodeURIComponent(messageId)}`);
  }

  /** Takes back a message of the owner and all after it, and what was changed in files. */
  async undo(id: string, messageId: string): Promise<void> {
    this.put(await this.call<Session>("POST", `${path(id)}/revert`, { messageId }));
  }

  /** Brings back what was undone. */
  async bringBack(id: string): Promise<void> {
    this.put(await this.call<Session>("POST", `${path(id)}/unrevert`));
  }

  /** What was changed in files, for the answer to one message or in the whole session. */
  async changes(id: string, messageId?: string): Promise<FileChange[]> {
    const query = messageId ? `?messageId=${encodeURIComponent(messageId)}` : "";
    return await this.call<FileChange[]>("GET", `${path(id)}/diff${query}`);
  }

  /** Where the bytes of an attached picture are. */
  pictureUrl(id: string, messageId: string, partId: string): string {
    return `${path(id)}/attachments/${encodeURIComponent(partId)}?messageId=${encodeURIComponent(messageId)}`;
  }

  /** Where the whole conversation can be had as a file. */
  exportUrl(id: string, format: "markdown" | "json"): string {
    return `${path(id)}/export?format=${format}`;
  }
}

function path(sessionId: string): string {
  return `/api/chat/sessions/${encodeURIComponent(sessionId)}`;
}
