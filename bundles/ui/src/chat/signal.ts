/** Tells its listeners that something changed; they look for themselves. */
export class Signal {
  readonly #listeners = new Set<() => void>();

  /** Listens until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }
}
