/**
 * The books of a storage, kept in one transaction with every change: what is there, how much that is, who computes what.
 *
 * Bodies are apart from the rest, so that a listing reads none. Usage is counted per scope as entries come and go, in the
 * same transaction, and so it is exact, whoever writes. Where a count is missing, the entries are counted.
 *
 * Why a count may be missing: when the browser has no more room, it refuses a transaction that writes anything, be it less
 * than what the same transaction drops. So entries that leave for room take the counts of their scopes with them.
 */
import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { Change, Lease, Usage } from "../../src/contract/store.ts";
import { answer, type IdbGlobals, type ObjectStore, type Transaction } from "./idb.ts";

/** The object stores of a database. */
export const STORES: readonly string[] = ["bodies", "heads", "usage", "leases"];

/** What is kept of an entry besides its body. */
export interface Head extends Listed {
  readonly checksum: number;
  /** How long the body is: bytes, or characters of text. `size` may be in another unit. */
  readonly length: number;
  /** Where the body is, if it is not in the database. */
  readonly slip?: string;
}

/** Who computes a key, and until when, in epoch milliseconds of the system. */
export interface LeaseRow {
  readonly owner: string;
  readonly until: number;
}

/** What is written of an entry. */
export interface Row {
  readonly head: Head;
  /** None where a slip tells where it is. */
  readonly body: Body | undefined;
}

/** The head for an entry that nobody has used yet. */
export function headOf(key: string, entry: Entry<Body>): Head {
  const { form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label, body } = entry;
  const about = { form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label };
  return { key, ...about, accessedAt: storedAt, hits: 0, length: body.length };
}

/** The entry of a head and a body. */
export function entryOf(head: Head, body: Body): Entry<Body> {
  const { form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label } = head;
  return { body, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label };
}

/** A body as it is to be cloned: of a part of a buffer, a copy, because all of the buffer would be kept. */
export function ownBytes(body: Body): Body {
  if (typeof body === "string" || body.byteLength === body.buffer.byteLength) return body;
  return new Uint8Array(body);
}

/** What a listing shows of a head. */
export function listedOf({ checksum: _, length: __, slip: ___, ...listed }: Head): Listed {
  return listed;
}

/** The part of a key, or all of a prefix, by which usage is counted. */
export function scopeOf(key: string): string {
  return key.slice(0, key.indexOf("/") + 1);
}

/** The object stores of a transaction over all of them. */
export class Ledger {
  readonly #bodies: ObjectStore<Body>;
  readonly #heads: ObjectStore<Head>;
  readonly #usage: ObjectStore<Usage>;
  readonly #leases: ObjectStore<LeaseRow>;
  readonly #globals: IdbGlobals;

  constructor(transaction: Transaction, globals: IdbGlobals) {
    this.#globals = globals;
    const store = <T>(name: string) => transaction.objectStore(name) as ObjectStore<T>;
    this.#bodies = store("bodies");
    this.#heads = store("heads");
    this.#usage = store("usage");
    this.#leases = store("leases");
  }

