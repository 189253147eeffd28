import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bcache, fcache, on, SerializationError } from "../../mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { tempFolder } from "../temp_folder.ts";

const cacheDir = tempFolder();
let folders = 0;
const fresh = () => ({ cacheDir, folderName: `f${++folders}` });

for (const [called, decorator] of [["bcache", bcache], ["fcache", fcache]] as const) {
  test(`${called}() keeps falsy results, and gives a promise for a synchronous function`, async () => {
    for (const value of [undefined, null, 0, "", false, NaN, -0]) {
      let runs = 0;
      const fn = decorator((_: number) => (runs++, value), { name: "falsy", ...fresh() });
      const promise = fn(1);
      assert.ok(promise instanceof Promise);
      assert.ok(Object.is(await promise, value));
      await fn.cache.close();
      assert.ok(Object.is(await fn(1), value));
      assert.equal(runs, 1, String(value));
    }
  });

  test(`${called}() expires at exactly ttl and holds maxSize, after reopening, too`, async () => {
    const clock = new FakeClock();
    let runs = 0;
    const fn = decorator((x: number) => (runs++, x), { name: "bounds", ttl: "1m", maxSize: 3, clock, ...fresh() });
    await fn(1);
    await fn.cache.close();
    clock.advance(59_999);
    await fn(1);
    assert.equal(runs, 1);
    clock.advance(1);
    await fn(1);
    assert.equal(runs, 2);
    for (let x = 0; x < 10; x++) {
      await fn(x);
      await fn.cache.close();
      assert.ok(fn.cache.stats().size <= 3);
    }
    assert.equal(fn.cache.stats().size, 3);
  });

  test(`${called}() holds maxBytes`, async () => {
    const fn = decorator((x: number) => new Uint8Array(300_000).fill(x), { name: "bytes", maxBytes: 1e6, ...fresh() });
    for (let x = 0; x < 8; x++) {
      await fn(x);
      await settled(fn);
    }
    const { bytes, size } = fn.cache.stats();
    assert.ok(bytes <= 1e6 && size === 3, `${size} entries, ${bytes} bytes`);
  });

  for (const [policy, gone] of [["lru", "b"], ["lfu", "b"], ["fifo", "a"], ["lifo", "b"], ["mru", "a"]] as const) {
    test(`${called}() with policy ${policy} evicts ${gone} after a, b, a, c at 2`, async () => {
      const fn = decorator((x: string) => x, { name: "trace", maxSize: 2, policy, ...fresh() });
      for (const x of policy === "lfu" ? ["a", "b", "a", "a", "c"] : ["a", "b", "a", "c"]) {
        await fn(x);
        await settled(fn);
      }
      const kept: string[] = [];
      for (const x of ["a", "b", "c"]) if (await fn.cache.has(x)) kept.push(x);
      assert.deepEqual(kept, ["a", "b", "c"].filter((x) => x !== gone));
    });
  }

  test(`${called}() never shares entries between functions, even in one folder with equal arguments`, async () => {
    const place = fresh();
    const double = decorator((x: number) => x * 2, { name: "double", ...place });
    const triple = decorator((x: number) => x * 3, { name: "triple", ...place });
    assert.deepEqual([await double(2), await triple(2), await double(2), await triple(2)], [4, 6, 4, 6]);
    assert.equal(await double.cache.clear(), 1);
    assert.equal(await triple.cache.has(2), true);
  });

  test(`${called}() computes again when the source of the function changes, and hits when it is back`, async () => {
    const place = fresh();
    let runs = 0;
    const versions = [
      (x: number) => (runs++, x + 1),
      (x: number) => (runs++, x + 2),
      (x: number) => (runs++, /* a comment does not count */ x + 1),
    ];
    const answers: number[] = [];
    for (const fn of versions) {
      const cached = decorator(fn, { name: "changing", ...place });
      answers.push(await cached(1));
      await cached.cache.close();
    }
    assert.deepEqual(answers, [2, 3, 2]);
    assert.equal(runs, 2);
    await decorator(versions[1]!, { name: "changing", version: "mine", ...place })(1);
    assert.equal(runs, 3);
  });

  test(`${called}() returns a value that would not survive, warns once, and keeps nothing`, async () => {
    class Thing {
      readonly x = 1;
    }
    const logger = new QuietLogger();
    const errors: unknown[] = [];
    const stop = on("refused", ({ error }) => errors.push(error));
    let runs = 0;
    const fn = decorator((_: number) => (runs++, new Thing()), { name: "thing", logger, ...fresh() });
    assert.ok(await fn(1) instanceof Thing);
    assert.ok(await fn(1) instanceof Thing);
    stop();
    assert.equal(runs, 2);
    assert.equal(errors.length, 2);
    assert.ok(errors.every((error) => error instanceof SerializationError && error.code === "ERR_CACHE_SERIALIZATION"));
    assert.equal(logger.warnings.length, 1);
    assert.match(logger.warnings[0]!, /Thing/);
    await assert.rejects(fn.cache.set([1], new Thing()), SerializationError);
  });

  test(`${called}() runs the function once and gives its error as the same object`, async () => {
    const error = new Error("mine");
    let runs = 0;
    const fn = decorator((_: number) => {
      runs++;
      throw error;
    }, { name: "failing", ...fresh() });
    await assert.rejects(fn(1), (thrown) => thrown === error);
    assert.equal(runs, 1);
  });

  test(`${called}() shares one run among concurrent callers`, async () => {
    let runs = 0;
    const fn = decorator(async (x: number) => (runs++, await Promise.resolve(x)), { name: "shared", ...fresh() });
    assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => fn(7))), Array(20).fill(7));
    assert.equal(runs, 1);
    const { hits, misses, coalesced } = fn.cache.stats();
    assert.deepEqual([hits, misses, coalesced], [0, 20, 19]);
  });

  test(`${called}() with secure, the default, writes no argument text`, async () => {
    const place = fresh();
    const fn = decorator((secret: string) => secret.length, { name: "discreet", ...place });
    await fn("correct horse battery staple");
    await fn.cache.close();
    const bytes = allBytes(join(cacheDir, "twat_cache", place.folderName));
    assert.ok(bytes.length > 0);
    assert.equal(bytes.includes("battery staple"), false);
  });

  test(`${called}.sync() keeps a synchronous function synchronous`, async () => {
    const place = fresh();
    let runs = 0;
    const fn = decorator.sync((x: number) => (runs++, { x, at: new Date(x) }), { name: "sync", ...place });
    const first = fn(1);
    assert.deepEqual(first, { x: 1, at: new Date(1) });
    assert.deepEqual(fn(1), first);
    assert.equal(runs, 1);
    assert.equal(fn.cache.has(1), true);
    assert.equal(fn.cache.invalidate(1), true);
    fn.cache.close();
    fn(1);
    assert.equal(runs, 2);
    fn.cache.close();
    const later = decorator((x: number) => (runs++, { x, at: new Date(x) }), { name: "sync", ...place });
    assert.deepEqual(await later(1), first);
  });

  test(`${called}() refuses a folder name that leads out of the cache folder`, () => {
    for (const folderName of ["..", ".", "../x", "/etc", "a/b", "C:\\x", "nul", "a\0b", "ａ", "x".repeat(300)]) {
      assert.throws(() => decorator((x: number) => x, { name: "hostile", cacheDir, folderName }), {
        name: /PathError|ConfigurationError/,
      });
    }
  });
}

