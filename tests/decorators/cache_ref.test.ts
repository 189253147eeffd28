import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache } from "../../mod.ts";
import { mapEngine } from "../engines/map_engine.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { settled } from "../settled.ts";

const cacheDir = fastFolder();

for (const engine of enginesHere) {
  test(`cache.ref() survives a structured clone and JSON, and from() gives it its methods again on ${engine}`, async () => {
    let runs = 0;
    const fn = acache((x: number, y: string) => (runs++, Promise.resolve({ x, y })), {
      name: `referred to in ${engine}`,
      ...keptIn(engine, cacheDir, "refs"),
    });
    await fn(1, "a");
    await settled(fn);
    const ref = fn.cache.ref(1, "a");
    assert.deepEqual({ ...ref }, { cache: `referred to in ${engine}`, key: fn.cache.key(1, "a") });
    for (const data of [structuredClone(ref), JSON.parse(JSON.stringify(ref))]) {
      assert.deepEqual(data, { ...ref });
      assert.equal("get" in data, false);
      assert.deepEqual(await fn.cache.ref.from(data).get(), { x: 1, y: "a" });
    }
    const again = fn.cache.ref.from(structuredClone(ref));
    assert.equal(await again.drop(), true);
    assert.equal(await again.drop(), false);
    assert.equal(await fn.cache.has(1, "a"), false);
    await assert.rejects(again.get(), {
      name: "CacheOperationError",
      message: `Cannot get the value of ${ref.key}: none is kept in "${engine}" (absent); call the function again`,
    });
    assert.equal(runs, 1);
    await fn.cache.close();
  });
}

test("cache.ref() does not load the value until get()", async () => {
  const engine = mapEngine("watched");
  const fn = acache((x: number) => Promise.resolve(x), { name: "lazy", engine });
  await fn(1);
  await settled(fn);
  engine.asked.length = 0;
  const ref = fn.cache.ref(1);
  const clone = fn.cache.ref.from(structuredClone(ref));
  assert.deepEqual(engine.asked, []);
  assert.equal(await ref.get(), 1);
  assert.deepEqual(engine.asked, [`get ${ref.key}`]);
  assert.equal(await clone.get(), 1);
  assert.deepEqual(engine.asked, [`get ${ref.key}`, `get ${ref.key}`]);
});

test("cache.ref().get() runs the function where nothing is kept, and keeps what it gave", () => {
  let runs = 0;
  const fn = mcache((x: number) => (runs++, x * 2));
  const ref = fn.cache.ref(4);
  assert.equal(runs, 0);
  const value: number = ref.get();
  assert.equal(value, 8);
  assert.equal(fn(4), 8);
  assert.equal(runs, 1);
  assert.equal(ref.drop(), true);
  assert.equal(ref.get(), 8);
  assert.equal(runs, 2);
});

test("cache.ref.from() finds values in memory under keys of any kind, and answers in the colour of the function", async () => {
  const sync = mcache((..._: unknown[]) => "value");
  for (const args of [[1], ["text"], [], [1, 2], [{ a: 1 }], ["x".repeat(3_000)], [undefined], ["\0"]]) {
    sync(...args);
    assert.equal(sync.cache.ref.from({ ...sync.cache.ref(...args) }).get(), "value");
  }
  assert.equal(sync.cache.stats().hits, 8);
  const promising = mcache((x: number) => Promise.resolve(x));
  await promising(1);
  const given: unknown = promising.cache.ref.from({ ...promising.cache.ref(1) }).get();
  assert.ok(given instanceof Promise);
  assert.equal(await given, 1);
});

test("cache.ref.from() gives what is fresh, and kept errors as a call throws them", () => {
  const clock = new FakeClock();
  const error = new Error("kept");
  const fn = mcache((x: number) => {
    if (x === 2) throw error;
    return x;
  }, { ttl: 1_000, errorTtl: 1_000, staleIfError: "1h", clock });
  const refs = [1, 2].map((x) => fn.cache.ref.from({ ...fn.cache.ref(x) }));
  fn(1);
  assert.throws(() => fn(2), (thrown) => thrown === error);
  assert.equal(refs[0]!.get(), 1);
  assert.throws(() => refs[1]!.get(), (thrown) => thrown === error);
  clock.advance(1_000);
  assert.throws(() => refs[0]!.get(), { name: "CacheOperationError", message: /\(stale\)/ });
});

test("cache.ref.from() refuses a reference of another cache or another version of the function", () => {
  const fn = mcache((x: number) => x, { name: "one", version: "1" });
  const ref = { ...fn.cache.ref(1) };
  const other = mcache((x: number) => x, { name: "other", version: "1" });
  const newer = mcache((x: number) => x, { name: "one", version: "2" });
  assert.throws(() => other.cache.ref.from(ref), {
    name: "CacheKeyError",
    message: 'Cannot use a reference with "other": it is one to a value of "one"; use it with the cache of that name',
  });
  assert.throws(() => newer.cache.ref.from(ref), { name: "CacheKeyError", message: /another version of the function/ });
  for (const data of [{}, { ...ref, key: 7 }, { ...ref, key: "one" }]) {
    assert.throws(() => fn.cache.ref.from(data as typeof ref), { name: "CacheKeyError" });
  }
});
