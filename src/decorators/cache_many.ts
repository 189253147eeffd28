import { ConfigurationError } from "../errors.ts";
import type { CacheOptions } from "../options.ts";
import { anywhere } from "./anywhere.ts";
import { current, KeyBatch, loadKeys, type ManyLoader } from "./key_batch.ts";
import { CallCache } from "./call_cache.ts";
import type { FunctionCache } from "./cached.ts";
import { resultsOf } from "./many.ts";
import { type DecoratorKind, wrap } from "./wrap.ts";

/** The options of `cacheMany`, as those of a function that takes one key. */
export type ManyOptions<K, V> = Omit<CacheOptions<(key: K) => Promise<V>>, "signal">;

/** A function that gives the values of several keys, and the cache of its keys. */
export interface CachedMany<K, V> {
  /** The values of the keys, in order. */
  (keys: readonly K[]): Promise<V[]>;
  /** The cache, whose calls have one key for their argument. */
  readonly cache: FunctionCache<(key: K) => Promise<V>, "async">;
}

const KIND: DecoratorKind = {
  housing: /* @__PURE__ */ anywhere("ucache"),
  called: "cacheMany",
  colour: "async",
  refuses: { signal: "means nothing to cacheMany, whose loader is given keys and nothing else" },
};

/**
 * Makes of a function that loads many keys at once one that asks it only for those that are not kept.
 *
 * The loader is given the missing keys, each once, in order. Calls at the same time share what is being loaded, also among
 * processes where the engine has leases. A key that fails rejects the call with the first such error once all of it is
 * settled; the other keys are kept. Values stay in memory, or where `engine`, `folderName`, `persist`, `url` and `compress`
 * say, as for `ucache`. Where values outlive the process, the version follows the loader's source. Inside the loader
 * `computation()` is that of the first key.
 *
 * A loader that throws fails all keys that it was given, one that gives a list of another length, or neither a list nor a
 * `Map`, does so with a `CacheOperationError`, and a `Map` without a key fails that key with one. Throws a
 * `ConfigurationError` for options that cannot be used.
 *
 * @param loader What loads keys.
 * @param options How values are kept; `ttl`, `tags`, `key` and other functions among them are given one value or one key.
 *
 * @example
 * ```ts
 * import { cacheMany } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const asked: number[][] = [];
 * const squares = cacheMany(async (ids: readonly number[]) => {
 *   asked.push([...ids]);
 *   return await Promise.resolve(ids.map((id) => id * id));
 * }, { ttl: "5m" });
 * await squares([2]);
 * assert.deepEqual(await squares([1, 2, 3]), [1, 4, 9]);
 * assert.deepEqual(asked, [[2], [1, 3]]);
 * ```
 */
export function cacheMany<K, V>(loader: ManyLoader<K, V>, options: ManyOptions<K, V> = {}): CachedMany<K, V> {
  if (typeof loader !== "function") {
    throw new ConfigurationError(
      `Cannot wrap ${loader === null ? "null" : `a ${typeof loader}`} with cacheMany: it is not a function; pass one`,
    );
  }
  const load = loader as ManyLoader<unknown, unknown>;
  const one = async (key: unknown): Promise<unknown> =>
    await new Promise((resolve, reject) => loadKeys(load, core, [{ key, at: 0, inside: current(), resolve, reject }]));
  Object.defineProperty(one, "name", { value: loader.name });
  const { cache } = wrap(KIND, one, withLoader(options as CacheOptions, load));
  const core = CallCache.of(cache)!;
  const many = (keys: readonly K[]): Promise<V[]> => {
    const batch = new KeyBatch(load, core, keys.length);
    return resultsOf(keys.map((key, at) => batch.call(key, at))) as Promise<V[]>;
  };
  return Object.defineProperties(many, {
    name: { value: loader.name, configurable: true },
    cache: { value: cache, enumerable: true },
  }) as unknown as CachedMany<K, V>;
}

/** It is the loader's source that a version follows. */
function withLoader(options: CacheOptions, loader: ManyLoader<unknown, unknown>): CacheOptions {
  const { version = "source", deps = [] } = options;
  return version === "source" ? { ...options, deps: [loader, ...deps] } : options;
}
