import assert from "node:assert/strict";
import { test } from "node:test";
import { bcache, getStats, listCaches, mcache, registerCache } from "../mod.ts";
import { prometheusText } from "../src/prometheus.ts";
import { collectGarbage } from "./collect_garbage.ts";
import { fastFolder } from "./engines_here.ts";
import { settled } from "./settled.ts";

const cacheDir = fastFolder();
const listed = (name: string) => listCaches().filter((cache) => cache.name === name).length;

test("listCaches() forgets the caches of functions that nobody holds any more", async () => {
  const kept = mcache((x: number) => x, { name: "held" });
  (() => {
    for (let index = 0; index < 500; index++) mcache((x: number) => x, { name: "dropped" })(index);
  })();
  assert.equal(listed("dropped"), 500);
  await collectGarbage(() => listed("dropped") < 10);
  assert.ok(listed("dropped") < 10, `${listed("dropped")} of 500 are left`);
  assert.equal(listed("held"), 1);
  assert.equal(kept(1), 1);
});

test("getStats() and prometheusText() keep what collected caches counted while another one of the name is there", async () => {
  const kept = mcache((x: number) => [x], { name: "counted on" });
  kept(1);
  const seen = (() => {
    for (let index = 0; index < 100; index++) {
      const fn = mcache((x: number) => [x], { name: "counted on" });
      for (const x of [1, 1, 1]) fn(x);
    }
    return getStats("counted on");
  })();
  await collectGarbage(() => listed("counted on") < 50);
  assert.ok(listed("counted on") < 50, `${listed("counted on")} of 101 are left`);
  const { hits, misses, loads, sets, savedMs, size } = getStats("counted on");
  assert.deepEqual([hits, misses, loads, sets, savedMs], [200, 101, 101, 101, seen.savedMs]);
  assert.ok(size < 50);
  assert.match(prometheusText(), /^twat_cache_hits_total\{cache="counted on"\} 200$/m);
  assert.match(prometheusText(), /^twat_cache_tier_hits_total\{cache="counted on",tier="memory"\} 200$/m);
  assert.deepEqual(kept(1), [1]);
});

test("listCaches() keeps a cache that was registered by name, also when its function is gone", async () => {
  (() => {
    const fn = mcache((x: number) => x, { name: "soon gone" });
    fn(1);
    registerCache("lasting", fn.cache);
  })();
  await collectGarbage();
  assert.equal(listed("lasting"), 1);
  assert.equal(getStats("lasting").misses, 1);
});

test("listCaches() and getStats() sum what persistent caches hold beside those in memory", async () => {
  const [one, two] = [
    mcache((x: number) => x, { name: "summed up" }),
    bcache((x: number) => x, { name: "summed up", cacheDir, folderName: "summed" }),
  ];
  for (let x = 0; x < 10; x++) assert.equal(one(x), await two(x));
  for (let x = 0; x < 5; x++) assert.equal(one(x), await two(x));
  await settled(two);
  const { hits, misses, hitRatio, size } = getStats("summed up");
  assert.deepEqual({ hits, misses, hitRatio, size }, { hits: 10, misses: 20, hitRatio: 1 / 3, size: 20 });
  assert.deepEqual(
    listCaches().filter(({ name }) => name === "summed up").map(({ stats }) => [stats.hits, stats.misses]),
    [[5, 10], [5, 10]],
  );
  await two.cache.close();
});
