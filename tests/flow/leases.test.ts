import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type Engine, EngineError, on, TimeoutError } from "../../mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeTimers } from "../fake_timers.ts";
import { gate } from "../gate.ts";
import { macrotask } from "../macrotask.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

/** As many caches of one function as there are processes, each on an engine of its own over one storage. */
function processes<T>(
  storage: SharedMap,
  count: number,
  compute: (process: number) => Promise<T>,
  parts?: Partial<Engine>,
) {
  return Array.from({ length: count }, (_, process) =>
    acache((_: string) => compute(process), {
      name: "leased",
      engine: storage.engine(parts),
      version: "1",
      logger: new QuietLogger(),
    }));
}

test("one of eight processes computes a cold key, and all get its value", async () => {
  const storage = new SharedMap();
  let runs = 0;
  const all = processes(storage, 8, async () => {
    runs++;
    await new Promise((resolve) => setTimeout(resolve, 30));
    return runs;
  });
  const values = await Promise.all(all.flatMap((fn) => Array.from({ length: 50 }, () => fn("k"))));
  assert.deepEqual(new Set(values), new Set([1]));
  assert.equal(runs, 1);
  for (const fn of all) await settled(fn);
  assert.equal(storage.leases.size, 0);
  const waited = all.map((fn) => fn.cache.stats()).reduce((sum, { coalesced }) => sum + coalesced, 0);
  assert.equal(waited, 8 * 50 - 1);
  for (const fn of all) assert.equal(fn.cache.stats().inFlight, 0);
});

test("with lock: false each process computes for itself", async () => {
  const storage = new SharedMap();
  let runs = 0;
  const all = Array.from(
    { length: 3 },
    () =>
      acache((_: string) => (runs++, Promise.resolve(1)), { name: "unlocked", engine: storage.engine(), lock: false }),
  );
  await Promise.all(all.map((fn) => fn("k")));
  assert.equal(runs, 3);
});

test("another process computes when the first one's function fails", async () => {
  const storage = new SharedMap();
  const first = gate<number>();
  let runs = 0;
  const all = processes(storage, 2, () => ++runs === 1 ? first.opened : Promise.resolve(2));
  const failing = all[0]!("k");
  await new Promise((resolve) => setTimeout(resolve, 5));
  const waiting = all[1]!("k");
  const error = new Error("mine");
  first.fail(error);
  await assert.rejects(failing, (thrown) => thrown === error);
  assert.equal(await waiting, 2);
  assert.equal(runs, 2);
});

test("another process computes when the holder is gone and its lease is over", async () => {
  const storage = new SharedMap();
  const [fn] = processes(storage, 1, () => Promise.resolve(7));
  const key = fn!.cache.key("k");
  storage.leases.set(key, { owner: "a process that died", until: Date.now() + 150 });
  const began = Date.now();
  assert.equal(await fn!("k"), 7);
  const took = Date.now() - began;
  assert.ok(took >= 145 && took < 650, `${took} ms`);
});

test("a lease is renewed while the function runs", async () => {
  const storage = new SharedMap();
  const done = gate<number>();
  let runs = 0;
  const all = processes(storage, 2, () => (runs++, done.opened));
  const holding = all[0]!("k");
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { until } = storage.leases.get(all[0]!.cache.key("k"))!;
  const waiting = all[1]!("k");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.ok(storage.leases.get(all[0]!.cache.key("k"))!.until > until);
  done.open(1);
  assert.deepEqual(await Promise.all([holding, waiting]), [1, 1]);
  assert.equal(runs, 1);
});

