import assert from "node:assert/strict";
import { it } from "node:test";
import type { AsyncStore, Bounds, EvictionReason, PolicyName } from "../../src/contract/store.ts";
import { random } from "../random.ts";
import { expectedVictims, orderedPolicies } from "./eviction_order.ts";
import type { Subject } from "./subject.ts";
import { given, keyOf, listing } from "./subject.ts";

const policies: readonly PolicyName[] = [...orderedPolicies, "rr"];
const [a, b, c] = [keyOf("s", 1), keyOf("s", 2), keyOf("s", 3)];

/** Steps at room for two entries, and the key that has to go. A step is a `set` (upper case) or a `get`. */
const traces: readonly [
  policy: PolicyName,
  steps: string,
  gone: string,
  freshFor?: Readonly<Record<string, number>>,
][] = [
  ["lru", "A B a C", b],
  ["lfu", "A a a a B b C", b],
  ["fifo", "A B a C", a],
  ["lifo", "A B a C", b],
  ["mru", "A B a C", a],
  ["ttl", "A B a C", a, { A: 5_000, B: 9_000, C: 20_000 }],
  ["ttl", "A B b C", b, { A: 9_000, B: 5_000, C: 1_000_000 }],
];

/** Bounds and the order in which entries leave: by the store itself, or by its `trim`. */
export function evictionChapter(tested: Subject): void {
  const { engine } = tested;
  if (engine.scope === "function") ownBounds(tested);
  else trimming(tested);
}

const uses = (steps: string) => steps.split(" ").map((step) => ({ key: { a, b, c }[step.toLowerCase()]!, step }));

function ownBounds({ entry, ...tested }: Subject): void {
  for (const [policy, steps, gone, freshFor] of traces) {
    it(`set() evicts as "${policy}" does when room is for two and the steps are ${steps}`, () => {
      const evicted: [string, EvictionReason][] = [];
      return tested.with(async (store) => {
        for (const { key, step } of uses(steps)) {
          if (step === step.toLowerCase()) assert.ok(await store.get(key));
          else {
            const one = entry(step, { size: 1 });
            await store.set(key, { ...one, freshUntil: one.storedAt + (freshFor?.[step] ?? 60_000) });
          }
        }
        assert.deepEqual([...(await listing(store, "")).keys()].sort(), [a, b, c].filter((key) => key !== gone));
        assert.deepEqual(evicted, [[gone, "size"]]);
      }, {
        bounds: { maxSize: 2, maxBytes: Infinity, policy },
        onEvict: (key, _, why) => void evicted.push([key, why]),
      });
    });
  }

  for (const policy of policies) {
    it(`set() keeps the bounds of "${policy}" when more is stored than there is room for`, async () => {
      let evicted = 0;
      const onEvict = () => void evicted++;
      const next = random(7);
      await tested.with(async (store) => {
        for (let n = 0; n < 50; n++) {
          await store.set(keyOf("s", n), entry("", { size: 1 }));
          if (n % 3 === 0) await store.get(keyOf("s", Math.floor(next() * n)));
          assert.ok((await store.usage("")).entries <= 10);
        }
        assert.equal((await listing(store, "")).size + evicted, 50);
      }, { bounds: { maxSize: 10, maxBytes: Infinity, policy }, seed: 1, onEvict });
      await tested.with(async (store) => {
        for (let n = 0; n < 60; n++) {
          await store.set(keyOf("s", n % 25), entry("", { size: 1 + Math.floor(next() * 30) }));
          assert.ok((await store.usage("")).bytes <= 100);
        }
      }, { bounds: { maxSize: Infinity, maxBytes: 100, policy }, seed: 1 });
    });
  }

  it("set() evicts the same entries when the policy is random and the seed is the same", async () => {
    const run = async (seed: number): Promise<string> => {
      const gone: string[] = [];
      const onEvict = (key: string) => void gone.push(key);
      await tested.with(async (store) => {
        for (let n = 0; n < 40; n++) await store.set(keyOf("s", n), entry("", { size: 1 }));
      }, { bounds: { maxSize: 10, maxBytes: Infinity, policy: "rr" }, seed, onEvict });
      return gone.join();
    };
    assert.equal(await run(5), await run(5));
    assert.notEqual(await run(5), await run(6));
  });

  it("set() evicts by weight when the sizes are 3, 3, 3 and the bound is 7", () =>
    tested.with(async (store) => {
      for (const key of [a, b, c]) await store.set(key, entry("", { size: 3 }));
      assert.deepEqual(await store.usage(""), { entries: 2, bytes: 6 });
    }, { bounds: { maxSize: Infinity, maxBytes: 7, policy: "lru" } }));
}

