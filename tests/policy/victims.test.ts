import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bounds, PolicyName } from "../../src/contract/store.ts";
import type { Candidate } from "../../src/policy/victims.ts";
import { victims } from "../../src/policy/victims.ts";
import { expectedVictims, orderedPolicies } from "../contract/eviction_order.ts";
import { random } from "../random.ts";

const unused = (): number => assert.fail("only a random policy draws");

/** Six entries, written so that each policy has an order of its own. */
const six: readonly Candidate[] = [
  { key: "a", storedAt: 10, accessedAt: 90, hits: 3, size: 1, freshUntil: 500 },
  { key: "b", storedAt: 20, accessedAt: 20, hits: 0, size: 2, freshUntil: 400 },
  { key: "c", storedAt: 30, accessedAt: 80, hits: 1, size: 3, freshUntil: 300 },
  { key: "d", storedAt: 40, accessedAt: 70, hits: 1, size: 4, freshUntil: Infinity },
  { key: "e", storedAt: 50, accessedAt: 50, hits: 0, size: 5, freshUntil: 300 },
  { key: "f", storedAt: 60, accessedAt: 95, hits: 2, size: 6, freshUntil: Infinity },
];

const leaving: Readonly<Record<Exclude<PolicyName, "rr">, string>> = {
  lru: "b e d c a f",
  lfu: "b e d c f a",
  fifo: "a b c d e f",
  lifo: "f e d c b a",
  mru: "f a c d e b",
  ttl: "c e b a d f",
  sieve: "b e d c f a",
  s3fifo: "b e d c f a",
  tinylfu: "b e d c f a",
};

const bounds = (parts: Partial<Bounds>): Bounds => ({ maxSize: Infinity, maxBytes: Infinity, policy: "lru", ...parts });

describe("victims()", () => {
  for (const [policy, order] of Object.entries(leaving) as [PolicyName, string][]) {
    it(`lets entries leave in the order of "${policy}"`, () => {
      assert.deepEqual(victims(six, bounds({ maxSize: 0, policy }), undefined, unused), order.split(" "));
      assert.deepEqual(
        victims([...six].reverse(), bounds({ maxSize: 4, policy }), undefined, unused),
        order.split(" ").slice(0, 2),
      );
    });
  }

  it("names nobody when the bounds hold", () => {
    assert.deepEqual(victims(six, bounds({}), undefined, unused), []);
    assert.deepEqual(victims(six, bounds({ maxSize: 6, maxBytes: 21 }), undefined, unused), []);
    assert.deepEqual(victims([], bounds({ maxSize: 1 }), undefined, unused), []);
  });

  it("stops as soon as both bounds hold", () => {
    assert.deepEqual(victims(six, bounds({ maxBytes: 20, policy: "fifo" }), undefined, unused), ["a"]);
    assert.deepEqual(victims(six, bounds({ maxBytes: 14, policy: "fifo" }), undefined, unused), ["a", "b", "c", "d"]);
    assert.deepEqual(victims(six, bounds({ maxSize: 3, maxBytes: 20, policy: "fifo" }), undefined, unused), [
      "a",
      "b",
      "c",
    ]);
  });

  it("never names the key to keep, even where the bounds cannot hold then", () => {
    assert.deepEqual(victims(six, bounds({ maxSize: 0, policy: "fifo" }), "a", unused), ["b", "c", "d", "e", "f"]);
    assert.deepEqual(victims(six.slice(5), bounds({ maxBytes: 1 }), "f", unused), []);
  });

  it("lets equals leave by key", () => {
    const equals = ["c", "a", "b"].map((key) => ({ ...six[0]!, key }));
    for (const policy of orderedPolicies) {
      assert.deepEqual(victims(equals, bounds({ maxSize: 1, policy }), undefined, unused), ["a", "b"], policy);
    }
  });

  it("leaves the entries it is given as they are", () => {
    const given = Object.freeze(six.map((one) => Object.freeze({ ...one })));
    for (const policy of ["rr", "lru"] as const) victims(given, bounds({ maxSize: 2, policy }), undefined, random(1));
    assert.deepEqual(given, six);
  });

  it('draws "rr" without replacement, the same for the same seed, each with equal chances', () => {
    const draw = (seed: number) => victims(six, bounds({ maxSize: 3, policy: "rr" }), "c", random(seed));
    assert.deepEqual(draw(3), draw(3));
    const times = new Map<string, number>();
    for (let seed = 0; seed < 5_000; seed++) {
      const drawn = draw(seed);
      assert.equal(new Set(drawn).size, 3);
      for (const key of drawn) times.set(key, (times.get(key) ?? 0) + 1);
    }
    assert.deepEqual([...times.keys()].sort(), ["a", "b", "d", "e", "f"]);
    for (const [key, count] of times) assert.ok(Math.abs(count - 3_000) < 200, `${key}: ${count}`);
  });

  it("equals a plain sort when 300 random stores are trimmed", () => {
    const next = random(99);
    for (let round = 0; round < 300; round++) {
      const policy = orderedPolicies[round % orderedPolicies.length]!;
      const listed = Array.from({ length: 1 + Math.floor(next() * 40) }, (_, n) => {
        const storedAt = Math.floor(next() * 30);
        const hits = Math.floor(next() * 3);
        const accessedAt = storedAt + (hits === 0 ? 0 : Math.floor(next() * 20));
        const freshUntil = next() < 0.3 ? Infinity : storedAt + Math.floor(next() * 20);
        const rest = { goneAt: Infinity, cost: 0, tags: [], label: "", form: "" };
        return { key: `k${n}`, storedAt, accessedAt, hits, freshUntil, size: Math.floor(next() * 9), ...rest };
      });
      const within = bounds({ maxSize: Math.floor(next() * 40), maxBytes: Math.floor(next() * 150), policy });
      const keep = next() < 0.5 ? "k0" : undefined;
      assert.deepEqual(victims(listed, within, keep, unused), expectedVictims(listed, within, keep));
    }
  });
});
