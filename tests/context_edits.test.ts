import assert from "node:assert/strict";
import { test } from "node:test";
import { CacheContext, CacheOperationError, CacheValueError, ConcurrencyError, type ContextOptions } from "../mod.ts";
import { enginesHere, fastFolder, keptIn } from "./engines_here.ts";
import { FakeClock } from "./fake_clock.ts";
import { SharedMap } from "./shared_map.ts";

const cacheDir = fastFolder();
const contextOf = (engine: string, folder: string, options: ContextOptions = {}) =>
  CacheContext.open({ name: folder, ...options, ...keptIn(engine, cacheDir, folder) });

for (const engine of enginesHere) {
  test(`CacheContext.add() on ${engine} keeps a value only where there is no fresh one`, async () => {
    const clock = new FakeClock();
    const cache = await contextOf(engine, "add", { clock, ttl: "1m" });
    assert.equal(await cache.add("k", undefined), true);
    assert.equal(await cache.add("k", 2), false);
    assert.equal(await cache.has("k"), true);
    assert.equal(await cache.get("k"), undefined);
    clock.advance(60_000);
    assert.equal(await cache.add("k", 3), true);
    assert.equal(await cache.get("k"), 3);
    const added = await Promise.all(Array.from({ length: 20 }, (_, n) => cache.add("race", n)));
    assert.equal(added.filter(Boolean).length, 1);
    await cache.close();
  });

  test(`CacheContext.incr() on ${engine} loses nothing when 200 come at once`, async () => {
    const cache = await contextOf(engine, "incr");
    const sums = await Promise.all(Array.from({ length: 200 }, () => cache.incr("n", 2)));
    assert.deepEqual(sums.sort((one, other) => one - other), Array.from({ length: 200 }, (_, n) => 2 * n + 2));
    assert.equal(await cache.incr("n", -400), 0);
    assert.equal(await cache.incr("fresh"), 1);
    await cache.set("text", "5");
    await assert.rejects(cache.incr("text"), CacheValueError);
    assert.equal(await cache.get("text"), "5");
    await cache.close();
  });

  test(`CacheContext.touch() on ${engine} lets a fresh value live on, and pop() takes it away`, async () => {
    const clock = new FakeClock();
    const cache = await contextOf(engine, "touch", { clock, ttl: "1m" });
    await cache.set("k", { deep: [1n] });
    clock.advance(59_000);
    assert.equal(await cache.touch("k"), true);
    clock.advance(59_000);
    assert.equal(await cache.touch("k", { ttl: "1s" }), true);
    clock.advance(999);
    assert.deepEqual(await cache.pop("k"), { deep: [1n] });
    assert.equal(await cache.pop("k"), undefined);
    assert.equal(await cache.touch("k"), false);
    await cache.close();
  });

  test(`CacheContext.setMany() and getMany() on ${engine} keep the order, and the bounds`, async () => {
    const cache = await contextOf(engine, "many", { maxSize: 100 });
    await cache.setMany(Array.from({ length: 250 }, (_, n) => [n, n * n] as const));
    assert.equal(cache.size, 100);
    const found = await cache.getMany([249, "none", 248, 249]);
    assert.deepEqual(found, [249 ** 2, undefined, 248 ** 2, 249 ** 2]);
    const { hits, misses, sets } = cache.stats();
    assert.deepEqual([hits, misses, sets], [3, 1, 250]);
    await assert.rejects(cache.setMany([["good", 1], ["bad", engine === "memory" ? [].values() : () => 1]]));
    assert.equal(await cache.has("good"), false);
    await cache.close();
  });

  test(`CacheContext.check() on ${engine} finds nothing wrong with what is well`, async () => {
    const cache = await contextOf(engine, "check");
    await cache.setMany([["a", 1], ["b", new Date(0)]]);
    assert.deepEqual(await cache.check(), []);
    assert.deepEqual(await cache.check({ fix: true }), []);
    assert.equal(await cache.get("a"), 1);
    await cache.close();
  });
}

test("CacheContext.check() names values that cannot be read, and removes them when it is to fix them", async () => {
  const storage = new SharedMap();
  const cache = await CacheContext.open({ engine: storage.engine(), name: "torn" });
  await cache.setMany([["a", 1], ["b", 2]]);
  const [key, entry] = [...storage.entries][0]!;
  storage.entries.set(key, { ...entry, body: "torn" });
  assert.deepEqual((await cache.check()).map(({ key, fixed }) => [key, fixed]), [[key, false]]);
  assert.deepEqual((await cache.check({ fix: true })).map(({ key, fixed }) => [key, fixed]), [[key, true]]);
  assert.deepEqual(await cache.check(), []);
  assert.equal(storage.entries.size, 1);
});

