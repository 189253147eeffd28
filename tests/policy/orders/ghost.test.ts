import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ghost } from "../../../src/policy/orders/ghost.ts";
import { keyHash } from "../../../src/policy/orders/key_hash.ts";

describe("Ghost", () => {
  it("take() knows what left within its capacity, nothing older and nothing else", () => {
    const ghost = new Ghost();
    ghost.resize(1_000);
    for (let key = 0; key < 5_000; key++) ghost.add(keyHash(`key:${key}`));
    const known = (from: number, to: number): number => {
      let count = 0;
      for (let key = from; key < to; key++) if (ghost.take(keyHash(`key:${key}`))) count++;
      return count;
    };
    assert.equal(known(0, 4_000), 0, "what left too long ago");
    assert.equal(known(5_000, 9_000), 0, "what never left");
    assert.ok(known(4_000, 5_000) > 800, "what left lately, but for those whose bucket was full");
    assert.equal(known(4_000, 5_000), 0, "what was taken is forgotten");
  });

  it("resize() keeps what it knows when it grows", () => {
    const ghost = new Ghost();
    ghost.resize(4);
    for (let key = 0; key < 4; key++) ghost.add(keyHash(key));
    ghost.resize(5_000);
    assert.ok([0, 1, 2, 3].filter((key) => ghost.take(keyHash(key))).length >= 3);
  });

  it("take() knows nothing before anything left", () => {
    assert.equal(new Ghost().take(0), false);
    assert.equal(new Ghost().take(keyHash("a")), false);
  });
});

describe("keyHash()", () => {
  it("gives equal numbers for equal keys and hardly ever the same for others", () => {
    const keys: unknown[] = [true, false, null, undefined, "", 0.5, 1.5, NaN, Infinity, 10n ** 30n, 1n];
    for (let n = 0; n < 20_000; n++) {
      keys.push(`${n}`, n, -n - 1, n * 2 ** 32 + 7, `${"x".repeat(80)}${n}${"y".repeat(10)}`);
    }
    const numbers = new Set(keys.map(keyHash));
    assert.ok(numbers.size > keys.length * 0.999, `${keys.length - numbers.size} collisions in ${keys.length}`);
    for (const key of keys) assert.equal(keyHash(key), keyHash(key));
    assert.equal(keyHash(0), keyHash(-0), "one key for a Map, one number");
  });

  it("spreads neighbours over all buckets of a small table", () => {
    const filled = new Map<number, number>();
    for (let n = 0; n < 6_400; n++) filled.set(keyHash(n) & 63, (filled.get(keyHash(n) & 63) ?? 0) + 1);
    for (let bucket = 0; bucket < 64; bucket++) assert.ok(Math.abs((filled.get(bucket) ?? 0) - 100) < 50);
  });
});
