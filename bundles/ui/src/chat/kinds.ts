/** What a piece of code is, as the page colours it; its place in this list is what the worker sends. */
export const KINDS = ["", "comment", "keyword", "string", "number", "title", "type", "meta", "deleted", "soft", "strong"] as const;

/** A code as a row of pieces: the length of each and its kind. Together they are as long as the code. */
export interface Colours {
  lengths: Uint32Array;
  kinds: Uint8Array;
}
