import assert from "node:assert/strict";
import { test } from "node:test";
import { CacheContext, engineContext, engines, listCaches, mcache, ResourceError, withDefaults } from "../mod.ts";
import { openStoreCount } from "../src/decorators/open_stores.ts";
import { FakeClock } from "./fake_clock.ts";
import { gate } from "./gate.ts";
import { tempFolder } from "./temp_folder.ts";

const cacheDir = tempFolder();
const persistent = engines.available({ cacheDir }).filter(({ name, available }) => available && name !== "memory").map((
  { name },
) => name);

for (const engine of persistent) {
  test(`CacheContext.entries() and keys() on ${engine} include what has just been set`, async () => {
    await using cache = await CacheContext.open({ engine, folderName: `just-${engine}`, cacheDir });
    await cache.getOrSet("a", () => 1);
    await cache.getOrSet("b", () => 2);
    assert.deepEqual((await cache.keys()).sort(), [cache.key("a"), cache.key("b")].sort());
  });
}

for (const engine of ["memory", ...persistent]) {
  test(`CacheContext on ${engine} gets, sets, has, deletes, lists and clears`, async () => {
    const cache = await CacheContext.open({ engine, folderName: `ctx-${engine}`, cacheDir });
    assert.equal(await cache.get("k"), undefined);
    await cache.set("k", { at: new Date(0), undefined });
    assert.deepEqual(await cache.get("k"), { at: new Date(0), undefined });
    await cache.set({ a: 1, b: 2 }, "object key");
    assert.equal(await cache.get({ b: 2, a: 1 }), "object key");
    assert.equal(await cache.has("k"), true);
    assert.deepEqual((await cache.keys()).sort(), [cache.key("k"), cache.key({ a: 1, b: 2 })].sort());
    assert.equal(await cache.delete("k"), true);
    assert.equal(await cache.delete("k"), false);
    await cache.setMany([["a", 1], ["b", undefined], ["c", null]]);
    assert.deepEqual(await cache.getMany(["a", "b", "c", "d"]), [1, undefined, null, undefined]);
    assert.equal(await cache.has("b"), true);
    assert.equal(await cache.deleteMany(["a", "d"]), 1);
    assert.equal(await cache.clear(), 3);
    assert.deepEqual(await cache.keys(), []);
    await cache.close();
  });
}

test("CacheContext.getOrSet() runs the function once for concurrent callers, and again after ttl", async () => {
  const clock = new FakeClock();
  await using cache = await CacheContext.open({ clock, ttl: "1m" });
  const opened = gate<number>();
  let runs = 0;
  const compute = () => (runs++, opened.opened);
  const waiting = [cache.getOrSet("k", compute), cache.getOrSet("k", compute)];
  opened.open(7);
  assert.deepEqual(await Promise.all(waiting), [7, 7]);
  assert.equal(runs, 1);
  await cache.getOrSet("short", () => 1, { ttl: "1s" });
  clock.advance(1_000);
  assert.equal(await cache.get("short"), undefined);
  assert.equal(await cache.get("k"), 7);
  clock.advance(59_000);
  await cache.getOrSet("k", compute);
  assert.equal(runs, 2);
});

test("CacheContext.wrap() keeps the results of functions, told apart by name and source", async () => {
  await using cache = await CacheContext.open({ folderName: "wrapped", cacheDir });
  let runs = 0;
  const double = cache.wrap((x: number) => (runs++, x * 2), { name: "calculate" });
  const triple = cache.wrap((x: number) => (runs++, x * 3), { name: "calculate" });
  assert.deepEqual([await double(2), await triple(2), await double(2), await triple(2)], [4, 6, 4, 6]);
  assert.equal(runs, 2);
  const entries = await cache.entries();
  assert.equal(entries.length, 2);
  assert.ok(entries.every(({ size, storedAt }) => size > 0 && storedAt > 0));
  assert.throws(() => cache.wrap((() => () => 1)()), { code: "ERR_CACHE_CONFIGURATION" });
});

test("CacheContext.get() counts hits and misses", async () => {
  await using cache = await CacheContext.open();
  await cache.get("k");
  await cache.set("k", 1);
  await cache.get("k");
  const { hits, misses, size } = cache.stats();
  assert.deepEqual([hits, misses, size, cache.size], [1, 1, 1, 1]);
});