for (const change of ["invalidate", "set", "clear"] as const) {
  test(`a value from before another process's ${change}() is not kept after it`, async () => {
    const storage = new SharedMap();
    const done = gate<string>();
    let runs = 0;
    const [a, b] = processes(
      storage,
      2,
      (process) => ++runs === 1 ? done.opened : Promise.resolve(`new of ${process}`),
    );
    const fenced: string[] = [];
    const stop = on("fenced", ({ cache }) => fenced.push(cache));
    const running = a!("k");
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (change === "set") await b!.cache.set(["k"], "set");
    else if (change === "invalidate") await b!.cache.invalidate("k");
    else await b!.cache.clear();
    done.open("old");
    assert.equal(await running, "old");
    await settled(a!);
    stop();
    assert.deepEqual(fenced, ["leased"]);
    assert.equal(await b!("k"), change === "set" ? "set" : "new of 1");
    assert.equal(await a!("k"), change === "set" ? "set" : "new of 1");
  });
}

test("a holder that was paused never overwrites the work of who took over", async () => {
  const storage = new SharedMap();
  const done = gate<string>();
  let runs = 0;
  const [a, b] = processes(storage, 2, () => ++runs === 1 ? done.opened : Promise.resolve("newer"));
  const paused = a!("k");
  await new Promise((resolve) => setTimeout(resolve, 5));
  storage.leases.set(a!.cache.key("k"), { owner: "nobody's any more", until: 0 });
  assert.equal(await b!("k"), "newer");
  await settled(b!);
  done.open("older");
  assert.equal(await paused, "older");
  await settled(a!);
  assert.equal(await b!("k"), "newer");
  assert.equal(await a!("k"), "newer");
});

test("a lease that another process's change has ended is not taken again by renewing it", async () => {
  const storage = new SharedMap();
  const done = gate<string>();
  let runs = 0;
  const [a, b] = processes(storage, 2, () => ++runs === 1 ? done.opened : Promise.resolve("new"));
  const running = a!("k");
  await new Promise((resolve) => setTimeout(resolve, 5));
  await b!.cache.invalidate("k");
  await new Promise((resolve) => setTimeout(resolve, 800));
  done.open("old");
  assert.equal(await running, "old");
  await settled(a!);
  assert.equal(await b!("k"), "new");
});

test("a result that is not to be kept gives its lease back", async () => {
  const storage = new SharedMap();
  const fn = acache((_: string) => Promise.resolve(null), {
    name: "unkept",
    engine: storage.engine(),
    shouldCache: (value) => value !== null,
  });
  await fn("k");
  await settled(fn);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(storage.leases.size, 0);
});

for (const broken of ["lease", "commit", "release"] as const) {
  test(`a call gives the function's result when the engine's ${broken} fails`, async () => {
    const storage = new SharedMap();
    storage.pause = (operation) => operation === broken ? Promise.reject(new Error("broken")) : Promise.resolve();
    let runs = 0;
    const all = processes(storage, 2, () => (runs++, Promise.resolve("value")));
    for (const fn of all) assert.equal(await fn("k"), "value");
    assert.ok(runs <= 2);
    for (const fn of all) {
      await settled(fn);
      const { hits, misses, inFlight } = fn.cache.stats();
      assert.deepEqual([hits + misses, inFlight], [1, 0]);
    }
  });
}

test("what waits for another process is woken by what the store tells, not by looks of its own", async () => {
  const storage = new SharedMap();
  const done = gate<string>();
  const all = processes(storage, 4, () => done.opened);
  const holding = all[0]!("k");
  await new Promise((resolve) => setTimeout(resolve, 5));
  const timers = new FakeTimers();
  try {
    // No timer fires any more: what the store tells is all that is heard.
    const waiting = all.slice(1).map((fn) => fn("k"));
    for (let turn = 0; turn < 10; turn++) await macrotask();
    let answered = 0;
    for (const answer of waiting) answer.then(() => answered++);
    done.open("value");
    assert.equal(await holding, "value");
    for (let turn = 0; turn < 10; turn++) await macrotask();
    assert.equal(answered, 3);
  } finally {
    timers.restore();
  }
});

