import { CallCache } from "../src/decorators/call_cache.ts";

/** Waits until everything that a wrapped function's cache is writing has arrived, and room has been made. */
export async function settled(fn: { readonly cache: object }): Promise<void> {
  await CallCache.of(fn.cache)!.on((values) => values.settle());
}
