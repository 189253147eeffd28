import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { gate } from "../gate.ts";
import { settled } from "../settled.ts";

const cacheDir = fastFolder();

for (const engine of enginesHere) {
  test(`cache.many() gives the results of several calls in order, and runs those that are not kept on ${engine}`, async () => {
    const ran: number[] = [];
    const fn = acache((a: number, b: number) => (ran.push(a), Promise.resolve(a * b)), {
      name: `several in ${engine}`,
      ...keptIn(engine, cacheDir, "several"),
    });
    await fn(2, 10);
    await settled(fn);
    assert.deepEqual(await fn.cache.many([[1, 10], [2, 10], [3, 10], [1, 10]]), [10, 20, 30, 10]);
    assert.deepEqual([ran[0], ...ran.slice(1).sort()], [2, 1, 3]);
    await fn.cache.close();
  });
}

test("cache.many() makes all calls at once, and calls as usual share them", async () => {
  const gates = [gate<string>(), gate<string>()];
  const began: string[] = [];
  const load = acache((key: string) => gates[began.push(key) - 1]!.opened);
  const running = load("a");
  const many = load.cache.many([["a"], ["b"], ["b"]]);
  assert.deepEqual(began, ["a", "b"]);
  gates[1]!.open("B");
  gates[0]!.open("A");
  assert.deepEqual(await many, ["A", "B", "B"]);
  assert.equal(await running, "A");
  const { hits, misses, coalesced } = load.cache.stats();
  assert.deepEqual({ hits, misses, coalesced }, { hits: 0, misses: 4, coalesced: 2 });
});

test("cache.many() rejects with the error of the first that failed, when all are settled, and the others are kept", async () => {
  const slow = gate<string>();
  const errors = { b: new Error("b"), c: new Error("c") };
  const load = acache((key: string) => {
    if (key === "slow") return slow.opened;
    return key in errors ? Promise.reject(errors[key as "b"]) : Promise.resolve(key);
  });
  let over = false;
  const many = load.cache.many([["a"], ["slow"], ["c"], ["b"]]).finally(() => over = true);
  many.catch(() => {});
  await Promise.allSettled([load("b"), load("c")]);
  for (let turn = 0; turn < 50; turn++) await undefined;
  assert.equal(over, false);
  slow.open("slow");
  await assert.rejects(many, (error) => error === errors.c);
  assert.deepEqual([await load.cache.has("a"), await load.cache.has("slow")], [true, true]);
});

test("cache.many() of a synchronous function gives a promise, which carries what a call throws", async () => {
  const root = mcache((x: number) => {
    if (x < 0) throw new RangeError("negative");
    return Math.sqrt(x);
  });
  const roots: Promise<number[]> = root.cache.many(new Set<[number]>([[4], [9]]));
  assert.deepEqual(await roots, [2, 3]);
  await assert.rejects(root.cache.many([[16], [-1]]), RangeError);
  assert.equal(root.cache.has(16), true);
  assert.deepEqual(await root.cache.many([]), []);
  await assert.rejects(root.cache.many([[(() => {}) as unknown as number]]), { name: "CacheKeyError" });
});
