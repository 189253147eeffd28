import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, CacheContext, fcache, mcache, ucache } from "../../mod.ts";
import { runChild } from "../child.ts";
import { FakeClock } from "../fake_clock.ts";
import { tempFolder } from "../temp_folder.ts";

/* The six examples of the library's Python ancestor, in TypeScript. */

const cacheDir = tempFolder();

test("example: mcache keeps an expensive calculation in memory", () => {
  const clock = new FakeClock();
  let runs = 0;
  const expensive = mcache((x: number, y: number) => (runs++, x ** y), { maxSize: 128, ttl: 60_000, clock });
  assert.equal(expensive(2, 10), 1024);
  assert.equal(expensive(2, 10), 1024);
  assert.equal(runs, 1);
  clock.advance(60_000);
  assert.equal(expensive(2, 10), 1024);
  assert.equal(runs, 2);
});

test("example: bcache keeps results across a restart, until ttl", async () => {
  const first = await runChild(new URL("./children/report.ts", import.meta.url), [cacheDir, "12"]);
  assert.equal(first.code, 0, first.stderr);
  const { engine, ...cold } = JSON.parse(first.stdout);
  assert.deepEqual(cold, { runs: 1, squared: 144, isDate: true });
  assert.notEqual(engine, "memory");
  const second = await runChild(new URL("./children/report.ts", import.meta.url), [cacheDir, "12"]);
  assert.deepEqual(JSON.parse(second.stdout), { runs: 0, squared: 144, isDate: true, engine });

  const clock = new FakeClock();
  let runs = 0;
  const make = () =>
    bcache((x: number) => (runs++, x), { name: "aged", cacheDir, folderName: "aged", ttl: "1h", clock });
  const before = make();
  await before(1);
  await before.cache.close();
  clock.advance(3_600_000);
  await make()(1);
  assert.equal(runs, 2);
});

test("example: fcache keeps a large array as a file, compressed, and bit for bit", async () => {
  let runs = 0;
  const generate = fcache((size: number) => {
    runs++;
    return Float64Array.from({ length: size * size }, (_, index) => Math.cos(index / size));
  }, { name: "generate", folderName: "arrays", cacheDir, compress: true });
  const first = await generate(1000);
  await generate.cache.close();
  const second = await generate(1000);
  assert.equal(runs, 1);
  assert.ok(second instanceof Float64Array);
  assert.deepEqual(new Uint8Array(second.buffer, second.byteOffset, second.byteLength), new Uint8Array(first.buffer));
  assert.ok(generate.cache.stats().bytes < first.byteLength / 2, `${generate.cache.stats().bytes} bytes`);
});

test("example: acache keeps the results of an asynchronous function", async () => {
  let runs = 0;
  const fetchData = acache(async (url: string) => {
    runs++;
    return await Promise.resolve({ url, status: 200 });
  }, { ttl: "5m" });
  assert.deepEqual(await fetchData("https://example.org"), await fetchData("https://example.org"));
  assert.equal(runs, 1);
});

test("example: ucache keeps results wherever suits", async () => {
  let runs = 0;
  const compute = ucache((x: number) => (runs++, x + 1), { ttl: "1h" });
  assert.equal(compute(1), compute(1));
  assert.equal(runs, 1);
  assert.equal(compute.cache.info.engine, "memory");
  const kept = ucache(async (x: number) => (runs++, await Promise.resolve(x + 1)), {
    name: "kept",
    folderName: "universal",
    cacheDir,
  });
  assert.equal(await kept(1), await kept(1));
  assert.equal(runs, 2);
  assert.equal(kept.cache.info.persistent, true);
});

test("example: CacheContext gives a cache for a block", async () => {
  let runs = 0;
  const compute = () => (runs++, { answer: 42 });
  for (let round = 0; round < 2; round++) {
    const cache = await CacheContext.open({ folderName: "context", cacheDir, ttl: "1h" });
    try {
      let value = await cache.get<{ answer: number }>("result");
      if (value === undefined) {
        value = compute();
        await cache.set("result", value);
      }
      assert.deepEqual(value, { answer: 42 });
    } finally {
      await cache.close();
    }
  }
  assert.equal(runs, 1);
});
