import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore, Change, Lease, News, StorageFault, Touch, Usage } from "../../src/contract/store.ts";
import { Bells } from "./bells.ts";
import { ABANDONED_MS, Chunks } from "./chunks.ts";
import { KvConnection, type KvPlace } from "./connection.ts";
import { checkStorage } from "./check.ts";
import type { KvEntry } from "./database.ts";
import { unpackBody } from "../packed_body.ts";
import { decodeHead, type StoredHead } from "./head.ts";
import { KvKeys } from "./keys.ts";
import { Leases } from "./leases.ts";
import { forgetEmpty, usageOf } from "./usage.ts";
import { watchBells } from "./watch.ts";
import { CHECKED, KvWriter, pack, type PackedChange } from "./writer.ts";

/** Entries in a page of a listing. */
const PAGE = 500;
/** How often a body that changes while it is read is read again. */
const READS = 5;
/** How often a watch looks at a file, and how often at a server, which counts what it is asked, in milliseconds. */
const [LOOK_MS, LOOK_REMOTE_MS] = [50, 1_000];

/** Opens a store in a Deno KV database. */
export async function openKvStore(place: KvPlace, folderName: string): Promise<AsyncStore<Body>> {
  const connection = new KvConnection(place);
  try {
    await connection.open();
  } catch (error) {
    connection.close();
    throw error;
  }
  return new KvStore(connection, new KvKeys(folderName));
}

/** A store in a Deno KV database that processes share. */
class KvStore implements AsyncStore<Body> {
  readonly #connection: KvConnection;
  readonly #keys: KvKeys;
  readonly #bells: Bells;
  readonly #chunks: Chunks;
  readonly #leases: Leases;
  readonly #writer: KvWriter;
  readonly #watches: Set<() => void> = new Set();
  /** Left out where nobody else has the database. */
  readonly watch?: (listener: (news: News) => void) => () => void;

  constructor(connection: KvConnection, keys: KvKeys) {
    this.#connection = connection;
    this.#keys = keys;
    this.#bells = new Bells(connection, keys);
    this.#chunks = new Chunks(connection, keys);
    this.#leases = new Leases(connection, keys);
    this.#writer = new KvWriter(connection, keys, this.#chunks, this.#bells);
    if (connection.place.address !== ":memory:") this.watch = (listener) => this.#watch(listener);
  }

  /** The `Deno.Kv`; `undefined` once closed. */
  get native(): unknown {
    return this.#connection.kv;
  }

  async get(key: string): Promise<Entry<Body> | undefined> {
    const { found, entry } = await this.#look(key);
    // A part of it is gone for good. What reads as absent has to be absent for a `commit`, too.
    if (entry === undefined && found.versionstamp !== null) {
      await this.#writer.drop([found], { doomed: () => false, keepsLeases: true });
    }
    return entry;
  }

  async getMany(keys: readonly string[]): Promise<(Entry<Body> | undefined)[]> {
    const found = await this.#connection.getMany(keys.flatMap((key) => [this.#keys.head(key), this.#keys.body(key)]));
    return await Promise.all(keys.map((key, at) => {
      const [{ value, versionstamp }, body] = [found[2 * at]!, found[2 * at + 1]];
      if (versionstamp === null) return undefined;
      const head = decodeHead(value);
      return head && entryIn(head, body!.value) || this.get(key);
    }));
  }

  async set(key: string, entry: Entry<Body>): Promise<void> {
    await this.#writer.put([{ key, packed: pack(entry), found: undefined }]);
  }

  async setMany(entries: readonly (readonly [key: string, entry: Entry<Body>])[]): Promise<void> {
    const changes = packed(entries.map(([key, entry]) => ({ key, entry })));
    this.#connection.assertOpen();
    for (let at = 0; at < changes.length; at += CHECKED) {
      await this.#writer.put(changes.slice(at, at + CHECKED));
    }
  }

  async commit(changes: readonly Change<Body>[], lease?: Lease): Promise<boolean> {
    const made = packed(changes);
    this.#connection.assertOpen();
    return await this.#writer.put(made, lease);
  }

