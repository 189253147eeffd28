import type { Listed } from "../contract/entry.ts";
import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import { victims } from "../policy/victims.ts";
import { all } from "./all.ts";
import type { CacheParts } from "./cache_parts.ts";
import { collect } from "./collect.ts";

/** What may stay of a cache; `Infinity` for no limit. */
export interface Limits {
  /** Entries. */
  readonly maxSize: number;
  /** Sum of the sizes of entries. */
  readonly maxBytes: number;
  /** Milliseconds since a value was stored. */
  readonly maxAge: number;
}

const NONE: Limits = { maxSize: Infinity, maxBytes: Infinity, maxAge: Infinity };

/** Drops what is gone, then what is too old, then what was used least recently until the limits hold; says how many entries. */
export function prune(parts: CacheParts, limits: Limits = NONE): MaybePromise<number> {
  const { store, writes, housekeeping, tally, clock } = parts;
  const now = clock.now();
  const swept = attempt<number>(
    () => {
      const gone = housekeeping?.sweep(now) ?? store.sweep?.("", now) ?? 0;
      return chain(gone, (gone) => chain(parts.segments?.sweep(), () => gone));
    },
    (error) => tally.fault("sweep", error, 0),
  );
  if (Math.min(limits.maxSize, limits.maxBytes, limits.maxAge) === Infinity) return swept;
  return chain(swept, (swept) =>
    attempt<number>(
      () => chain(chain(writes.idle(), () => dropBeyond(parts, limits, now)), (dropped) => swept + dropped),
      (error) => tally.fault("trim", error, swept),
    ));
}

/** Drops what is beyond the limits. */
function dropBeyond(parts: CacheParts, limits: Limits, now: number): MaybePromise<number> {
  const { housekeeping } = parts;
  const listed = chain(housekeeping?.flush(), () => housekeeping?.list() ?? collect(parts.store.entries("")));
  return chain(listed, (listed) => {
    const old = listed.filter(({ storedAt }) => now - storedAt > limits.maxAge);
    const young = listed.filter(({ storedAt }) => now - storedAt <= limits.maxAge);
    const ranked = leastUsedFirst(parts, young).map((entry, at) => ({ ...entry, accessedAt: at }));
    const beyond = new Set(victims(ranked, { ...limits, policy: "lru" }, undefined, parts.random));
    const leaving = [...old, ...young.filter(({ key }) => beyond.has(key))];
    const dropped = chain(all(leaving.map((entry) => drop(parts, entry))), (were) => were.filter(Boolean).length);
    return chain(dropped, (dropped) => chain(housekeeping?.count(), () => dropped));
  });
}

/**
 * Entries in the order of use, the last used last.
 *
 * Memory notes no instants of use. With the policy `"lru"` its listing begins with what was used last; with others what was read
 * often counts as used later.
 */
export function leastUsedFirst(
  { engine, bounds }: Pick<CacheParts, "engine" | "bounds">,
  listed: readonly Listed[],
): Listed[] {
  const sorted = [...listed];
  if (engine.scope !== "function") return sorted.sort((a, b) => a.accessedAt - b.accessedAt);
  const bounded = bounds.maxSize !== Infinity || bounds.maxBytes !== Infinity;
  if (bounded && bounds.policy === "lru") return sorted.reverse();
  return sorted.sort((a, b) => a.hits - b.hits || a.storedAt - b.storedAt);
}

function drop({ store, writes, front, tags, tally }: CacheParts, { key, tags: marks }: Listed): MaybePromise<boolean> {
  front?.drop(key);
  tags.left(key, marks);
  return chain(writes.run(key, undefined, () => store.delete(key)), (was) => {
    if (was) tally.evicted(key, "manual");
    return was;
  });
}
