/**
 * The code of a login link, taken out of the address, so that neither the history nor a screenshot keeps it; empty when the
 * address holds none. Any other fragment belongs to the page that is gone to afterwards, and stays.
 */
export function takeCode(): string {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code === null) {
    return "";
  }
  history.replaceState(history.state, "", location.pathname + location.search);
  return code.trim();
}
