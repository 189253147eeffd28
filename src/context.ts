import type { Listed } from "./contract/entry.ts";
import { ContextEdits } from "./context_edits.ts";
import {
  type CacheTransaction,
  type CheckOptions,
  type ComputeOptions,
  type ContextOptions,
  givenBy,
  type SetOptions,
  type WrapOptions,
} from "./context_options.ts";
import { chain } from "./contract/maybe_promise.ts";
import { anywhere } from "./decorators/anywhere.ts";
import { CallCache } from "./decorators/call_cache.ts";
import type { CacheInfo } from "./decorators/cached.ts";
import type { Explanation } from "./decorators/explain.ts";
import { effectiveOptions } from "./decorators/wrap.ts";
import { ResourceError } from "./errors.ts";
import type { StorageFault } from "./contract/store.ts";
import { editsOf } from "./flow/edits.ts";
import { invalidateWhere } from "./flow/invalidate_where.ts";
import { identify } from "./key/identity.ts";
import { limitsOf, type PruneOptions } from "./prune_options.ts";
import { registry } from "./registry.ts";
import { settle } from "./settings.ts";
import type { CacheStats } from "./stats.ts";

const housing = /* @__PURE__ */ anywhere("ucache");

/**
 * A cache without a function, open for as long as a block needs it.
 *
 * Keys are anything that can be an argument of a cached function; equal keys share an entry. It lives in memory, or where
 * `engine`, `folderName`, `persist` and `compress` say, as for `ucache`. Use after `close()` throws a `ResourceError`.
 *
 * @example
 * ```ts
 * import { CacheContext } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * await using cache = await CacheContext.open({ ttl: "5m" });
 * const compute = () => 42;
 * assert.equal(await cache.getOrSet("answer", compute), 42);
 * assert.equal(await cache.get("answer"), 42);
 * ```
 */
export class CacheContext {
  readonly #core: CallCache;
  readonly #edits: ContextEdits = new ContextEdits(() => this.#on());
  #closed = false;

  private constructor(core: CallCache) {
    this.#core = core;
  }