function trimming({ entry, offers, ...tested }: Subject): void {
  const within = async (store: AsyncStore, bounds: Bounds, keep: string | undefined, rounds: string) => {
    const before = await listing(store, "s/");
    const others = (await store.usage("")).entries - before.size;
    const gone = await store.trim!("s/", bounds, keep);
    const expected = expectedVictims(before.values(), bounds, keep);
    assert.deepEqual([...gone].sort(), expected.sort(), rounds);
    const after = await listing(store, "s/");
    assert.deepEqual([...after.keys()].sort(), [...before.keys()].filter((key) => !gone.includes(key)).sort(), rounds);
    const bytes = [...after.values()].reduce((sum, { size }) => sum + size, 0);
    assert.deepEqual(await store.usage("s/"), { entries: after.size, bytes }, rounds);
    assert.equal((await store.usage("")).entries, after.size + others, "other prefixes are left alone");
  };

  for (const [policy, steps, gone, freshFor] of traces) {
    given(offers("trim", "touch"))(
      `trim() evicts as "${policy}" does when room is for two and the steps are ${steps}`,
      () =>
        tested.with(async (store) => {
          assert.ok(store.trim && store.touch);
          for (const { key, step } of uses(steps)) {
            const one = entry(step, { size: 1 });
            if (step === step.toLowerCase()) await store.touch([{ key, accessedAt: one.storedAt, hits: 1 }]);
            else {
              await store.set(key, { ...one, freshUntil: one.storedAt + (freshFor?.[step] ?? 60_000) });
              assert.deepEqual(
                await store.trim("s/", { maxSize: 2, maxBytes: Infinity, policy }, key),
                step === "C" ? [gone] : [],
              );
            }
          }
          assert.deepEqual([...(await listing(store, "")).keys()].sort(), [a, b, c].filter((key) => key !== gone));
        }),
    );
  }

  for (const policy of orderedPolicies) {
    given(offers("trim"))(
      `trim() evicts what a plain sort evicts when the policy is "${policy}"`,
      () =>
        tested.with(async (store) => {
          const next = random(policy.length * 31);
          for (let n = 0; n < 80; n++) {
            const one = entry("", { size: Math.floor(next() * 20) });
            const freshUntil = next() < 0.2 ? Infinity : one.storedAt + Math.floor(next() * 8) * 1_000;
            await store.set(keyOf(n % 8 ? "s" : "other", n), { ...one, freshUntil, goneAt: Infinity });
          }
          const later = entry("").storedAt;
          await store.touch?.(Array.from({ length: 90 }, (_, n) => ({
            key: keyOf("s", Math.floor(next() * 80)),
            accessedAt: later + (n >> 1),
            hits: 1 + Math.floor(next() * 3),
          })));
          const keep = keyOf("s", 1 + Math.floor(next() * 7));
          await within(store, { maxSize: Infinity, maxBytes: Infinity, policy }, keep, "no bounds");
          await within(store, { maxSize: 1_000, maxBytes: 1e6, policy }, keep, "room enough");
          await within(store, { maxSize: 61, maxBytes: Infinity, policy }, keep, "by entries");
          await within(store, { maxSize: Infinity, maxBytes: 400.5, policy }, keep, "by bytes");
          await within(store, { maxSize: 30, maxBytes: 200, policy }, undefined, "by both");
          const kept = [...(await listing(store, "s/")).keys()].sort()[3]!;
          await within(store, { maxSize: 1, maxBytes: Infinity, policy }, kept, "all but one");
          assert.ok(await store.get(kept), "what is to be kept never leaves");
          await within(store, { maxSize: 1, maxBytes: 0, policy }, kept, "not even for bytes");
        }),
    );
  }

  given(offers("trim"))(
    "trim() evicts as many as it has to, and the same for the same seed, when the policy is random",
    async () => {
      const run = async (seed: number): Promise<string> => {
        const gone: string[] = [];
        await tested.with(async (store) => {
          assert.ok(store.trim);
          for (let n = 0; n < 40; n++) {
            await store.set(keyOf("s", n), entry("", { size: 1 }));
            gone.push(...await store.trim("s/", { maxSize: 10, maxBytes: Infinity, policy: "rr" }, keyOf("s", n)));
            assert.ok(await store.get(keyOf("s", n)), "what is to be kept never leaves");
            assert.equal((await store.usage("s/")).entries, Math.min(10, n + 1));
          }
        }, { seed });
        return gone.join();
      };
      assert.equal(await run(5), await run(5));
      assert.notEqual(await run(5), await run(6));
    },
  );
}
