import type { Sample } from "../shared/types.ts";

/** A line on a field that is `width` wide and `height` high. */
export interface Curve {
  /** For the `d` of a path; empty when there is nothing to draw. */
  line: string;
  /** What the top stands for. */
  top: number;
  last: number;
  highest: number;
}

/** Draws one measure over time. Where it is not known the line has a gap. */
export function curveOf(
  samples: readonly Sample[],
  measure: (sample: Sample) => number | undefined,
  width: number,
  height: number,
): Curve | undefined {
  const points = samples
    .map((sample) => ({ at: Date.parse(sample.at), value: measure(sample) }))
    .filter(({ at }) => Number.isFinite(at));
  const known = points.map(({ value }) => value).filter((value): value is number => Number.isFinite(value));
  if (known.length === 0) {
    return undefined;
  }
  const highest = Math.max(...known);
  const top = roundUp(highest);
  const from = points[0]!.at;
  const length = Math.max(1, points.at(-1)!.at - from);
  let line = "";
  let pen = "M";
  for (const { at, value } of points) {
    if (value === undefined || !Number.isFinite(value)) {
      pen = "M";
      continue;
    }
    const x = points.length === 1 ? 0 : ((at - from) / length) * width;
    const y = height - (Math.max(0, value) / top) * height;
    // One point alone is a dot, which only a line of no length with round ends draws.
    line += `${pen}${x.toFixed(1)} ${y.toFixed(1)}${pen === "M" ? "h0" : ""}`;
    pen = "L";
  }
  return { line, top, last: known.at(-1)!, highest };
}

/** The next of 1, 2, 5, 10, 20, … */
export function roundUp(value: number): number {
  if (!(value > 0)) {
    return 1;
  }
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * step).find((size) => value <= size * 1.000001)!;
}
