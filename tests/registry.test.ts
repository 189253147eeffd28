import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  acache,
  bcache,
  clearCache,
  ConfigurationError,
  type Engine,
  engines,
  fcache,
  getCachePath,
  getStats,
  listCaches,
  mcache,
  PathError,
  registerCache,
} from "../mod.ts";
import { gate } from "./gate.ts";
import { tempFolder } from "./temp_folder.ts";

const cacheDir = tempFolder();

test("listCaches() shows name, engine and counts of every cache in use", () => {
  const fn = mcache((x: number) => x, { name: "listed" });
  fn(1);
  const listed = listCaches().filter(({ name }) => name === "listed");
  assert.equal(listed.length, 1);
  assert.equal(listed[0]!.engine, "memory");
  assert.equal(listed[0]!.stats.misses, 1);
});

test("listCaches() opens nothing, and tells of caches whose engine is still being opened", async () => {
  const opened = gate<never>();
  const memory = engines.get("memory")!;
  let opens = 0;
  const late: Engine = {
    ...memory,
    name: "late",
    mode: "async",
    open: (options) => (opens++, opened.opened.catch(() => memory.open(options))),
  };
  const unused = bcache((x: number) => x, { name: "never called", cacheDir, folderName: "never" });
  const waiting = acache((x: number) => Promise.resolve(x), { name: "waiting", engine: late });
  const call = waiting(1);
  const engineOf = (name: string) => listCaches().find((listed) => listed.name === name)?.engine;
  assert.equal(engineOf("waiting"), "late");
  assert.equal(engineOf("never called"), unused.cache.info.engine);
  assert.equal(existsSync(getCachePath("never", { cacheDir })), false);
  opened.fail(new Error("opened after all"));
  assert.equal(await call, 1);
  assert.equal(opens, 1);
});

test("registerCache() names a cache, and refuses the name to another unless it is to be replaced", () => {
  const [one, two] = [mcache((x: number) => x), mcache((x: number) => x)];
  registerCache("prices", one.cache);
  registerCache("prices", one.cache);
  assert.throws(() => registerCache("prices", two.cache), ConfigurationError);
  one(1);
  assert.equal(getStats("prices").misses, 1);
  registerCache("prices", two.cache, { replace: true });
  assert.equal(getStats("prices").misses, 0);
});

test("getStats() sums over the caches of a name, exactly", () => {
  for (let index = 0; index < 2; index++) {
    const fn = mcache((x: number) => x, { name: "summed" });
    for (let x = 0; x < 10; x++) fn(x);
    for (let x = 0; x < 5; x++) fn(x);
    registerCache(`keep ${index}`, fn.cache);
  }
  const one = getStats("keep 0");
  const two = getStats("keep 1");
  assert.deepEqual([one.hits, one.misses, one.size], [5, 10, 10]);
  assert.deepEqual([one.hits + two.hits, one.misses + two.misses], [10, 20]);
  const all = getStats();
  assert.ok(all.hits >= 10 && all.misses >= 20);
  assert.throws(() => getStats("nobody"), /Cannot count "nobody": no cache has that name; the names are/);
});

test("clearCache() empties the caches of a name and leaves others", async () => {
  const [one, two] = [mcache((x: number) => x, { name: "emptied" }), mcache((x: number) => x, { name: "kept" })];
  one(1);
  two(1);
  assert.equal(await clearCache("emptied"), 1);
  assert.deepEqual([one.cache.has(1), two.cache.has(1)], [false, true]);
  await assert.rejects(clearCache("nobody"), ConfigurationError);
});

test("clearCache() with removeFiles deletes the folder, and the next call makes it anew", async () => {
  for (const decorator of [bcache, fcache]) {
    let runs = 0;
    const fn = decorator((x: number) => (runs++, x), { name: "removed", cacheDir, folderName: "removed" });
    await fn(1);
    const folder = getCachePath("removed", { cacheDir });
    assert.ok(existsSync(folder));
    await clearCache("removed", { removeFiles: true });
    assert.equal(existsSync(folder), false);
    await fn(1);
    assert.equal(runs, 2);
    await fn.cache.close();
    await clearCache("removed");
  }
});

test("clearCache() with removeFiles never deletes what others made, and follows no link", async () => {
  const fn = fcache((x: number) => x, { name: "linked", cacheDir, folderName: "linked" });
  await fn(1);
  const folder = getCachePath("linked", { cacheDir });
  const outside = join(cacheDir, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "precious.txt"), "mine");
  symlinkSync(outside, join(folder, "link"));
  await clearCache("linked", { removeFiles: true });
  assert.equal(existsSync(folder), false);
  assert.ok(existsSync(join(outside, "precious.txt")));

  const other = fcache((x: number) => x, { name: "unmarked", cacheDir, folderName: "unmarked" });
  await other(1);
  const unmarked = getCachePath("unmarked", { cacheDir });
  writeFileSync(join(unmarked, "CACHEDIR.TAG"), "somebody else's");
  await assert.rejects(clearCache("unmarked", { removeFiles: true }), PathError);
  assert.ok(existsSync(unmarked));
});
