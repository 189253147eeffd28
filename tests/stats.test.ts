import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acache,
  type AsyncStore,
  CacheContext,
  type CacheStats,
  type Engine,
  getStats,
  hybrid,
  listCaches,
  on,
  tiered,
  type TieredNative,
} from "../mod.ts";
import { memory } from "../engines/memory.ts";
import { Counters, sumStats } from "../src/stats.ts";
import { mapEngine } from "./engines/map_engine.ts";
import { gate } from "./gate.ts";
import { macrotask } from "./macrotask.ts";
import { random } from "./random.ts";
import { settled } from "./settled.ts";
import { SharedMap } from "./shared_map.ts";

test("Counters hold the shortest, the average and the longest run", () => {
  const counters = new Counters();
  const { minLoadMs, avgLoadMs, maxLoadMs, loads } = counters.snapshot();
  assert.deepEqual([minLoadMs, avgLoadMs, maxLoadMs, loads], [0, 0, 0, 0]);
  for (const ms of [30, 10, 20]) counters.ran(ms);
  const after = counters.snapshot();
  assert.deepEqual([after.minLoadMs, after.avgLoadMs, after.maxLoadMs, after.loadMs, after.loads], [10, 20, 30, 60, 3]);
});

test("Counters give the hits that nobody told a tier of to the one that is nearest", () => {
  const counters = new Counters();
  counters.hits = 10;
  Object.assign(counters.tier("files"), { hits: 3, savedMs: 30 });
  counters.tier("unused");
  const held = { size: 7, bytes: 70, inFlight: 0 };
  const { savedMs, tiers } = counters.snapshot({
    ...held,
    tiers: [
      { name: "memory", savedMs: 5, size: 2, bytes: 20 },
      { name: "files", savedMs: 0, size: 7, bytes: undefined },
    ],
  });
  assert.deepEqual(tiers, [
    { name: "memory", hits: 7, savedMs: 5, size: 2, bytes: 20 },
    { name: "files", hits: 3, savedMs: 30, size: 7, bytes: undefined },
  ]);
  assert.equal(savedMs, 35);
});

test("Counters remember what a tier did that is there no more", () => {
  const counters = new Counters();
  counters.hits = 4;
  counters.nearIs("front");
  Object.assign(counters.tier("redis"), { hits: 1, savedMs: 9 });
  assert.deepEqual(counters.snapshot().tiers, [
    { name: "redis", hits: 1, savedMs: 9, size: undefined, bytes: undefined },
    { name: "front", hits: 3, savedMs: 0, size: undefined, bytes: undefined },
  ]);
});

test("sumStats() adds counts, weighs averages by runs, keeps extremes, and joins tiers of one name", () => {
  const one = new Counters();
  const two = new Counters();
  for (const ms of [10, 20]) one.ran(ms);
  for (const ms of [5, 5, 50, 100]) two.ran(ms);
  Object.assign(one, { hits: 3, misses: 2, failures: 1 });
  Object.assign(two, { hits: 1, misses: 4, staleHits: 1 });
  const tier = { savedMs: 1, size: 2, bytes: 3 };
  const all = [
    one.snapshot({ size: 1, bytes: 2, inFlight: 1, tiers: [{ ...tier, name: "memory" }] }),
    two.snapshot({
      size: 10,
      bytes: 20,
      inFlight: 0,
      tiers: [{ ...tier, name: "memory" }, { ...tier, name: "files", bytes: undefined }],
    }),
    new Counters().snapshot(),
  ];
  const sum = sumStats(all);
  assert.deepEqual(sum, {
    hits: 4,
    staleHits: 1,
    misses: 6,
    coalesced: 0,
    sets: 0,
    evictions: 0,
    expirations: 0,
    errors: 0,
    size: 11,
    bytes: 22,
    inFlight: 1,
    hitRatio: 0.4,
    loads: 6,
    failures: 1,
    loadMs: 190,
    minLoadMs: 5,
    avgLoadMs: 190 / 6,
    maxLoadMs: 100,
    savedMs: 3,
    tiers: [
      { name: "memory", hits: 4, savedMs: 2, size: 4, bytes: 6 },
      { name: "files", hits: 0, savedMs: 1, size: 2, bytes: undefined },
    ],
  });
  assert.deepEqual(sumStats([sumStats(all.slice(0, 1)), sumStats(all.slice(1))]), sum);
});

