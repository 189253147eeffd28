import type { Listed } from "../../src/contract/entry.ts";
import type { Bounds, PolicyName } from "../../src/contract/store.ts";

type Rank = (listed: Listed) => number[];

/** What each policy of a trimmed store judges by: the entry with the smallest ranks leaves first, then the smaller key. */
const ranks: Record<Exclude<PolicyName, "rr">, Rank> = {
  lru: ({ accessedAt }) => [accessedAt],
  lfu: ({ hits, accessedAt }) => [hits, accessedAt],
  fifo: ({ storedAt }) => [storedAt],
  lifo: ({ storedAt }) => [-storedAt],
  mru: ({ accessedAt }) => [-accessedAt],
  ttl: ({ freshUntil, storedAt }) => [freshUntil, storedAt],
  sieve: unusedFirst,
  s3fifo: unusedFirst,
  tinylfu: unusedFirst,
};

function unusedFirst({ hits, storedAt, accessedAt }: Listed): number[] {
  return hits === 0 ? [0, storedAt] : [1, hits, accessedAt];
}

/** The policies whose order is fixed, that is, all but random. */
export const orderedPolicies: readonly PolicyName[] = Object.keys(ranks) as PolicyName[];

/** The keys that a trim has to drop: a plain sort, written apart from the library so that it can judge it. */
export function expectedVictims(entries: Iterable<Listed>, bounds: Bounds, keep?: string): string[] {
  const all = [...entries];
  let bytes = all.reduce((sum, { size }) => sum + size, 0);
  let count = all.length;
  const rank = ranks[bounds.policy as Exclude<PolicyName, "rr">];
  const order = all.filter(({ key }) => key !== keep).sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    for (let at = 0; at < left.length; at++) {
      if (left[at] !== right[at]) return left[at]! < right[at]! ? -1 : 1;
    }
    return a.key < b.key ? -1 : 1;
  });
  const gone: string[] = [];
  for (const { key, size } of order) {
    if (count <= bounds.maxSize && bytes <= bounds.maxBytes) break;
    gone.push(key);
    bytes -= size;
    count--;
  }
  return gone;
}
