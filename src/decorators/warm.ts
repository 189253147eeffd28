import { ConfigurationError } from "../errors.ts";
import { readOut } from "../flow/flowing/read_out.ts";
import type { CallCache } from "./call_cache.ts";

/**
 * How `fn.cache.warm` goes about it.
 *
 * @example
 * ```ts
 * import { acache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const load = acache(async (id: number) => await Promise.resolve({ id }));
 * const ids = [1, 2, 3];
 * const { computed, found, failed } = await load.cache.warm(ids.map((id) => [id]), { concurrency: 2 });
 * assert.deepEqual([computed, found, failed], [3, 0, []]);
 * ```
 */
export interface WarmOptions {
  /** How many calls run at the same time. 4 by default; `Infinity` for all of them. */
  readonly concurrency?: number | undefined;
  /** Told after each call how far it is. */
  readonly onProgress?: ((progress: WarmProgress) => void) | undefined;
  /** Ends it: no further call is made, and `warm` rejects with the signal's reason once those under way have ended. */
  readonly signal?: AbortSignal | undefined;
}

/** How far warming is. */
export interface WarmProgress {
  /** Calls that are done: those below added up. */
  readonly done: number;
  /** Calls that ran the function. */
  readonly computed: number;
  /** Calls for which a fresh value was kept, or that somebody else computed meanwhile. */
  readonly found: number;
  /** Calls that failed. */
  readonly failed: number;
}

/** What became of the calls. */
export interface WarmReport<A extends readonly unknown[] = readonly unknown[]>
  extends Pick<WarmProgress, "computed" | "found"> {
  /** The calls that failed, and what they failed with. */
  readonly failed: readonly { readonly args: A; readonly error: unknown }[];
}

/** Makes the calls whose values are not kept, a few at a time, and says what became of them. */
export async function warm(
  core: CallCache,
  self: unknown,
  original: (...args: unknown[]) => unknown,
  argsList: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>,
  { concurrency = 4, onProgress, signal }: WarmOptions = {},
): Promise<WarmReport> {
  if (!(concurrency >= 1)) throw misused(concurrency);
  const failed: { args: readonly unknown[]; error: unknown }[] = [];
  let [computed, found] = [0, 0];
  let broken: { readonly error: unknown } | undefined;

  const warmOne = async (args: readonly unknown[]): Promise<void> => {
    try {
      if (await computes(core, self, original, args)) computed++;
      else found++;
    } catch (error) {
      failed.push({ args, error });
    }
    try {
      const done = computed + found + failed.length;
      onProgress?.({ done, computed, found, failed: failed.length });
    } catch (error) {
      broken ??= { error };
    }
  };

  const underWay = new Set<Promise<void>>();
  try {
    signal?.throwIfAborted();
    for await (const args of argsList) {
      signal?.throwIfAborted();
      if (broken !== undefined) break;
      const call: Promise<void> = warmOne(args).then(() => void underWay.delete(call));
      underWay.add(call);
      while (underWay.size >= concurrency) await Promise.race(underWay);
    }
  } finally {
    await Promise.all(underWay);
  }
  if (broken !== undefined) throw (broken as { readonly error: unknown }).error;
  return { computed, found, failed };
}

/** Makes a call unless a fresh value is kept for it; says whether that ran the function. */
async function computes(
  core: CallCache,
  self: unknown,
  original: (...args: unknown[]) => unknown,
  args: readonly unknown[],
): Promise<boolean> {
  const kept = await core.on((values) => values.peek(core.keyOf(self, args)));
  if (kept?.state === "fresh") return false;
  if (kept?.state === "stale") {
    // A call might be answered with what is stale, while the function runs behind and past the limit.
    await readOut(await core.refresh(self, args));
    return true;
  }
  let ran = false;
  const result = await core.call(self, args, function (this: unknown, ...args: unknown[]): unknown {
    ran = true;
    return original.apply(this, args);
  });
  await readOut(result);
  return ran;
}

function misused(concurrency: unknown): ConfigurationError {
  const message = `concurrency is ${String(concurrency)}; give a number of at least 1`;
  return new ConfigurationError(`Cannot warm a cache: ${message}`, { issues: [{ path: "concurrency", message }] });
}
