import type { Listed } from "./contract/entry.ts";
import { chain } from "./contract/maybe_promise.ts";
import { CallCache } from "./decorators/call_cache.ts";
import type { CacheInfo } from "./decorators/cached.ts";
import { effectiveOptions } from "./decorators/wrap.ts";
import { milliseconds } from "./duration.ts";
import type { Duration } from "./duration.ts";
import { ConfigurationError, ResourceError } from "./errors.ts";
import { identify } from "./key/identity.ts";
import type { CacheOptions } from "./options.ts";
import { registry } from "./registry.ts";
import { settle } from "./settings.ts";
import type { CacheStats } from "./stats.ts";

/** How one value is kept. */
export interface SetOptions {
  /** How long the value is fresh, in place of the context's `ttl`. */
  readonly ttl?: Duration | undefined;
}

/** How the results of a function are kept that a `CacheContext` wraps. */
export interface WrapOptions extends SetOptions {
  /** The name by which the function is told apart. Its own by default. */
  readonly name?: string | undefined;
}

/** The options of a `CacheContext`: those of a function's cache that do not need a function. */
export type ContextOptions = Omit<CacheOptions, "key" | "ignoreArgs" | "deps" | "version">;

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
  #closed = false;

  private constructor(core: CallCache) {
    this.#core = core;
  }

  /** Opens a cache. Throws a `ConfigurationError` for options that cannot be used. */
  static async open(options: ContextOptions = {}): Promise<CacheContext> {
    const kind = { decorator: "ucache", called: "CacheContext", colour: "async", refuses: {} } as const;
    const settings = settle(effectiveOptions(kind, options));
    const name = options.name ?? options.folderName ?? "context";
    const identity = identify(keep, { name, version: "context", persistent: false });
    const context = new CacheContext(
      new CallCache({ decorator: "ucache", colour: "async", fn: keep, identity, settings }),
    );
    await context.#core.open();
    registry.add(name, context.#core.facedBy(context));
    return context;
  }

  /** The value of a key, or `undefined`. */
  async get<V = unknown>(key: unknown): Promise<V | undefined> {
    const found = await this.#on().on((values) => {
      const at = this.#core.keyOf(undefined, [key]);
      return chain(values.read(at), (found) => {
        if (typeof found === "string") values.tally.missed(at, found);
        else values.tally.hit(at, found.age);
        return found;
      });
    });
    return typeof found === "string" ? undefined : found.value as V;
  }

  /** Keeps a value. Throws what keeps it from being kept. */
  async set(key: unknown, value: unknown, options: SetOptions = {}): Promise<void> {
    await this.#on().set(undefined, [key], value, spanOf(options));
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
  async getOrSet<V>(key: unknown, compute: () => V | Promise<V>, options: SetOptions = {}): Promise<V> {
    return await this.#on().call(undefined, [key], compute, spanOf(options)) as V;
  }

  /** The values of several keys, in order. */
  async getMany<V = unknown>(keys: readonly unknown[]): Promise<(V | undefined)[]> {
    return await Promise.all(keys.map((key) => this.get<V>(key)));
  }

  /** Keeps several values. */
  async setMany(entries: Iterable<readonly [key: unknown, value: unknown]>, options: SetOptions = {}): Promise<void> {
    await Promise.all([...entries].map(([key, value]) => this.set(key, value, options)));
  }

  /** Removes several keys; says how many were there. */
  async deleteMany(keys: readonly unknown[]): Promise<number> {
    return (await Promise.all(keys.map((key) => this.delete(key)))).filter(Boolean).length;
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
    return await this.#on().on((values) => values.entries());
  }

  /**
   * Wraps a function so that its results are kept here. Functions are told apart by name and source; one without a name
   * needs `name`.
   */
  wrap<A extends unknown[], R>(fn: (...args: A) => R, options: WrapOptions = {}): (...args: A) => Promise<Awaited<R>> {
    const { scope, version } = identify(fn, { name: options.name, persistent: true });
    return (...args) => this.getOrSet([scope, version, args], () => fn(...args), options) as Promise<Awaited<R>>;
  }

  /** Drops what is past its time; says how many entries. */
  async prune(): Promise<number> {
    return await this.#on().on((values) => values.prune());
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
    return this.#on().info();
  }

  /** What the engine lets a person reach: the `LRUCache` or `Map`, the database handle, the folder's path. */
  get native(): unknown {
    return this.#on().native();
  }

  /** Gives back what the engine holds of the system. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    registry.remove(this);
    await this.#core.close();
  }

  /** Closes the cache at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #on(): CallCache {
    if (!this.#closed) return this.#core;
    throw new ResourceError("Cannot use the cache context: it is closed; open another one");
  }
}

/**
 * Opens a cache, hands it to `use`, closes it whatever happens, and gives what `use` gave.
 *
 * @example
 * ```ts
 * import { engineContext } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const answer = await engineContext({ ttl: "5m" }, async (cache) => {
 *   await cache.set("answer", 42);
 *   return await cache.get<number>("answer");
 * });
 * assert.equal(answer, 42);
 * ```
 */
export async function engineContext<T>(
  options: ContextOptions,
  use: (cache: CacheContext) => T | Promise<T>,
): Promise<T> {
  const cache = await CacheContext.open(options);
  try {
    return await use(cache);
  } finally {
    await cache.close();
  }
}

/** Stands in for a function where there is none; what is computed comes with each call. */
function keep(): undefined {
  return undefined;
}

function spanOf({ ttl }: SetOptions): number | undefined {
  if (ttl === undefined) return undefined;
  const span = milliseconds(ttl);
  if (span !== undefined) return span;
  throw new ConfigurationError(
    `Cannot use ttl ${String(ttl)}: it is not a duration; give milliseconds over 0 or text such as "5m"`,
  );
}
