import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheOptions, invalidateTag, mcache, registerValueType } from "../../mod.ts";
import { fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";

const cacheDir = fastFolder();

class Money {
  readonly cents: number;

  constructor(cents: number) {
    this.cents = cents;
  }
}

registerValueType(Money, {
  name: "snapshot test's Money",
  encode: ({ cents }) => cents,
  decode: (cents) => new Money(cents as number),
});

/** The same function, wrapped twice: as before and after a restart. */
function twice<F extends (...args: never[]) => unknown>(fn: F, options: CacheOptions = {}) {
  return [mcache(fn, options), mcache(fn, options)] as const;
}

test("cache.load() restores what cache.dump() wrote down, with the time that values had left", () => {
  const clock = new FakeClock();
  let runs = 0;
  const [before, after] = twice((x: number) => (runs++, x * 2), { ttl: 1_000, clock });
  before(1);
  clock.advance(600);
  before(2);
  const snapshot = structuredClone(before.cache.dump());
  // The time between does not count: it is as if the process had stood still.
  clock.advance(1_000_000);
  assert.equal(after.cache.load(snapshot), 2);
  assert.deepEqual(after.cache.peek(1), { value: 2, state: "fresh", age: 600, expiresIn: 400, tags: [] });
  assert.deepEqual(after.cache.peek(2), { value: 4, state: "fresh", age: 0, expiresIn: 1_000, tags: [] });
  clock.advance(399);
  assert.deepEqual([after(1), runs], [2, 2]);
  clock.advance(1);
  assert.deepEqual([after(1), after(2), runs], [2, 4, 3]);
});

test("cache.load() restores how long a stale value may still be served", async () => {
  const clock = new FakeClock();
  let down = false;
  const fn = (x: number) => down ? Promise.reject(new Error("down")) : Promise.resolve(x);
  const options = { ttl: 1_000, staleIfError: 1_000, clock };
  const [before, after] = [acache(fn, options), acache(fn, options)];
  await before(1);
  clock.advance(1_500);
  const snapshot = structuredClone(await before.cache.dump());
  clock.advance(1_000_000);
  assert.equal(await after.cache.load(snapshot), 1);
  assert.equal((await after.cache.peek(1))?.state, "stale");
  down = true;
  clock.advance(499);
  assert.equal(await after(1), 1);
  clock.advance(1);
  await assert.rejects(after(1), { message: "down" });
  assert.deepEqual((await before.cache.dump()).entries, []);
});

test("cache.dump() survives a structured clone with keys and values of every type", () => {
  const [before, after] = twice((..._: unknown[]): unknown => undefined, { version: "1" });
  const values: [unknown[], unknown][] = [
    [[undefined], undefined],
    [[null], null],
    [[0], 0],
    [[-0], -0],
    [[NaN], NaN],
    [["0"], ""],
    [[0n], 5n],
    [[true], false],
    [["\0text"], "\0"],
    [["x".repeat(2_000)], "long"],
    [[], []],
    [[1, 2], new Map([["a", new Set([1])]])],
    [[{ a: 1 }], new Date(5)],
    [[[1]], new Float64Array([1, 2])],
    [[new Date(7)], new Money(99)],
  ];
  for (const [args, value] of values) before.cache.set(args, value);
  const { refused, entries } = before.cache.dump();
  assert.deepEqual([refused, entries.length], [[], values.length]);
  assert.equal(after.cache.load(structuredClone(before.cache.dump())), values.length);
  for (const [args, value] of values) {
    const found = after.cache.peek(...args);
    assert.ok(found !== undefined, `args ${String(args)}`);
    assert.deepEqual(found.value, value);
    assert.ok(Object.is(found.value, value) || typeof value === "object");
  }
  assert.ok(after.cache.peek(new Date(7))?.value instanceof Money);
  // Once more from what was restored.
  assert.deepEqual(new Set(after.cache.dump().entries.map(({ key }) => key)), new Set(entries.map(({ key }) => key)));
});

test("cache.dump() leaves out what cannot be written down, and says why", () => {
  const [before, after] = twice((x: number): unknown => x === 2 ? () => x : x);
  for (const x of [1, 2, 3]) before(x);
  const snapshot = before.cache.dump();
  assert.equal(snapshot.entries.length, 2);
  assert.deepEqual(snapshot.refused.map(({ key }) => key), [before.cache.key(2)]);
  assert.match(snapshot.refused[0]!.reason, /function/);
  assert.equal(after.cache.load(structuredClone(snapshot)), 2);
  assert.deepEqual([after.cache.has(1), after.cache.has(2), after.cache.has(3)], [true, false, true]);
});

test("cache.dump() counts as no use, and cache.load() restores the order of eviction", () => {
  const [before, after] = twice((x: string) => x, { maxSize: 3, policy: "lru" });
  for (const x of ["a", "b", "c"]) before(x);
  before("a");
  const stats = before.cache.stats();
  const snapshot = before.cache.dump();
  assert.deepEqual(before.cache.stats(), stats);
  assert.deepEqual(snapshot.entries.map(({ key }) => key), ["b", "c", "a"]);
  after.cache.load(snapshot);
  for (const fn of [before, after]) {
    fn("d");
    assert.deepEqual(["a", "b", "c", "d"].filter((x) => fn.cache.has(x)), ["a", "c", "d"]);
  }
});

test("cache.load() keeps what was used most where there is room for fewer", () => {
  const fn = (x: string) => x;
  const before = mcache(fn, { policy: "lru" });
  for (const x of ["a", "b", "c"]) before(x);
  before("a");
  const after = mcache(fn, { policy: "lru", maxSize: 2 });
  after.cache.load(before.cache.dump());
  assert.deepEqual(["a", "b", "c"].filter((x) => after.cache.has(x)), ["a", "c"]);
});

test("cache.load() restores tags, promises, kept errors and frozen values", async () => {
  const error = new RangeError("three");
  const fn = (x: number): Promise<{ x: number }> => x === 3 ? Promise.reject(error) : Promise.resolve({ x });
  const options = { tags: (_: unknown, x: number) => [`tag ${x}`], copy: "freeze", errorTtl: "1h" } as const;
  const [before, after] = twice(fn, options as CacheOptions);
  await Promise.allSettled([before(1), before(2), before(3)]);
  assert.equal(after.cache.load(structuredClone(before.cache.dump())), 3);
  assert.ok(after(1) instanceof Promise);
  assert.ok(Object.isFrozen(await after(1)));
  await assert.rejects(after(3), { name: "RangeError", message: "three" });
  assert.deepEqual(after.cache.peek(2)?.tags, ["tag 2"]);
  await invalidateTag("tag 2");
  assert.deepEqual([after.cache.has(1), after.cache.has(2)], [true, false]);
  assert.equal(after.cache.stats().misses, 0);
});

test("cache.load() leaves nothing of the tags of what it replaces", async () => {
  const clock = new FakeClock();
  let tag = "first";
  const [before, after] = twice((x: number) => x, { tags: () => [tag], clock });
  after(1);
  clock.advance(1);
  tag = "second";
  before(1);
  assert.equal(after.cache.load(before.cache.dump()), 1);
  await invalidateTag("first");
  assert.equal(after.cache.has(1), true);
  await invalidateTag("second");
  assert.equal(after.cache.has(1), false);
});

test("cache.load() gives a cache with copy: clone what one without it dumped, and the other way round", () => {
  const fn = (x: number) => ({ x });
  for (const [one, other] of [["none", "clone"], ["clone", "none"]] as const) {
    const [before, after] = [mcache(fn, { copy: one }), mcache(fn, { copy: other })];
    before(1);
    assert.equal(after.cache.load(structuredClone(before.cache.dump())), 1);
    assert.equal(after(1) === after(1), other === "none");
    assert.deepEqual([after(1), after.cache.stats().misses], [{ x: 1 }, 0]);
  }
});

test("cache.load() lets what is kept already stay when it is newer", () => {
  const clock = new FakeClock();
  let run = 0;
  const [before, after] = twice((_: string) => ++run, { clock });
  before("older");
  clock.advance(10);
  after("older");
  after("newer");
  clock.advance(10);
  before("newer");
  assert.equal(after.cache.load(before.cache.dump()), 1);
  assert.deepEqual([after("older"), after("newer")], [2, 4]);
  assert.deepEqual(after.cache.stats().size, 2);
});

test("cache.load() passes over what is damaged", () => {
  const logger = new QuietLogger();
  const [before, after] = twice((x: string) => x, { logger });
  before("a");
  before("b");
  const snapshot = structuredClone(before.cache.dump());
  (snapshot.entries[0] as { form: unknown }).form = "clone:nothing";
  assert.equal(after.cache.load(snapshot), 1);
  assert.deepEqual([after.cache.has("a"), after.cache.has("b"), after.cache.stats().errors], [false, true, 1]);
  assert.equal(logger.warnings.length, 1);
});

test("cache.load() leaves what is being computed alone", async () => {
  const opened = gate<string>();
  const fn = (_: string) => opened.opened;
  const [before, after] = twice(fn);
  before.cache.set(["k"], "dumped");
  const running = after("k");
  after.cache.load(before.cache.dump());
  assert.equal(await after("k"), "dumped");
  opened.open("computed");
  assert.equal(await running, "computed");
  assert.equal(await after("k"), "computed");
});

test("cache.load() refuses what is no snapshot, or one of another function or version", () => {
  const fn = (x: number) => x;
  const one = mcache(fn, { name: "one", version: "1" });
  one(1);
  const snapshot = one.cache.dump();
  const refused = (given: unknown, message: RegExp, options: CacheOptions = { name: "one", version: "1" }) =>
    assert.throws(() => mcache(fn, options).cache.load(given as typeof snapshot), {
      name: "CacheOperationError",
      message,
    });
  refused(undefined, /^Cannot load a snapshot into "one": it is none/);
  refused({ ...snapshot, format: 2 }, /a newer version of this library made it/);
  refused(snapshot, /^Cannot load a snapshot into "two": it is one of "one"/, { name: "two", version: "1" });
  refused(snapshot, /another version of the function computed its values/, { name: "one", version: "2" });
  const changed = mcache((x: number) => x + 0, { name: "one" });
  assert.throws(() => changed.cache.load(mcache(fn, { name: "one" }).cache.dump()), { name: "CacheOperationError" });
});

test("cache.dump() asks for a version where the source of the function cannot be read", () => {
  const bound = ((x: number) => x).bind(undefined);
  assert.throws(() => mcache(bound, { name: "bound" }).cache.dump(), {
    name: "ConfigurationError",
    message: /version/,
  });
  assert.deepEqual(mcache(bound, { name: "bound", version: "1" }).cache.dump().entries, []);
});

for (const engine of persistentHere) {
  test(`cache.dump() and load() refuse a cache on ${engine}, and name copyCache`, async () => {
    const fn = acache((x: number) => Promise.resolve(x), {
      name: `dumped from ${engine}`,
      ...keptIn(engine, cacheDir, "dumped"),
    });
    const expected = { name: "ConfigurationError", message: new RegExp(`engine "${engine}" has them; .*copyCache`) };
    await assert.rejects(fn.cache.dump(), expected);
    await assert.rejects(fn.cache.load({} as never), expected);
    await fn.cache.close();
  });
}
