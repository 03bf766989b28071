import type { ToolPart } from "../shared/types.ts";
import type { LivePart } from "./live-part.ts";

/** What is shown of an answer: a part, or several parts that only read files and stand in one line. */
export type Shown = LivePart | Reads;

export interface Reads {
  id: string;
  reads: readonly LivePart[];
}

/** Puts files that were read one after the other together. One that failed, or waits for the owner, stands alone. */
export function grouped(parts: readonly LivePart[], waits: (call: ToolPart) => boolean): Shown[] {
  const pieces: Shown[] = [];
  let reads: LivePart[] = [];
  const close = () => {
    pieces.push(...(reads.length > 1 ? [{ id: `${reads[0]!.id}-reads`, reads }] : reads));
    reads = [];
  };
  for (const live of parts) {
    const { part } = live;
    if (part.type === "tool" && part.tool === "read" && part.state !== "error" && !waits(part)) {
      reads.push(live);
      continue;
    }
    close();
    pieces.push(live);
  }
  close();
  return pieces;
}
