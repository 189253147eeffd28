import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, CacheContext, fcache, invalidateTag, type Listed, mcache, on, tiered } from "../../mod.ts";
import { memory } from "../../engines/memory.ts";
import { enginesHere, fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const cacheDir = fastFolder();

for (const engine of enginesHere) {
  test(`invalidateWhere() removes on ${engine} what the predicate chooses among all entries, and says how many`, async () => {
    const clock = new FakeClock();
    let runs = 0;
    const fn = acache((x: number) => Promise.resolve((runs++, x)), {
      name: `chosen in ${engine}`,
      clock,
      ttl: (x) => x < 50 ? 1_000 : 10_000,
      staleIfError: "1h",
      tags: (_, x) => [x % 2 === 0 ? "even" : "odd"],
      ...keptIn(engine, cacheDir, "where"),
    });
    const other = acache((x: number) => Promise.resolve(x), {
      name: `beside ${engine}`,
      clock,
      ...keptIn(engine, cacheDir, "where"),
    });
    await other(1);
    for (let x = 0; x < 350; x++) await fn(x);
    await settled(fn);
    clock.advance(2_000);
    const keys: string[] = [];
    const isOldAndOdd = ({ key, tags, freshUntil, goneAt, storedAt, label, cost, hits, size }: Listed) => {
      keys.push(key);
      assert.ok([freshUntil, goneAt, storedAt, cost, hits, size].every((known) => typeof known === "number"));
      assert.equal(label, `chosen in ${engine}`);
      return tags.includes("odd") && freshUntil <= clock.now();
    };
    const events: string[] = [];
    const stop = on("invalidate", ({ key }) => events.push(key));
    assert.equal(await fn.cache.invalidateWhere(isOldAndOdd), 25, "stale ones are entries, too");
    stop();
    assert.deepEqual(keys.sort(), Array.from({ length: 350 }, (_, x) => fn.cache.key(x)).sort());
    assert.deepEqual(events.sort(), Array.from({ length: 25 }, (_, at) => fn.cache.key(2 * at + 1)).sort());
    const kept = [];
    for (let x = 0; x < 350; x++) if (await fn.cache.peek(x) !== undefined) kept.push(x);
    assert.deepEqual(kept, Array.from({ length: 350 }, (_, x) => x).filter((x) => x >= 50 || x % 2 === 0));
    assert.equal(await fn.cache.invalidateWhere(isOldAndOdd), 0);
    assert.equal(await fn.cache.invalidateWhere(() => true), 325);
    assert.equal(fn.cache.stats().size, 0);
    assert.equal(await other.cache.has(1), true);
    await fn.cache.close();
    await other.cache.close();
  });

  test(`CacheContext.invalidateWhere() chooses on ${engine} by the keys that keys() lists`, async () => {
    await using cache = await CacheContext.open({ name: "ctx", ...keptIn(engine, cacheDir, "ctx-where") });
    await cache.setMany([["a", 1], ["b", 2], ["c", 3]]);
    const [a, c] = [cache.key("a"), cache.key("c")];
    assert.equal(await cache.invalidateWhere(({ key }) => key === a || key === c), 2);
    assert.deepEqual(await cache.keys(), [cache.key("b")]);
  });

  test(`invalidateWhere() keeps on ${engine} what is being computed for the keys that go from being stored`, async () => {
    const doors = new Map(["a", "b"].map((key) => [key, gate<string>()]));
    let [late, begun] = [false, 0];
    const fn = acache((key: string) => late ? (begun++, doors.get(key)!.opened) : Promise.resolve("old"), {
      name: `fenced where ${engine}`,
      ...keptIn(engine, cacheDir, "fenced-where"),
    });
    await fn("a");
    await fn("b");
    await settled(fn);
    late = true;
    const running = ["a", "b"].map((key) => fn.cache.refresh(key));
    while (begun < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    const a = fn.cache.key("a");
    assert.equal(await fn.cache.invalidateWhere(({ key }) => key === a), 1);
    for (const door of doors.values()) door.open("from before");
    assert.deepEqual(await Promise.all(running), ["from before", "from before"]);
    await settled(fn);
    assert.deepEqual([await fn.cache.has("a"), await fn.cache.has("b")], [false, true]);
    await fn.cache.close();
  });
}

for (const engine of persistentHere.filter((name) => /sqlite|files/.test(name))) {
  test(`invalidateWhere() of a synchronous cache answers at once on ${engine}`, () => {
    const kept = keptIn(engine, cacheDir, "sync-where");
    const fn = (engine === "files" ? fcache : bcache).sync((x: number) => x, { name: "sync", ...kept });
    for (let x = 0; x < 3; x++) fn(x);
    assert.equal(fn.cache.invalidateWhere(({ key }) => key === fn.cache.key(1)), 1);
    assert.deepEqual([0, 1, 2].map((x) => fn.cache.has(x)), [true, false, true]);
    fn.cache.close();
  });
}

test("invalidateWhere() on a hundred thousand entries in memory neither overflows nor misses one", () => {
  const fn = mcache((x: number) => x, { maxSize: 100_000, tags: () => ["all"] });
  for (let x = 0; x < 100_000; x++) fn(x);
  assert.equal(fn.cache.stats().size, 100_000);
  assert.equal(fn.cache.invalidateWhere(() => true), 100_000);
  assert.equal(fn.cache.stats().size, 0);
});

test("a predicate that throws removes nothing, and its error is given", async () => {
  const error = new Error("mine");
  const fn = mcache((x: number) => x);
  for (let x = 0; x < 3; x++) fn(x);
  let asked = 0;
  const fails = () => {
    if (++asked === 3) throw error;
    return true;
  };
  assert.throws(() => fn.cache.invalidateWhere(fails), (thrown) => thrown === error);
  assert.equal(fn.cache.stats().size, 3);
  const later = acache((x: number) => Promise.resolve(x));
  await later(1);
  await assert.rejects(
    later.cache.invalidateWhere(() => {
      throw error;
    }),
    (thrown) => thrown === error,
  );
});

test("invalidateWhere() neither shows what is gone nor counts what a tag had made gone, and an engine that fails is an event", async () => {
  const storage = new SharedMap();
  const clock = new FakeClock();
  const fn = acache((x: number) => Promise.resolve(x), {
    name: "gone",
    engine: storage.engine(),
    logger: new QuietLogger(),
    clock,
    ttl: (x) => x === 1 ? 1_000 : 5_000,
    tags: (_, x) => [`t${x}`],
  });
  for (const x of [1, 2, 3]) await fn(x);
  await settled(fn);
  clock.advance(1_000);
  await invalidateTag("t2");
  const shown: string[] = [];
  assert.equal(await fn.cache.invalidateWhere(({ tags }) => shown.push(...tags) > 0), 1);
  assert.deepEqual(shown.sort(), ["t2", "t3"]);
  const faults: string[] = [];
  const stop = on("error", ({ operation }) => faults.push(operation));
  storage.pause = (operation) => operation === "entries" ? Promise.reject(new Error("down")) : Promise.resolve();
  assert.equal(await fn.cache.invalidateWhere(() => true), 0);
  stop();
  assert.deepEqual(faults, ["list"]);
});

test("invalidateWhere() is heard by another process, whose memory in front lets go", async () => {
  const storage = new SharedMap();
  let runs = 0;
  const make = () => {
    return acache((x: number) => Promise.resolve([x, ++runs]), {
      name: "heard",
      engine: tiered(memory, storage.engine()),
      version: "1",
    });
  };
  const [a, b] = [make(), make()];
  await a(1);
  await settled(a);
  assert.deepEqual(await b(1), [1, 1]);
  assert.equal(await a(1), await a(1), "it is in memory");
  assert.equal(await b.cache.invalidateWhere(() => true), 1);
  assert.deepEqual(await a(1), [1, 2]);
});
