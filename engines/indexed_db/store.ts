import { update } from "idb-keyval";
import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore, Change, Lease, News, Touch, Usage } from "../../src/contract/store.ts";
import { slipsOf } from "./depot.ts";
import type { IdbGlobals } from "./idb.ts";
import { entryOf, type Head, headOf, type LeaseRow, type Ledger, listedOf, ownBytes, type Row } from "./ledger.ts";
import { Storage, type StorageParts } from "./storage.ts";
import { type NewsGlobals, TabNews } from "./tab_news.ts";

/** Entries in a page of a listing. */
const PAGE = 256;

/** How often a body that is not where the head says is looked for again, because it was replaced meanwhile. */
const TRIES = 5;

/** What a store is made of. The name of the database is also that of the channel on which tabs talk about it. */
export interface StoreParts extends Omit<StorageParts, "lost"> {
  readonly globals: IdbGlobals & NewsGlobals;
}

/** Opens the store of a database. */
export async function openStore(parts: StoreParts): Promise<IndexedDbStore> {
  const store = new IndexedDbStore(parts);
  try {
    await store.open();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/**
 * A store in an IndexedDB database that the tabs and workers of a site share.
 *
 * Every method is one transaction. When the browser gives no more room, the least recently used entries are dropped and
 * the method is tried once more. Errors are `EngineError`s.
 */
export class IndexedDbStore implements AsyncStore<Body> {
  readonly #storage: Storage;
  readonly #news: TabNews;

  constructor(parts: StoreParts) {
    this.#news = new TabNews(parts.database, parts.globals);
    this.#storage = new Storage({ ...parts, lost: () => this.#news.hear({ prefix: "" }) });
  }

  /** The `IDBDatabase`, or the handle of the folder with the bodies. */
  get native(): unknown {
    return this.#storage.native;
  }

  /** Opens the database, which every other method does by itself when it has to. */
  open(): Promise<void> {
    return this.#storage.open();
  }

  get(key: string): Promise<Entry<Body> | undefined> {
    return this.#storage.attempt("read from", async () => {
      let slip: string | undefined;
      for (let tries = 0; tries < TRIES; tries++) {
        const [head, kept] = await this.#storage.ledger("readonly", (ledger) => ledger.read(key)) ?? [];
        if (head === undefined || (head.slip !== undefined && head.slip === slip)) return undefined;
        const body = await this.#fetched(head, kept);
        if (body !== undefined) return entryOf(head, body);
        slip = head.slip;
      }
      return undefined;
    });
  }

  getMany(keys: readonly string[]): Promise<(Entry<Body> | undefined)[]> {
    return this.#storage.attempt("read from", async () => {
      const read = (ledger: Ledger) => Promise.all(keys.map((key) => ledger.read(key)));
      const found = await this.#storage.ledger("readonly", read);
      return Promise.all(found.map(async (one, at) => {
        if (one === undefined) return undefined;
        const body = await this.#fetched(...one);
        return body === undefined ? this.get(keys[at]!) : entryOf(one[0], body);
      }));
    });
  }

  async set(key: string, entry: Entry<Body>): Promise<void> {
    await this.#change("write to", [{ key, entry }]);
  }

  async setMany(entries: readonly (readonly [key: string, entry: Entry<Body>])[]): Promise<void> {
    await this.#change("write to", entries.map(([key, entry]) => ({ key, entry })));
  }

  async delete(key: string): Promise<boolean> {
    return await this.deleteMany([key]) > 0;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return await this.#change("delete from", keys.map((key) => ({ key, entry: undefined }))) as number;
  }

  async commit(changes: readonly Change<Body>[], lease?: Lease): Promise<boolean> {
    return await this.#change("write to", changes, lease) !== undefined;
  }

  async *entries(prefix: string): AsyncGenerator<Listed> {
    let after: string | undefined;
    do {
      const read = (ledger: Ledger) => ledger.list(prefix, PAGE, after);
      const page = await this.#storage.attempt("list", () => this.#storage.ledger("readonly", read));
      for (const head of page) yield listedOf(head);
      after = page.length < PAGE ? undefined : page[PAGE - 1]!.key;
    } while (after !== undefined);
  }

  clear(prefix: string): Promise<number> {
    const { depot } = this.#storage;
    return this.#storage.attempt("clear", async () => {
      const before = await this.#storage.ledger("readwrite", (ledger) => ledger.clear(prefix, depot !== undefined));
      this.#news.tell({ prefix });
      if (typeof before === "number") return before;
      await depot?.discard(slipsOf(before));
      return before.length;
    });
  }

  usage(prefix: string): Promise<Usage> {
    const read = (ledger: Ledger) => ledger.usage(prefix);
    return this.#storage.attempt("read from", () => this.#storage.ledger("readonly", read));
  }

  touch(touches: readonly Touch[]): Promise<void> {
    return this.#storage.attempt("write to", () =>
      this.#storage.ledger("readwrite", async (ledger) => {
        const heads = await ledger.heads(touches.map(({ key }) => key));
        for (const { key, accessedAt, hits } of touches) {
          const head = heads.get(key);
          if (head !== undefined) heads.set(key, { ...head, accessedAt, hits: head.hits + hits });
        }
        ledger.rewrite(heads.values());
      }));
  }

  lease({ key, owner }: Lease, span: number, renew = false): Promise<boolean> {
    return this.#storage.attempt("write to", async () => {
      let has = false;
      const take = (row: LeaseRow | undefined) => {
        const now = Date.now();
        has = row?.owner === owner || !renew && (row === undefined || row.until <= now);
        return has ? { owner, until: now + span } : row;
      };
      await update<LeaseRow | undefined>(key, take, this.#storage.store("leases"));
      return has;
    });
  }

  release(lease: Lease): Promise<void> {
    return this.#storage.attempt("write to", () =>
      this.#storage.ledger("readwrite", async (ledger) => {
        if (await ledger.owns(lease)) ledger.endLeases([lease.key]);
      }));
  }

  watch(listener: (news: News) => void): () => void {
    this.#storage.check();
    return this.#news.watch(listener);
  }

  async close(): Promise<void> {
    await this.#storage.close();
    this.#news.close();
  }

  /** Makes changes, the last one of each key, if they agree with what is there; says how many entries were there, or `undefined`. */
  #change(verb: string, changes: readonly Change<Body>[], lease?: Lease): Promise<number | undefined> {
    const last = new Map(changes.map(({ key, entry }) => [key, entry]));
    let room = 0;
    for (const entry of last.values()) room += entry?.body.length ?? 0;
    return this.#storage.attempt(verb, async () => {
      const rows = new Map<string, Row | undefined>();
      try {
        const made = [...last].map(async ([key, entry]) => rows.set(key, entry && await this.#rowFor(key, entry)));
        // All of them, because what was put away before a failure has to be discarded.
        for (const one of await Promise.allSettled(made)) if (one.status === "rejected") throw one.reason;
        const before = await this.#storage.ledger("readwrite", async (ledger) => {
          if (!await ledger.agrees(changes, lease)) return undefined;
          ledger.endLeases(lease === undefined ? last.keys() : [lease.key, ...last.keys()]);
          return ledger.apply(rows);
        });
        if (before !== undefined) {
          rows.clear();
          if (last.size > 0) this.#news.tell({ keys: [...last.keys()] });
          await this.#storage.depot?.discard(slipsOf(before.values()));
        }
        return before?.size;
      } finally {
        await this.#storage.depot?.discard(slipsOf([...rows.values()].flatMap((row) => row?.head ?? [])));
      }
    }, room);
  }

  async #rowFor(key: string, entry: Entry<Body>): Promise<Row> {
    const head = headOf(key, entry);
    const slip = await this.#storage.depot?.deposit(key, entry.body);
    return slip === undefined ? { head, body: ownBytes(entry.body) } : { head: { ...head, slip }, body: undefined };
  }

  async #fetched(head: Head, kept: Body | undefined): Promise<Body | undefined> {
    return head.slip === undefined ? kept : await this.#storage.depot?.fetch(head.slip);
  }
}
