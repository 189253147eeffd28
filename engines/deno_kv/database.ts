/** A key of Deno KV: its parts. */
export type KvKey = readonly (string | number)[];

/** What Deno KV has under a key. */
export interface KvEntry {
  /** The key. */
  readonly key: readonly unknown[];
  /** What is there; `null` where there is nothing. */
  readonly value: unknown;
  /** Which of all changes of the database made it so; `null` where there is nothing. */
  readonly versionstamp: string | null;
}

/** What has to be under a key for an atomic operation to be made. */
export interface KvCheck {
  /** The key. */
  readonly key: KvKey;
  /** The versionstamp of what has to be there; `null` for nothing. */
  readonly versionstamp: string | null;
}

/** An atomic operation in the making. */
export interface KvAtomic {
  /** Makes the operation depend on what is there. */
  check(...checks: KvCheck[]): unknown;
  /** Adds that a key is set. */
  set(key: KvKey, value: Uint8Array): unknown;
  /** Adds that a key is deleted. */
  delete(key: KvKey): unknown;
  /** Adds that a number is added to that of a key, modulo 2^64. */
  sum(key: KvKey, n: bigint): unknown;
  /** Makes the operation, unless a check fails: then `ok` is `false`. */
  commit(): Promise<{ readonly ok: boolean; readonly versionstamp?: string }>;
}

/** The part of a `Deno.Kv` that is used here. The databases of `@deno/kv` have it, too. */
export interface KvDatabase {
  /** What is under some keys, ten at most, all as of one instant. */
  getMany(keys: KvKey[]): Promise<readonly KvEntry[]>;
  /** What is between two keys. */
  list(
    selector: { readonly start: KvKey; readonly end: KvKey },
    options: { readonly limit?: number; readonly batchSize: number },
  ): AsyncIterable<KvEntry>;
  /** Begins an atomic operation. */
  atomic(): KvAtomic;
  /** Closes the database. */
  close(): void;
}

/**
 * Opens a Deno KV database: `Deno.openKv`, or `openKv` of the npm package `@deno/kv`. Told where: the path of a file,
 * a URL or `":memory:"`.
 */
export type OpenKv = (place?: string) => Promise<KvDatabase>;

/** The most bytes that a value of Deno KV may have. */
export const VALUE_BYTES = 65_536;
/** The most checks in an atomic operation: 100 for Deno, 10 for @deno/kv (0.14) and the servers of its age. */
export const CHECKS = 10;
/** The most bytes of all values in an atomic operation, less than the 819,200 of Deno KV for the sake of its keys. */
export const COMMIT_BYTES = 600_000;
/** The most deletions that are put into an atomic operation, which may have 1,000 mutations. */
export const DELETIONS = 900;
/** The most keys that are read at a time. */
export const READ_KEYS = 10;