function allBytes(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))));
}

test("fcache() keeps a compressed 1000×1000 Float64Array bit for bit", async () => {
  const place = fresh();
  const matrix = (size: number) => Float64Array.from({ length: size * size }, (_, index) => Math.sin(index / 1000));
  const fn = fcache(matrix, { name: "matrix", compress: true, ...place });
  const plain = matrix(1000);
  await fn(1000);
  await fn.cache.close();
  const back = await fn(1000);
  assert.equal(back.constructor, Float64Array);
  assert.deepEqual(new Uint8Array(back.buffer, back.byteOffset, back.byteLength), new Uint8Array(plain.buffer));
  assert.equal(fn.cache.stats().hits, 1);
});

test("fcache() writes a file of less than half the size when the value is compressible", async () => {
  const place = fresh();
  const fn = fcache((size: number) => "all work and no play ".repeat(size), { name: "text", compress: true, ...place });
  await fn(10_000);
  await fn.cache.close();
  const folder = join(cacheDir, "twat_cache", place.folderName);
  const largest = Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
      .map((file) => statSync(join(file.parentPath, file.name)).size),
  );
  assert.ok(largest < 210_000 / 2, `${largest} bytes`);
});

test("bcache() and fcache() make folders for this user alone, unless secure is off", {
  skip: process.platform === "win32" && "Windows has no such modes",
}, async () => {
  for (const decorator of [bcache, fcache]) {
    for (const secure of [true, false]) {
      const place = fresh();
      const fn = decorator((x: number) => x, { name: "modes", secure, ...place });
      await fn(1);
      await fn.cache.close();
      const folder = join(cacheDir, "twat_cache", place.folderName);
      assert.equal(statSync(folder).mode & 0o777, secure ? 0o700 : 0o755);
    }
  }
});
