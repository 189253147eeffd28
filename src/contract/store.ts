import type { Access, Entry, Listed } from "./entry.ts";
import type { MaybePromise } from "./maybe_promise.ts";

/** How many entries and bytes a cache may hold, and which entry leaves first. */
export interface Bounds {
  /** Entries at most; `Infinity` for no bound. */
  readonly maxSize: number;
  /** Sum of entry sizes at most; `Infinity` for no bound. */
  readonly maxBytes: number;
  /** The eviction policy by name. */
  readonly policy: PolicyName;
}

/** The eviction policies. */
export type PolicyName =
  | "lru"
  | "lfu"
  | "fifo"
  | "lifo"
  | "mru"
  | "rr"
  | "ttl"
  | "sieve"
  | "s3fifo"
  | "tinylfu";

/** Why an entry left before its time: there was no room, or `prune` was told to leave no more. */
export type EvictionReason = "size" | "manual";

/** How much a cache holds. */
export interface Usage {
  /** How many entries. */
  readonly entries: number;
  /** The sum of their sizes. */
  readonly bytes: number;
}

/** A use of an entry that a store may note down. `accessedAt` and `hits` are as in a listing; `hits` adds to what is there. */
export interface Touch extends Access {
  /** The key of the entry. */
  readonly key: string;
}

/** One change of a `commit`. */
export interface Change<B = unknown> {
  /** The key that is changed. */
  readonly key: string;
  /** What is kept from now on; `undefined` where the key is to be dropped. */
  readonly entry: Entry<B> | undefined;
  /** What has to be there for the change to be made: the `storedAt` of an entry, or `"absent"`. Anything will do if left out. */
  readonly found?: number | "absent" | undefined;
}

/** The right to compute one key, which one owner at a time has, among all processes that share the storage. */
export interface Lease {
  /** The key that is computed. */
  readonly key: string;
  /** Who has it: text that no other owner has. */
  readonly owner: string;
}

/**
 * What others changed in a storage, as `watch` tells it: keys that were set or dropped, all under a prefix that was dropped,
 * `"lost"` when changes may have gone and may go unheard, `"live"` when they are heard again.
 */
export type News = { readonly keys: readonly string[] } | { readonly prefix: string } | "lost" | "live";

/** Something that `check` found wrong in a storage. */
export interface StorageFault {
  /** The key it concerns, where there is one. */
  readonly key?: string | undefined;
  /** What is wrong, in words that end a sentence. */
  readonly reason: string;
  /** Whether it was put right. */
  readonly fixed: boolean;
}

/**
 * An open engine whose answers come at once.
 *
 * Keys are lower-case printable ASCII of at most 200 characters, `<scope>/<rest>`; a prefix is `<scope>/` or empty for everything.
 * A store may forget an entry at any time. It never judges expiry and never returns anything but the exact entry it was given.
 * Any method may throw when the storage fails; the core turns that into an event and a miss.
 */
export interface SyncStore<B = unknown> {
  /** The entry under a key, fresh or not, or `undefined`. */
  get(key: string): Entry<B> | undefined;
  /** Keeps an entry, replacing one that is there. */
  set(key: string, entry: Entry<B>): void;
  /** Drops an entry; says whether there was one. */
  delete(key: string): boolean;
  /** Lists what is kept under a prefix, in no particular order. */
  entries(prefix: string): Iterable<Listed>;
  /** Drops everything under a prefix; says how many entries went. */
  clear(prefix: string): number;
  /** How many entries and bytes are kept under a prefix. */
  usage(prefix: string): Usage;
  /** Gives back what the store holds of the system. Safe to call twice; every later call of another method throws. */
  close(): void;
  /** What a person may want to reach: the `LRUCache`, the database handle, the folder's path. */
  readonly native: unknown;

