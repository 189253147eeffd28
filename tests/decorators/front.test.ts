import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type AsyncStore, engines, ucache } from "../../mod.ts";
import { memory } from "../../engines/memory.ts";
import { tiered } from "../../engines/tiered.ts";
import { behindMemory } from "../../src/decorators/behind_memory.ts";
import { FakeClock } from "../fake_clock.ts";
import { random } from "../random.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const value = (x: number) => ({ x, at: new Date(x), list: [x] });
let names = 0;

/** A cache behind memory, as a process of its own would have it; counts the runs, and the reads behind. */
function process(storage: SharedMap, options: object = {}, parts: object = {}) {
  const counts = { runs: 0, gets: 0 };
  const engine = storage.engine(parts);
  const open = async (given: never): Promise<AsyncStore> => {
    const store = await engine.open(given) as AsyncStore;
    return { ...store, get: (key) => (counts.gets++, store.get(key)) } as AsyncStore;
  };
  const fn = acache((x: number) => (counts.runs++, Promise.resolve(value(x))), {
    name: "behind",
    engine: behindMemory({ ...engine, open }),
    ...options,
  });
  return { fn, counts };
}

test("a hit in the memory in front asks and decodes nothing, and counts as a hit", async () => {
  const { fn, counts } = process(new SharedMap());
  const first = await fn(1);
  await settled(fn);
  counts.gets = 0;
  for (let call = 0; call < 100; call++) assert.equal(await fn(1), first);
  assert.deepEqual(counts, { runs: 1, gets: 0 });
  assert.equal(fn.cache.stats().hits, 100);
  assert.deepEqual(fn.cache.info.engine, "shared_map");
  await fn.cache.close();
});

test("what another process computed comes from behind once, then from memory", async () => {
  const storage = new SharedMap();
  const [a, b] = [process(storage), process(storage)];
  await a.fn(1);
  await settled(a.fn);
  const found = await b.fn(1);
  assert.deepEqual(found, value(1));
  const { gets } = b.counts;
  assert.equal(await b.fn(1), found);
  assert.deepEqual(b.counts, { runs: 0, gets });
});

for (const change of ["set", "invalidate", "expire", "clear"] as const) {
  test(`the memory in front is kept true when another process calls ${change}()`, async () => {
    const storage = new SharedMap();
    const [a, b] = [process(storage), process(storage)];
    await a.fn(1);
    await settled(a.fn);
    await b.fn(1);
    if (change === "set") await a.fn.cache.set([1], value(7));
    else if (change === "clear") await a.fn.cache.clear();
    else await a.fn.cache[change](1);
    assert.deepEqual(await b.fn(1), change === "set" ? value(7) : value(1));
    assert.equal(b.counts.runs, change === "set" ? 0 : 1);
    assert.deepEqual(await a.fn(1), change === "set" ? value(7) : value(1));
    assert.equal(a.counts.runs, 1);
  });
}

test("nothing is taken from memory while changes go unheard, and it fills again when they are heard", async () => {
  const storage = new SharedMap();
  const { fn, counts } = process(storage);
  await fn(1);
  await settled(fn);
  storage.tell("lost");
  counts.gets = 0;
  for (let call = 0; call < 3; call++) await fn(1);
  assert.deepEqual(counts, { runs: 1, gets: 3 });
  storage.tell("live");
  for (let call = 0; call < 3; call++) await fn(1);
  assert.deepEqual(counts, { runs: 1, gets: 4 });
});

