import assert from "node:assert/strict";
import test from "node:test";
import { encrypted } from "../../engines/encrypted.ts";
import { files } from "../../engines/files.ts";
import { memory } from "../../engines/memory.ts";
import { tiered, type TieredNative } from "../../engines/tiered.ts";
import type { Body } from "../../src/contract/entry.ts";
import type { AsyncStore, SyncStore } from "../../src/contract/store.ts";
import { acache, ucache } from "../../mod.ts";
import { until } from "../contract/patience.ts";
import { keyOf, listing, unbounded } from "../contract/subject.ts";
import { fastFolder } from "../engines_here.ts";
import { entryOf, sqliteEngines } from "./sqlite_engine.ts";

for (const back of [files, ...sqliteEngines]) {
  test(`ucache() on tiered(memory, ${back.name}) with write: "back" leaves the back empty until flush()`, async () => {
    const [cacheDir, folderName] = [fastFolder(), "tiers"];
    const behind = await back.open({
      directory: `${cacheDir}/twat_cache/${folderName}`,
      secure: true,
      bounds: unbounded,
    }) as AsyncStore;
    const engine = tiered(memory, back, { write: "back" });
    let runs = 0;
    const options = { engine, strict: true, cacheDir, folderName, name: "square", version: "1" };
    const square = async (n: number) => (runs++, await Promise.resolve(n * n));
    const cached = ucache(square, options);
    for (let n = 0; n < 5; n++) assert.equal(await cached(n), n * n);
    assert.equal(await cached(3), 9);
    assert.equal((await listing(behind, "")).size, 0, "nothing but what waits");
    const native = cached.cache.native as TieredNative;
    assert.equal(await native.flush(), 5);
    assert.equal((await listing(behind, "")).size, 5);
    await cached(5);
    assert.equal((await listing(behind, "")).size, 5);
    await cached.cache.close();
    assert.equal((await listing(behind, "")).size, 6);
    await behind.close();

    const again = ucache(square, options);
    await again(0);
    assert.equal(await (again.cache.native as TieredNative).preload(), 6);
    for (let n = 0; n < 6; n++) assert.equal(await again(n), n * n);
    assert.equal(runs, 6);
    await again.cache.close();
  });
}

test("acache() keeps values on disk encrypted and in memory decoded when memory is in front of encrypted files", async () => {
  let runs = 0;
  const engine = tiered(memory, encrypted(files, "a passphrase"));
  const options = { engine, strict: true, cacheDir: fastFolder(), folderName: "tiers", name: "load", version: "1" };
  const load = async (id: number) => (runs++, await Promise.resolve({ id }));
  for (let life = 0; life < 2; life++) {
    const cached = acache(load, options);
    for (let n = 0; n < 3; n++) assert.deepEqual(await cached(1), { id: 1 });
    await cached.cache.close();
  }
  assert.equal(runs, 1);
});

for (const back of sqliteEngines) {
  test(`two stores of tiered(memory, ${back.name}) on one database soon agree on what either changes`, async () => {
    const options = { directory: `${fastFolder()}/store`, secure: true, bounds: unbounded };
    const open = () => tiered(memory, back).open(options) as SyncStore<Body>;
    const [first, second] = [open(), open()];
    const key = keyOf("a", 1);
    for (let round = 0; round < 5; round++) {
      const [writer, reader] = round % 2 ? [first, second] : [second, first];
      reader.get(key);
      writer.set(key, entryOf(`round ${round}`));
      await until(() => reader.get(key)?.body === `round ${round}`, `round ${round} is seen`);
    }
    second.delete(key);
    await until(() => first.get(key) === undefined, "the deletion is seen");
    first.close();
    second.close();
  });
}
