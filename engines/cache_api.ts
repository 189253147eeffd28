/**
 * Entries as responses in a cache of the Cache API, `twat_cache/<folder name>`, which Workers, browsers and Deno have.
 *
 * Why epochs: the caches of Cloudflare's Workers cannot be listed, and nothing in the Cache API happens at once with something
 * else. So an entry counts only with the epochs that were in force when it was written, of the folder and of its scope, which
 * stand in records of their own; clearing writes a new epoch, and what was written before, or is still on its way, is out
 * of reach. Where an epoch is lost, so are the entries of it. What is there is written down in an index for listings and counts
 * alone: two isolates that write at the same instant may make it inexact, and never bring a value back.
 */
import type { Engine, Globals } from "../src/contract/engine.ts";
import { ConfigurationError } from "../src/errors.ts";
import { endsPromises } from "../src/runtime/requests.ts";

/** How the Cache API is used. */
export interface CacheApiOptions {
  /**
   * The beginning of the addresses under which entries are kept, such as `"https://example.com"`. Cloudflare asks for the domain
   * of the Worker here, to save look-ups; nothing is ever fetched from it.
   */
  readonly origin?: string | undefined;
}

/**
 * An engine over the Cache API, which keeps values for all requests that come to one place.
 *
 * On Cloudflare that is one data centre, and a value leaves when it is little used. A deployment on `workers.dev` has a Cache
 * API that keeps nothing; there the engine cannot be opened. A call found costs three operations, a value kept five, of
 * those that a request may have there. In browsers and on Deno nothing is ever dropped unless `maxSize` or `maxBytes` are given.
 *
 * Throws a `ConfigurationError` for an origin that is not one.
 *
 * @example
 * ```ts
 * import { bcache } from "@twat/cache";
 * import { cacheApi } from "@twat/cache/edge";
 * import assert from "node:assert/strict";
 *
 * const square = bcache(async (n: number) => n * n, { name: "square", engine: cacheApi({ origin: "https://example.com" }) });
 * assert.equal(await square(4), 16);
 * await square.cache.clear();
 * await square.cache.close();
 * ```
 */
export function cacheApi(options: CacheApiOptions = {}): Engine {
  const origin = options.origin === undefined ? "https://twat-cache.invalid" : originOf(options.origin);
  return {
    name: "cache_api",
    mode: "async",
    holds: "bytes",
    scope: "folder",
    // An isolate at the edge has 128 MB of memory for everything.
    limits: { keyBytes: 400, bodyBytes: 64_000_000 },
    persistent: true,
    shared: true,
    remote: true,
    keeps: "in the Cache API, in the cache `twat_cache/<folder name>`",
    probe: (globals) => hasCaches(globals) || MISSING,
    async open({ folderName = "default" }) {
      const { openStore } = await import("./cache_api/store.ts");
      return await openStore(globalThis as unknown as Globals & { caches: CacheStorage }, folderName, origin);
    },
  };
}

/**
 * The same engine for those who did not ask for it: only where the cache drops by itself what nobody reads, as hosts at the edge
 * do, since elsewhere it would grow for ever and outside of the cache folder.
 */
export const edgeCache: Engine = {
  ...cacheApi(),
  probe(globals) {
    if (!endsPromises(globals)) return "there is no cache here that drops by itself what nobody reads";
    return hasCaches(globals) || MISSING;
  },
};

function hasCaches({ caches }: Globals): boolean {
  return typeof (caches as Partial<CacheStorage> | null | undefined)?.open === "function";
}

const MISSING = "this runtime has no caches, or gives them to secure pages only";

function originOf(origin: string): string {
  try {
    const { protocol, origin: plain } = new URL(origin);
    if (/^https?:$/.test(protocol)) return plain;
  } catch {
    // Refused below.
  }
  const message = `Cannot use the Cache API: origin is ${
    JSON.stringify(origin)
  }; give one such as "https://example.com"`;
  throw new ConfigurationError(message, { issues: [{ path: "origin", message }] });
}
