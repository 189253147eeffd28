import type { Listed } from "../contract/entry.ts";
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { invalidateWhere } from "../flow/invalidate_where.ts";
import type { AnyFunction } from "../options.ts";
import { limitsOf, type PruneOptions } from "../prune_options.ts";
import { cacheRefs } from "./cache_ref.ts";
import type { CallCache } from "./call_cache.ts";
import type { Colour, FunctionCache } from "./cached.ts";
import { inColour } from "./in_colour.ts";
import { callMany } from "./many.ts";
import { type CacheSnapshot, dump, load } from "./snapshot.ts";
import { warm, type WarmOptions } from "./warm.ts";

/** The face of a function's cache, in the function's colour: answers at once, or promises that carry errors, too. */
export function functionCache<F extends AnyFunction, C extends Colour>(
  core: CallCache,
  original: F,
  colour: C,
  self?: unknown,
): FunctionCache<F, C> {
  const answer = <T>(give: () => MaybePromise<T>): MaybePromise<T> => inColour(colour, give);
  const close = (): MaybePromise<void> => answer(() => core.residence.close());
  const face = {
    peek: (...args: unknown[]) => answer(() => core.on((values) => values.peek(core.keyOf(self, args)))),
    has: (...args: unknown[]) =>
      answer(() =>
        chain(core.on((values) => values.peek(core.keyOf(self, args))), (found) => found?.state === "fresh")
      ),
    set: (args: unknown[], value: unknown) => answer(() => core.set(self, args, value)),
    invalidate: (...args: unknown[]) => answer(() => core.on((values) => values.invalidate(core.keyOf(self, args)))),
    invalidateWhere: (predicate: (entry: Listed) => boolean) =>
      answer(() => core.on((values) => invalidateWhere(values, predicate))),
    expire: (...args: unknown[]) => answer(() => core.on((values) => values.expire(core.keyOf(self, args)))),
    refresh: (...args: unknown[]) => answer(() => core.refresh(self, args)),
    bypass: (...args: unknown[]) => answer(() => original.apply(self, args)),
    many: (argsList: Iterable<unknown[]>) => callMany(core, self, argsList),
    warm: (argsList: Iterable<unknown[]> | AsyncIterable<unknown[]>, options?: WarmOptions) =>
      warm(core, self, original, argsList, options),
    ref: cacheRefs(core, self, answer),
    key: (...args: unknown[]) => core.key(self, args),
    explain: (...args: unknown[]) => answer(() => core.explain(self, args)),
    stats: () => core.stats(),
    clear: () => answer(() => core.on((values) => values.clear())),
    prune: (limits?: PruneOptions) => answer(() => core.on((values) => values.prune(limitsOf(limits)))),
    dump: () => answer(() => dump(core, original)),
    load: (snapshot: CacheSnapshot) => answer(() => load(core, original, snapshot)),
    get info() {
      return core.residence.info();
    },
    get native() {
      return core.residence.native();
    },
    original,
    close,
    [Symbol.dispose]: () => {
      const closed = close();
      if (isPromiseLike(closed)) closed.then(undefined, () => {});
    },
    [Symbol.asyncDispose]: async () => {
      await close();
    },
  };
  return core.facedBy(face) as unknown as FunctionCache<F, C>;
}
