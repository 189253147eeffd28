import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, CacheContext, invalidateTag, mcache, on } from "../../mod.ts";
import type { PruneOptions } from "../../src/prune_options.ts";
import { enginesHere, fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const cacheDir = fastFolder();
const NUMBERS = Array.from({ length: 10 }, (_, x) => x);

for (const engine of enginesHere) {
  test(`cache.prune({ maxSize }) keeps the entries that were used last on ${engine}`, async () => {
    const clock = new FakeClock();
    const fn = acache((x: number) => Promise.resolve(x), {
      name: `pruned in ${engine}`,
      clock,
      policy: "lru",
      ...keptIn(engine, cacheDir, "pruned"),
    });
    const kept = async () => {
      const there = await Promise.all(NUMBERS.map((x) => fn.cache.has(x)));
      return NUMBERS.filter((x) => there[x]);
    };
    for (const x of NUMBERS) {
      await fn(x);
      clock.advance(1_000);
    }
    await settled(fn);
    for (const x of [2, 0]) {
      await fn(x);
      clock.advance(1_000);
    }
    assert.equal(await fn.cache.prune({ maxSize: 4 }), 6);
    assert.deepEqual(await kept(), [0, 2, 8, 9]);
    assert.equal(fn.cache.stats().size, 4);
    assert.equal(await fn.cache.prune({ maxSize: 4 }), 0);
    assert.equal(await fn.cache.prune({ maxAge: "11s" }), 1);
    assert.deepEqual(await kept(), [2, 8, 9]);
    assert.equal(await fn.cache.prune(), 0);
    assert.equal(await fn.cache.prune({ maxSize: 0 }), 3);
    assert.deepEqual(await kept(), []);
    await fn.cache.close();
  });

  test(`cache.prune({ maxBytes }) brings the sum of sizes under the limit on ${engine}`, async () => {
    const fn = acache((x: number) => Promise.resolve(`${x}`.repeat(1_000)), {
      name: `weighed in ${engine}`,
      sizeOf: () => 100_000,
      ...keptIn(engine, cacheDir, "weighed"),
    });
    for (const x of NUMBERS) await fn(x);
    await settled(fn);
    assert.equal(await fn.cache.prune({ maxBytes: "1MB" }), 0);
    assert.equal(await fn.cache.prune({ maxBytes: "350KB" }), 7);
    assert.deepEqual([fn.cache.stats().size, fn.cache.stats().bytes], [3, 300_000]);
    assert.deepEqual(
      await Promise.all([6, 7, 8, 9].map((x) => fn.cache.has(x))),
      [false, true, true, true],
    );
    await fn.cache.close();
  });

  test(`cache.prune() drops what is gone before it counts what is left on ${engine}`, async () => {
    const clock = new FakeClock();
    const fn = acache((x: number) => Promise.resolve(x), {
      name: `aged in ${engine}`,
      ttl: (x) => x < 5 ? 1_000 : 60_000,
      clock,
      ...keptIn(engine, cacheDir, "aged"),
    });
    // The ones to be gone come last, so that they would stay if they counted.
    for (const x of [...NUMBERS].reverse()) {
      await fn(x);
      clock.advance(1);
    }
    await settled(fn);
    clock.advance(2_000);
    assert.equal(await fn.cache.prune({ maxSize: 5 }), 5);
    assert.deepEqual(await Promise.all([4, 5, 9].map((x) => fn.cache.has(x))), [false, true, true]);
    await fn.cache.close();
  });

  test(`CacheContext.prune() keeps to the same limits on ${engine}`, async () => {
    const { version: _, ...place } = keptIn(engine, cacheDir, "context");
    await using cache = await CacheContext.open(place);
    for (const x of NUMBERS) await cache.set(x, x);
    assert.equal(await cache.prune({ maxSize: 3 }), 7);
    assert.deepEqual(await cache.getMany([6, 7, 8, 9]), [undefined, 7, 8, 9]);
    assert.equal(await cache.prune(), 0);
  });
}

for (const engine of persistentHere) {
  test(`cache.prune() leaves other functions of the folder alone on ${engine}`, async () => {
    const place = keptIn(engine, cacheDir, "together");
    const [one, other] = ["one", "other"].map((name) => acache((x: number) => Promise.resolve(x), { ...place, name }));
    for (const x of NUMBERS) await Promise.all([one!(x), other!(x)]);
    await Promise.all([settled(one!), settled(other!)]);
    assert.equal(await one!.cache.prune({ maxSize: 1 }), 9);
    assert.equal(await other!.cache.has(0), true);
    assert.equal(other!.cache.stats().size, 10);
    await Promise.all([one!.cache.close(), other!.cache.close()]);
  });
}

test("cache.prune() in memory keeps what was read before what was not, with a policy that notes no instants", () => {
  const id = mcache((x: number) => x);
  for (const x of NUMBERS) id(x);
  for (const x of [3, 1, 3]) id(x);
  assert.equal(id.cache.prune({ maxSize: 3 }), 7);
  assert.deepEqual(NUMBERS.filter((x) => id.cache.has(x)), [1, 3, 9]);
  assert.equal(id.cache.prune({ maxSize: 1 }), 2);
  assert.deepEqual(NUMBERS.filter((x) => id.cache.has(x)), [3]);
});

test("cache.prune() in memory without bounds keeps what was stored last", () => {
  const id = mcache((x: number) => x, { policy: "lru", maxSize: Infinity, maxBytes: Infinity });
  for (const x of NUMBERS) id(x);
  assert.equal(id.cache.prune({ maxSize: 2 }), 8);
  assert.deepEqual(NUMBERS.filter((x) => id.cache.has(x)), [8, 9]);
});

test("cache.prune() tells of what it drops beyond limits, and counts it as evicted", () => {
  const id = mcache((x: number) => x, { name: "told" });
  for (const x of [1, 2, 3]) id(x);
  const told: unknown[] = [];
  const off = on("evict", ({ key, reason }) => told.push([key, reason]));
  id.cache.prune({ maxSize: 1 });
  off();
  assert.deepEqual(told, [[id.cache.key(1), "manual"], [id.cache.key(2), "manual"]]);
  assert.equal(id.cache.stats().evictions, 2);
});

test("cache.prune() leaves nothing of the tags of what it drops", async () => {
  let tag = "first";
  const id = mcache((x: number) => x, { tags: () => [tag] });
  id(1);
  assert.equal(id.cache.prune({ maxSize: 0 }), 1);
  tag = "second";
  id(1);
  await invalidateTag("first");
  assert.equal(id.cache.has(1), true);
});

test("cache.prune() counts values that are still on their way to the engine", async () => {
  const storage = new SharedMap();
  const fn = acache((x: number) => Promise.resolve(x), { name: "under way", engine: storage.engine(), lock: false });
  await fn.cache.has(1);
  const written = gate();
  storage.pause = (operation) => operation === "set" ? written.opened : Promise.resolve();
  await fn(1);
  const pruned = fn.cache.prune({ maxSize: 0 });
  for (let turn = 0; turn < 100; turn++) await undefined;
  written.open();
  assert.equal(await pruned, 1);
  assert.equal(await fn.cache.has(1), false);
});

test("cache.prune() refuses limits that mean nothing, with all that is wrong", () => {
  const id = mcache((x: number) => x);
  id(1);
  assert.throws(() => id.cache.prune({ maxSize: -1, maxBytes: "1XB", maxItems: 5 } as unknown as PruneOptions), {
    name: "ConfigurationError",
    message: "Cannot prune a cache: maxSize is -1; give a number from 0; " +
      'maxBytes is "1XB"; give bytes or text such as "1GB"; maxItems is not known; give maxSize, maxBytes or maxAge',
  });
  assert.throws(() => id.cache.prune({ maxAge: "soon" as never }), { name: "ConfigurationError" });
  assert.equal(id.cache.has(1), true);
});