test("memory in front of an engine that tells nothing is trusted for a moment", async () => {
  const clock = new FakeClock();
  const storage = new SharedMap();
  const silent = (given: never) => {
    const { watch: _, ...store } = storage.engine().open(given) as AsyncStore;
    return store;
  };
  const fn = acache((x: number) => Promise.resolve(x), {
    name: "silent",
    clock,
    engine: tiered(memory, { ...storage.engine(), open: silent as never }, { ttl: 500 }),
  });
  await fn(1);
  await settled(fn);
  await fn.cache.set([1], 2);
  assert.equal(await fn(1), 2);
  const [key, entry] = [...storage.entries].find(([key]) => !key.startsWith("~"))!;
  storage.entries.set(key, { ...entry, goneAt: 0, freshUntil: 0 });
  clock.advance(499);
  assert.equal(await fn(1), 2);
  clock.advance(1);
  assert.equal(await fn(1), 1);
});

test("an entry in front expires with the one behind", async () => {
  const clock = new FakeClock();
  const storage = new SharedMap();
  const options = { clock, ttl: "1m" } as const;
  const [a, b] = [process(storage, options), process(storage, options)];
  await a.fn(1);
  await settled(a.fn);
  clock.advance(59_999);
  await b.fn(1);
  await b.fn(1);
  clock.advance(1);
  assert.equal(await b.fn.cache.has(1), false);
  await b.fn(1);
  assert.equal(b.counts.runs, 1);
});

test("with copy: clone every hit is a value of its own, and with freeze a frozen one", async () => {
  const { fn } = process(new SharedMap(), { copy: "clone" });
  const first = await fn(1);
  await settled(fn);
  const second = await fn(1);
  assert.deepEqual(second, first);
  assert.notEqual(second, first);
  const frozen = process(new SharedMap(), { copy: "freeze" });
  await frozen.fn(1);
  await settled(frozen.fn);
  assert.ok(Object.isFrozen((await frozen.fn(1)).list));
});

test("url chooses the engine that opens its protocol, with memory in front for ucache() and acache()", async () => {
  const storage = new SharedMap();
  const urls: unknown[] = [];
  const engine = storage.engine({
    name: "by_url",
    protocols: ["shared:"],
    open: (options) => (urls.push(options.url), storage.engine().open(options)),
  });
  engines.register(engine);
  const url = "shared://place/1";
  for (const decorator of [ucache, acache]) {
    const fn = decorator(async (x: number) => await Promise.resolve(value(x)), { name: `by url ${++names}`, url });
    assert.equal(fn.cache.info.engine, "by_url");
    assert.equal(fn.cache.info.reason, '"by_url" opens the url');
    const first = await fn(1);
    await settled(fn);
    assert.equal(await fn(1), first);
    await fn.cache.close();
  }
  assert.deepEqual(urls, [url, url]);
  assert.throws(() => ucache((x: number) => x, { url: "nobody://x" }), {
    code: "ERR_CACHE_CONFIGURATION",
    message: /^Cannot use the url: no engine opens "nobody:"; the protocols are .*"shared:"/,
  });
});

test("no value from before another process's change is served or kept after it, in 500 interleavings", async () => {
  const next = random(11);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  for (let round = 0; round < 500; round++) {
    const storage = new SharedMap();
    storage.pause = async () => {
      for (let turns = Math.floor(next() * 4); turns > 0; turns--) await Promise.resolve();
    };
    let truth = 0;
    const make = () =>
      acache((_: string) => Promise.resolve(truth), { name: "raced", engine: behindMemory(storage.engine()) });
    const all = [make(), make()];
    const calls: Promise<unknown>[] = [];
    for (let step = 0; step < 6; step++) {
      const fn = pick(all);
      if (pick(["call", "call", "change"]) === "change") {
        truth++;
        await (next() < 0.5 ? fn.cache.invalidate("k") : fn.cache.clear());
      } else {
        const earliest = truth;
        calls.push(fn("k").then((value) => assert.ok(value >= earliest, `round ${round}: ${value} < ${earliest}`)));
        if (next() < 0.5) await Promise.resolve();
      }
    }
    await Promise.all(calls);
    for (const fn of all) {
      await settled(fn);
      assert.equal(await fn("k"), truth, `round ${round}`);
    }
    for (const fn of all) await fn.cache.close();
  }
});
