import type { Engine } from "../../src/contract/engine.ts";
import { adapterEngine, type AdapterOptions, missingIn, refused } from "./adapter_engine.ts";

/** A `Storage` of unstorage or one of its drivers, told by what it can do. */
export interface UnstorageLike {
  /** Reads the value of a key. */
  getItem(...args: never[]): unknown;
  /** Keeps a value under a key. A driver that has none only reads, and will not do. */
  setItem?(...args: never[]): unknown;
  /** Drops the value of a key. */
  removeItem?(...args: never[]): unknown;
  /** Lists the keys. */
  getKeys(...args: never[]): unknown;
}

/**
 * Makes an engine of a `Storage` of unstorage, `createStorage({ driver })`, or of a driver alone.
 *
 * It stays yours to dispose of. A driver that keeps files does not replace them in one step: an entry that is read while it
 * is written is not there.
 *
 * Throws a `ConfigurationError` for what is no such store, and for one that only reads.
 *
 * @example
 * ```ts ignore
 * import { fcache, fromUnstorage } from "@twat/cache";
 * import { createStorage } from "unstorage";
 * import fsDriver from "unstorage/drivers/fs";
 *
 * const storage = createStorage({ driver: fsDriver({ base: "./.data" }) });
 * const fetchPage = async (url: string) => await (await fetch(url)).text();
 * const page = fcache(fetchPage, { engine: fromUnstorage(storage), ttl: "1h" });
 * ```
 */
export function fromUnstorage(store: UnstorageLike, options: AdapterOptions = {}): Engine {
  const missing = missingIn(store, ["getItem", "setItem", "removeItem", "getKeys"]);
  if (missing.length > 0) {
    throw refused("store", `it has no ${missing.join(", ")}; pass what createStorage() gives, or a driver that writes`);
  }
  const kind = {
    name: "unstorage",
    native: store,
    keeps: "in a store of unstorage, under keys that begin with `twat_cache:<folder name>:`",
    load: async () => {
      const { UnstorageTexts } = await import("./unstorage_texts.ts");
      return () => new UnstorageTexts(store);
    },
  };
  return adapterEngine(kind, options);
}
