import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type AsyncStore, type Engine, type Entry, type Listed, on, ucache } from "../../mod.ts";
import { gate } from "../gate.ts";
import { settled } from "../settled.ts";
import { QuietLogger } from "../quiet_logger.ts";

/** A plain store in a Map that holds bodies, as an engine of somebody else's might. */
class MapStore implements AsyncStore {
  readonly map = new Map<string, Entry>();
  readonly native = this.map;
  get(key: string): Entry | undefined {
    return this.map.get(key);
  }
  set(key: string, entry: Entry): void | Promise<void> {
    this.map.set(key, entry);
  }
  delete(key: string): boolean | Promise<boolean> {
    return this.map.delete(key);
  }
  *entries(prefix: string): Generator<Listed> {
    for (const [key, { body: _, ...head }] of this.map) {
      if (key.startsWith(prefix)) yield { ...head, key, accessedAt: head.storedAt, hits: 0 };
    }
  }
  clear(prefix: string): number {
    const keys = [...this.map.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys) this.map.delete(key);
    return keys.length;
  }
  usage(prefix: string): { entries: number; bytes: number } {
    const listed = [...this.entries(prefix)];
    return { entries: listed.length, bytes: listed.reduce((sum, { size }) => sum + size, 0) };
  }
  close(): void {}
}

function engineOf(store: AsyncStore, mode: "sync" | "async" = "sync"): Engine {
  return {
    name: "faulty",
    mode,
    holds: "bytes",
    scope: "folder",
    limits: { keyBytes: 200, bodyBytes: 10_000 },
    persistent: false,
    shared: false,
    keeps: "in a test",
    probe: () => true,
    open: () => store,
  };
}

let folders = 0;
const place = () => ({ folderName: `faults-${++folders}`, cacheDir: `/nowhere/${folders}` });

const FAULTS: [name: string, spoil: (store: MapStore) => void][] = [
  ["get throws", (store) => store.get = () => fail()],
  ["get rejects", (store) => store.get = (() => Promise.reject(new Error("disk"))) as never],
  ["set throws", (store) => store.set = () => fail()],
  ["set rejects", (store) => store.set = () => Promise.reject(new Error("disk"))],
  ["delete throws", (store) => store.delete = () => fail()],
  ["usage throws", (store) => store.usage = () => fail()],
  ["entries throws", (store) => store.entries = () => fail()],
  ["clear throws", (store) => store.clear = () => fail()],
  ["everything throws", (store) => {
    for (const name of ["get", "set", "delete", "usage", "entries", "clear"] as const) store[name] = () => fail();
  }],
  ["set never settles", (store) => store.set = () => new Promise(() => {})],
  ["get lies about the body", (store) => {
    const { get } = store;
    store.get = (key) => {
      const entry = get.call(store, key);
      return entry && { ...entry, body: "[1,2,3]" };
    };
  }],
  ["get tears the body", (store) => {
    const { get } = store;
    store.get = (key) => {
      const entry = get.call(store, key);
      return entry && { ...entry, body: String(entry.body).slice(0, 3) };
    };
  }],
  ["get gives another form", (store) => {
    const { get } = store;
    store.get = (key) => {
      const entry = get.call(store, key);
      return entry && { ...entry, form: "9:nonsense" };
    };
  }],
  ["get gives an entry without a body", (store) => store.get = () => ({ freshUntil: Infinity }) as never],
];

function fail(): never {
  throw new Error("disk");
}

for (const [name, spoil] of FAULTS) {
  test(`a call gives the function's result when the engine's ${name}`, async () => {
    const store = new MapStore();
    spoil(store);
    const logger = new QuietLogger();
    let runs = 0;
    const fn = acache((x: number) => (runs++, Promise.resolve({ x })), {
      name: "faulty",
      engine: engineOf(store),
      logger,
      maxSize: 5,
      ...place(),
    });
    for (let round = 0; round < 30; round++) assert.deepEqual(await fn(round % 10), { x: round % 10 });
    assert.ok(runs >= 10 && runs <= 30);
    if (name !== "set never settles") {
      await fn.cache.invalidate(1);
      await fn.cache.clear();
    }
    const { hits, misses, inFlight } = fn.cache.stats();
    assert.equal(hits + misses, 30);
    assert.equal(inFlight, 0);
    assert.ok(new Set(logger.lines).size === logger.lines.length, "a warning was repeated");
  });
}

for (const name of ["get throws", "set throws", "everything throws", "get lies about the body"]) {
  test(`a synchronous call gives the function's result when the engine's ${name}`, () => {
    const store = new MapStore();
    FAULTS.find(([fault]) => fault === name)![1](store);
    let runs = 0;
    const fn = ucache((x: number) => (runs++, { x }), {
      name: "faulty",
      engine: engineOf(store),
      logger: new QuietLogger(),
      ...place(),
    });
    for (let round = 0; round < 10; round++) assert.deepEqual(fn(1), { x: 1 });
    assert.ok(runs >= 1);
    assert.equal(fn.cache.stats().inFlight, 0);
  });
}

