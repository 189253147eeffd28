import type { SyncDecorator } from "./decorator.ts";
import { makeDecorator } from "./decorator.ts";
import { inMemory } from "./in_memory.ts";

const ELSEWHERE = "means nothing to mcache, which keeps values in memory; use bcache, fcache or ucache";

/**
 * Keeps the results of a function in memory. A synchronous function stays synchronous.
 *
 * Bounded by 10,000 entries and 100 MB unless `maxSize` and `maxBytes` say otherwise. Callers share the value itself
 * unless `copy` says otherwise. Concurrent calls of an asynchronous function with the same arguments share one run; a
 * rejection is not kept. Throws a `ConfigurationError` for options that cannot be used, and the wrapper throws a
 * `CacheKeyError` for arguments that no key can be made of.
 *
 * @example
 * ```ts
 * import { mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * let runs = 0;
 * const square = mcache((x: number) => (runs++, x * x), { maxSize: 100, ttl: "5m" });
 * assert.equal(square(4), 16);
 * assert.equal(square(4), 16);
 * assert.equal(runs, 1);
 * ```
 */
export const mcache: SyncDecorator = /* @__PURE__ */ makeDecorator({
  housing: inMemory,
  answers: "sync",
  called: "mcache",
  colour: "alike",
  refuses: {
    engine: ELSEWHERE,
    strict: ELSEWHERE,
    folderName: ELSEWHERE,
    cacheDir: ELSEWHERE,
    persist: ELSEWHERE,
    url: ELSEWHERE,
    lock: ELSEWHERE,
    engineTimeout: ELSEWHERE,
    compress: ELSEWHERE,
    encrypt: ELSEWHERE,
    secure: ELSEWHERE,
    schema: "means nothing to mcache, whose values the function itself gave; use validate",
    migrate: "means nothing to mcache, whose values the function itself gave; use validate",
  },
}) as SyncDecorator;
