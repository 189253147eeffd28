import assert from "node:assert/strict";
import { test } from "node:test";
import { LRUCache } from "lru-cache";
import { acache, bcache, mcache } from "../../mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { tempFolder } from "../temp_folder.ts";

const cacheDir = tempFolder();

test("cache.has(), peek() and set() concern one call and compute nothing", () => {
  const clock = new FakeClock();
  let runs = 0;
  const double = mcache((x: number) => (runs++, x * 2), { ttl: 1_000, clock });
  assert.equal(double.cache.has(1), false);
  assert.equal(double.cache.peek(1), undefined);
  double.cache.set([1], 99);
  clock.advance(400);
  assert.deepEqual(double.cache.peek(1), { value: 99, state: "fresh", age: 400, expiresIn: 600, tags: [] });
  assert.equal(double(1), 99);
  assert.equal(runs, 0);
  clock.advance(600);
  assert.equal(double.cache.peek(1), undefined);
  assert.equal(double.cache.has(1), false);
});

test("cache.peek() does not keep an entry from being evicted", () => {
  const id = mcache((x: string) => x, { maxSize: 2, policy: "lru" });
  id("a");
  id("b");
  id.cache.peek("a");
  id("c");
  assert.equal(id.cache.has("a"), false);
});

test("cache.invalidate() affects one call only", () => {
  const double = mcache((x: number) => x * 2);
  double(1);
  double(2);
  assert.equal(double.cache.invalidate(1), true);
  assert.equal(double.cache.invalidate(1), false);
  assert.deepEqual([double.cache.has(1), double.cache.has(2)], [false, true]);
});

test("cache.expire() makes a value stale, so that the next call computes", () => {
  let runs = 0;
  const double = mcache((x: number) => (runs++, x * 2));
  double(1);
  assert.equal(double.cache.expire(1), true);
  assert.equal(double.cache.expire(1), false);
  assert.equal(double.cache.peek(1)?.state, "stale");
  assert.equal(double.cache.has(1), false);
  double(1);
  assert.equal(runs, 2);
});

test("cache.refresh() runs the function and replaces the value; bypass() leaves everything alone", () => {
  let runs = 0;
  const count = mcache((_: string) => ++runs);
  assert.equal(count("a"), 1);
  assert.equal(count.cache.refresh("a"), 2);
  assert.equal(count("a"), 2);
  const before = count.cache.stats();
  assert.equal(count.cache.bypass("a"), 3);
  assert.deepEqual(count.cache.stats(), before);
  assert.equal(count("a"), 2);
});

test("cache.key() gives the key as engines have it, and the same for equal arguments", () => {
  const fn = mcache((..._: unknown[]) => 1, { name: "fetchUser" });
  assert.match(fn.cache.key(1), /^fetchuser-[0-9a-f]{8}\/[0-9a-f]+-[0-9a-f]{40}$/);
  assert.equal(fn.cache.key({ a: 1, b: 2 }), fn.cache.key({ b: 2, a: 1 }));
  assert.notEqual(fn.cache.key(1), fn.cache.key("1"));
});

test("cache.clear() removes everything and says how much", () => {
  const id = mcache((x: number) => x);
  for (let x = 0; x < 5; x++) id(x);
  assert.equal(id.cache.clear(), 5);
  assert.equal(id.cache.stats().size, 0);
  assert.equal(id.cache.clear(), 0);
});

test("cache.prune() drops what is past its time", () => {
  const clock = new FakeClock();
  const id = mcache((x: number) => x, { ttl: (x: number) => x * 1_000, clock });
  for (const x of [1, 2, 3]) id(x);
  clock.advance(2_000);
  assert.equal(id.cache.prune(), 2);
  assert.equal(id.cache.stats().size, 1);
});

test("cache.original is the function, and cache.native what the engine lets one reach", () => {
  const fn = (x: number) => x;
  assert.equal(mcache(fn).cache.original, fn);
  assert.ok(mcache((x: number) => x).cache.native instanceof Map);
  assert.ok(mcache((x: number) => x, { policy: "lru" }).cache.native instanceof LRUCache);
});

