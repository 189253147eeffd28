import assert from "node:assert/strict";
import { test } from "node:test";
import { CacheKeyError, type ConfigurationError, mcache, on, type PolicyName } from "../../mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";

test("mcache() runs the function once for equal arguments, until exactly ttl has passed", () => {
  const clock = new FakeClock();
  let runs = 0;
  const double = mcache((x: number) => (runs++, x * 2), { maxSize: 128, ttl: "60s", clock });
  assert.equal(double(2), 4);
  assert.equal(double(2), 4);
  assert.equal(runs, 1);
  clock.advance(59_999);
  double(2);
  assert.equal(runs, 1);
  clock.advance(1);
  assert.equal(double(2), 4);
  assert.equal(runs, 2);
});

test("mcache() evicts the first key when the 129th comes to 128", () => {
  const runs: number[] = [];
  const id = mcache((x: number) => (runs.push(x), x), { maxSize: 128 });
  for (let x = 0; x < 129; x++) id(x);
  assert.equal(id.cache.stats().size, 128);
  assert.equal(id.cache.has(0), false);
  for (let x = 1; x < 129; x++) assert.equal(id.cache.has(x), true, String(x));
  assert.equal(id.cache.stats().evictions, 1);
});

test("mcache() keeps undefined, null, 0, empty text and false as values", () => {
  for (const value of [undefined, null, 0, "", false, NaN, -0]) {
    let runs = 0;
    const give = mcache((_: number) => (runs++, value));
    assert.ok(Object.is(give(1), value));
    assert.ok(Object.is(give(1), value));
    assert.equal(runs, 1, String(value));
  }
});

test("mcache() tells arguments apart by type and content", () => {
  let runs = 0;
  const fn = mcache((..._args: unknown[]) => ++runs);
  const calls: unknown[][] = [
    [],
    [undefined],
    [null],
    [0],
    [-0],
    [NaN],
    ["0"],
    [""],
    ["\0"],
    [false],
    ["false"],
    [1n],
    [1],
    ["1"],
    [true],
    [[1]],
    [["1"]],
    ["[1]"],
    [{}],
    [new Map()],
    [new Date(0)],
    [new Date(0).toISOString()],
    [1, 2],
    [[1, 2]],
    [1, undefined],
    ["x".repeat(2_000)],
    ["x".repeat(2_001)],
  ];
  const first = calls.map((args) => fn(...args));
  assert.deepEqual(first, calls.map((_, index) => index + 1));
  assert.deepEqual(calls.map((args) => fn(...args)), first);
});

test("mcache() hits for equal objects whatever the order of their properties", () => {
  let runs = 0;
  const sum = mcache((o: { a: number; b: number }) => (runs++, o.a + o.b));
  assert.equal(sum({ a: 1, b: 2 }), 3);
  assert.equal(sum({ b: 2, a: 1 }), 3);
  assert.equal(runs, 1);
});

test("mcache() leaves this, name, length and properties of the function in place", () => {
  const counter = {
    step: 5,
    add: mcache(function add(this: { step: number }, x: number, _y?: number) {
      return x + this.step;
    }),
  };
  assert.equal(counter.add(1), 6);
  assert.equal(counter.add.name, "add");
  assert.equal(counter.add.length, 2);
  const variadic = mcache(function all(..._xs: number[]) {});
  assert.equal(variadic.length, 0);
});

test("mcache() throws CacheKeyError that names the argument, and does not run the function", () => {
  let runs = 0;
  const fn = mcache((..._: unknown[]) => ++runs, { name: "fn" });
  const bad: unknown[] = [
    () => 1,
    Symbol("s"),
    Promise.resolve(),
    new WeakMap(),
    new (class Thing {})(),
    new ReadableStream(),
  ];
  for (const value of bad) {
    assert.throws(() => fn("fine", value), (error: CacheKeyError) => {
      assert.ok(error instanceof CacheKeyError, String(error));
      assert.equal(error.code, "ERR_CACHE_KEY");
      assert.match(error.message, /args\[1\]/);
      return true;
    });
  }
  assert.equal(runs, 0);
});

test("mcache() rejects with CacheKeyError when the function is asynchronous", async () => {
  const fn = mcache(async (_: unknown) => await Promise.resolve(1));
  await assert.rejects(fn(() => 1), CacheKeyError);
});

