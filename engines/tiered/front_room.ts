import type { Listed } from "../../src/contract/entry.ts";
import { chain, type MaybePromise } from "../../src/contract/maybe_promise.ts";
import type { AsyncStore, Bounds } from "../../src/contract/store.ts";
import { collected } from "./listing.ts";

/** What a front holds at most: what the core lets one function keep in memory. */
export const FRONT_BOUNDS: Bounds = { maxSize: 10_000, maxBytes: 100_000_000, policy: "lru" };

/** To how much of its bounds a front is brought that does not choose by itself what leaves. */
const ROOMY = 0.9;

/** Brings a front within its bounds, if it is over them and does not see to that by itself. */
export function makeRoom(store: AsyncStore): MaybePromise<unknown> {
  return chain(store.usage(""), ({ entries, bytes }) => {
    if (entries <= FRONT_BOUNDS.maxSize && bytes <= FRONT_BOUNDS.maxBytes) return;
    if (store.trim !== undefined) return store.trim("", FRONT_BOUNDS);
    return chain(collected(store.entries("")), (listed) => {
      let done: MaybePromise<unknown>;
      for (const key of surplus(listed, entries, bytes)) done = chain(done, () => store.delete(key));
      return done;
    });
  });
}

/** The entries that were used last, oldest use first, as many as a front has room for. */
export function latest(listed: Iterable<Listed>): Listed[] {
  let [entries, bytes] = [0, 0];
  const chosen: Listed[] = [];
  for (const one of [...listed].sort((a, b) => b.accessedAt - a.accessedAt)) {
    [entries, bytes] = [entries + 1, bytes + one.size];
    if (entries > FRONT_BOUNDS.maxSize || bytes > FRONT_BOUNDS.maxBytes) break;
    chosen.push(one);
  }
  return chosen.reverse();
}

function* surplus(listed: readonly Listed[], entries: number, bytes: number): Iterable<string> {
  for (const { key, size } of [...listed].sort((a, b) => a.storedAt - b.storedAt)) {
    if (entries <= FRONT_BOUNDS.maxSize * ROOMY && bytes <= FRONT_BOUNDS.maxBytes * ROOMY) return;
    yield key;
    [entries, bytes] = [entries - 1, bytes - size];
  }
}
