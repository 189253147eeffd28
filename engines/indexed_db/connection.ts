/**
 * A database that is opened again whenever it was closed by somebody else.
 *
 * Why: Safari closes connections by itself, clearing the data of a site closes them everywhere, and a tab that deletes
 * the database waits until all others have closed theirs. A transaction that was cut off has done nothing, so it is
 * simply run again. Opening may wait for ever, because of a tab that does not let go (and in some releases of Safari at
 * the first try), and so there is a limit; a database that opens after it is used from then on.
 */
import { EngineError, ResourceError } from "../../src/errors.ts";
import { answer, type Database, type IdbGlobals, type Mode, nameOf, type Transaction } from "./idb.ts";

/** The errors of a transaction, or of its beginning, whose connection has gone. */
const LOSSES: ReadonlySet<string> = new Set(["InvalidStateError", "AbortError", "UnknownError"]);

/** How often at most an opening is asked for that is cut off, as clearing the data of a site does with all that it meets. */
const OPENINGS = 3;

/** What a connection is made of. */
export interface ConnectionParts {
  /** The name of the engine, for errors. */
  readonly engine: string;
  /** The name of the database. */
  readonly database: string;
  /** The object stores that it has. */
  readonly stores: readonly string[];
  readonly globals: IdbGlobals;
  /** Called when somebody else closed the database: what was in it may be gone. */
  readonly lost: () => void;
  /** How long opening may take, in milliseconds; 3 s if not given. */
  readonly patience?: number | undefined;
}

/** An open database, and the transactions in it. */
export class Connection {
  readonly #parts: ConnectionParts;
  #database: Database | undefined;
  #opening: Promise<Database> | undefined;
  #overdue = false;
  #closed = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** The `IDBDatabase`, while it is open. */
  get database(): Database | undefined {
    return this.#database;
  }

  /** Throws a `ResourceError` once closed. */
  check(): void {
    const { engine } = this.#parts;
    if (this.#closed) throw new ResourceError(`Cannot use the store of engine "${engine}": it is closed; open another`);
  }

  /** Opens the database, unless it is. */
  async open(): Promise<Database> {
    this.check();
    const { engine, database, patience = 3_000 } = this.#parts;
    if (this.#database !== undefined) return this.#database;
    const opening = this.#opening ??= this.#request();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<never>((_, reject) => {
      const refuse = () => {
        this.#overdue = this.#opening === opening;
        const message = `Cannot open "${database}": it does not open; close other tabs of this site`;
        reject(new EngineError(message, { engine, code: "ERR_CACHE_ENGINE_BUSY" }));
      };
      if (this.#overdue) refuse();
      else timer = setTimeout(refuse, patience);
    });
    try {
      return await Promise.race([opening, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Does work in a transaction: wholly, or not at all when it fails or throws. It may be done twice. */
  async transact<T>(
    stores: readonly string[],
    mode: Mode,
    work: (transaction: Transaction) => T | PromiseLike<T>,
  ): Promise<T> {
    for (let attempt = 1;; attempt++) {
      const database = await this.open();
      try {
        return await within(database.transaction(stores, mode, { durability: "relaxed" }), mode, work);
      } catch (error) {
        if (attempt > 1 || !LOSSES.has(nameOf(error))) throw error;
        this.#drop(database);
      }
    }
  }

  /** Closes the database when the transactions that were begun are over. */
  close(): void {
    this.#closed = true;
    this.#database?.close();
    this.#database = undefined;
  }

  #request(): Promise<Database> {
    return this.#asked(OPENINGS).then((database) => this.#adopt(database)).finally(() => {
      this.#opening = undefined;
      this.#overdue = false;
    });
  }

  async #asked(tries: number): Promise<Database> {
    const { database: name, stores, globals } = this.#parts;
    const request = globals.indexedDB.open(name, 1);
    request.onupgradeneeded = () => stores.forEach((store) => request.result.createObjectStore(store));
    try {
      return await answer(request);
    } catch (error) {
      if (tries > 1 && LOSSES.has(nameOf(error))) return await this.#asked(tries - 1);
      throw error;
    }
  }

  #adopt(database: Database): Database {
    const { engine, database: name, stores, lost } = this.#parts;
    const missing = stores.find((store) => !database.objectStoreNames.contains(store));
    if (missing !== undefined) {
      database.close();
      const message =
        `Cannot open "${name}": it has no "${missing}", so somebody else made it; give another folderName`;
      throw new EngineError(message, { engine, code: "ERR_CACHE_ENGINE_DAMAGED" });
    }
    if (this.#closed) {
      database.close();
      return database;
    }
    database.onclose = database.onversionchange = () => {
      this.#drop(database);
      lost();
    };
    return this.#database = database;
  }

  #drop(database: Database): void {
    database.close();
    if (this.#database === database) this.#database = undefined;
  }
}

async function within<T>(
  transaction: Transaction,
  mode: Mode,
  work: (transaction: Transaction) => T | PromiseLike<T>,
): Promise<T> {
  const done = new Promise<void>((resolve, reject) => {
    transaction.addEventListener("complete", resolve);
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
  done.catch(() => {});
  try {
    const result = await work(transaction);
    if (mode === "readwrite") await done;
    return result;
  } catch (error) {
    // What a request says is often only that the transaction ended; why it ended, the transaction says.
    throw await endOf(transaction, done) ?? error;
  }
}

function endOf(transaction: Transaction, done: Promise<void>): Promise<unknown> {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
  return done.then(() => undefined, (reason) => reason);
}
