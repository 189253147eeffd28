import type { Engine } from "../../src/contract/engine.ts";
import { adapterEngine, type AdapterOptions, missingIn, refused } from "./adapter_engine.ts";

/** A `Keyv`, a storage adapter of Keyv, or a `Map`, told by what it can do. */
export interface KeyvLike {
  /** Reads the value of a key. */
  get(...args: never[]): unknown;
  /** Keeps a value under a key, for a number of milliseconds if one is given. */
  set(...args: never[]): unknown;
  /** Drops the value of a key. */
  delete(...args: never[]): unknown;
}

/**
 * Makes an engine of a `Keyv` (5 or 6), of a storage adapter of Keyv, or of anything like a `Map`.
 *
 * Values go through the `Keyv` and whatever it is set up to do with them, such as compression. It stays yours to close.
 * Listing and counting walk its whole namespace, values and all, so give the cache a namespace of its own. A store that
 * cannot be walked, such as Memcached, keeps the names of its entries in 64 texts; processes that store new keys in the same
 * moment may lose one of those.
 *
 * Throws a `ConfigurationError` for what is no such store.
 *
 * @example
 * ```ts
 * import { fromKeyv, ucache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const store = new Map<string, string>(); // new Keyv(…), new KeyvRedis(…), …
 * const square = ucache(async (n: number) => await Promise.resolve(n * n), { engine: fromKeyv(store), name: "square" });
 * assert.equal(await square(4), 16);
 * await square.cache.close();
 * assert.ok(store.size > 0);
 * ```
 */
export function fromKeyv(store: KeyvLike, options: AdapterOptions = {}): Engine {
  const missing = missingIn(store, ["get", "set", "delete"]);
  if (missing.length > 0) {
    throw refused("store", `it has no ${missing.join(", ")}; pass a Keyv, a storage adapter of Keyv, or a Map`);
  }
  const kind = {
    name: "keyv",
    native: store,
    keeps: "in a store of Keyv, under names that begin with `twat_cache:<folder name>:`",
    load: async () => {
      const { KeyvTexts } = await import("./keyv_texts.ts");
      return () => new KeyvTexts(store);
    },
  };
  return adapterEngine(kind, options);
}
