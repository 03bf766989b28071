const PREFIX = "nexus.draft.";

/** What was typed but not sent, kept in this browser. */
export function draftOf(sessionId: string): string {
  try {
    return localStorage.getItem(PREFIX + sessionId) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(sessionId: string, text: string): void {
  try {
    if (text === "") {
      localStorage.removeItem(PREFIX + sessionId);
    } else {
      localStorage.setItem(PREFIX + sessionId, text);
    }
  } catch {
    // Without storage, or when it is full, the draft lasts as long as the page.
  }
}
