import assert from "node:assert/strict";
import { readdirSync, readFileSync, truncateSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fcache, getCachePath } from "../../mod.ts";
import { fastFolder } from "../engines_here.ts";
import { QuietLogger } from "../quiet_logger.ts";

const cacheDir = fastFolder();

/** The files below a folder that bear a name, without those of records about functions, whose folders begin with an escaped "~". */
function found(folder: string, name: RegExp): string[] {
  return readdirSync(folder, { recursive: true }).map(String)
    .filter((path) => name.test(basename(path)) && !path.startsWith("%7e"))
    .map((path) => join(folder, path));
}

test("fcache() leaves a value.bin that equals the bytes of a Uint8Array, beside a meta.json that names it", async () => {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, at) => at * 31);
  const fn = fcache((_: number) => bytes, { name: "picture", cacheDir, folderName: "found" });
  await fn(1);
  await fn.cache.close();
  const [value, ...others] = found(getCachePath("found", { cacheDir }), /^value/);
  assert.deepEqual(others, []);
  assert.equal(basename(value!), "value.bin");
  assert.deepEqual(new Uint8Array(readFileSync(value!)), bytes);
  const meta = JSON.parse(readFileSync(join(dirname(value!), "meta.json"), "utf8"));
  assert.deepEqual([meta.key, meta.label, meta.file], [fn.cache.key(1), "picture", "value.bin"]);
});

test("fcache() leaves plain data as JSON that a person can read", async () => {
  const data = { name: "zażółć", list: [1, 2.5, null] };
  const fn = fcache((_: number) => data, { name: "data", cacheDir, folderName: "readable" });
  await fn(1);
  await fn.cache.close();
  const [value] = found(getCachePath("readable", { cacheDir }), /^value/);
  assert.deepEqual(JSON.parse(readFileSync(value!, "utf8")), data);
});

test("fcache() computes anew and never throws when any of its files was cut by a power failure", async () => {
  const logger = new QuietLogger();
  const folder = getCachePath("cut", { cacheDir });
  let runs = 0;
  const make = () => fcache((x: number) => (runs++, { x }), { name: "cut", cacheDir, folderName: "cut", logger });
  for (const name of [/^value\.json$/, /^meta\.json$/, /^journal\.log$/]) {
    for (const share of [0, 0.5, 0.95]) {
      const before = make();
      for (let x = 0; x < 4; x++) assert.deepEqual(await before(x), { x });
      await before.cache.close();
      const files = found(folder, name);
      assert.ok(files.length > 0, `${name}`);
      for (const file of files) truncateSync(file, Math.floor(readFileSync(file).length * share));
      runs = 0;
      const after = make();
      for (let x = 0; x < 4; x++) assert.deepEqual(await after(x), { x });
      assert.equal(runs, name.source.includes("journal") ? 0 : 4, `${name} cut to ${share}`);
      assert.equal(await after.cache.clear(), 4);
      await after.cache.close();
    }
  }
});