test("CacheContext.incr() stores later than what it read, so that another process tells the two apart", async () => {
  const clock = new FakeClock();
  const storage = new SharedMap();
  const cache = await CacheContext.open({ engine: storage.engine(), name: "same instant", clock });
  await cache.set("n", 0);
  await cache.close();
  const [key, entry] = [...storage.entries][0]!;
  for (const storedAt of [clock.now() + 0.001, clock.now() + 60_000]) {
    storage.entries.set(key, { ...entry, storedAt });
    const other = await CacheContext.open({ engine: storage.engine(), name: "same instant", clock });
    assert.equal(await other.incr("n"), 1);
    assert.ok(storage.entries.get(key)!.storedAt > storedAt);
    await other.close();
  }
});

test("CacheContext.transaction() makes all its changes at the end, and sees them itself before", async () => {
  const storage = new SharedMap();
  const cache = await CacheContext.open({ engine: storage.engine(), name: "tx" });
  await cache.setMany([["from", 10], ["to", 0], ["old", 1]]);
  const result = await cache.transaction(async (tx) => {
    tx.set("from", (await tx.get<number>("from"))! - 3);
    tx.set("to", (await tx.get<number>("to"))! + 3);
    tx.delete("old");
    assert.deepEqual([await tx.get("from"), await tx.get("to"), await tx.get("old")], [7, 3, undefined]);
    assert.deepEqual(await cache.getMany(["from", "to", "old"]), [10, 0, 1]);
    return "done";
  });
  assert.equal(result, "done");
  assert.deepEqual(await cache.getMany(["from", "to", "old"]), [7, 3, undefined]);
});

test("CacheContext.transaction() changes nothing when its work throws, and gives the error", async () => {
  const storage = new SharedMap();
  const cache = await CacheContext.open({ engine: storage.engine(), name: "thrown" });
  await cache.set("k", 1);
  const error = new Error("mine");
  const thrown = cache.transaction((tx) => {
    tx.set("k", 2);
    tx.set("new", 3);
    throw error;
  });
  await assert.rejects(thrown, (found) => found === error);
  assert.deepEqual(await cache.getMany(["k", "new"]), [1, undefined]);
});

test("CacheContext.transaction() runs anew when others change what it read, and gives up in the end", async () => {
  const storage = new SharedMap();
  const one = await CacheContext.open({ engine: storage.engine(), name: "conflict" });
  const other = await CacheContext.open({ engine: storage.engine(), name: "conflict" });
  let tries = 0;
  await one.set("k", 1);
  await one.transaction(async (tx) => {
    const read = (await tx.get<number>("k"))!;
    if (++tries < 3) await other.incr("k", 10);
    tx.set("k", read + 1);
  });
  assert.equal(tries, 3);
  assert.equal(await other.get("k"), 22);
  const hopeless = one.transaction(async (tx) => {
    tx.set("k", await tx.get("k"));
    await other.incr("k");
  });
  await assert.rejects(hopeless, ConcurrencyError);
});

test("CacheContext.transaction() is refused by name where the engine cannot make several changes at once", async () => {
  const storage = new SharedMap();
  const { commit: _, lease: __, ...rest } = storage.engine().open({} as never) as unknown as Record<string, unknown>;
  const cache = await CacheContext.open({ engine: storage.engine({ open: () => rest as never }), name: "none" });
  await assert.rejects(cache.transaction((tx) => tx.set("k", 1)), (error: Error) => {
    assert.match(
      error.message,
      /^Cannot run a transaction: engine "shared_map" cannot make several changes at once; use /,
    );
    return error instanceof CacheOperationError;
  });
  assert.equal(await cache.incr("n"), 1);
});

test("what is being computed is fenced by add(), incr(), touch(), pop(), setMany() and transaction()", async () => {
  const edits: [string, (cache: CacheContext) => Promise<unknown>][] = [
    ["add", (cache) => cache.add("k", "edited")],
    ["incr", (cache) => cache.incr("k")],
    ["setMany", (cache) => cache.setMany([["k", "edited"]])],
    ["transaction", (cache) => cache.transaction((tx) => tx.set("k", "edited"))],
  ];
  for (const [name, edit] of edits) {
    const storage = new SharedMap();
    const cache = await CacheContext.open({ engine: storage.engine(), name });
    let finish!: (value: string) => void;
    const computed = cache.getOrSet("k", () => new Promise<string>((resolve) => finish = resolve));
    while (finish === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    await edit(cache);
    finish("computed from before");
    assert.equal(await computed, "computed from before");
    await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(await cache.get("k"), name === "incr" ? 1 : "edited", name);
  }
});
