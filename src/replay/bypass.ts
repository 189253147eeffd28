import { standingIn } from "./stand_in.ts";

/**
 * Runs `fn` with every cached function that is called inside as if it were not cached: nothing is read, kept or counted, and no
 * two calls share a run. The answers of promise-only wrappers are promises all the same. Gives what `fn` gives.
 *
 * It follows asynchronous work where the runtime has `AsyncLocalStorage`; elsewhere it ends with the synchronous part of `fn`.
 * What does not call the function, such as `fn.cache.set`, does what it always does.
 *
 * @example
 * ```ts
 * import { bypass, mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * let runs = 0;
 * const roll = mcache(() => ++runs);
 * roll();
 * assert.equal(bypass(() => roll()), 2);
 * assert.equal(roll(), 1);
 * ```
 */
export function bypass<T>(fn: () => T): T {
  return standingIn({ answer: (call) => call.compute() }, fn);
}
