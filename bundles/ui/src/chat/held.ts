/** One thing of a list; `gone` when it stands there only so that nothing moves. */
export interface Kept<T> {
  thing: T;
  gone: boolean;
}

/** Keeps the places of a list while somebody points at it: what goes leaves its place open, what comes stands at the end. */
export class Held<T extends { id: string }> {
  #kept: Kept<T>[] = [];

  /** The list as it is shown. */
  update(now: readonly T[], hold: boolean): readonly Kept<T>[] {
    if (!hold) {
      this.#kept = now.map((thing) => ({ thing, gone: false }));
      return this.#kept;
    }
    const fresh = new Map(now.map((thing) => [thing.id, thing]));
    const before = this.#kept.map(({ thing }) => {
      const same = fresh.get(thing.id);
      fresh.delete(thing.id);
      return { thing: same ?? thing, gone: same === undefined };
    });
    this.#kept = [...before, ...[...fresh.values()].map((thing) => ({ thing, gone: false }))];
    return this.#kept;
  }
}
