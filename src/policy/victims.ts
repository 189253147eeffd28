import type { Listed } from "../contract/entry.ts";
import type { Bounds, PolicyName } from "../contract/store.ts";

/** What is known of an entry when it is decided whether it leaves. */
export type Candidate = Pick<Listed, "key" | "storedAt" | "accessedAt" | "hits" | "size" | "freshUntil">;

/** What an entry is compared by, first number first; the smaller one leaves sooner. */
type Rank = (candidate: Candidate) => readonly number[];

const ranks: Record<Exclude<PolicyName, "rr">, Rank> = {
  lru: ({ accessedAt }) => [accessedAt],
  lfu: ({ hits, accessedAt }) => [hits, accessedAt],
  fifo: ({ storedAt }) => [storedAt],
  lifo: ({ storedAt }) => [-storedAt],
  mru: ({ accessedAt }) => [-accessedAt],
  ttl: ({ freshUntil, storedAt }) => [freshUntil, storedAt],
  sieve: unreadFirst,
  s3fifo: unreadFirst,
  tinylfu: unreadFirst,
};

/**
 * The keys that have to leave a store so that its bounds hold, in the order in which they leave.
 *
 * This is the total order of each policy for engines that keep no order of their own; what such an engine does by itself
 * must equal it. Smaller leaves first, and equals leave by key:
 *
 * | policy | by |
 * |---|---|
 * | `lru` | `accessedAt` |
 * | `lfu` | `hits`, then `accessedAt` |
 * | `fifo` | `storedAt` |
 * | `lifo` | `storedAt`, latest first |
 * | `mru` | `accessedAt`, latest first |
 * | `ttl` | `freshUntil`, then `storedAt` |
 * | `sieve` `s3fifo` `tinylfu` | without hits: `storedAt`; then the others: `hits`, then `accessedAt` |
 * | `rr` | drawn without replacement |
 *
 * @param listed All entries, in any order.
 * @param bounds What may stay.
 * @param keep A key that never leaves, even if the bounds cannot hold then.
 * @param random Numbers in [0, 1), one for each draw of `rr`.
 */
export function victims(
  listed: readonly Candidate[],
  bounds: Bounds,
  keep: string | undefined,
  random: () => number,
): string[] {
  let entries = listed.length;
  let bytes = listed.reduce((sum, { size }) => sum + size, 0);
  const leaving: string[] = [];
  if (entries <= bounds.maxSize && bytes <= bounds.maxBytes) return leaving;
  const others = listed.filter(({ key }) => key !== keep).sort((a, b) => a.key < b.key ? -1 : 1);
  for (const { key, size } of bounds.policy === "rr" ? drawn(others, random) : ranked(others, ranks[bounds.policy])) {
    if (entries <= bounds.maxSize && bytes <= bounds.maxBytes) break;
    leaving.push(key);
    entries--;
    bytes -= size;
  }
  return leaving;
}

function unreadFirst({ hits, storedAt, accessedAt }: Candidate): readonly number[] {
  return hits === 0 ? [0, storedAt] : [hits, accessedAt];
}

function ranked(candidates: readonly Candidate[], rank: Rank): Iterable<Candidate> {
  return candidates
    .map((candidate) => ({ candidate, by: rank(candidate) }))
    .sort(({ by: a }, { by: b }) => {
      const differs = a.findIndex((value, at) => value !== b[at]);
      return differs < 0 ? 0 : a[differs]! < b[differs]! ? -1 : 1;
    })
    .map(({ candidate }) => candidate);
}

function* drawn(candidates: Candidate[], random: () => number): Iterable<Candidate> {
  while (candidates.length > 0) {
    const at = Math.floor(random() * candidates.length);
    yield candidates[at]!;
    candidates[at] = candidates[candidates.length - 1]!;
    candidates.pop();
  }
}
