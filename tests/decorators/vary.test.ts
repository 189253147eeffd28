import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import {
  acache,
  bcache,
  CacheKeyError,
  type CacheOptions,
  fcache,
  mcache,
  on,
  tiered,
  ucache,
  withDefaults,
} from "../../mod.ts";
import { memory } from "../../engines/memory.ts";
import { enginesHere, fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { random } from "../random.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const cacheDir = fastFolder();

/** The tenant for whom the code at hand runs. */
const tenants = new AsyncLocalStorage<string>();
const vary = () => tenants.getStore();
const as = <R>(tenant: string, fn: () => R): R => tenants.run(tenant, fn);

test("vary keeps tenants apart in memory, on every hit, for functions of any shape", async () => {
  let runs = 0;
  const seen = () => `${vary()} ${++runs}`;
  const shapes: readonly (readonly [string, () => unknown])[] = [
    ["no argument", mcache(() => seen(), { vary })],
    ["one primitive", ((fn) => () => fn(1))(mcache((_: number) => seen(), { vary }))],
    ["one text", ((fn) => () => fn("a"))(mcache((_: string) => seen(), { vary }))],
    ["one object", ((fn) => () => fn({ a: 1 }))(mcache((_: object) => seen(), { vary }))],
    ["two arguments", ((fn) => () => fn(1, 2))(mcache((_: number, __: number) => seen(), { vary }))],
    ["a key of its own", ((fn) => () => fn(1))(mcache((_: number) => seen(), { vary, key: (x) => x }))],
    [
      "arguments ignored",
      ((fn) => () => fn(1, 2))(mcache((_: number, __: number) => seen(), { vary, ignoreArgs: [1] })),
    ],
    ["a promise", ((fn) => () => fn(1))(mcache((_: number) => Promise.resolve(seen()), { vary }))],
    ["asynchronous", ((fn) => () => fn(1))(acache(async (_: number) => await Promise.resolve(seen()), { vary }))],
    ["copies", ((fn) => () => fn(1))(mcache((_: number) => [seen()], { vary, copy: "clone" }))],
    ["suited", ((fn) => () => fn(1))(ucache((_: number) => seen(), { vary }))],
  ];
  for (const [shape, call] of shapes) {
    const first = new Map<string, unknown>();
    for (let round = 0; round < 5; round++) {
      for (const tenant of ["a", "b", "c"]) {
        const given = await as(tenant, call);
        if (!first.has(tenant)) first.set(tenant, given);
        assert.deepEqual(given, first.get(tenant), `${shape} ${tenant}`);
        assert.ok(String(given).startsWith(tenant), `${shape}: ${tenant} was given ${given}`);
      }
    }
  }
  assert.equal(runs, shapes.length * 3);
});

for (const engine of persistentHere) {
  test(`vary keeps tenants apart on ${engine}, also after the cache was closed`, async () => {
    let runs = 0;
    const make = () =>
      acache((x: number) => Promise.resolve(`${vary()} ${x} ${++runs}`), {
        name: "varied",
        vary,
        ...keptIn(engine, cacheDir, "vary"),
      });
    const answers = async (fn: ReturnType<typeof make>) => {
      const given = [];
      for (const tenant of ["a", "b", "a", "b"]) given.push(await as(tenant, () => fn(1)));
      return given;
    };
    const [before, after] = [make(), make()];
    assert.deepEqual(await answers(before), ["a 1 1", "b 1 2", "a 1 1", "b 1 2"]);
    await before.cache.close();
    assert.deepEqual(await answers(after), ["a 1 1", "b 1 2", "a 1 1", "b 1 2"]);
    assert.notEqual(as("a", () => after.cache.key(1)), as("b", () => after.cache.key(1)));
    assert.equal(await as("a", () => after.cache.invalidate(1)), true);
    assert.deepEqual(await answers(after), ["a 1 3", "b 1 2", "a 1 3", "b 1 2"]);
    await after.cache.close();
  });
}

for (const engine of persistentHere.filter((name) => /sqlite|files/.test(name))) {
  test(`vary keeps tenants apart in a synchronous cache on ${engine}`, () => {
    const kept = keptIn(engine, cacheDir, "sync-vary");
    const decorator = engine === "files" ? fcache : bcache;
    const fn = decorator.sync((x: number) => `${vary()} ${x}`, { name: "sync", vary, ...kept });
    for (const tenant of ["a", "b", "a"]) assert.equal(as(tenant, () => fn(1)), `${tenant} 1`);
    assert.equal(fn.cache.stats().hits, 1);
    fn.cache.close();
  });
}

for (const engine of enginesHere) {
  test(
    `vary: tenants who call at once on ${engine} share no flight, and each tenant's own calls share one`,
    async () => {
      const doors = new Map(["a", "b"].map((tenant) => [tenant, gate()]));
      let runs = 0;
      const fn = acache(async (x: number) => {
        const tenant = vary()!;
        runs++;
        await doors.get(tenant)!.opened;
        return `${tenant} ${x}`;
      }, { name: `joined in ${engine}`, vary, ...keptIn(engine, cacheDir, "joined-vary") });
      const callers = ["a", "b", "a", "b", "a"];
      const calls = callers.map((tenant) => as(tenant, () => fn(1)));
      await new Promise((resolve) => setTimeout(resolve, 5));
      doors.get("b")!.open();
      assert.equal(await calls[1], "b 1");
      doors.get("a")!.open();
      assert.deepEqual(await Promise.all(calls), callers.map((tenant) => `${tenant} 1`));
      assert.equal(runs, 2);
      await settled(fn);
      await fn.cache.close();
    },
  );

  test(`vary: of 2,000 random calls by 7 tenants on ${engine} none is given another's value`, async () => {
    const next = random(14);
    const pick = (count: number) => Math.floor(next() * count);
    const fn = acache(async (x: number) => {
      for (let turn = pick(4); turn > 0; turn--) await Promise.resolve();
      return `${vary()} ${x}`;
    }, { name: `many in ${engine}`, vary, maxSize: 40, ...keptIn(engine, cacheDir, "many-vary") });
    for (let round = 0; round < 100; round++) {
      await Promise.all(Array.from({ length: 20 }, async () => {
        const [tenant, x] = [`t${pick(7)}`, pick(10)];
        if (pick(10) === 0) await as(tenant, () => fn.cache.invalidate(x));
        assert.equal(await as(tenant, () => fn(x)), `${tenant} ${x}`);
      }));
    }
    await settled(fn);
    assert.ok(fn.cache.stats().hits > 0);
    await fn.cache.close();
  });
}

test("vary keeps tenants apart on methods, and is asked with their object", () => {
  const decorate = mcache({
    vary(this: { region: string } | undefined) {
      return [this?.region, vary()];
    },
  } as CacheOptions) as unknown as (method: unknown, context: object) => (this: object, x: number) => string;
  class Shop {
    runs = 0;
    region = "north";
    price(x: number): string {
      return `${this.region} ${vary()} ${x} ${++this.runs}`;
    }
  }
  Shop.prototype.price = decorate(Shop.prototype.price, { kind: "method", name: "price", static: false });
  const [one, two] = [new Shop(), new Shop()];
  const ask = (shop: Shop) => ["a", "b", "a"].map((tenant) => as(tenant, () => shop.price(1)));
  assert.deepEqual(ask(one), ["north a 1 1", "north b 1 2", "north a 1 1"]);
  assert.deepEqual(ask(two), ["north a 1 1", "north b 1 2", "north a 1 1"]);
  one.region = "south";
  assert.equal(as("a", () => one.price(1)), "south a 1 3");
});

test("vary through withDefaults() holds for all caches that are made inside", async () => {
  const [soon, late] = withDefaults({ vary }, () => [
    mcache((x: number) => `${vary()} ${x}`),
    acache((x: number) => Promise.resolve(`${vary()} ${x}`)),
  ]);
  for (const tenant of ["a", "b", "a", "b"]) {
    assert.equal(as(tenant, () => soon!(1)), `${tenant} 1`);
    assert.equal(await as(tenant, () => late!(1)), `${tenant} 1`);
  }
  assert.deepEqual([soon!.cache.stats().hits, late!.cache.stats().hits], [2, 2]);
});

test("vary keeps tenants apart in the memory in front of an engine, and while somebody listens", async () => {
  const storage = new SharedMap();
  let runs = 0;
  const fn = acache((x: number) => Promise.resolve({ told: `${vary()} ${x}`, run: ++runs }), {
    name: "in front",
    vary,
    engine: tiered(memory, storage.engine()),
  });
  const given = new Map<string, unknown>();
  for (let round = 0; round < 4; round++) {
    const stop = round === 3 ? on("hit", () => {}) : () => {};
    for (const tenant of ["a", "b"]) {
      const value = await as(tenant, () => fn(1));
      assert.equal(value.told, `${tenant} 1`);
      if (!given.has(tenant)) given.set(tenant, value);
      else assert.equal(value, given.get(tenant), "it is the very value in memory");
      await settled(fn);
    }
    stop();
  }
  assert.equal(runs, 2);
  await fn.cache.close();
});

test("vary keeps tenants apart while values are computed behind hits", async () => {
  const clock = new FakeClock();
  const fn = acache((x: number) => Promise.resolve(`${vary()} ${x}`), {
    vary,
    staleWhileRevalidate: "1h",
    ttl: 1,
    clock,
  });
  for (let round = 0; round < 20; round++) {
    for (const tenant of ["a", "b"]) assert.equal(await as(tenant, () => fn(1)), `${tenant} 1`);
    await new Promise((resolve) => setTimeout(resolve));
    clock.advance(1);
  }
  assert.ok(fn.cache.stats().hits > 0);
});

test("a vary that throws, or gives what no key can be made of, is a CacheKeyError in the colour of the call", async () => {
  const cause = new Error("no tenant");
  const throwing = () => {
    throw cause;
  };
  let runs = 0;
  const soon = mcache((x: number) => (runs++, x), { vary: throwing });
  const late = acache((x: number) => Promise.resolve((runs++, x)), { vary: throwing });
  const isTold = (error: unknown) =>
    error instanceof CacheKeyError && error.cause === cause && /the option "vary" threw/.test(error.message);
  assert.throws(() => soon(1), isTold);
  await assert.rejects(late(1), isTold);
  const odd = mcache((x: number) => (runs++, x), { vary: () => Symbol("tenant") });
  assert.throws(
    () => odd(1),
    (error: unknown) => error instanceof CacheKeyError && /what vary gave/.test(error.message),
  );
  assert.equal(runs, 0);
});

test("vary that gives undefined, null, 0, an empty text or false tells these apart", () => {
  let tenant: unknown;
  const fn = mcache((x: number) => [tenant, x], { vary: () => tenant });
  for (const round of [1, 2]) {
    for (tenant of [undefined, null, 0, "", false, NaN]) assert.deepEqual(fn(round), [tenant, round]);
  }
  assert.equal(fn.cache.stats().hits, 0);
});
