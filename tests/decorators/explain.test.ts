import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acache,
  type AsyncStore,
  bcache,
  CacheContext,
  type CacheEvent,
  mcache,
  on,
  type OpenOptions,
  tiered,
} from "../../mod.ts";
import { memory } from "../../engines/memory.ts";
import { bypass } from "../../src/replay/bypass.ts";
import type { Explanation } from "../../src/decorators/explain.ts";
import { mapEngine } from "../engines/map_engine.ts";
import { enginesHere, fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { random } from "../random.ts";
import { settled } from "../settled.ts";

const folder = fastFolder();

/** What an explanation says besides the key and the names. */
function said({ tier, state, age, expiresIn, would, because }: Explanation): unknown[] {
  return [tier, state, age, expiresIn, would, because];
}

/** What happened to the last call of a cache, in the words of `would`. */
function outcomes(cache: string): { last(): string; stop(): void } {
  let seen: string[] = [];
  const stop = on("*", (event: CacheEvent) => event.cache === cache && seen.push(event.type));
  const last = (): string => {
    const happened = seen;
    seen = [];
    if (happened.includes("refresh")) return "refresh";
    if (happened.includes("hit")) return "return";
    if (happened.includes("miss") && !happened.includes("coalesced")) return "compute";
    return happened.includes("coalesced") ? "join" : `nothing: ${happened}`;
  };
  return { last, stop };
}

/** The engines that answer before a timer of 0 ms is due. */
const QUICK = ["memory", "node_sqlite", "bun_sqlite", "files"];

/** Waits until nothing runs behind, and nothing is being written. */
async function quiet(
  engine: string,
  fn: { readonly cache: { stats(): { readonly inFlight: number } } },
): Promise<void> {
  for (let turn = 0; turn < 2;) {
    await new Promise<void>((resolve) => setTimeout(resolve, QUICK.includes(engine) ? 0 : 20));
    await settled(fn);
    turn = fn.cache.stats().inFlight > 0 ? 0 : turn + 1;
  }
}

for (const engine of enginesHere) {
  test(`${engine}: explain() says where a value stands from its first to its last moment, and why`, async () => {
    const clock = new FakeClock();
    const name = `aging-${engine}`;
    const fn = acache((x: number) => Promise.resolve(x), {
      ...keptIn(engine, folder, "explained"),
      name,
      clock,
      ttl: "1m",
      refreshAhead: 0.75,
      staleWhileRevalidate: "10s",
      staleIfError: "1h",
      tags: ["even"],
    });
    const explain = async () => said(await fn.cache.explain(1));
    const { because } = await fn.cache.explain(1);
    assert.match(because, /^nothing is kept for these arguments by version [0-9a-f]{8} of the function$/);
    await fn(1);
    await settled(fn);
    clock.advance(3_000);
    assert.deepEqual(await explain(), [
      engine,
      "fresh",
      3_000,
      57_000,
      "return",
      "it was kept 3 s ago and is fresh for 57 s more",
    ]);
    clock.advance(42_000);
    assert.deepEqual((await explain()).slice(3), [
      15_000,
      "refresh",
      "it was kept 45 s ago and is fresh for 15 s more, but refreshAhead runs the function behind",
    ]);
    clock.advance(17_000);
    assert.deepEqual(await explain(), [
      engine,
      "stale",
      62_000,
      0,
      "refresh",
      "it is stale for 2 s, which staleWhileRevalidate allows while the function runs behind",
    ]);
    clock.advance(10_000);
    assert.deepEqual((await explain()).slice(4), [
      "compute",
      "it is stale for 12 s; staleIfError serves it only if the function fails or is late",
    ]);
    clock.advance(3_600_000);
    assert.deepEqual((await explain()).slice(1), [
      "gone",
      3_672_000,
      0,
      "compute",
      "its time has been over for 12 s",
    ]);
    const { key, cache, engine: at, tags } = await fn.cache.explain(1);
    assert.deepEqual([key, cache, at, tags], [fn.cache.key(1), name, engine, ["even"]]);
    await fn.cache.close();
  });

  test(`${engine}: explain() foretells what the call does, whatever came before, and changes nothing`, async () => {
    const [next, rounds] = [random(20_261), QUICK.includes(engine) ? 150 : 50];
    const clock = new FakeClock();
    const name = `foretold-${engine}`;
    let [failing, accepting] = [false, true];
    const fn = acache(async (x: number) => {
      await Promise.resolve();
      if (failing) throw new Error("failing");
      return x;
    }, {
      ...keptIn(engine, folder, "foretold"),
      name,
      clock,
      ttl: 1_000,
      refreshAhead: 0.9,
      staleWhileRevalidate: 500,
      staleIfError: 4_000,
      retryAfter: 300,
      errorTtl: 400,
      tags: ["all"],
      validate: () => accepting,
      logger: new QuietLogger(),
    });
    const { last, stop } = outcomes(name);
    const told = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const [dice, x] = [next(), Math.floor(next() * 3)];
      if (dice < 0.5) clock.advance(Math.floor(next() * 1_200));
      else if (dice < 0.55) await fn.cache.expire(x);
      else if (dice < 0.6) await fn.cache.invalidate(x);
      else if (dice < 0.63) await fn.cache.set([x], x);
      else if (dice < 0.66) await fn.cache.clear();
      await quiet(engine, fn);
      failing = next() < 0.3;
      accepting = next() < 0.95;
      last();
      const before = fn.cache.stats();
      const { would, because } = await fn.cache.explain(x);
      assert.deepEqual(fn.cache.stats(), before);
      assert.equal(last(), "nothing: ");
      await fn(x).catch(() => {});
      assert.equal(last(), would, `round ${round}: ${because}`);
      told.set(would, (told.get(would) ?? 0) + 1);
      await quiet(engine, fn);
    }
    stop();
    for (const would of ["return", "refresh", "compute"]) {
      assert.ok(told.get(would)! >= 3, `${would}: ${told.get(would)}`);
    }
    await fn.cache.close();
  });
}