test("CacheContext closes once, and every later use throws ResourceError", async () => {
  const cache = await CacheContext.open({ name: "closing" });
  assert.ok(listCaches().some(({ name }) => name === "closing"));
  await cache.close();
  await cache.close();
  assert.ok(!listCaches().some(({ name }) => name === "closing"));
  await assert.rejects(cache.get("k"), ResourceError);
  await assert.rejects(cache.set("k", 1), ResourceError);
  assert.throws(() => cache.key("k"), ResourceError);
});

test("engineContext() gives what the callback gives, and closes even when it throws", async () => {
  const before = openStoreCount();
  const options = { folderName: "engine-context", cacheDir };
  const answer = await engineContext(options, async (cache) => {
    await cache.set("k", 42);
    return await cache.get<number>("k");
  });
  assert.equal(answer, 42);
  let leaked: CacheContext | undefined;
  const error = new Error("inside");
  await assert.rejects(
    engineContext(options, (cache) => {
      leaked = cache;
      throw error;
    }),
    (thrown) => thrown === error,
  );
  await assert.rejects(leaked!.get("k"), ResourceError);
  assert.equal(openStoreCount(), before);
});

test("two contexts of one folder share one handle and see each other's values", async () => {
  const before = openStoreCount();
  const options = { folderName: "shared-handle", cacheDir };
  const [one, two] = [await CacheContext.open(options), await CacheContext.open(options)];
  assert.equal(openStoreCount(), before + 1);
  await one.set("k", 1);
  assert.equal(await two.get("k"), 1);
  await one.close();
  assert.equal(await two.get("k"), 1);
  await two.close();
  assert.equal(openStoreCount(), before);
});

test("withDefaults() is inherited by caches made inside; inner scopes and own options win", () => {
  const make = () => mcache((x: number) => x);
  const [outer, inner, own] = withDefaults({ ttl: "5m", maxSize: 10 }, () => [
    make(),
    withDefaults({ ttl: "1m" }, make),
    mcache((x: number) => x, { maxSize: 3 }),
  ]);
  assert.deepEqual(outer!.cache.info.options, { ttl: "5m", maxSize: 10 });
  assert.deepEqual(inner!.cache.info.options, { ttl: "1m", maxSize: 10 });
  assert.deepEqual(own!.cache.info.options, { ttl: "5m", maxSize: 3 });
  assert.deepEqual(make().cache.info.options, {});
});

test("withDefaults() gives a context inside its engine, and only its ttl is overridden", async () => {
  await withDefaults({ engine: "files", cacheDir, folderName: "inherited", ttl: "5m" }, async () => {
    await using cache = await CacheContext.open({ ttl: "1s" });
    assert.equal(cache.info.engine, "files");
    assert.equal(cache.info.options.ttl, "1s");
    assert.equal(cache.info.options.folderName, "inherited");
  });
});

test("withDefaults() does not hand an option to a decorator for which it means nothing", () => {
  const fn = withDefaults({ folderName: "x", ttl: "5m" }, () => mcache((x: number) => x));
  assert.deepEqual(fn.cache.info.options, { ttl: "5m" });
});

test("withDefaults() reaches caches called inside with ttl and enabled", async () => {
  const clock = new FakeClock();
  let runs = 0;
  const fn = mcache((x: number) => (runs++, x), { clock });
  withDefaults({ ttl: "1s" }, () => fn(1));
  clock.advance(1_000);
  fn(1);
  assert.equal(runs, 2);
  await withDefaults({ enabled: false }, async () => {
    await Promise.resolve();
    fn(1);
    fn(1);
  });
  assert.equal(runs, 4);
  fn(1);
  assert.equal(runs, 4);
});

test("withDefaults() lets errors through and ends with them", () => {
  const error = new Error("inside");
  assert.throws(() =>
    withDefaults({ ttl: "1s" }, () => {
      throw error;
    }), (thrown) => thrown === error);
  assert.deepEqual(mcache((x: number) => x).cache.info.options, {});
  assert.throws(() => withDefaults({ nonsense: 1 } as object, () => 1), { code: "ERR_CACHE_CONFIGURATION" });
});
