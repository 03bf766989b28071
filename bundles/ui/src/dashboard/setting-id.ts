/** The group of the server. */
export const OPENCODE = "opencode";

/** The id of a field on the page; the address with it leads there. */
export function fieldId(group: string, field: string): string {
  return `settings-${group}-${field}`;
}
