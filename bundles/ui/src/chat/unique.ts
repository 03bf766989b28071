/** An id that is made once. `crypto.randomUUID` is not there for pages that came over a line without encryption. */
export function uniqueId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
