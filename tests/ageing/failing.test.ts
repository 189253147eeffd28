import assert from "node:assert/strict";
import { after, test } from "node:test";
import { acache, type CacheOptions, mcache, on } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { redisMissing, type RedisServer, startRedis } from "../redis_server.ts";
import { settled } from "../settled.ts";

const folder = fastFolder();

/** The options of ageing, in milliseconds. */
const OPTIONS: readonly CacheOptions[] = [
  { ttl: 100 },
  { slidingTtl: 40 },
  { ttl: 100, jitter: 0.1 },
  { ttl: 100, refreshAhead: 0.5 },
  { ttl: 100, refreshAhead: { beta: 1 } },
  { staleWhileRevalidate: 100 },
  { staleIfError: 100 },
  { staleIfError: 100, retryAfter: 10 },
  { staleIfError: 100, softTimeout: 2 },
  { hardTimeout: 4 },
  { errorTtl: 30 },
  { signal: true },
  { copy: "clone" },
  { tags: ["tag"] },
  { shouldCache: () => false },
  { validate: () => false },
];

/** Every pair of them that a cache accepts. */
function pairs(): CacheOptions[] {
  const pairs = OPTIONS.flatMap((one, at) => OPTIONS.slice(at).map((other) => ({ ...one, ...other })));
  return pairs.filter((options) => {
    try {
      return acache(() => Promise.resolve(), options) !== undefined;
    } catch {
      return false;
    }
  });
}

/** Calls a function that gives a value once and fails from then on, in each of the ways in which one can. */
async function failOften(options: CacheOptions): Promise<void> {
  const clock = new FakeClock();
  let runs = 0;
  const ways = [
    () => Promise.reject(new Error("rejects")),
    () => {
      throw new RangeError("throws");
    },
    () => Promise.reject(undefined),
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 8));
      throw new Error("late");
    },
  ];
  const fn = acache((_: string, __?: object): Promise<string> => {
    return runs++ === 0 ? Promise.resolve("value") : ways[runs % ways.length]!();
  }, { ...options, clock, logger: new QuietLogger(), version: "1" });
  const call = async () => {
    const leaving = new AbortController();
    const calls = [fn("k"), fn("k"), fn("k", { signal: leaving.signal })];
    leaving.abort();
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === "fulfilled") assert.equal(outcome.value, "value");
    }
  };
  for (const ms of [0, 20, 40, 60, 90, 300]) {
    clock.advance(ms);
    await call();
    // One that nobody waits for.
    fn("k").catch(() => {});
    fn.cache.refresh("k").catch(() => {});
  }
  for (let turn = 0; fn.cache.stats().inFlight > 0; turn++) {
    assert.ok(turn < 5_000, "something stays in flight");
    await new Promise<void>((resolve) => setTimeout(resolve, 2));
  }
  await settled(fn);
  await fn.cache.close();
}

/** Lets a rejection that nobody handles be told: each runner of tests makes it a failure of the test at hand. */
const aMoment = () => new Promise<void>((resolve) => setTimeout(resolve, 20));

for (const engine of enginesHere) {
  test(`${engine}: no pair of options leaves a rejection unhandled, or anything in flight, while the function fails`, async () => {
    const all = pairs();
    assert.ok(all.length > 100, `${all.length} pairs`);
    await Promise.all(all.map((options, at) => {
      const name = `failing-${engine}-${at}`;
      return failOften({ ...keptIn(engine, folder, `failing-${at % 3}`), ...options, name });
    }));
    await aMoment();
  });
}

test("no pair of options leaves a rejection of a synchronous function unhandled, which gives promises now and then", async () => {
  for (const options of pairs()) {
    if (options.signal !== undefined) continue;
    const clock = new FakeClock();
    let runs = 0;
    const fn = mcache((_: string): unknown => {
      if (runs++ === 0) return "value";
      if (runs % 2 > 0) throw new Error("throws");
      return Promise.reject(new Error("rejects"));
    }, { ...options, clock });
    for (const ms of [0, 60, 50, 90, 300]) {
      clock.advance(ms);
      for (let call = 0; call < 3; call++) {
        try {
          await fn("k");
        } catch (error) {
          assert.match((error as Error).message, /throws|rejects/);
        }
      }
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
    assert.equal(fn.cache.stats().inFlight, 0);
  }
  await aMoment();
});

let server: RedisServer | undefined;
after(() => server?.close());

/** Where values are kept in the tests of each engine, a server included. */
const PLACES: readonly (readonly [string, () => Promise<CacheOptions>, string | false])[] = [
  ...enginesHere.map((engine) => [engine, () => Promise.resolve(keptIn(engine, folder, "many")), false] as const),
  ["redis", async () => {
    server ??= await startRedis();
    return { url: server.url, engineTimeout: "10s", version: "1" };
  }, redisMissing ?? false],
];

for (const [engine, place, skip] of PLACES) {
  test(
    `${engine}: 10,000 callers of a function that fails get one error, nothing is kept, and the next call runs again`,
    { skip },
    async () => {
      let runs = 0;
      const fn = acache(async (_: string) => {
        runs++;
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (runs === 1) throw new RangeError("mine");
        return runs;
      }, { ...await place(), name: `waiters-${engine}` });
      const outcomes = await Promise.allSettled(Array.from({ length: 10_000 }, () => fn("k")));
      const reasons = new Set(outcomes.map((outcome) => outcome.status === "rejected" ? outcome.reason : "a value"));
      assert.equal(reasons.size, 1);
      assert.ok([...reasons][0] instanceof RangeError);
      assert.equal(runs, 1);
      assert.equal(await fn.cache.has("k"), false);
      assert.equal(await fn("k"), 2);
      assert.equal(fn.cache.stats().inFlight, 0);
      await fn.cache.close();
    },
  );

  test(
    `${engine}: 1,000 callers get the stale value while the function fails, which runs once per retryAfter, until the end of its window`,
    { skip },
    async () => {
      const clock = new FakeClock();
      const name = `stale-${engine}`;
      let [runs, failing] = [0, false];
      const fn = acache(async (_: string) => {
        runs++;
        await Promise.resolve();
        if (failing) throw new Error(`run ${runs}`);
        return "value";
      }, { ...await place(), name, clock, ttl: 1_000, staleIfError: 10_000, retryAfter: 500 });
      await fn("k");
      await settled(fn);
      failing = true;
      clock.advance(1_000);
      let errors = 0;
      const stop = on("failed", ({ cache }) => cache === name && errors++);
      for (let moment = 0; moment < 20; moment++) {
        const values = await Promise.all(Array.from({ length: 50 }, () => fn("k")));
        assert.deepEqual(new Set(values), new Set(["value"]));
        clock.advance(499);
        assert.equal(await fn("k"), "value");
        assert.equal(runs, 2 + moment, "once per retryAfter");
        clock.advance(1);
      }
      stop();
      assert.equal(errors, 20);
      await assert.rejects(fn("k"), /run 22/);
      const { hits, misses, staleHits, inFlight } = fn.cache.stats();
      assert.deepEqual([hits + misses, inFlight], [1 + 20 * 51 + 1, 0]);
      assert.ok(staleHits >= 20 && staleHits <= 20 * 51);
      await fn.cache.close();
    },
  );
}
