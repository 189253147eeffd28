import { CallScope } from "./call_scope.ts";
import type { CacheOptions } from "./options.ts";
import { checkOptions } from "./option_schema.ts";

const scope: CallScope<CacheOptions> = /* @__PURE__ */ new CallScope();

/**
 * Runs `fn` with options that caches made inside inherit; what a cache is given itself wins, and inner scopes over outer ones.
 *
 * A cache that was made before and is called inside takes over `ttl` and `enabled`, unless it has its own. Scopes follow
 * asynchronous work where the runtime has `AsyncLocalStorage`; elsewhere they end with the synchronous part of `fn`.
 *
 * @example
 * ```ts
 * import { mcache, withDefaults } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const double = withDefaults({ ttl: "5m", maxSize: 100 }, () => mcache((x: number) => x * 2));
 * assert.equal(double.cache.info.options.maxSize, 100);
 * ```
 */
export function withDefaults<T>(options: CacheOptions, fn: () => T): T {
  return scope.run({ ...currentDefaults(), ...checkOptions(options, "withDefaults") }, fn);
}

/** The options of the scope that is running, if any. */
export function currentDefaults(): CacheOptions | undefined {
  return scope.current();
}
