import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type Compression, type CompressionName } from "../../mod.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";
import { fastFolder, keptIn, persistentHere } from "../engines_here.ts";

const cacheDir = fastFolder();
const text = "all work and no play makes Jack a dull boy ".repeat(200);
const algorithms = (["gzip", "deflate", "zstd"] as CompressionName[]).filter((name) =>
  zlibCompressor(globalThis as never)!.algorithms.includes(name)
);

for (const engine of persistentHere) {
  const make = (compress: Compression, folder: string, runs: number[]) => {
    const place = keptIn(engine, cacheDir, folder);
    return acache((x: number) => (runs.push(x), Promise.resolve(`${x} ${text}`)), {
      name: "texts",
      compress,
      ...place,
    });
  };

  test(`${engine} holds fewer bytes with compress, under each algorithm and from minBytes on`, async () => {
    const bytes = async (compress: Compression, folder: string) => {
      const fn = make(compress, folder, []);
      for (let x = 0; x < 5; x++) await fn(x);
      await fn.cache.close();
      const { bytes } = fn.cache.stats();
      assert.equal(await fn(0), `0 ${text}`);
      assert.equal(fn.cache.stats().hits, 1);
      await fn.cache.close();
      return bytes;
    };
    const plain = await bytes(false, "plain");
    assert.ok(plain >= 5 * text.length);
    for (const compress of [true, { minBytes: 1_000 }, ...algorithms]) {
      assert.ok(await bytes(compress, `less-${JSON.stringify(compress).replaceAll(/\W/g, "")}`) < plain / 10);
    }
    assert.equal(await bytes({ minBytes: 1_000_000 }, "under"), plain);
  });

  test(`${engine} reads what was kept before compress was turned on, changed or turned off`, async () => {
    const runs: number[] = [];
    for (const [index, compress] of [false, true, ...algorithms, false].entries()) {
      const fn = make(compress, "turned", runs);
      for (let x = 0; x <= index; x++) assert.equal(await fn(x), `${x} ${text}`);
      await fn.cache.close();
    }
    assert.deepEqual(runs, Array.from({ length: algorithms.length + 3 }, (_, x) => x));
  });
}