test("mcache() gives the function's own error once, as the same object, and keeps nothing", () => {
  const error = new Error("mine");
  let runs = 0;
  const fail = mcache((_: number) => {
    runs++;
    throw error;
  });
  assert.throws(() => fail(1), (thrown) => thrown === error);
  assert.throws(() => fail(1), (thrown) => thrown === error);
  assert.equal(runs, 2);
  assert.equal(fail.cache.stats().inFlight, 0);
});

test("mcache() shares one run among concurrent callers and one promise among hits", async () => {
  let runs = 0;
  const opened = gate<number>();
  const load = mcache((_: string) => (runs++, opened.opened));
  const waiting = Array.from({ length: 20 }, () => load("a"));
  assert.equal(load.cache.stats().inFlight, 1);
  opened.open(7);
  assert.deepEqual(await Promise.all(waiting), Array(20).fill(7));
  assert.equal(await load("a"), 7);
  assert.ok(load("a") instanceof Promise);
  assert.equal(runs, 1);
  assert.equal(load.cache.stats().coalesced, 19);
});

test("mcache() does not keep a rejection", async () => {
  let runs = 0;
  const error = new Error("down");
  const load = mcache((_: string) => (runs++, runs === 1 ? Promise.reject(error) : Promise.resolve("up")));
  await assert.rejects(load("a"), (thrown) => thrown === error);
  assert.equal(await load("a"), "up");
  assert.equal(runs, 2);
});

test("mcache() keeps a function colourful: promises stay promises and values stay values", async () => {
  const either = mcache((x: number): number | Promise<number> => x < 0 ? Promise.resolve(x) : x);
  assert.equal(either(1), 1);
  assert.equal(either(1), 1);
  assert.equal(await either(-1), -1);
  assert.ok(either(-1) instanceof Promise);
});

const TRACES: [PolicyName, gone: string][] = [["lru", "b"], ["lfu", "b"], ["fifo", "a"], ["lifo", "b"], ["mru", "a"]];

for (const [policy, gone] of TRACES) {
  for (const ttl of [undefined, "1h"] as const) {
    test(`mcache() with policy ${policy}${ttl ? " and a ttl" : ""} evicts ${gone} after a, b, a, c at 2`, () => {
      const fn = mcache((x: string) => x, { maxSize: 2, policy, ttl });
      for (const x of policy === "lfu" ? ["a", "b", "a", "a", "c"] : ["a", "b", "a", "c"]) fn(x);
      const kept = ["a", "b", "c"].filter((x) => fn.cache.has(x));
      assert.deepEqual(kept, ["a", "b", "c"].filter((x) => x !== gone));
    });
  }
}

test('mcache() with policy "ttl" evicts what expires soonest', () => {
  const fn = mcache((x: number) => x, { maxSize: 2, policy: "ttl", ttl: (value: number) => value * 1000 });
  fn(50);
  fn(10);
  fn(30);
  assert.deepEqual([50, 10, 30].map((x) => fn.cache.has(x)), [true, false, true]);
});

test('mcache() with policy "rr" is deterministic for a seed', () => {
  const kept = (seed: number) => {
    const fn = mcache((x: number) => x, { maxSize: 5, policy: "rr", seed });
    for (let x = 0; x < 50; x++) fn(x);
    assert.equal(fn.cache.stats().size, 5);
    return Array.from({ length: 50 }, (_, x) => fn.cache.has(x));
  };
  assert.deepEqual(kept(1), kept(1));
  assert.notDeepEqual(kept(1), kept(2));
});

test("mcache() says its engine, policy and reason for every policy", () => {
  for (const policy of ["s3fifo", "lru", "lfu", "fifo", "lifo", "mru", "rr", "ttl", "sieve", "tinylfu"] as const) {
    const { info } = mcache((x: number) => x, { policy, name: policy }).cache;
    assert.equal(info.engine, "memory");
    assert.equal(info.options.policy, policy);
    assert.match(info.reason, /memory/);
  }
});

test("mcache() holds maxBytes by sizeOf, and by the values' own weight", () => {
  const weighed = mcache((x: number) => x, { maxBytes: 7, sizeOf: () => 3 });
  for (let x = 0; x < 5; x++) weighed(x);
  assert.equal(weighed.cache.stats().size, 2);
  const buffers = mcache((_: number) => new Uint8Array(300_000), { maxBytes: "1MB" });
  for (let x = 0; x < 20; x++) buffers(x);
  assert.ok(buffers.cache.stats().bytes <= 1_000_000);
  assert.equal(buffers.cache.stats().size, 3);
});

