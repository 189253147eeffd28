import { Connection, type ConnectionParts } from "./connection.ts";
import { type Depot, slipsOf } from "./depot.ts";
import { type Mode, nameOf, type UseStore } from "./idb.ts";
import { Ledger, STORES } from "./ledger.ts";
import { refusal } from "./refusal.ts";
import { leavingFor } from "./room.ts";

/** What a storage is made of. */
export interface StorageParts extends Omit<ConnectionParts, "stores"> {
  /** Where bodies go; into the database if nowhere else. */
  readonly depot?: Depot | undefined;
}

/** A database, and the depot with the bodies if they are not in it, with room made where there is none. */
export class Storage {
  readonly depot: Depot | undefined;
  readonly #parts: StorageParts;
  readonly #connection: Connection;
  #tidying: Promise<void> | undefined;
  /** Done when all those are who had no room before. */
  #crowd: Promise<unknown> = Promise.resolve();

  constructor(parts: StorageParts) {
    this.#parts = parts;
    this.depot = parts.depot;
    this.#connection = new Connection({ ...parts, stores: STORES });
  }

  /** The `IDBDatabase`, or the handle of the folder with the bodies. */
  get native(): unknown {
    return this.depot === undefined ? this.#connection.database : this.depot.native;
  }

  /** Opens the database, and looks for bodies that were left behind. */
  async open(): Promise<void> {
    await this.attempt("open", () => Promise.resolve());
    if (this.depot !== undefined) this.#tidying = this.#tidy(this.depot).catch(() => {});
  }

  /** Throws a `ResourceError` once closed. */
  check(): void {
    this.#connection.check();
  }

  /** Closes the database. */
  async close(): Promise<void> {
    await this.#tidying;
    this.#connection.close();
  }

  /** A way into one object store, for the functions of `idb-keyval`. */
  store(name: string): UseStore {
    return (mode, work) =>
      this.#connection.transact([name], mode as Mode, (transaction) => work(transaction.objectStore(name) as never));
  }

  /** Does work in one transaction. */
  ledger<T>(mode: Mode, work: (ledger: Ledger) => T | PromiseLike<T>): Promise<T> {
    return this.#connection.transact(STORES, mode, (transaction) => work(new Ledger(transaction, this.#parts.globals)));
  }

  /**
   * Does work. If the browser has no more room, entries are dropped, as many as a body of a length needs, and the work is
   * done once more. Throws an `EngineError`.
   */
  async attempt<T>(verb: string, work: () => Promise<T>, length = 0): Promise<T> {
    const { engine, database } = this.#parts;
    const again = async (error: unknown): Promise<T> => {
      if (!await this.#makeRoom(length)) throw error;
      return await work();
    };
    try {
      await this.#connection.open();
      try {
        return await work();
      } catch (error) {
        if (nameOf(error) !== "QuotaExceededError") throw error;
        // One after another: the room that one makes is not for another, and the same entries leave only once.
        const done = this.#crowd.then(() => again(error));
        this.#crowd = done.catch(() => {});
        return await done;
      }
    } catch (error) {
      throw refusal(engine, verb, database, error);
    }
  }

  /** Drops what is gone and what was not used for longest; says whether it did. */
  async #makeRoom(length: number): Promise<boolean> {
    try {
      const leaving = await this.ledger("readwrite", async (ledger) => {
        const leaving = leavingFor(await ledger.list(""), length, Date.now());
        ledger.evict(leaving.map(({ key }) => key));
        return leaving;
      });
      await this.depot?.discard(slipsOf(leaving));
      return leaving.length > 0;
    } catch {
      // What the caller is told is why there had to be room.
      return false;
    }
  }

  async #tidy(depot: Depot): Promise<void> {
    const { entries } = await this.ledger("readonly", (ledger) => ledger.usage(""));
    await depot.tidy(entries, async () => {
      return new Set(slipsOf(await this.ledger("readonly", (ledger) => ledger.list(""))));
    });
  }
}