test("the function's own error reaches the caller once, as the same object, when the engine fails, too", async () => {
  const store = new MapStore();
  FAULTS.find(([name]) => name === "everything throws")![1](store);
  const error = new Error("mine");
  let runs = 0;
  const fn = acache((_: number) => (runs++, Promise.reject(error)), {
    name: "both",
    engine: engineOf(store),
    logger: new QuietLogger(),
    ...place(),
  });
  await assert.rejects(fn(1), (thrown) => thrown === error);
  assert.equal(runs, 1);
});

test("a body that cannot be read is a miss, is counted, and is replaced by the next result", async () => {
  const store = new MapStore();
  const errors: string[] = [];
  const stop = on("error", ({ operation }) => errors.push(operation));
  let runs = 0;
  const fn = acache((x: number) => Promise.resolve({ x, run: ++runs }), {
    name: "torn",
    engine: engineOf(store),
    logger: new QuietLogger(),
    ...place(),
  });
  await fn(1);
  const [[key, entry]] = [...store.map] as [[string, Entry]];
  store.map.set(key, { ...entry, body: String(entry.body).replace("1", "2") });
  assert.deepEqual(await fn(1), { x: 1, run: 2 });
  stop();
  assert.deepEqual(errors, ["open"]);
  assert.equal(fn.cache.stats().errors, 1);
  assert.deepEqual(await fn(1), { x: 1, run: 2 });
});

test("a value over the engine's limit is returned and refused by name", async () => {
  const logger = new QuietLogger();
  const fn = acache((x: number) => Promise.resolve("x".repeat(x)), {
    name: "large",
    engine: engineOf(new MapStore()),
    logger,
    ...place(),
  });
  assert.equal((await fn(20_000)).length, 20_000);
  assert.match(logger.warnings[0]!, /Cannot keep a value of \d+ bytes in "faulty": it takes 10000 bytes at most/);
  await assert.rejects(fn.cache.set([1], "x".repeat(20_000)), { code: "ERR_CACHE_VALUE" });
  assert.equal((await fn(9_000)).length, 9_000);
  assert.equal(fn.cache.stats().size, 1);
});

test("an engine that takes its time to write does not delay the caller, and readers see what was written", async () => {
  const store = new MapStore();
  const written = gate();
  const { set } = store;
  store.set = async (key, entry) => {
    await written.opened;
    set.call(store, key, entry);
  };
  let runs = 0;
  const fn = acache((x: number) => (runs++, Promise.resolve(x)), {
    name: "slow",
    engine: engineOf(store, "async"),
    ...place(),
  });
  assert.equal(await fn(1), 1);
  assert.equal(await fn(1), 1);
  assert.equal(runs, 1);
  const invalidated = fn.cache.invalidate(1);
  assert.equal(await fn.cache.has(1), false);
  written.open();
  assert.equal(await invalidated, true);
  assert.equal(await fn.cache.has(1), false);
  assert.equal(store.map.size, 0);
});

test("an engine without trim, sweep and touch is kept within bounds by the core alike", async () => {
  for (const [policy, gone] of [["lru", "b"], ["lfu", "b"], ["fifo", "a"], ["lifo", "b"], ["mru", "a"]] as const) {
    const fn = acache((x: string) => Promise.resolve(x), {
      name: policy,
      engine: engineOf(new MapStore()),
      maxSize: 2,
      policy,
      ...place(),
    });
    for (const x of policy === "lfu" ? ["a", "b", "a", "a", "c"] : ["a", "b", "a", "c"]) await fn(x);
    const kept: string[] = [];
    for (const x of ["a", "b", "c"]) if (await fn.cache.has(x)) kept.push(x);
    assert.deepEqual(kept, ["a", "b", "c"].filter((x) => x !== gone), policy);
  }
});

test("a write that finds the store busy is tried again without blocking, and readers see the value meanwhile", async () => {
  const store = new MapStore();
  const { set } = store;
  let tries = 0;
  store.set = (key, entry) => {
    if (++tries < 3) throw Object.assign(new Error("held"), { code: "ERR_CACHE_ENGINE_BUSY" });
    set.call(store, key, entry);
  };
  let runs = 0;
  const fn = acache((x: number) => (runs++, Promise.resolve(x)), { name: "busy", engine: engineOf(store), ...place() });
  assert.equal(await fn(1), 1);
  assert.equal(store.map.size, 0);
  assert.equal(await fn(1), 1);
  await settled(fn);
  assert.equal(store.map.size, 1);
  assert.deepEqual([runs, tries, fn.cache.stats().errors], [1, 3, 0]);
});
