import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { Bounds, Change, Lease, News, StorageFault, SyncStore, Touch, Usage } from "../../src/contract/store.ts";
import { seeded } from "../../src/runtime/seeded.ts";
import { SqliteAccess } from "./access.ts";
import { checkDatabase } from "./check.ts";
import type { SqliteConnection } from "./connection.ts";
import { evict } from "./eviction.ts";
import type { SqliteFile } from "./file.ts";
import { spanOf } from "./key.ts";
import { dropForgottenLeases, hasLease, releaseLease, renewLease, takeLease } from "./leases.ts";
import { NewsFeed } from "./news.ts";

/** Entries in a page of a listing. */
const PAGE = 256;

/**
 * A store in a SQLite database that processes share.
 *
 * A damaged database is set aside and a removed one made anew, in the middle of the work if need be. A locked one is
 * waited for 50 ms, then the method throws an `EngineError` with code `ERR_CACHE_ENGINE_BUSY`.
 *
 * Why: this is a cache, so that going on empty is better than not going on, and a caller never waits long for a hit.
 */
export class SqliteStore implements SyncStore<Body> {
  readonly #access: SqliteAccess;
  readonly #random: () => number;
  readonly #feed: NewsFeed;

  constructor(file: SqliteFile, seed: number | undefined) {
    this.#access = new SqliteAccess(file);
    this.#random = seeded(seed);
    this.#feed = new NewsFeed(() => this.#access.ready());
  }

  /** The handle of the runtime: a `DatabaseSync`, or the `Database` of Bun. `undefined` once closed. */
  get native(): unknown {
    return this.#access.native;
  }

  get(key: string): Entry<Body> | undefined {
    try {
      return this.#access.ready().read(key);
    } catch {
      return this.#access.use("read from", (connection) => connection.read(key));
    }
  }

  set(key: string, entry: Entry<Body>): void {
    this.#access.use("write to", (connection) => {
      if (!connection.write(key, entry)) connection.transaction(() => connection.replace(key, entry));
    });
  }

  delete(key: string): boolean {
    return this.#access.use("delete from", (connection) => connection.transaction(() => connection.remove(key)));
  }

  clear(prefix: string): number {
    return this.#access.use("clear", (connection) => connection.transaction(() => connection.clear(prefix)));
  }

  usage(prefix: string): Usage {
    return this.#access.use("read from", (connection) => connection.usage(prefix));
  }

  entries(prefix: string): Iterable<Listed> {
    this.#access.ready();
    return this.#pages(prefix);
  }

  getMany(keys: readonly string[]): (Entry<Body> | undefined)[] {
    const read = (connection: SqliteConnection) => keys.map((key) => connection.read(key));
    return this.#access.use("read from", (connection) => connection.snapshot(() => read(connection)));
  }

  setMany(entries: readonly (readonly [key: string, entry: Entry<Body>])[]): void {
    this.#access.use("write to", (connection) =>
      connection.transaction(() => {
        for (const [key, entry] of entries) connection.replace(key, entry);
      }));
  }

  deleteMany(keys: readonly string[]): number {
    const drop = (connection: SqliteConnection) => keys.filter((key) => connection.remove(key)).length;
    return this.#access.use("delete from", (connection) => connection.transaction(() => drop(connection)));
  }

  touch(touches: readonly Touch[]): void {
    this.#access.use("write to", (connection) =>
      connection.transaction(() => {
        for (const { key, accessedAt, hits } of touches) connection.touch(key, accessedAt, hits);
      }));
  }

  sweep(prefix: string, now: number): number {
    return this.#access.use("sweep", (connection) =>
      connection.transaction(() => {
        dropForgottenLeases(connection, Date.now());
        return connection.sweep(prefix, now);
      }));
  }

  trim(prefix: string, bounds: Bounds, keep?: string): readonly string[] {
    return this.#access.use("trim", (connection) => {
      const { entries, bytes } = connection.usage(prefix);
      if (entries <= bounds.maxSize && bytes <= bounds.maxBytes) return [];
      return connection.transaction(() => evict(connection, prefix, bounds, keep, this.#random));
    });
  }

  commit(changes: readonly Change<Body>[], lease?: Lease): boolean {
    return this.#access.use("write to", (connection) =>
      connection.transaction(() => {
        if (lease !== undefined && !hasLease(connection, lease)) return false;
        for (const { key, found } of changes) {
          if (found !== undefined && found !== (connection.storedAt(key) ?? "absent")) return false;
        }
        for (const { key, entry } of changes) {
          if (entry === undefined) connection.remove(key);
          else connection.replace(key, entry);
        }
        if (lease !== undefined) releaseLease(connection, lease);
        return true;
      }));
  }

  /** As of `SyncStore`; with `renew`, only for an owner that has the lease, so that one that was ended stays so. */
  lease(lease: Lease, span: number, renew = false): boolean {
    const now = Date.now();
    return this.#access.use(
      "write to",
      (connection) => renew ? renewLease(connection, lease, now + span) : takeLease(connection, lease, now, now + span),
    );
  }

  release(lease: Lease): void {
    this.#access.use("write to", (connection) => releaseLease(connection, lease));
  }

  watch(listener: (news: News) => void): () => void {
    this.#access.ready();
    return this.#feed.add(listener);
  }

  check(prefix: string, fix: boolean): readonly StorageFault[] {
    return checkDatabase(this.#access, prefix, fix);
  }

  close(): void {
    this.#feed.close();
    this.#access.close();
  }

  *#pages(prefix: string): Generator<Listed> {
    const span = spanOf(prefix);
    let after = span.first - 1;
    while (after < span.last) {
      const [rows, last] = this.#access.use("list", (connection) => connection.page(span, after, PAGE));
      yield* rows;
      after = rows.length < PAGE ? span.last : last;
    }
  }
}
