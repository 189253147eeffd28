import type { Entry } from "../contract/entry.ts";
import { attempt, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { staleFor } from "../policy/ageing.ts";
import type { CacheParts, ValueCacheOptions } from "./cache_parts.ts";
import { EntryForm } from "./entry_form.ts";
import { sweepSegments } from "./flowing/flow_segments.ts";
import { replace } from "./replace.ts";
import { Sliding } from "./sliding.ts";
import { TagIndex } from "./tag_index.ts";
import { WriteOrder } from "./write_order.ts";

/** What the parts ask of the cache that they are parts of. */
export interface Whole extends Pick<CacheParts, "mayRun"> {
  /** What the store has under a key. Counts as no use of it. */
  look(key: string): MaybePromise<Entry | undefined>;
}

/** Makes the parts of one cache. */
export function makeParts(options: ValueCacheOptions, { mayRun, look }: Whole): CacheParts {
  const { codec, freeze, clock, engine, store, bounds, tally, sharing, slidingTtl, sync, mortal } = options;
  const evicted = (keys: readonly string[]): void => {
    keys.forEach((key) => tally.evicted(key, "size"));
    sweepSegments(parts);
  };
  const renew = (key: unknown, before: Entry, entry: Entry, edition: number): void => {
    const renewed = attempt<unknown>(
      () => replace(parts, key, before, entry, edition),
      (error) => tally.fault("touch", error, undefined),
    );
    if (isPromiseLike(renewed)) options.waitUntil?.(renewed as Promise<unknown>);
  };
  const segments = codec !== undefined && engine.persistent && engine.holds === "bytes" && !mortal
    ? sharing?.segments({
      store,
      codec,
      clock,
      freeze,
      look: (key) => {
        const latest = parts.writes.latest(key);
        return latest === "absent" ? undefined : latest ?? look(key);
      },
      fault: (error) => tally.fault("sweep", error, undefined),
    })
    : undefined;
  const parts: CacheParts = {
    ...options,
    segments,
    form: new EntryForm({ codec, freeze, clock, engine, weighed: bounds.maxBytes !== Infinity, sync, segments }),
    writes: new WriteOrder(mortal),
    tags: sharing?.tags(store, options.digest) ?? new TagIndex(),
    housekeeping: sharing?.housekeeping({ ...options, evicted }),
    sliding: slidingTtl && new Sliding({
      ...slidingTtl,
      staleFor: staleFor(options.ageing),
      exact: engine.scope === "function",
      put: renew,
    }),
    mayRun,
  };
  return parts;
}