test("explain() tells of a computation that is running, and of one that runs behind", async () => {
  const clock = new FakeClock();
  const gates = [gate<number>(), gate<number>()];
  let runs = 0;
  const fn = acache((_: number) => gates[runs++]!.opened, {
    name: "busy",
    clock,
    ttl: 1_000,
    staleWhileRevalidate: 1_000,
  });
  const first = fn(1);
  const running = fn.cache.explain(1);
  assert.equal((await running).would, "join");
  assert.match((await running).because, /^a computation is running that began [\d.]+ ms ago$/);
  gates[0]!.open(1);
  await first;
  clock.advance(1_500);
  assert.equal((await fn.cache.explain(1)).would, "refresh");
  assert.equal(await fn(1), 1);
  const { would, because } = await fn.cache.explain(1);
  assert.deepEqual([would, because], [
    "return",
    "it is stale for 500 ms, and served because the function is running behind already",
  ]);
  clock.advance(5_000);
  assert.equal((await fn.cache.explain(1)).would, "compute");
  gates[1]!.open(2);
});

test("explain() knows that a fresh value is given while it is computed anew, whoever listens", async () => {
  for (const engine of [memory, mapEngine("waiting")]) {
    const [name, gates] = [`anew in ${engine.name}`, [gate<number>(), gate<number>()]];
    let runs = 0;
    const fn = acache((_: number) => gates[runs++]!.opened, { name, engine, version: "1" });
    gates[0]!.open(1);
    await fn(1);
    await settled(fn);
    const anew = fn.cache.refresh(1);
    const { would, state } = await fn.cache.explain(1);
    assert.deepEqual([would, state], ["return", "fresh"]);
    const stop = on("hit", () => {});
    assert.equal((await fn.cache.explain(1)).would, "return");
    stop();
    const answered = fn(1);
    gates[1]!.open(2);
    assert.equal(await answered, 1);
    await anew;
  }
});

