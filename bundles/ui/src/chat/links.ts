const ALLOWED = new Set(["http:", "https:", "mailto:"]);

/**
 * The address a link of the model may lead to, or null when it may lead nowhere. Only complete addresses count: one
 * that is relative would lead into Nexus itself.
 */
export function safeLink(address: string): string | null {
  const trimmed = address.trim();
  if (!URL.canParse(trimmed)) {
    return null;
  }
  const url = new URL(trimmed);
  if (!ALLOWED.has(url.protocol) || url.username !== "" || url.password !== "") {
    return null;
  }
  return url.href;
}

/** An address found in running text, without the full stop or bracket that belongs to the sentence. */
export function bareLink(text: string): string | null {
  return safeLink(text.replace(/[.,;:!?'"’”)\]}*_]+$/, ""));
}