  /** Opens a cache. Throws a `ConfigurationError` for options that cannot be used. */
  static async open(options: ContextOptions = {}): Promise<CacheContext> {
    const kind = { housing, called: "CacheContext", colour: "async", refuses: {} } as const;
    const settings = settle(effectiveOptions(kind, options));
    const name = options.name ?? options.folderName ?? "context";
    const identity = identify(keep, { name, version: "context", persistent: false });
    const context = new CacheContext(
      new CallCache({ housing, colour: "async", fn: keep, identity, settings }),
    );
    await context.#core.residence.open();
    registry.add(name, context.#core.facedBy(context), context.#core.counters);
    return context;
  }

  /** The value of a key, or `undefined`. */
  async get<V = unknown>(key: unknown): Promise<V | undefined> {
    const found = await this.#on().on((values) => {
      const at = this.#core.keyOf(undefined, [key]);
      return chain(values.lookup.read(at), (found) => {
        if (!found.found) values.tally.missed(at, found.because);
        else values.tally.hit(at, found.age, found.state);
        return found;
      });
    });
    return found.found && !found.failed ? found.value as V : undefined;
  }

  /** Keeps a value. Throws what keeps it from being kept. */
  async set(key: unknown, value: unknown, options: SetOptions = {}): Promise<void> {
    await this.#on().set(undefined, [key], value, givenBy(options));
  }

  /** Whether a fresh value is kept under a key. */
  async has(key: unknown): Promise<boolean> {
    return (await this.#on().on((values) => values.peek(this.#core.keyOf(undefined, [key]))))?.state === "fresh";
  }

  /** Removes a key; says whether it was there. */
  async delete(key: unknown): Promise<boolean> {
    return await this.#on().on((values) => values.invalidate(this.#core.keyOf(undefined, [key])));
  }

  /** The value of a key; where there is none, what `compute` gives, which is then kept. Concurrent callers share one run. */
  async getOrSet<V>(key: unknown, compute: () => V | Promise<V>, options: ComputeOptions = {}): Promise<V> {
    return await this.#on().call(undefined, [key], compute, givenBy(options)) as V;
  }

  /**
   * Keeps a value unless the key holds a fresh one; says whether it did. Of several processes that share the engine, one
   * succeeds, on engines with transactions.
   */
  async add(key: unknown, value: unknown, options: SetOptions = {}): Promise<boolean> {
    return await this.#edits.add(key, value, options);
  }

  /**
   * Adds to the number under a key, which counts as 0 where there is none, and gives the sum. No addition is lost, also
   * among processes on engines with transactions. Throws a `CacheValueError` when the value is no number.
   */
  async incr(key: unknown, by = 1, options: SetOptions = {}): Promise<number> {
    return await this.#edits.incr(key, by, options);
  }

  /** Lets a value be fresh for `ttl` from now on, or for the context's; says whether there was a fresh one. */
  async touch(key: unknown, options: SetOptions = {}): Promise<boolean> {
    return await this.#edits.touch(key, options);
  }

  /** Removes a key and gives the value that it held, or `undefined`. */
  async pop<V = unknown>(key: unknown): Promise<V | undefined> {
    return await this.#edits.pop(key) as V | undefined;
  }

  /**
   * Makes several changes together: all of them when `work` ends, none when it throws. It sees its own changes at once;
   * others see them at the end. Where others changed meanwhile what it read, it is run again. Throws a
   * `CacheOperationError` on engines that cannot, and a `ConcurrencyError` after a hundred tries.
   *
   * @example
   * ```ts
   * import { CacheContext } from "@twat/cache";
   * import assert from "node:assert/strict";
   *
   * await using cache = await CacheContext.open();
   * await cache.setMany([["from", 10], ["to", 0]]);
   * await cache.transaction(async (tx) => {
   *   tx.set("from", (await tx.get<number>("from"))! - 3);
   *   tx.set("to", (await tx.get<number>("to"))! + 3);
   * });
   * assert.deepEqual(await cache.getMany(["from", "to"]), [7, 3]);
   * ```
   */
  async transaction<T>(work: (tx: CacheTransaction) => T | Promise<T>): Promise<T> {
    return await this.#edits.transaction(work);
  }

  /** The values of several keys, in order. */
  async getMany<V = unknown>(keys: readonly unknown[]): Promise<(V | undefined)[]> {
    const found = await this.#on().on((values) => {
      const places = keys.map((key) => this.#keyOf(key));
      return chain(values.lookup.readMany(places), (found) => {
        for (const [at, one] of found.entries()) {
          if (!one.found) values.tally.missed(places[at], one.because);
          else values.tally.hit(places[at], one.age, one.state);
        }
        return found;
      });
    });
    return found.map((one) => one.found && !one.failed ? one.value as V : undefined);
  }

  /** Keeps several values, all at once where the engine can. */
  async setMany(entries: Iterable<readonly [key: unknown, value: unknown]>, options: SetOptions = {}): Promise<void> {
    await this.#edits.setMany(entries, options);
  }

  /** Removes several keys; says how many were there. */
  async deleteMany(keys: readonly unknown[]): Promise<number> {
    return (await Promise.all(keys.map((key) => this.delete(key)))).filter(Boolean).length;
  }

  /** Drops every value with a tag, in every cache that shares the folder. */
  async invalidateTag(tag: string): Promise<void> {
    await this.#on().on((values) => values.invalidateTag(tag));
  }

  /**
   * Removes the entries that `predicate` chooses, fresh or stale, by what is known of them besides the value; says how many
   * went. What is being computed for their keys is not kept.
   */
  async invalidateWhere(predicate: (entry: Listed) => boolean): Promise<number> {
    return await this.#on().on((values) => invalidateWhere(values, predicate));
  }

  /** Looks for damage in what is kept here, and puts it right if asked to; says what it found. */
  async check(options: CheckOptions = {}): Promise<readonly StorageFault[]> {
    return await this.#on().on((values) => editsOf(values).check(options.fix ?? false));
  }

  /** What `getOrSet` would do for a key now, and why. Computes and counts nothing. */
  async explain(key: unknown): Promise<Explanation> {
    return await this.#on().explain(undefined, [key]);
  }

  /** A key as engines and events have it, and as `keys()` lists it. */
  key(key: unknown): string {
    return this.#on().key(undefined, [key]);
  }

  /** The keys that hold a fresh value, as `key()` gives them. */
  async keys(): Promise<string[]> {
    return (await this.entries()).map(({ key }) => key);
  }

  /** What is known of each entry that holds a fresh value, besides the value. */
  async entries(): Promise<Listed[]> {
    return await this.#on().on((values) => values.kept.list());
  }

  /**
   * Wraps a function so that its results are kept here. Functions are told apart by name and source; one without a name
   * needs `name`.
   */
  wrap<A extends unknown[], R>(fn: (...args: A) => R, options: WrapOptions = {}): (...args: A) => Promise<Awaited<R>> {
    const { scope, version } = identify(fn, { name: options.name, persistent: true });
    return (...args) => this.getOrSet([scope, version, args], () => fn(...args), options) as Promise<Awaited<R>>;
  }

  /**
   * Drops what is past its time, then what is beyond the limits, those first that were used least recently; says how many entries.
   * Throws a `ConfigurationError` for limits that cannot be used.
   */
  async prune(limits?: PruneOptions): Promise<number> {
    return await this.#on().on((values) => values.prune(limitsOf(limits)));
  }

  /** Removes everything; says how many entries. */
  async clear(): Promise<number> {
    return await this.#on().on((values) => values.clear());
  }

  /** The counts since the context was opened. */
  stats(): CacheStats {
    return this.#core.stats();
  }

  /** How many entries are held. */
  get size(): number {
    return this.stats().size;
  }

  /** Where values are kept and why there. */
  get info(): CacheInfo {
    return this.#on().residence.info();
  }

  /** What the engine lets a person reach: the `LRUCache` or `Map`, the database handle, the folder's path. */
  get native(): unknown {
    return this.#on().residence.native();
  }

  /** Gives back what the engine holds of the system. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    registry.remove(this);
    await this.#core.residence.close();
  }

  /** Closes the cache at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keyOf(key: unknown): unknown {
    return this.#on().keyOf(undefined, [key]);
  }

  #on(): CallCache {
    if (!this.#closed) return this.#core;
    throw new ResourceError("Cannot use the cache context: it is closed; open another one");
  }
}

/** Stands in for a function where there is none; what is computed comes with each call. */
function keep(): undefined {
  return undefined;
}
