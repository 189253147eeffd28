import { CacheContext } from "./context.ts";
import type { ContextOptions } from "./context_options.ts";

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
