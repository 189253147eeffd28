import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acache,
  type AsyncStore,
  CacheContext,
  type CacheOptions,
  computation,
  invalidateTag,
  mcache,
  on,
} from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { type Gate, gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const folder = fastFolder();
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 2));

/** A cached function whose runs end when a test says so, and give their number. */
function gated(engine: string, name: string, options: CacheOptions = {}) {
  const gates: Gate<number>[] = [];
  const clock = new FakeClock();
  const logger = new QuietLogger();
  const fn = acache((_: string, __?: object) => {
    const run = gate<number>();
    gates.push(run);
    return run.opened;
  }, { ...keptIn(engine, folder, name), name: `${name}-${engine}`, clock, logger, ...options });
  /** Waits until a run has begun. */
  const begun = async (run: number): Promise<void> => {
    for (let turns = 0; gates.length < run; turns++) {
      assert.ok(turns < 1_000, `run ${run} never began`);
      await turn();
    }
  };
  /** Ends a run as soon as it has begun. */
  const land = async (run: number, value: number | Error = run): Promise<void> => {
    await begun(run);
    if (typeof value === "number") gates[run - 1]!.open(value);
    else gates[run - 1]!.fail(value);
  };
  /** Waits until nothing runs any more. */
  const ended = async (): Promise<void> => {
    for (let turns = 0; fn.cache.stats().inFlight > 0; turns++) {
      assert.ok(turns < 1_000, "something stays in flight");
      await turn();
    }
  };
  const call = async (run: number): Promise<number> => {
    const answer = fn("k");
    await land(run);
    const value = await answer;
    await settled(fn);
    return value;
  };
  return { fn, gates, clock, logger, begun, ended, land, call };
}