  async delete(key: string): Promise<boolean> {
    return await this.deleteMany([key]) === 1;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    this.#connection.assertOpen();
    const wanted = [...new Set(keys)].flatMap((key) => [this.#keys.head(key), this.#keys.lease(key)]);
    const found = await this.#connection.getMany(wanted);
    const leased = (at: number) => found[at + 1]!.versionstamp !== null;
    const heads = found.filter(({ versionstamp }, at) => at % 2 === 0 && (versionstamp !== null || leased(at)));
    return await this.#writer.drop(heads, { doomed: () => true });
  }

  async *entries(prefix: string): AsyncGenerator<Listed> {
    this.#connection.assertOpen();
    for await (const page of this.#pages(prefix)) {
      for (const { key, value } of page) {
        const head = decodeHead(value);
        if (head !== undefined) yield listedFrom(String(key.at(-1)), head);
      }
    }
  }

  /** Leases end first: who computes has begun before and may not store after. */
  async clear(prefix: string): Promise<number> {
    await this.#leases.end(prefix, "all");
    let dropped = 0;
    for await (const page of this.#pages(prefix)) {
      dropped += await this.#writer.drop(page, { doomed: () => true, prefix });
    }
    await this.#chunks.gather(prefix === "" ? Infinity : Date.now() - ABANDONED_MS);
    await forgetEmpty(this.#connection, this.#keys, prefix);
    return dropped;
  }

  async sweep(prefix: string, now: number): Promise<number> {
    const doomed = (head: StoredHead | undefined): boolean => head !== undefined && head.goneAt <= now;
    let dropped = 0;
    for await (const page of this.#pages(prefix)) {
      const gone = page.filter(({ value }) => doomed(decodeHead(value)));
      dropped += await this.#writer.drop(gone, { doomed, keepsLeases: true });
    }
    await this.#leases.end(prefix, "over");
    await this.#chunks.gather(Math.max(now, Date.now()) - ABANDONED_MS);
    return dropped;
  }

  async usage(prefix: string): Promise<Usage> {
    return await usageOf(this.#connection, this.#keys, prefix);
  }

  async touch(touches: readonly Touch[]): Promise<void> {
    this.#connection.assertOpen();
    await this.#writer.touch(touches);
  }

  async lease(lease: Lease, span: number, renew = false): Promise<boolean> {
    return await this.#leases.take(lease, span, renew);
  }

  async release(lease: Lease): Promise<void> {
    await this.#leases.release(lease);
  }

  async check(prefix: string, fix: boolean): Promise<readonly StorageFault[]> {
    const [connection, keys, chunks, writer] = [this.#connection, this.#keys, this.#chunks, this.#writer];
    const [pages, look] = [(prefix: string) => this.#pages(prefix), (key: string) => this.#look(key)];
    return await checkStorage({ connection, keys, chunks, writer, pages, look }, prefix, fix);
  }

  close(): void {
    for (const stop of this.#watches) stop();
    this.#watches.clear();
    this.#connection.close();
  }

  #watch(listener: (news: News) => void): () => void {
    this.#connection.assertOpen();
    const every = this.#connection.place.remote ? LOOK_REMOTE_MS : LOOK_MS;
    const stop = watchBells({ read: () => this.#bells.read(), writer: this.#bells.writer, every }, listener);
    this.#watches.add(stop);
    return () => {
      stop();
      this.#watches.delete(stop);
    };
  }

  /** The record of a head, and the entry unless there is none or a part of it is missing. */
  async #look(key: string): Promise<{ readonly found: KvEntry; readonly entry: Entry<Body> | undefined }> {
    let last: string | null | undefined;
    for (let reads = 1;; reads++) {
      const [found, body] = await this.#connection.getMany([this.#keys.head(key), this.#keys.body(key)]);
      const head = decodeHead(found!.value);
      const value = head?.stretch ? await this.#chunks.read(head.stretch, head.length) : body!.value;
      const entry = head && entryIn(head, value);
      // Chunks are read after the head: while somebody replaces them, some may be gone.
      const whole = entry !== undefined || head?.stretch === undefined || found!.versionstamp === last;
      if (whole || reads === READS) return { found: found!, entry };
      last = found!.versionstamp;
    }
  }

  /** The records of heads under a prefix. What comes behind while it goes on is not in it. */
  async *#pages(prefix: string): AsyncGenerator<readonly KvEntry[]> {
    let after: string | undefined;
    while (true) {
      const page = await this.#connection.page(this.#keys.under("head", prefix, after), PAGE);
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      after = String(page.at(-1)!.key.at(-1));
    }
  }
}

/** Changes with their entries packed. Of those of one key the last is made, on the condition of the first. */
function packed(changes: readonly Change<Body>[]): PackedChange[] {
  const made = new Map<string, PackedChange>();
  for (const { key, entry, found } of changes) {
    made.set(key, { key, found: made.get(key)?.found ?? found, packed: entry && pack(entry) });
  }
  return [...made.values()];
}

/** The entry of a head and its bytes, where these are all there. */
function entryIn(head: StoredHead, bytes: unknown): Entry<Body> | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.length !== head.length) return undefined;
  const { storedAt, freshUntil, goneAt, cost, size, tags, label, form, checksum, kind } = head;
  const body = unpackBody({ kind, bytes });
  return { body, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label };
}

function listedFrom(key: string, head: StoredHead): Listed {
  const { form, storedAt, freshUntil, goneAt, cost, size, tags, label, accessedAt, hits } = head;
  return { key, form, storedAt, freshUntil, goneAt, cost, size, tags, label, accessedAt, hits };
}