  /** The entry under a key without counting the look as a use. Only where `get` counts one. */
  peek?(key: string): Entry<B> | undefined;
  /** What the counted uses would have cost, in milliseconds. Only where `get` counts them. */
  savedMs?(): number;
  /** The entries of several keys, in order. */
  getMany?(keys: readonly string[]): (Entry<B> | undefined)[];
  /** Keeps several entries, all or none where the engine can. */
  setMany?(entries: readonly (readonly [key: string, entry: Entry<B>])[]): void;
  /** Drops several entries; says how many there were. */
  deleteMany?(keys: readonly string[]): number;
  /** Notes down uses of entries, for eviction. */
  touch?(touches: readonly Touch[]): void;
  /** Drops entries under a prefix that are gone at `now`; says how many. */
  sweep?(prefix: string, now: number): number;
  /** Evicts under a prefix until the bounds hold, never the key `keep`; returns the keys that went. */
  trim?(prefix: string, bounds: Bounds, keep?: string): readonly string[];
  /**
   * Makes all changes at once, or none: when a `found` is not what was there before, or when `lease` is no longer its owner's.
   * Says whether they were made; the lease is given back then, even if its key is not among the changes. Of a key that is
   * there twice the last change counts. Comes with `lease`, and without it where there is nobody to share with.
   */
  commit?(changes: readonly Change<B>[], lease?: Lease): boolean;
  /**
   * Takes a lease for `span` milliseconds from now, or renews it; says whether the owner has it. Time is the system's or the
   * server's, never the cache's clock. `set`, `delete`, `clear` and a `commit` without it end the lease of every key they
   * concern, so that what was computed from before them cannot be committed. With `renew` only an owner that has it gets it,
   * so that one that was ended stays so. It is no entry and is never listed or counted. One that is over and that nobody
   * took may still commit.
   */
  lease?(lease: Lease, span: number, renew?: boolean): boolean;
  /** Gives a lease back, if its owner still has it. Comes with `lease`. */
  release?(lease: Lease): void;
  /**
   * Tells of what others change, until the function that it returns is called. Whether it hears anything is told first, by
   * `"live"` or `"lost"`, at once or soon. Own changes may be told, too.
   */
  watch?(listener: (news: News) => void): () => void;
  /** Looks for damage under a prefix, and puts it right if `fix`. */
  check?(prefix: string, fix: boolean): readonly StorageFault[];
}

/** An open engine whose answers may take a while. A `SyncStore` is one, too. The methods mean what they mean there. */
export interface AsyncStore<B = unknown> {
  /** As of `SyncStore`. */
  get(key: string): MaybePromise<Entry<B> | undefined>;
  /** As of `SyncStore`. */
  set(key: string, entry: Entry<B>): MaybePromise<void>;
  /** As of `SyncStore`. */
  delete(key: string): MaybePromise<boolean>;
  /** As of `SyncStore`. */
  entries(prefix: string): Iterable<Listed> | AsyncIterable<Listed>;
  /** As of `SyncStore`. */
  clear(prefix: string): MaybePromise<number>;
  /** As of `SyncStore`. */
  usage(prefix: string): MaybePromise<Usage>;
  /** As of `SyncStore`. */
  close(): MaybePromise<void>;
  /** As of `SyncStore`. */
  readonly native: unknown;

  /** As of `SyncStore`. */
  peek?(key: string): MaybePromise<Entry<B> | undefined>;
  /** As of `SyncStore`. */
  savedMs?(): number;
  /** As of `SyncStore`. */
  getMany?(keys: readonly string[]): MaybePromise<(Entry<B> | undefined)[]>;
  /** As of `SyncStore`. */
  setMany?(entries: readonly (readonly [key: string, entry: Entry<B>])[]): MaybePromise<void>;
  /** As of `SyncStore`. */
  deleteMany?(keys: readonly string[]): MaybePromise<number>;
  /** As of `SyncStore`. */
  touch?(touches: readonly Touch[]): MaybePromise<void>;
  /** As of `SyncStore`. */
  sweep?(prefix: string, now: number): MaybePromise<number>;
  /** As of `SyncStore`. */
  trim?(prefix: string, bounds: Bounds, keep?: string): MaybePromise<readonly string[]>;
  /** As of `SyncStore`. */
  commit?(changes: readonly Change<B>[], lease?: Lease): MaybePromise<boolean>;
  /** As of `SyncStore`. */
  lease?(lease: Lease, span: number, renew?: boolean): MaybePromise<boolean>;
  /** As of `SyncStore`. */
  release?(lease: Lease): MaybePromise<void>;
  /** As of `SyncStore`. */
  watch?(listener: (news: News) => void): () => void;
  /** As of `SyncStore`. */
  check?(prefix: string, fix: boolean): MaybePromise<readonly StorageFault[]>;
}