for (const engine of enginesHere) {
  test(`${engine}: a value is not kept that was invalidated while it was compressed, nor one that was given by hand`, async () => {
    const compress = engine === "memory" ? {} : { compress: { algorithm: "gzip", minBytes: 1 } } as const;
    const { fn, land } = gated(engine, "encoded", { ...compress, copy: "clone", tags: ["t"] });
    const running = fn("k");
    await land(1);
    // Wherever between the end of the run and the write this comes.
    for (let turns = 0; turns < 12; turns++) {
      for (let wait = 0; wait < turns; wait++) await undefined;
      await fn.cache.invalidate("k");
    }
    await running;
    await settled(fn);
    const given = fn.cache.set(["k"], 7);
    const invalidated = fn.cache.invalidate("k");
    await Promise.all([given, invalidated]);
    assert.equal(await fn.cache.peek("k"), undefined);
    const [first, second] = [fn.cache.set(["k"], 8), fn.cache.set(["k"], 9)];
    await Promise.all([first, second]);
    assert.equal((await fn.cache.peek("k"))?.value, 9);
    await fn.cache.close();
  });

  test(`${engine}: who comes after invalidateTag() is not given what was running before, and who came before is`, async () => {
    const { fn, begun, land } = gated(engine, "doubted", { tags: [`tag-${engine}`] });
    const before = fn("k");
    await begun(1);
    await invalidateTag(`tag-${engine}`);
    const after = [fn("k"), fn("k")];
    await turn();
    await land(1);
    await land(2);
    assert.deepEqual(await Promise.all([before, ...after]), [1, 2, 2]);
    await settled(fn);
    assert.equal(await fn("k"), 2);
    const { hits, misses, coalesced, loads } = fn.cache.stats();
    assert.deepEqual([hits, misses, coalesced, loads], [1, 3, 2, 2]);
    await fn.cache.close();
  });

  test(`${engine}: an early refresh that fails leaves the fresh value alone, and is tried once per second`, async () => {
    const { fn, gates, clock, ended, land, call } = gated(engine, "early", {
      ttl: "1m",
      refreshAhead: 0.5,
      errorTtl: "1m",
    });
    await call(1);
    clock.advance(30_000);
    assert.equal(await fn("k"), 1);
    await land(2, new Error("not now"));
    await ended();
    await settled(fn);
    for (let calls = 0; calls < 5; calls++) assert.equal(await fn("k"), 1);
    assert.equal(gates.length, 2);
    clock.advance(1_000);
    assert.equal(await fn("k"), 1);
    await land(3);
    await ended();
    await settled(fn);
    assert.equal(await fn("k"), 3);
    await fn.cache.close();
  });

  test(`${engine}: a kept error is neither renewed by hits nor served when it was expired`, async () => {
    const { fn, clock, land } = gated(engine, "kept", { slidingTtl: 100, staleWhileRevalidate: 100, errorTtl: 50 });
    const failing = assert.rejects(fn("k"), /first/);
    await land(1, new Error("first"));
    await failing;
    await settled(fn);
    clock.advance(40);
    await assert.rejects(fn("k"), /first/);
    await settled(fn);
    clock.advance(10);
    const second = assert.rejects(fn("k"), /second/);
    await land(2, new Error("second"));
    await second;
    await settled(fn);
    await fn.cache.expire("k");
    const third = fn("k");
    await land(3);
    assert.equal(await third, 3);
    await fn.cache.close();
  });

  test(`${engine}: refresh() leaves callers the value that is kept until there is a new one, whoever listens`, async () => {
    const { fn, land, call } = gated(engine, "meanwhile");
    await call(1);
    const anew = fn.cache.refresh("k");
    await turn();
    assert.equal(await fn("k"), 1);
    const stop = on("hit", () => {});
    assert.equal(await fn("k"), 1);
    stop();
    await land(2);
    assert.equal(await anew, 2);
    await settled(fn);
    assert.equal(await fn("k"), 2);
    await fn.cache.close();
  });

  test(`${engine}: refresh() of a value that hits renew meanwhile is kept`, async () => {
    const { fn, clock, land, call } = gated(engine, "renewed", { slidingTtl: 100 });
    await call(1);
    const anew = fn.cache.refresh("k");
    await turn();
    clock.advance(50);
    assert.equal(await fn("k"), 1);
    await settled(fn);
    await land(2);
    assert.equal(await anew, 2);
    await settled(fn);
    assert.equal(await fn("k"), 2);
    await fn.cache.close();
  });

  test(`${engine}: who waits with a caller that leaves is not taken along`, async () => {
    const { fn, begun, land } = gated(engine, "company", { signal: true });
    const anew = fn.cache.refresh("k");
    await begun(1);
    const leaving = new AbortController();
    const [gone, stays] = [fn("k", { signal: leaving.signal }), fn("k")];
    const rejected = assert.rejects(gone, /left/);
    while (fn.cache.stats().coalesced < 2) await turn();
    leaving.abort(new Error("left"));
    await rejected;
    await land(1);
    assert.deepEqual(await Promise.all([anew, stays]), [1, 1]);
    await fn.cache.close();
  });

  test(`${engine}: softTimeout gives the old value to callers who come when the function runs already`, async () => {
    const options = { ttl: 100, staleIfError: 1_000, softTimeout: 40 } as const;
    const { fn, clock, begun, ended, land, call } = gated(engine, "soft", options);
    await call(1);
    clock.advance(100);
    const first = fn("k");
    await begun(2);
    assert.deepEqual(await Promise.all([first, fn("k")]), [1, 1]);
    await land(2);
    await ended();
    await settled(fn);
    assert.equal(await fn("k"), 2);
    await fn.cache.close();
  });

  test(`${engine}: a function that hangs holds its key no longer than until expire()`, async () => {
    const { fn, begun, land } = gated(engine, "hanging");
    const hanging = fn("k");
    await begun(1);
    await fn.cache.expire("k");
    const second = fn("k");
    await land(2);
    assert.equal(await second, 2);
    await land(1);
    assert.equal(await hanging, 1);
    await settled(fn);
    assert.equal(await fn("k"), 2);
    await fn.cache.close();
  });

  test(`${engine}: close() while the function runs behind a hit warns of nothing`, async () => {
    const { fn, clock, logger, begun, land, call } = gated(engine, "closed", { ttl: 100, staleWhileRevalidate: 100 });
    await call(1);
    clock.advance(100);
    assert.equal(await fn("k"), 1);
    await begun(2);
    await fn.cache.close();
    await land(2);
    await turn();
    assert.deepEqual(logger.warnings, []);
  });
}