test("mcache() hands out a copy, a frozen value or the value itself, as copy says", () => {
  const make = (_: number) => ({ list: [1, 2], at: new Date(0) });
  const cloned = mcache(make, { copy: "clone" });
  const first = cloned(1);
  first.list.push(3);
  const second = cloned(1);
  assert.deepEqual(second, { list: [1, 2], at: new Date(0) });
  second.list.push(9);
  assert.deepEqual(cloned(1).list, [1, 2]);

  const frozen = mcache(make, { copy: "freeze" });
  assert.throws(() => frozen(1).list.push(3), TypeError);
  assert.throws(() => frozen(1).list.push(3), TypeError);
  assert.equal(frozen(1), frozen(1));

  const shared = mcache(make);
  assert.equal(shared(1), shared(1));
});

test("mcache() refuses options that mean nothing in memory", () => {
  for (
    const options of [{ folderName: "x" }, { cacheDir: "/x" }, { engine: "files" }, { persist: true }, {
      compress: true,
    }, { secure: false }]
  ) {
    assert.throws(() => mcache((x: number) => x, options), (error: ConfigurationError) => {
      assert.deepEqual(error.issues.map(({ path }) => path), Object.keys(options));
      assert.match(error.message, /means nothing to mcache/);
      return true;
    });
  }
});

test("mcache() lets every call through when it is not enabled", () => {
  let runs = 0;
  const fn = mcache((x: number) => (runs++, x), { enabled: false });
  fn(1);
  fn(1);
  assert.equal(runs, 2);
  assert.equal(fn.cache.has(1), false);
  assert.equal(fn.cache.stats().size, 0);
  fn.cache.set([1], 99);
  assert.equal(fn(1), 1);
});

test("mcache() leaves out what shouldCache refuses", () => {
  let runs = 0;
  const find = mcache((x: number) => (runs++, x > 0 ? x : null), { shouldCache: (value) => value !== null });
  find(-1);
  find(-1);
  assert.equal(runs, 2);
  find(1);
  find(1);
  assert.equal(runs, 3);
});

test("mcache() returns the result and tells once when ttl, sizeOf or shouldCache fail", () => {
  for (
    const options of [
      { ttl: () => NaN },
      { sizeOf: () => -1 },
      {
        shouldCache: () => {
          throw new Error("no");
        },
      },
    ]
  ) {
    const refused: unknown[] = [];
    const stop = on("refused", (event) => refused.push(event.error));
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => void warnings.push(line) };
    const fn = mcache((x: number) => x, { ...options, logger } as object);
    assert.equal(fn(1), 1);
    assert.equal(fn(1), 1);
    stop();
    assert.equal(refused.length, 2);
    assert.equal(warnings.length, 1);
    assert.equal(fn.cache.stats().errors, 2);
  }
});

test("mcache() hands out what can be read only once, but does not keep it", async () => {
  const makers = [
    () => Object.assign([1, 2][Symbol.iterator](), { total: 2 }),
    () => ({ pipe() {}, async *[Symbol.asyncIterator]() {} }),
    () => new Request("https://example.com", { method: "POST", body: "text" }),
  ];
  for (const make of makers) {
    const refused: unknown[] = [];
    const stop = on("refused", (event) => refused.push(event.error));
    const logger = { debug() {}, info() {}, error() {}, warn() {} };
    const fn = mcache(make as () => unknown, { logger });
    assert.notEqual(await fn(), await fn());
    stop();
    assert.equal(refused.length, 2);
    assert.match(String(refused[0]), /CacheValueError: Cannot keep an? .+: it can be read only once/);
  }
  const map = mcache(() => new Map([[1, 2]]));
  assert.equal(map(), map());
});

test("mcache() ignores arguments, rounds numbers and takes keys as told", () => {
  let runs = 0;
  const ignoring = mcache((_x: number, _options?: { debug: boolean }, _log?: string) => ++runs, {
    ignoreArgs: [2, "debug"],
  });
  ignoring(0, { debug: true }, "a");
  ignoring(0, { debug: false }, "b");
  assert.equal(runs, 1);
  const rounding = mcache((_x: number) => ++runs, { keyRound: 1 });
  rounding(3.0);
  rounding(3.04);
  assert.equal(runs, 2);
  rounding(3.06);
  assert.equal(runs, 3);
  class User {
    readonly id: number;
    constructor(id: number) {
      this.id = id;
    }
  }
  const keyed = mcache((_user: User) => ++runs, { key: (user) => user.id });
  keyed(new User(1));
  keyed(new User(1));
  assert.equal(runs, 4);
});
