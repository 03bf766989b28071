/** What grows is drawn at most this often, in milliseconds. */
const BEAT = 45;
/** Who has just pressed something is answered first; but what grows does not wait longer than this. */
const PATIENCE = 180;

const due = new Set<() => void>();
let last = Number.NEGATIVE_INFINITY;
let pressed = Number.NEGATIVE_INFINITY;
let planned = false;

/** From now on whoever presses a key or a button is answered before texts grow on. */
export function yieldTo(page: Pick<EventTarget, "addEventListener">): void {
  const press = () => (pressed = performance.now());
  for (const type of ["keydown", "pointerdown", "pointerup"]) {
    page.addEventListener(type, press, { capture: true, passive: true });
  }
}

/**
 * Does something in the next frame in which texts are drawn. All that grow are drawn in the same one, and not in every one:
 * many answers at the same time leave the page time for its reader.
 *
 * @returns takes it back
 */
export function onBeat(task: () => void): () => void {
  due.add(task);
  if (!planned) {
    planned = true;
    plan();
  }
  return () => due.delete(task);
}

function plan(): void {
  const wait = Math.max(last + BEAT, Math.min(pressed + BEAT, last + PATIENCE)) - performance.now();
  if (wait > 0) {
    setTimeout(plan, wait);
  } else {
    requestAnimationFrame(draw);
  }
}

function draw(): void {
  last = performance.now();
  planned = false;
  const tasks = [...due];
  due.clear();
  for (const task of tasks) {
    try {
      task();
    } catch (failure) {
      reportError(failure); // the others are drawn all the same
    }
  }
}