test("an error that is computed anew before its time is not shown to the function as an old value", async () => {
  const clock = new FakeClock();
  const olds: unknown[] = [];
  const fn = acache((_: string): Promise<number> => {
    olds.push(computation()?.old);
    return olds.length === 1 ? Promise.reject(new Error("first")) : Promise.resolve(2);
  }, { ttl: 100, refreshAhead: 0.5, errorTtl: 10_000, clock });
  await assert.rejects(fn("k"), /first/);
  clock.advance(5_000);
  await assert.rejects(fn("k"), /first/);
  await turn();
  assert.equal(await fn("k"), 2);
  assert.deepEqual(olds, [undefined, undefined]);
});

test("expire() holds for the shortest way to a hit, too, in the very millisecond in which values were stored", () => {
  const clock = new FakeClock();
  let runs = 0;
  const fn = mcache((_: number) => ++runs, { ttl: 100, refreshAhead: 0.5, clock });
  for (let x = 0; x < 5; x++) fn(x);
  for (let x = 0; x < 5; x++) fn.cache.expire(x);
  for (let x = 0; x < 5; x++) assert.equal(fn(x), 6 + x);
});

test("a hit that was read before a change and arrives after it renews nothing, on an engine without commit", async () => {
  for (const change of ["invalidate", "expire", "set", "clear"] as const) {
    const storage = new SharedMap();
    let arrives: Promise<void> | undefined;
    const engine = storage.engine({
      shared: false,
      open: async (options) => {
        const { get: _, commit: __, lease: ___, release: ____, ...store } = await storage.engine().open(options);
        const get = async (key: string) => {
          const entry = storage.entries.get(key);
          await arrives;
          return entry;
        };
        return { ...store, get } as AsyncStore;
      },
    });
    const clock = new FakeClock();
    let runs = 0;
    const fn = acache((_: string) => Promise.resolve(++runs), { name: "late", engine, clock, slidingTtl: 100 });
    await fn("k");
    await settled(fn);
    clock.advance(50);
    const late = gate();
    arrives = late.opened;
    const hit = fn("k");
    await turn();
    arrives = undefined;
    if (change === "set") await fn.cache.set(["k"], 7);
    else if (change === "clear") await fn.cache.clear();
    else await fn.cache[change]("k");
    late.open();
    assert.equal(await hit, 1);
    await settled(fn);
    assert.equal(await fn("k"), change === "set" ? 7 : 2, change);
  }
});

test("slidingTtl never carries a value past the ttl that it was given by hand, nor ends at once beside an endless window", async () => {
  for (const own of [50, 150]) {
    const clock = new FakeClock();
    const cache = await CacheContext.open({ engine: "memory", clock, slidingTtl: 100 });
    await cache.set("k", 1, { ttl: own });
    for (let at = 0; at < own; at += 25) {
      assert.equal(await cache.get("k"), 1, `after ${at} of ${own} ms`);
      clock.advance(25);
    }
    assert.equal(await cache.get("k"), undefined, `after ${own} ms`);
    await cache.close();
  }
  const clock = new FakeClock();
  let runs = 0;
  const fn = mcache((_: number) => ++runs, { ttl: 1_000, slidingTtl: 100, staleIfError: Infinity, clock });
  for (let call = 0; call < 3; call++) {
    assert.equal(fn(1), 1);
    clock.advance(30);
  }
});
