import { registry } from "../registry.ts";
import { CallCache } from "./call_cache.ts";

/**
 * Drops every value that carries a tag, in every cache of this process, and for all processes that share an engine with it.
 *
 * Nothing is looked through: in a shared store an entry with the tag is a miss from now on. What is being computed with the
 * tag is not kept.
 *
 * @example
 * ```ts
 * import { invalidateTag, mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const user = mcache((id: number) => ({ id }), { name: "user", tags: (_, id) => [`user:${id}`] });
 * user(1);
 * user(2);
 * await invalidateTag("user:1");
 * assert.deepEqual([user.cache.has(1), user.cache.has(2)], [false, true]);
 * ```
 */
export async function invalidateTag(tag: string): Promise<void> {
  const caches = registry.all().flatMap(({ cache }) => CallCache.of(cache) ?? []);
  await Promise.all(caches.map((core) => core.on((values) => values.invalidateTag(tag))));
}
