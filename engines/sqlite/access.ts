import { CacheError, EngineError, ResourceError } from "../../src/errors.ts";
import { SqliteConnection } from "./connection.ts";
import { faultOf, type SqliteFault } from "./driver.ts";
import type { SqliteFile } from "./file.ts";
import { BUSY_MS, pause } from "./patience.ts";

/** How often, in milliseconds, it is checked that the database is still in its folder, and opening is tried again. */
const CHECK_MS = 1_000;

/**
 * How many bytes the write-ahead log may have before others are made to wait until it begins anew.
 *
 * Why: SQLite begins it anew by itself when nobody happens to read or write, which among sixteen busy processes is so
 * rare that it was seen to grow to gigabytes.
 */
const LOG_BYTES = 67_108_864;

const advice: Readonly<Record<SqliteFault, readonly [code: string, found: string, todo: string]>> = {
  "busy": ["_BUSY", "another process holds the database", "try again"],
  "damaged": ["_DAMAGED", "the database is damaged", "remove the file if it stays so"],
  "full": ["_FULL", "the disk is full", "make room"],
  "moved": ["_MOVED", "the database was moved or cannot be read", "leave the cache folder to the cache"],
  "not permitted": ["_NOT_PERMITTED", "it is not permitted", "grant access to the cache folder"],
  "read-only": ["_READ_ONLY", "the database or its folder is read-only", "make the folder writable"],
  "other": ["", "SQLite refused", "see the cause"],
};

/**
 * The way of a store to its database: opens it when it is needed, and again when it was moved; sets a damaged one aside;
 * and says in errors of this library what it cannot help.
 */
export class SqliteAccess {
  readonly file: SqliteFile;
  #connection: SqliteConnection | undefined;
  #closed = false;
  #usedAt = 0;
  #checkedAt = 0;
  #failedAt = -Infinity;
  #failure: unknown;

  constructor(file: SqliteFile) {
    this.file = file;
    try {
      this.ready();
    } catch (error) {
      throw this.refusal("open", error);
    }
  }

  /** The handle of the runtime, while there is one. */
  get native(): unknown {
    return this.#connection?.driver.native;
  }

  close(): void {
    this.#closed = true;
    this.release();
  }

  /** Does work on the open database, and repeats it once the cause of a failure is out of the way. */
  use<T>(verb: string, work: (connection: SqliteConnection) => T): T {
    for (let attempt = 1;; attempt++) {
      try {
        return work(this.ready());
      } catch (error) {
        if (error instanceof CacheError || !this.#mend(error, attempt)) throw this.refusal(verb, error);
      }
    }
  }

  /** Whether the work is worth another attempt. */
  #mend(error: unknown, attempt: number): boolean {
    switch (faultOf(error)) {
      case "busy": {
        if (Date.now() - this.#usedAt >= BUSY_MS / 2 || attempt > 3) return false;
        pause(attempt * 2);
        return true;
      }
      case "damaged": {
        this.release();
        if (attempt > 1) return false;
        this.file.setAside(error);
        return true;
      }
      case "moved": {
        this.release();
        return attempt === 1;
      }
      case "full":
      case "not permitted":
      case "other":
      case "read-only":
        return false;
    }
  }

  /** The open database, without any attempt to mend it. */
  ready(): SqliteConnection {
    if (this.#closed) {
      throw new ResourceError(`Cannot use the store of engine "${this.file.engine}": it is closed; open another`);
    }
    const now = Date.now();
    this.#usedAt = now;
    if (this.#connection === undefined) return this.#connect(now);
    if (now - this.#checkedAt >= CHECK_MS || now < this.#checkedAt) {
      this.#checkedAt = now;
      if (this.file.moved) {
        this.release();
        return this.#connect(now);
      }
      if (this.file.logBytes > LOG_BYTES) this.#connection.shortenLog();
    }
    return this.#connection;
  }

  #connect(now: number): SqliteConnection {
    if (now - this.#failedAt < CHECK_MS && now >= this.#failedAt) throw this.#failure;
    try {
      this.#connection = new SqliteConnection(this.file.open());
    } catch (error) {
      [this.#failedAt, this.#failure] = [now, error];
      throw error;
    }
    this.#checkedAt = now;
    return this.#connection;
  }

  /** Gives the database back; the next use opens it again. */
  release(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    try {
      connection?.driver.close();
    } catch {
      // A damaged database may refuse to be closed; the handle goes with its last reference.
    }
  }

  /** What an error means, as one of this library. */
  refusal(verb: string, error: unknown): unknown {
    if (error instanceof CacheError) return error;
    const [code, found, todo] = advice[faultOf(error)];
    const said = error instanceof Error ? error.message : String(error);
    return new EngineError(
      `Cannot ${verb} "${this.file.path}": ${found} (${said}); ${todo}`,
      { engine: this.file.engine, code: `ERR_CACHE_ENGINE${code}`, cause: error },
    );
  }
}
