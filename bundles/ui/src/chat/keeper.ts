/** What is kept in this browser, by key. */
export interface Keeper<T> {
  /** False when a reload forgets it, as in a private window. */
  readonly lasting: boolean;
  all(): Promise<T[]>;
  get(key: string): Promise<T | undefined>;
  put(value: T): Promise<void>;
  /** Puts a newer state in the place of an older one. False when it was taken away meanwhile. */
  replace(value: T): Promise<boolean>;
  /** Takes a thing away; undefined when it was not there any more. Of several tabs only one gets it. */
  take(key: string): Promise<T | undefined>;
}

/** A keeper that lasts as long as the page. */
export class MemoryKeeper<T> implements Keeper<T> {
  readonly lasting = false;
  readonly #things = new Map<string, T>();

  constructor(private readonly keyOf: (thing: T) => string) {}

  async all(): Promise<T[]> {
    return [...this.#things.values()];
  }

  async get(key: string): Promise<T | undefined> {
    return this.#things.get(key);
  }

  async put(value: T): Promise<void> {
    this.#things.set(this.keyOf(value), value);
  }

  async replace(value: T): Promise<boolean> {
    const there = this.#things.has(this.keyOf(value));
    if (there) {
      this.#things.set(this.keyOf(value), value);
    }
    return there;
  }

  async take(key: string): Promise<T | undefined> {
    const value = this.#things.get(key);
    this.#things.delete(key);
    return value;
  }
}

const DATABASE = "nexus";
const PLACES = ["outbox", "drafts"] as const;
const OPEN_WITHIN = 4_000;

/** A keeper in the browser's own database. What the database does not take lasts as long as the page. */
export class BrowserKeeper<T> implements Keeper<T> {
  lasting = true;
  readonly #memory: MemoryKeeper<T>;
  #database: Promise<IDBDatabase> | undefined;

  constructor(
    private readonly name: (typeof PLACES)[number],
    private readonly keyOf: (thing: T) => string,
  ) {
    this.#memory = new MemoryKeeper(keyOf);
  }

  async all(): Promise<T[]> {
    const kept = await this.#try((place) => place.getAll() as IDBRequest<T[]>);
    return [...(kept ?? []), ...(await this.#memory.all())];
  }

  async get(key: string): Promise<T | undefined> {
    return (await this.#memory.get(key)) ?? (await this.#try((place) => place.get(key) as IDBRequest<T | undefined>));
  }

  async put(value: T): Promise<void> {
    const key = await this.#try((place) => place.put(value, this.keyOf(value)), "readwrite");
    if (key === undefined) {
      await this.#memory.put(value);
    }
  }

  async replace(value: T): Promise<boolean> {
    if (await this.#memory.replace(value)) {
      return true;
    }
    const key = this.keyOf(value);
    const there = await this.#try((place) => {
      const asked = place.getKey(key);
      asked.onsuccess = () => {
        if (asked.result !== undefined) {
          place.put(value, key);
        }
      };
      return asked;
    }, "readwrite");
    return there !== undefined;
  }

  async take(key: string): Promise<T | undefined> {
    const inMemory = await this.#memory.take(key);
    const kept = await this.#try((place) => {
      const asked = place.get(key) as IDBRequest<T | undefined>;
      asked.onsuccess = () => void place.delete(key);
      return asked;
    }, "readwrite");
    return inMemory ?? kept;
  }

  /** The result of a request once everything it began is on the disk; undefined when the database fails. */
  async #try<R>(ask: (place: IDBObjectStore) => IDBRequest<R>, mode: IDBTransactionMode = "readonly"): Promise<R | undefined> {
    try {
      const transaction = await this.#begin(mode);
      return await new Promise<R>((resolve, reject) => {
        const request = ask(transaction.objectStore(this.name));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error ?? new Error("The database gave up"));
      });
    } catch {
      // Full, forbidden or broken.
      this.lasting = false;
      return undefined;
    }
  }

  async #begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    this.#database ??= open();
    const database = await this.#database;
    try {
      return database.transaction(this.name, mode);
    } catch {
      // The browser closes it now and then, for instance while the page sleeps.
      this.#database = open();
      return (await this.#database).transaction(this.name, mode);
    }
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    const timer = setTimeout(() => reject(new Error("The database does not open")), OPEN_WITHIN);
    request.onupgradeneeded = () => PLACES.forEach((name) => request.result.createObjectStore(name));
    request.onsuccess = () => {
      clearTimeout(timer);
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error);
    };
  });
}