test("explain() tells of a value that is being removed, and of a key that nobody asks the cache for", async () => {
  const [engine, removing] = [mapEngine("slow to remove"), gate()];
  const open = async (options: OpenOptions): Promise<AsyncStore> => {
    const store = await engine.open(options) as AsyncStore;
    return { ...store, delete: (key) => removing.opened.then(() => store.delete(key)) };
  };
  const fn = acache((x: number) => Promise.resolve(x), { name: "leaving", engine: { ...engine, mode: "async", open } });
  await fn(1);
  await settled(fn);
  const removed = fn.cache.invalidate(1);
  const { state, would, because } = await fn.cache.explain(1);
  assert.deepEqual([state, would, because], ["absent", "compute", "it is being removed"]);
  removing.open();
  assert.equal(await removed, true);
  const passedBy = await bypass(() => fn.cache.explain(1));
  assert.equal(passedBy.because, "inside bypass, record or replay the cache is not asked");
});

test("explain() tells of a function that rests, of an error that is kept, and of chance", async () => {
  const clock = new FakeClock();
  let failing = false;
  const fn = acache((x: number) => failing ? Promise.reject(new Error("down")) : Promise.resolve(x), {
    name: "resting",
    clock,
    ttl: 1_000,
    staleIfError: "1h",
    retryAfter: "10s",
  });
  await fn(1);
  clock.advance(3_000);
  failing = true;
  assert.equal(await fn(1), 1);
  assert.equal(
    (await fn.cache.explain(1)).because,
    "it is stale for 2 s, and served because the function failed a moment ago and rests for retryAfter",
  );
  const negative = mcache((x: number): number => {
    throw new Error(`no ${x}`);
  }, { clock, errorTtl: "5s", validate: () => false });
  assert.throws(() => negative(1));
  assert.equal(negative.cache.explain(1).would, "return");
  assert.equal(
    negative.cache.explain(1).because,
    "the function failed, and its error was kept 0 ms ago and is fresh for 5 s more",
  );
  const takesTime = async (x: number) => {
    await new Promise<void>((resolve) => setTimeout(resolve, 2));
    return x;
  };
  const chancy = acache(takesTime, { clock, ttl: 1_000, refreshAhead: { beta: 1e9 } });
  await chancy(1);
  assert.match(
    (await chancy.cache.explain(1)).because,
    /; by now refreshAhead may run the function behind, by chance$/,
  );
  const lasting = mcache((x: number) => x, { clock });
  lasting(1);
  assert.equal(lasting.cache.explain(1).because, "it was kept 0 ms ago and is fresh for ever");
  assert.equal(lasting.cache.explain(1).expiresIn, Infinity);
});

test("explain() says what validate and schema refuse, without telling or keeping anything", async () => {
  const engine = mapEngine("reviewed");
  const options = { name: "reviewed", engine, version: "1", logger: new QuietLogger() };
  const fn = acache((x: number) => Promise.resolve(x), options);
  await fn(1);
  await settled(fn);
  const refusing = acache((x: number) => Promise.resolve(x), { ...options, validate: ({ value }) => value > 1 });
  const schema = (accepts: (value: unknown) => boolean) => ({
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (value: unknown) => accepts(value) ? { value } : { issues: [{ message: "no" }] },
    },
  });
  const outdated = acache((x: number) => Promise.resolve(x), { ...options, schema: schema(() => false) });
  const mended = acache((x: number) => Promise.resolve(x), {
    ...options,
    schema: schema((value) => value === 2),
    migrate: () => 2,
  });
  const said = await Promise.all([refusing, outdated, mended].map((fn) => fn.cache.explain(1)));
  assert.deepEqual(said.map(({ would, state }) => [would, state]), [
    ["compute", "fresh"],
    ["compute", "fresh"],
    ["return", "fresh"],
  ]);
  assert.deepEqual(said.slice(0, 2).map(({ because }) => because), [
    "validate refuses what is kept",
    "schema refuses what is kept",
  ]);
  assert.equal((await fn.cache.peek(1))?.value, 1);
  assert.equal(options.logger.lines.length, 0);
});

