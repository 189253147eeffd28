import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyName } from "../../../src/contract/store.ts";
import { openMemory } from "../../../engines/memory/open.ts";
import { random } from "../../random.ts";

const keys = 20_000;

/** Keys drawn by Zipf's law, interrupted by scans over keys that come once, while the favourites slowly change. */
function mix(length: number, seed: number, skew: number, scanEvery: number): Int32Array {
  const next = random(seed);
  const sums = new Float64Array(keys);
  for (let rank = 0, sum = 0; rank < keys; rank++) sums[rank] = sum += 1 / (rank + 1) ** skew;
  const trace = new Int32Array(length);
  for (let at = 0, fresh = keys * 2; at < length;) {
    if (scanEvery > 0 && at % scanEvery === 0) {
      for (let scan = 0; scan < scanEvery / 4 && at < length; scan++) trace[at++] = fresh++;
      continue;
    }
    const drawn = next() * sums[keys - 1]!;
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < drawn) low = middle + 1;
      else high = middle;
    }
    trace[at++] = (low + Math.floor(at / 20_000) * 7) % keys;
  }
  return trace;
}

function hitRatio(policy: PolicyName, trace: Int32Array, maxSize: number): number {
  const store = openMemory({ bounds: { maxSize, maxBytes: Infinity, policy } });
  const entry = {
    body: 1,
    form: "",
    checksum: 0,
    storedAt: 1,
    freshUntil: Infinity,
    goneAt: Infinity,
    cost: 0,
    size: 1,
    tags: [],
    label: "",
  };
  let hits = 0;
  for (const key of trace) {
    if (store.get(key) === undefined) store.set(key, entry);
    else hits++;
  }
  assert.equal(store.usage("").entries, maxSize);
  return hits / trace.length;
}

describe("the hit ratio", () => {
  for (
    const [skew, scanEvery, size] of [[0.9, 0, 200], [0.9, 2_000, 200], [0.7, 4_000, 1_000], [1.1, 1_000, 100]] as const
  ) {
    const trace = mix(60_000, 17, skew, scanEvery);
    for (const policy of ["s3fifo", "tinylfu"] as const) {
      it(`of ${policy} is not below that of lru by more than 0.5 points on Zipf ${skew}, scans each ${scanEvery}, size ${size}`, () => {
        const [lru, ours] = [hitRatio("lru", trace, size), hitRatio(policy, trace, size)];
        assert.ok(lru > 0.05 && lru < 0.95, `the trace tells policies apart: lru ${lru}`);
        assert.ok(ours >= lru - 0.005, `${policy} ${ours}, lru ${lru}`);
      });
    }
  }
});
