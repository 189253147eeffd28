import type { Listed } from "../contract/entry.ts";
import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import { freshness } from "../policy/freshness.ts";
import { all } from "./all.ts";
import { collect } from "./collect.ts";
import type { ValueCache } from "./value_cache.ts";

/** How many entries are removed at once: an engine on another machine takes only so many requests. */
const STEP = 100;

/**
 * Removes the entries that a predicate chooses, fresh or stale, and fences what is running for their keys; says how many went.
 *
 * Everything is listed and chosen before the first goes, so a predicate that throws removes nothing. What is stored meanwhile
 * is not looked at.
 */
export function invalidateWhere(values: ValueCache, chosen: (entry: Listed) => boolean): MaybePromise<number> {
  const { clock, tags, publicKey } = values.parts;
  return chain(listed(values), (listed) => {
    const now = clock.now();
    const leaving = listed.filter((entry) => {
      if (freshness(entry, now) === "gone") return false;
      return chosen({ ...entry, key: publicKey(entry.key), tags: tags.names(entry.tags) });
    });
    let removed: MaybePromise<number> = 0;
    for (let at = 0; at < leaving.length; at += STEP) {
      const step = leaving.slice(at, at + STEP);
      removed = chain(removed, (before) => chain(removeAll(values, step), (count) => before + count));
    }
    return chain(removed, (count) => counted(values, count));
  });
}

/** Counts anew what is held, for the statistics. */
function counted(values: ValueCache, removed: number): MaybePromise<number> {
  const { housekeeping, tally } = values.parts;
  if (removed === 0 || housekeeping === undefined) return removed;
  return attempt<number>(
    () => chain(housekeeping.count(), () => removed),
    (error) => tally.fault("usage", error, removed),
  );
}

function listed(values: ValueCache): MaybePromise<Listed[]> {
  const { store, prefix, writes, tally } = values.parts;
  return attempt<Listed[]>(
    () => chain(writes.idle(), () => collect(store.entries(prefix))),
    (error) => tally.fault("list", error, []),
  );
}

/** One whose tag was invalidated was gone already. */
function removeAll(values: ValueCache, entries: readonly Listed[]): MaybePromise<number> {
  const { tags, tally } = values.parts;
  const removed = entries.map((entry) => {
    const held = entry.tags.length === 0 ||
      attempt<boolean>(() => tags.hold(entry.tags), (error) => tally.fault("get", error, true));
    return chain(held, (held) => chain(values.invalidate(entry.key), (was) => was && held));
  });
  return chain(all(removed), (removed) => removed.filter(Boolean).length);
}
