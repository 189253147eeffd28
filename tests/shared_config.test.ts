import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, configFromEnv, createCacheConfig, getCachePath, mcache, mergeConfigs, ucache } from "../mod.ts";
import { existsSync } from "node:fs";
import { fastFolder } from "./engines_here.ts";
import { FakeClock } from "./fake_clock.ts";

test("one configuration serves many functions, and each may override it", () => {
  const clock = new FakeClock();
  const shared = { ttl: 1_000, maxSize: 2, clock };
  const config = createCacheConfig(shared);
  const [one, two, own] = [
    ucache((x: number) => x, shared),
    mcache((x: number) => -x, shared),
    ucache((x: number) => x * 2, mergeConfigs(shared, { ttl: 5_000 })),
  ];
  for (const fn of [one, two, own]) for (let x = 0; x < 4; x++) fn(x);
  assert.deepEqual([one, two, own].map((fn) => fn.cache.stats().size), [2, 2, 2]);
  assert.deepEqual([one(3), two(3), own(3)], [3, -3, 6]);
  clock.advance(1_000);
  assert.deepEqual([one, two, own].map((fn) => fn.cache.has(3)), [false, false, true]);
  assert.equal(config.ttl, 1_000);
  assert.throws(() => Object.assign(config, { ttl: 1 }), TypeError);
});

test("ucache() and mcache() take what createCacheConfig() made as they take what it was made from", () => {
  for (const decorator of [ucache, mcache]) {
    const fn = decorator((x: number) => x, createCacheConfig({ ttl: "5m", maxSize: 3 }));
    for (let x = 0; x < 5; x++) assert.equal(fn(x), x);
    assert.equal(fn.cache.stats().size, 3);
    assert.equal(fn.cache.info.engine, "memory");
  }
});

test("settings from the environment decide where values are kept and whether, and options win over them", async () => {
  const cacheDir = fastFolder();
  const other = fastFolder();
  const env = configFromEnv({ TWAT_CACHE_DIR: cacheDir, TWAT_CACHE_FOLDER_NAME: "named", TWAT_CACHE_ENGINE: "files" });
  const fn = acache((x: number) => Promise.resolve(x), { name: "from env", ...env });
  assert.equal(await fn(1), 1);
  assert.ok(existsSync(getCachePath("named", { cacheDir })));
  await fn.cache.close();
  const moved = acache((x: number) => Promise.resolve(x), mergeConfigs({ name: "moved", ...env }, { cacheDir: other }));
  assert.equal(await moved(1), 1);
  assert.ok(existsSync(getCachePath("named", { cacheDir: other })));
  await moved.cache.close();

  let runs = 0;
  const off = mcache((x: number) => (runs++, x), configFromEnv({ TWAT_CACHE_ENABLED: "0" }));
  assert.deepEqual([off(1), off(1), off.cache.has(1), off.cache.invalidate(1)], [1, 1, false, false]);
  assert.equal(runs, 2);
});