test("cache.stats() counts exactly", () => {
  const id = mcache((x: number) => x);
  for (let x = 0; x < 10; x++) id(x);
  for (let x = 0; x < 5; x++) id(x);
  const stats = id.cache.stats();
  assert.deepEqual(
    { ...stats, loadMs: 0, minLoadMs: 0, avgLoadMs: 0, maxLoadMs: 0, savedMs: 0, bytes: 0 },
    {
      hits: 5,
      staleHits: 0,
      misses: 10,
      coalesced: 0,
      sets: 10,
      evictions: 0,
      expirations: 0,
      errors: 0,
      size: 10,
      bytes: 0,
      inFlight: 0,
      hitRatio: 1 / 3,
      loads: 10,
      failures: 0,
      loadMs: 0,
      minLoadMs: 0,
      avgLoadMs: 0,
      maxLoadMs: 0,
      savedMs: 0,
      tiers: [{ name: "memory", hits: 5, savedMs: stats.savedMs, size: 10, bytes: stats.bytes }],
    },
  );
  assert.ok(0 <= stats.minLoadMs && stats.minLoadMs <= stats.avgLoadMs && stats.avgLoadMs <= stats.maxLoadMs);
  assert.ok(stats.bytes > 0);
});

test("cache.stats() adds up what hits saved", () => {
  const busy = mcache((x: number) => {
    const until = performance.now() + 5;
    while (performance.now() < until);
    return x;
  });
  for (let calls = 0; calls < 4; calls++) busy(1);
  const { loadMs, savedMs, avgLoadMs } = busy.cache.stats();
  assert.ok(loadMs >= 5);
  assert.ok(Math.abs(savedMs - 3 * avgLoadMs) < 0.001, `${savedMs} is not 3 × ${avgLoadMs}`);
});

test("cache methods of a promise-giving wrapper give promises, and carry errors in them", async () => {
  const load = acache(async (x: unknown) => await Promise.resolve(x));
  assert.equal(await load.cache.has(1), false);
  await load.cache.set([1], "set");
  assert.equal(await load(1), "set");
  assert.equal((await load.cache.peek(1))?.value, "set");
  assert.equal(await load.cache.invalidate(1), true);
  await assert.rejects(load.cache.has(() => {}), { code: "ERR_CACHE_KEY" });
  await assert.rejects(load(() => {}), { code: "ERR_CACHE_KEY" });
});

test("cache.close() gives the store back, and the next call opens it again", async () => {
  let runs = 0;
  const double = bcache((x: number) => (runs++, x * 2), { name: "close-test", cacheDir });
  await double(2);
  await double.cache.close();
  await double.cache.close();
  assert.equal(await double(2), 4);
  assert.equal(runs, 1);
  await double.cache[Symbol.asyncDispose]();
});

test("cache.set() and invalidate() fence a computation that is running", async () => {
  const gates = [gate<string>(), gate<string>(), gate<string>()];
  let runs = 0;
  const load = mcache((_: string) => gates[runs++]!.opened);

  const first = load("k");
  load.cache.invalidate("k");
  const second = load("k");
  gates[0]!.open("old");
  assert.equal(await first, "old");
  assert.equal(load.cache.has("k"), false);
  gates[1]!.open("new");
  assert.equal(await second, "new");
  assert.equal(await load("k"), "new");
  assert.equal(runs, 2);

  const third = load.cache.refresh("k");
  load.cache.set(["k"], "set by hand");
  gates[2]!.open("computed before");
  assert.equal(await third, "computed before");
  assert.equal(await load("k"), "set by hand");
});

test("cache.clear() fences everything that is running", async () => {
  const opened = gate<string>();
  const load = mcache((_: string) => opened.opened);
  const running = [load("a"), load("b")];
  load.cache.clear();
  opened.open("old");
  await Promise.all(running);
  assert.deepEqual([load.cache.has("a"), load.cache.has("b")], [false, false]);
  assert.equal(load.cache.stats().inFlight, 0);
});

test("cache.invalidate() from inside a synchronous function keeps its result from being stored", () => {
  const fn = mcache((x: number): number => {
    fn.cache.invalidate(x);
    return x;
  });
  assert.equal(fn(1), 1);
  assert.equal(fn.cache.has(1), false);
});
