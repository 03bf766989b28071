/** The setup code in what was pasted: the code itself, or the whole address that Nexus printed. */
export function codeIn(text: string): string {
  const trimmed = text.trim();
  const hash = trimmed.lastIndexOf("#");
  return hash < 0 ? trimmed : trimmed.slice(hash + 1);
}

/** Takes the code out of the address, so that neither the history nor a screenshot keeps it. */
export function takeCode(): string {
  let code = codeIn(location.hash);
  try {
    code = decodeURIComponent(code);
  } catch {
    // Not encoded: take it as it is.
  }
  if (location.hash !== "") {
    history.replaceState(history.state, "", location.pathname);
  }
  return code;
}