test("explain() tells of a tag that was invalidated, of a body that cannot be read, and of an engine that fails", async () => {
  const engine = mapEngine("faulty");
  const logger = new QuietLogger();
  const fn = acache((x: number) => Promise.resolve({ x }), {
    name: "faulty",
    engine,
    tags: (_, x) => [`user:${x}`, "all"],
    logger,
  });
  for (const x of [1, 2]) await fn(x);
  await settled(fn);
  await CacheContext.open({ engine }).then(async (cache) => {
    await cache.invalidateTag("user:1");
    await cache.close();
  });
  const untagged = await fn.cache.explain(1);
  assert.deepEqual([untagged.state, untagged.would, untagged.because, untagged.tags], [
    "gone",
    "compute",
    'its tag "user:1" was invalidated',
    ["user:1", "all"],
  ]);
  const at = fn.cache.key(2);
  const entry = engine.map.get(at)!;
  engine.map.set(at, { ...entry, checksum: entry.checksum + 1 });
  const unreadable = await fn.cache.explain(2);
  assert.equal(unreadable.would, "compute");
  assert.match(unreadable.because, /^what is kept cannot be read: SerializationError: /);
  assert.ok(engine.map.has(at));
  engine.fault = new Error("the disk is gone");
  const failing = await fn.cache.explain(2);
  assert.deepEqual(said(failing), [
    undefined,
    "unknown",
    undefined,
    undefined,
    "compute",
    'engine "faulty" does not answer: the disk is gone',
  ]);
  assert.deepEqual([fn.cache.stats().errors, logger.lines.length], [0, 0]);
});

test("explain() says which tier has a value: the memory in front, or the engine behind", async () => {
  const back = mapEngine("back");
  const options = {
    name: "in tiers",
    engine: tiered(memory, back),
    version: "1",
    folderName: "explained-tiers",
    cacheDir: folder,
  };
  const fn = acache((x: number) => Promise.resolve({ x }), options);
  await fn(1);
  await settled(fn);
  const front = await fn.cache.explain(1);
  assert.deepEqual([front.engine, front.tier, front.would], ["back", "memory", "return"]);
  await fn.cache.close();
  const again = acache((x: number) => Promise.resolve({ x }), options);
  const behind = await again.cache.explain(1);
  assert.deepEqual([behind.tier, behind.would], ["back", "return"]);
  await again(1);
  assert.equal((await again.cache.explain(1)).tier, "memory");
});

test("explain() says when another version of the function keeps something for the same arguments", {
  skip: persistentHere.length === 0 && "no engine outlives the process here",
}, async () => {
  const options = { engine: persistentHere[0]!, name: "versioned", cacheDir: folder, folderName: "explained-versions" };
  const old = bcache((x: number) => x, options);
  await old(1);
  await old.cache.close();
  const fn = bcache((x: number) => x + 1, options);
  const { state, would, because } = await fn.cache.explain(1);
  const [before, now] = [old, fn].map((fn) => /\/([0-9a-f]{8})-/.exec(fn.cache.key(1))![1]);
  assert.deepEqual([state, would, because], [
    "absent",
    "compute",
    `nothing is kept for these arguments by version ${now} of the function; version ${before} kept something`,
  ]);
  assert.equal(
    (await fn.cache.explain(2)).because,
    `nothing is kept for these arguments by version ${now} of the function`,
  );
  await fn.cache.close();
});

test("explain() says when the cache is not asked at all, and refuses arguments that make no key", () => {
  const off = mcache((x: number | (() => void)) => x, { enabled: false });
  const { would, because } = off.cache.explain(1);
  assert.deepEqual([would, because], [
    "compute",
    "the option enabled is false: the function runs, and nothing is kept",
  ]);
  assert.throws(() => off.cache.explain(() => {}), { code: "ERR_CACHE_KEY" });
});

test("CacheContext.explain() says what getOrSet would do", async () => {
  const cache = await CacheContext.open({ name: "explained context" });
  assert.equal((await cache.explain("a")).would, "compute");
  await cache.set("a", 1);
  const { key, would } = await cache.explain("a");
  assert.deepEqual([key, would], [cache.key("a"), "return"]);
  await cache.close();
});
