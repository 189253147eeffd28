import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { Bounds, SyncStore, Touch, Usage } from "../../src/contract/store.ts";
import { seeded } from "../../src/runtime/seeded.ts";
import { CacheError, EngineError, ResourceError } from "../../src/errors.ts";
import { SqliteConnection } from "./connection.ts";
import { faultOf, type SqliteFault } from "./driver.ts";
import { evict } from "./eviction.ts";
import type { SqliteFile } from "./file.ts";
import { spanOf } from "./key.ts";
import { BUSY_MS, pause } from "./patience.ts";

/** How often, in milliseconds, it is checked that the database is still in its folder, and opening is tried again. */
const CHECK_MS = 1_000;
/** Entries in a page of a listing. */
const PAGE = 256;

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
 * A store in a SQLite database that processes share.
 *
 * A damaged database is set aside and a removed one made anew, in the middle of the work if need be. A locked one is
 * waited for 50 ms, then the method throws an `EngineError` with code `ERR_CACHE_ENGINE_BUSY`.
 *
 * Why: this is a cache, so that going on empty is better than not going on, and a caller never waits long for a hit.
 */
export class SqliteStore implements SyncStore<Body> {
  readonly #file: SqliteFile;
  readonly #random: () => number;
  #connection: SqliteConnection | undefined;
  #closed = false;
  #usedAt = 0;
  #checkedAt = 0;
  #failedAt = -Infinity;
  #failure: unknown;

  constructor(file: SqliteFile, seed: number | undefined) {
    this.#file = file;
    this.#random = seeded(seed);
    try {
      this.#ready();
    } catch (error) {
      throw this.#refusal("open", error);
    }
  }

  /** The handle of the runtime: a `DatabaseSync`, or the `Database` of Bun. `undefined` once closed. */
  get native(): unknown {
    return this.#connection?.driver.native;
  }

  get(key: string): Entry<Body> | undefined {
    try {
      return this.#ready().read(key);
    } catch {
      return this.#use("read from", (connection) => connection.read(key));
    }
  }

  set(key: string, entry: Entry<Body>): void {
    this.#use("write to", (connection) => {
      if (!connection.write(key, entry)) connection.transaction(() => connection.replace(key, entry));
    });
  }

  delete(key: string): boolean {
    return this.#use("delete from", (connection) => connection.remove(key));
  }

  clear(prefix: string): number {
    return this.#use("clear", (connection) => connection.transaction(() => connection.clear(prefix)));
  }

  usage(prefix: string): Usage {
    return this.#use("read from", (connection) => connection.usage(prefix));
  }

  entries(prefix: string): Iterable<Listed> {
    this.#ready();
    return this.#pages(prefix);
  }

  getMany(keys: readonly string[]): (Entry<Body> | undefined)[] {
    const read = (connection: SqliteConnection) => keys.map((key) => connection.read(key));
    return this.#use("read from", (connection) => connection.snapshot(() => read(connection)));
  }

  setMany(entries: readonly (readonly [key: string, entry: Entry<Body>])[]): void {
    this.#use("write to", (connection) =>
      connection.transaction(() => {
        for (const [key, entry] of entries) connection.replace(key, entry);
      }));
  }

  deleteMany(keys: readonly string[]): number {
    const drop = (connection: SqliteConnection) => keys.filter((key) => connection.remove(key)).length;
    return this.#use("delete from", (connection) => connection.transaction(() => drop(connection)));
  }

  touch(touches: readonly Touch[]): void {
    this.#use("write to", (connection) =>
      connection.transaction(() => {
        for (const { key, accessedAt, hits } of touches) connection.touch(key, accessedAt, hits);
      }));
  }

  sweep(prefix: string, now: number): number {
    return this.#use("sweep", (connection) => connection.transaction(() => connection.sweep(prefix, now)));
  }

  trim(prefix: string, bounds: Bounds, keep?: string): readonly string[] {
    return this.#use("trim", (connection) => {
      const { entries, bytes } = connection.usage(prefix);
      if (entries <= bounds.maxSize && bytes <= bounds.maxBytes) return [];
      return connection.transaction(() => evict(connection, prefix, bounds, keep, this.#random));
    });
  }

  close(): void {
    this.#closed = true;
    this.#release();
  }

  *#pages(prefix: string): Generator<Listed> {
    const span = spanOf(prefix);
    let after = span.first - 1;
    while (after < span.last) {
      const [rows, last] = this.#use("list", (connection) => connection.page(span, after, PAGE));
      yield* rows;
      after = rows.length < PAGE ? span.last : last;
    }
  }

  /** Does work on the open database, and repeats it once the cause of a failure is out of the way. */
  #use<T>(verb: string, work: (connection: SqliteConnection) => T): T {
    for (let attempt = 1;; attempt++) {
      try {
        return work(this.#ready());
      } catch (error) {
        if (error instanceof CacheError || !this.#mend(faultOf(error), attempt)) throw this.#refusal(verb, error);
      }
    }
  }

  /** Whether the work is worth another attempt. */
  #mend(fault: SqliteFault, attempt: number): boolean {
    switch (fault) {
      case "busy": {
        if (Date.now() - this.#usedAt >= BUSY_MS / 2 || attempt > 3) return false;
        pause(attempt * 2);
        return true;
      }
      case "damaged": {
        this.#release();
        if (attempt > 1) return false;
        this.#file.setAside();
        return true;
      }
      case "moved": {
        this.#release();
        return attempt === 1;
      }
      case "full":
      case "not permitted":
      case "other":
      case "read-only":
        return false;
    }
  }

  #ready(): SqliteConnection {
    if (this.#closed) {
      throw new ResourceError(`Cannot use the store of engine "${this.#file.engine}": it is closed; open another`);
    }
    const now = Date.now();
    this.#usedAt = now;
    if (this.#connection === undefined) return this.#connect(now);
    if (now - this.#checkedAt >= CHECK_MS || now < this.#checkedAt) {
      this.#checkedAt = now;
      if (this.#file.moved) {
        this.#release();
        return this.#connect(now);
      }
    }
    return this.#connection;
  }

  #connect(now: number): SqliteConnection {
    if (now - this.#failedAt < CHECK_MS && now >= this.#failedAt) throw this.#failure;
    try {
      this.#connection = new SqliteConnection(this.#file.open());
    } catch (error) {
      [this.#failedAt, this.#failure] = [now, error];
      throw error;
    }
    this.#checkedAt = now;
    return this.#connection;
  }

  #release(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    try {
      connection?.driver.close();
    } catch {
      // A damaged database may refuse to be closed; the handle goes with its last reference.
    }
  }

  #refusal(verb: string, error: unknown): unknown {
    if (error instanceof CacheError) return error;
    const [code, found, todo] = advice[faultOf(error)];
    const said = error instanceof Error ? error.message : String(error);
    return new EngineError(
      `Cannot ${verb} "${this.#file.path}": ${found} (${said}); ${todo}`,
      { engine: this.#file.engine, code: `ERR_CACHE_ENGINE${code}`, cause: error },
    );
  }
}