test("refresh() computes alone, waits for who computes already, and is fenced by another process's change", async () => {
  const storage = new SharedMap();
  const gates = [gate<string>(), gate<string>(), gate<string>()];
  let [runs, running, most] = [0, 0, 0];
  const [a, b] = processes(storage, 2, async () => {
    most = Math.max(most, ++running);
    const value = await gates[runs++]!.opened;
    running--;
    return value;
  });
  const first = a!("k");
  await new Promise((resolve) => setTimeout(resolve, 5));
  const anew = b!.cache.refresh("k");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(runs, 1);
  gates[0]!.open("first");
  assert.equal(await first, "first");
  while (runs < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  await a!.cache.invalidate("k");
  gates[1]!.open("from before");
  assert.equal(await anew, "from before");
  await settled(b!);
  gates[2]!.open("third");
  assert.deepEqual([await a!("k"), await b!("k")], ["third", "third"]);
  assert.equal(most, 1);
});

test("a lease that cannot be asked for because the store is busy is asked for again before the function runs", async () => {
  const storage = new SharedMap();
  const done = gate<string>();
  let [runs, busy] = [0, 0];
  const [a, b] = processes(storage, 2, async () => {
    runs++;
    return await done.opened;
  });
  const first = a!("k");
  await new Promise((resolve) => setTimeout(resolve, 5));
  storage.pause = (operation) => {
    if (operation !== "lease" || ++busy > 3) return Promise.resolve();
    return Promise.reject(new EngineError("busy", { engine: "shared_map", code: "ERR_CACHE_ENGINE_BUSY" }));
  };
  const second = b!("k");
  while (busy < 4) await new Promise((resolve) => setTimeout(resolve, 1));
  done.open("one");
  assert.deepEqual(await Promise.all([first, second]), ["one", "one"]);
  assert.equal(runs, 1);
});

test("refresh() waits for another process no longer than its own function may take", async () => {
  const storage = new SharedMap();
  const named = { name: "held", version: "1" };
  const holder = acache((_: string) => new Promise<never>(() => {}), { ...named, engine: storage.engine() });
  const fn = acache((_: string) => Promise.resolve("new"), { ...named, engine: storage.engine(), hardTimeout: 30 });
  holder("k").catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 5));
  await assert.rejects(fn.cache.refresh("k"), TimeoutError);
  await assert.rejects(fn("k"), TimeoutError);
  assert.equal(fn.cache.stats().inFlight, 0);
});

test("softTimeout gives the old value to who joins a computation that has its lease", async () => {
  const storage = new SharedMap();
  const clock = new FakeClock();
  const done = gate<number>();
  let runs = 0;
  const fn = acache((_: string) => ++runs === 1 ? Promise.resolve(1) : done.opened, {
    name: "late",
    engine: storage.engine(),
    clock,
    ttl: 100,
    staleIfError: 1_000,
    softTimeout: 20,
  });
  await fn("k");
  await settled(fn);
  clock.advance(100);
  const first = fn("k");
  while (runs < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(await Promise.all([first, fn("k")]), [1, 1]);
  done.open(2);
  while (fn.cache.stats().inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await settled(fn);
  assert.equal(await fn("k"), 2);
});

test("who has no value is not given one from before by a refresh that was left to another process", async () => {
  const storage = new SharedMap();
  const clock = new FakeClock();
  let runs = 0;
  const fn = acache((_: string) => Promise.resolve(++runs), {
    name: "left",
    engine: storage.engine(),
    clock,
    ttl: 100,
    staleWhileRevalidate: 100,
  });
  await fn("k");
  await settled(fn);
  storage.leases.set(fn.cache.key("k"), { owner: "another process", until: Date.now() + 60 });
  clock.advance(199);
  const opened = gate();
  storage.pause = (operation) => operation === "lease" ? opened.opened : Promise.resolve();
  assert.equal(await fn("k"), 1);
  clock.advance(1);
  const late = fn("k");
  await macrotask();
  opened.open();
  assert.equal(await late, 2);
});