  /** Puts rows and drops those that are `undefined`, and counts them; gives the heads that were there. */
  async apply(rows: ReadonlyMap<string, Row | undefined>): Promise<Map<string, Head>> {
    const keys = [...rows.keys()];
    const before = await this.heads(keys);
    const scopes = [...new Set(keys.map(scopeOf))];
    const counts = new Map(scopes.map((scope) => [scope, { entries: 0, bytes: 0 }]));
    await Promise.all(scopes.map(async (scope) => Object.assign(counts.get(scope)!, await this.#count(scope))));
    for (const [key, row] of rows) {
      const count = counts.get(scopeOf(key))!;
      const old = before.get(key);
      count.entries += (row === undefined ? 0 : 1) - (old === undefined ? 0 : 1);
      count.bytes += (row?.head.size ?? 0) - (old?.size ?? 0);
      if (row !== undefined) this.#heads.put(row.head, key);
      else if (old !== undefined) this.#heads.delete(key);
      if (row?.body !== undefined) this.#bodies.put(row.body, key);
      else if (old !== undefined) this.#bodies.delete(key);
    }
    for (const [scope, count] of counts) {
      // Sums of fractions drift; an empty scope is where that ends.
      if (count.entries > 0) this.#usage.put(count, scope);
      else this.#usage.delete(scope);
    }
    return before;
  }

  /** Drops rows without writing anything. */
  evict(keys: readonly string[]): void {
    for (const key of keys) {
      this.#heads.delete(key);
      this.#bodies.delete(key);
      this.#usage.delete(scopeOf(key));
    }
  }

  /** Drops all under a prefix; gives the heads that were there if they are `wanted`, or else how many. */
  async clear(prefix: string, wanted: boolean): Promise<readonly Head[] | number> {
    const range = this.#range(prefix);
    const before = await (wanted ? this.list(prefix) : answer(this.#heads.count(range)));
    for (const store of [this.#bodies, this.#heads, this.#usage, this.#leases]) store.delete(range);
    return before;
  }

  /** How much there is under a prefix. */
  async usage(prefix: string): Promise<Usage> {
    if (prefix !== "") return await this.#count(prefix);
    const range = this.#range("");
    const [counts, entries] = await Promise.all([
      answer(this.#usage.getAll(range)),
      answer(this.#heads.count(range)),
    ]);
    const sum = sumOf(counts.map(({ entries, bytes }) => [entries, bytes]));
    return sum.entries === entries ? sum : await this.#counted("");
  }

  /** Whether a lease is still its owner's, which it is after its time until another takes it or something ends it. */
  async owns({ key, owner }: Lease): Promise<boolean> {
    return (await answer(this.#leases.get(key)))?.owner === owner;
  }

  /** Ends the leases of keys, whoever has them. */
  endLeases(keys: Iterable<string>): void {
    for (const key of keys) this.#leases.delete(key);
  }

  /** The head of a key, and its body if that is in the database. */
  async read(key: string): Promise<readonly [head: Head, body: Body | undefined] | undefined> {
    const [head, body] = await Promise.all([answer(this.#heads.get(key)), answer(this.#bodies.get(key))]);
    return head && [head, body];
  }

  /** Whether what is there is what the changes want to find, and the lease its owner's. */
  async agrees(changes: readonly Change[], lease: Lease | undefined): Promise<boolean> {
    if (lease !== undefined && !await this.owns(lease)) return false;
    const asking = changes.filter(({ found }) => found !== undefined);
    const heads = await this.heads(asking.map(({ key }) => key));
    return asking.every(({ key, found }) => (heads.get(key)?.storedAt ?? "absent") === found);
  }

  /** The heads that are there. */
  async heads(keys: readonly string[]): Promise<Map<string, Head>> {
    const heads = await Promise.all(keys.map((key) => answer(this.#heads.get(key))));
    return new Map(heads.flatMap((head) => head === undefined ? [] : [[head.key, head]]));
  }

  /** Heads under a prefix in the order of their keys: all, or some after a key. */
  list(prefix: string, count?: number, after?: string): Promise<Head[]> {
    return answer(this.#heads.getAll(this.#range(prefix, after), count));
  }

  /** Writes heads whose use was noted. */
  rewrite(heads: Iterable<Head>): void {
    for (const head of heads) this.#heads.put(head, head.key);
  }

  async #count(scope: string): Promise<Usage> {
    return await answer(this.#usage.get(scope)) ?? await this.#counted(scope);
  }

  async #counted(prefix: string): Promise<Usage> {
    const heads = await this.list(prefix);
    return sumOf(heads.map(({ size }) => [1, size]));
  }

  /** The keys under a prefix. Those of the core are ASCII. */
  #range(prefix: string, after?: string): object {
    return this.#globals.IDBKeyRange.bound(after ?? prefix, `${prefix}\uffff`, after !== undefined, false);
  }
}

function sumOf(counts: readonly (readonly [entries: number, bytes: number])[]): Usage {
  let [entries, bytes] = [0, 0];
  for (const [more, weight] of counts) [entries, bytes] = [entries + more, bytes + weight];
  return { entries, bytes };
}
