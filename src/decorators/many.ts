import type { CallCache } from "./call_cache.ts";

/** Makes several calls at once and gives their results in order. */
export function callMany(core: CallCache, self: unknown, argsList: Iterable<readonly unknown[]>): Promise<unknown[]> {
  return resultsOf(Array.from(argsList, async (args) => await core.call(self, args)));
}

/** The results of several calls in order, or the error of the first that failed, once none is under way any more. */
export async function resultsOf<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  const results: T[] = [];
  for (const call of await Promise.allSettled(calls)) {
    if (call.status === "rejected") throw call.reason;
    results.push(call.value);
  }
  return results;
}
