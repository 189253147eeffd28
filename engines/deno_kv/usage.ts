import type { Usage } from "../../src/contract/store.ts";
import type { KvConnection } from "./connection.ts";
import { CHECKS, type KvAtomic, type KvEntry } from "./database.ts";
import { decodeHead } from "./head.ts";
import { type KvKeys, scopeOf } from "./keys.ts";

/** Sizes are counted in 1,024ths, as whole numbers. */
const FRACTION = 1024;

const counted = ["entries", "bytes"] as const;

/**
 * How many entries and bytes came and went, by scope.
 *
 * A size is rounded alike when it comes and when it goes, so that nothing adds up. A negative sum is kept as what it is
 * short of 2^64, which is how Deno KV adds.
 */
export class Balance {
  readonly #scopes: Map<string, { entries: bigint; bytes: bigint }> = new Map();

  /** Notes an entry that came, or with -1 went. */
  add(key: string, size: number, sign: 1 | -1): void {
    const sums = this.#sumsOf(scopeOf(key));
    sums.entries += BigInt(sign);
    sums.bytes += BigInt(sign * Math.round(Math.min(size, Number.MAX_SAFE_INTEGER) * FRACTION));
  }

  /** Takes counts off. */
  subtract(counts: readonly KvEntry[]): void {
    for (const count of counts) this.#sumsOf(String(count.key.at(-2)))[ofWhat(count)] -= countIn(count);
  }

  /** The scopes in which something is left. */
  get uneven(): readonly string[] {
    return [...this.#scopes].filter(([, { entries, bytes }]) => entries !== 0n || bytes !== 0n).map(([scope]) => scope);
  }

  /**
   * Adds to an operation that the counts change, those of one scope if it is given. A count of entries is written anew
   * even if it stays the same, to show that something has changed.
   */
  book(operation: KvAtomic, keys: KvKeys, only?: string): void {
    for (const [scope, sums] of this.#scopes) {
      if (only !== undefined && scope !== only) continue;
      for (const what of counted) {
        if (what === "bytes" && sums[what] === 0n) continue;
        operation.sum(keys.usage(scope, what), BigInt.asUintN(64, sums[what]));
      }
    }
  }

  #sumsOf(scope: string): { entries: bigint; bytes: bigint } {
    let sums = this.#scopes.get(scope);
    if (sums === undefined) this.#scopes.set(scope, sums = { entries: 0n, bytes: 0n });
    return sums;
  }
}

/** What is counted under a prefix. */
export async function usageOf(connection: KvConnection, keys: KvKeys, prefix: string): Promise<Usage> {
  const counts = prefix === ""
    ? await connection.page(keys.under("usage", ""))
    : await connection.getMany(counted.map((what) => keys.usage(prefix, what)));
  const sums = { entries: 0n, bytes: 0n };
  for (const count of counts) sums[ofWhat(count)] += countIn(count);
  return { entries: Math.max(0, Number(sums.entries)), bytes: Math.max(0, Number(sums.bytes) / FRACTION) };
}

/** Removes counts of nothing under a prefix, for scopes come and go. */
export async function forgetEmpty(connection: KvConnection, keys: KvKeys, prefix: string): Promise<void> {
  const empty = (await connection.page(keys.under("usage", prefix))).filter((count) => countIn(count) === 0n);
  for (let at = 0; at < empty.length; at += CHECKS) {
    await connection.commit((operation) => {
      for (const count of empty.slice(at, at + CHECKS)) {
        const key = keys.usage(String(count.key.at(-2)), ofWhat(count));
        operation.check({ key, versionstamp: count.versionstamp });
        operation.delete(key);
      }
    });
  }
}

/** Counts what is under a prefix anew, and puts the counts right if `fix`; gives the scopes whose counts were wrong. */
export async function recount(
  connection: KvConnection,
  keys: KvKeys,
  prefix: string,
  heads: AsyncIterable<readonly KvEntry[]>,
  fix: boolean,
): Promise<readonly string[]> {
  const counts = await connection.page(keys.under("usage", prefix));
  const balance = new Balance();
  balance.subtract(counts);
  for await (const page of heads) {
    for (const { key, value } of page) balance.add(String(key.at(-1)), decodeHead(value)?.size ?? 0, 1);
  }
  const wrong: string[] = [];
  for (const scope of balance.uneven) {
    const before = (what: string) => counts.find((one) => one.key.at(-2) === scope && one.key.at(-1) === what);
    // Where somebody has written meanwhile, there is nothing to be said.
    const unchanged = await connection.commit((operation) => {
      for (const what of counted) {
        operation.check({ key: keys.usage(scope, what), versionstamp: before(what)?.versionstamp ?? null });
      }
      if (fix) balance.book(operation, keys, scope);
    });
    if (unchanged !== undefined) wrong.push(scope);
  }
  return wrong;
}

function ofWhat({ key }: KvEntry): "bytes" | "entries" {
  return key.at(-1) === "bytes" ? "bytes" : "entries";
}

function countIn({ value }: KvEntry): bigint {
  const count = (value as { value?: unknown } | null)?.value;
  return typeof count === "bigint" ? BigInt.asIntN(64, count) : 0n;
}