test("stats() tells the memory in front from the engine behind, and their hits and savings add up to the cache's", async () => {
  const back = mapEngine("back");
  const options = { name: "both tiers", engine: tiered(memory, back), version: "1" };
  const load = async (x: number) => {
    const until = performance.now() + 2;
    while (performance.now() < until) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    return "x".repeat(x);
  };
  const fn = acache(load, options);
  for (const x of [1, 2, 3]) await fn(x);
  await settled(fn);
  await fn.cache.close();
  const again = acache(load, options);
  assert.deepEqual(again.cache.stats().tiers.map(({ hits }) => hits), [0]);
  // From behind, then from memory by the short way, then by the long way because somebody listens.
  for (const x of [1, 2, 1, 1, 2]) await again(x);
  const stop = on("*", () => {});
  for (const x of [1, 3, 3]) await again(x);
  stop();
  const stats = again.cache.stats();
  const [front, behind] = stats.tiers;
  assert.deepEqual([front!.name, front!.hits, front!.size], ["memory", 5, 3]);
  assert.deepEqual([behind!.name, behind!.hits, behind!.size], ["back", 3, 3]);
  assert.deepEqual([stats.hits, stats.misses, stats.size], [8, 0, 3]);
  assert.ok(Math.abs(front!.savedMs + behind!.savedMs - stats.savedMs) < 1e-6);
  assert.ok(front!.savedMs > 0 && behind!.savedMs > 0 || stats.savedMs === 0);
  const before = again.cache.stats();
  await again.cache.close();
  const after = again.cache.stats();
  assert.deepEqual(after.tiers.map(({ name, hits }) => [name, hits]), [["memory", 5], ["back", 3]]);
  assert.ok(Math.abs(after.savedMs - before.savedMs) < 1e-6);
});

test("stats() tells the engines apart that one is made of, and explain() says which one has a value", async () => {
  const large = "x".repeat(200);
  const halves = hybrid({ small: mapEngine("small"), large: mapEngine("large"), threshold: 100 });
  const fn = acache((x: string) => Promise.resolve(x), { name: "two halves", engine: halves });
  for (const x of ["s", large]) await fn(x);
  await settled(fn);
  for (const x of ["s", large, large]) await fn(x);
  const { hits, size, tiers } = fn.cache.stats();
  assert.deepEqual(tiers.map(({ name, hits }) => [name, hits]), [[halves.name, 0], ["small", 1], ["large", 2]]);
  assert.deepEqual([hits, size, tiers[0]!.size, tiers[1]!.size], [3, 2, 2, undefined]);
  assert.deepEqual([(await fn.cache.explain("s")).tier, (await fn.cache.explain(large)).tier], ["small", "large"]);

  const [front, back] = [mapEngine("front"), mapEngine("back")];
  for (const write of ["through", "back"] as const) {
    const engine = tiered(front, back, { write });
    const fn = acache((x: number) => Promise.resolve(x), { name: `two tiers ${write}`, engine });
    await fn(1);
    await settled(fn);
    await fn(1);
    assert.equal((await fn.cache.explain(1)).tier, "front");
    if (write === "back") await (fn.cache.native as TieredNative).flush();
    front.map.clear();
    assert.equal((await fn.cache.explain(1)).tier, "back");
    front.map.clear();
    for (let call = 0; call < 3; call++) await fn(1);
    assert.deepEqual(fn.cache.stats().tiers.map(({ name, hits }) => [name, hits]), [
      [engine.name, 0],
      ["front", 3],
      ["back", 1],
    ]);
  }
});

test("the books balance: every call is a hit or a miss, and every hit is one tier's", async () => {
  const next = random(7);
  const fns = [
    acache((x: number) => Promise.resolve(x), {
      name: "balanced",
      engine: tiered(memory, mapEngine("back")),
      maxSize: 20,
    }),
    acache((x: number) => Promise.resolve(x), { name: "balanced", maxSize: 20 }),
    acache((x: number) => Promise.resolve(x), { name: "balanced", engine: mapEngine("alone"), maxSize: 20 }),
  ];
  let calls = 0;
  for (let round = 0; round < 2_000; round++) {
    const fn = fns[Math.floor(next() * 3)]!;
    const stop = next() < 0.2 ? on("hit", () => {}) : () => {};
    const xs = Array.from({ length: 1 + Math.floor(next() * 3) }, () => Math.floor(next() ** 2 * 40));
    await Promise.all(xs.map((x) => fn(x)));
    calls += xs.length;
    stop();
    if (next() < 0.05) await fn.cache.invalidate(xs[0]!);
  }
  const all = fns.map((fn) => fn.cache.stats());
  for (const stats of all) {
    assert.equal(stats.tiers.reduce((sum, { hits }) => sum + hits, 0), stats.hits);
    assert.ok(stats.tiers.every(({ hits }) => hits > 0), JSON.stringify(stats.tiers));
    assert.equal(stats.misses - stats.coalesced, stats.loads);
  }
  const total = getStats("balanced");
  assert.equal(total.hits + total.misses, calls);
  for (const count of ["hits", "misses", "coalesced", "sets", "loads", "evictions"] as const) {
    assert.equal(total[count], all.reduce((sum, stats) => sum + stats[count], 0), count);
  }
  assert.deepEqual(
    [total.minLoadMs, total.maxLoadMs],
    [Math.min(...all.map((one) => one.minLoadMs)), Math.max(...all.map((one) => one.maxLoadMs))],
  );
  assert.deepEqual(new Set(total.tiers.map(({ name }) => name)), new Set(["memory", "back", "alone"]));
  assert.equal(total.tiers.reduce((sum, { hits }) => sum + hits, 0), total.hits);
});

test("getStats() of a name keeps what closed caches counted while another one of the name is there", async () => {
  const counts = async (): Promise<number[]> => {
    const { hits, misses, size }: CacheStats = getStats("come and gone");
    return await Promise.resolve([hits, misses, size]);
  };
  const one = await CacheContext.open({ name: "come and gone" });
  const two = await CacheContext.open({ name: "come and gone" });
  for (const cache of [one, two]) {
    await cache.getOrSet("a", () => 1);
    await cache.get("a");
  }
  assert.deepEqual(await counts(), [2, 2, 2]);
  await one.close();
  assert.deepEqual(await counts(), [2, 2, 1]);
  assert.equal(listCaches().filter(({ name }) => name === "come and gone").length, 1);
  await two.close();
  assert.throws(() => getStats("come and gone"), /no cache has that name/);
  const three = await CacheContext.open({ name: "come and gone" });
  assert.deepEqual(await counts(), [0, 0, 0]);
  await three.close();
});

test("stats() says what is held after a set, though a count from before it arrives later", async () => {
  const [storage, late] = [new SharedMap(), gate()];
  const { open, ...rest } = storage.engine();
  let counts = 0;
  const engine: Engine = {
    ...rest,
    open: async (options) => {
      const store = await open(options) as AsyncStore;
      const usage = async (prefix: string) => {
        const first = counts === 0;
        const counted = await store.usage(prefix);
        counts++;
        if (first) await late.opened;
        return counted;
      };
      return { ...store, usage };
    },
  };
  const fn = acache((x: number) => Promise.resolve(x), { name: "counted late", engine, lock: false });
  await fn(1);
  while (counts < 2) await macrotask();
  late.open();
  await settled(fn);
  assert.equal(fn.cache.stats().size, 1);
  await fn.cache.close();
});
