import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type AsyncStore, type Engine, engines, type Entry } from "../../mod.ts";
import { collect } from "../../src/flow/collect.ts";
import { enginesHere, fastFolder } from "../engines_here.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { random } from "../random.ts";
import { settled } from "../settled.ts";
import { times } from "../times.ts";

/* Every kind of fault that a store can have, on every engine: the caller gets the function's result and nothing else. */

const cacheDir = fastFolder();
const CALLS = 60 * times;
const KEYS = 12;

type Method = "get" | "set" | "delete" | "usage" | "entries" | "clear" | "touch" | "sweep" | "trim";
type Real = (...args: unknown[]) => unknown;
type Fault = (real: Real, args: unknown[], next: () => number) => unknown;

const throws: Fault = () => {
  throw new Error("disk");
};
const rejects: Fault = () => Promise.reject(new Error("disk"));
const late: Fault = async (real, args, next) => {
  for (let turns = Math.floor(next() * 20); turns > 0; turns--) await Promise.resolve();
  return await real(...args);
};
const never: Fault = () => new Promise(() => {});

/** What `get` gives, changed where there is something and it can be changed. */
const changed = (change: (entry: Entry, next: () => number) => unknown): Fault => async (real, args, next) => {
  const entry = await real(...args) as Entry | undefined;
  return entry && change(entry, next);
};
const body = (change: (body: string) => string) => changed((entry) => ({ ...entry, body: change(String(entry.body)) }));

const EVERY: readonly Method[] = ["get", "set", "delete", "usage", "entries", "clear", "touch", "sweep", "trim"];

/** The faults, and which of them only stores have that keep bodies: one that keeps the very values cannot tear them. */
const FAULTS: readonly [name: string, faults: Partial<Record<Method, Fault>>, onBodies?: "bodies"][] = [
  ["get throws", { get: throws }],
  ["get rejects", { get: rejects }],
  ["get is late", { get: late }],
  ["get forgets", { get: () => undefined }],
  ["get forgets now and then", { get: (real, args, next) => next() < 0.5 ? undefined : real(...args) }],
  ["get throws now and then", { get: (real, args, next) => next() < 0.5 ? throws(real, args, next) : real(...args) }],
  ["get flips a bit of the body", {
    get: body((text) => String.fromCharCode(text.charCodeAt(0) ^ 1) + text.slice(1)),
  }, "bodies"],
  ["get tears the body", { get: body((text) => text.slice(0, text.length / 2)) }, "bodies"],
  ["get empties the body", { get: body(() => "") }, "bodies"],
  ["get lies about the body", { get: body(() => "[1,2,3]") }, "bodies"],
  ["get lies about the form", { get: changed((entry) => ({ ...entry, form: "9:nonsense" })) }, "bodies"],
  ["get lies about the checksum", { get: changed((entry) => ({ ...entry, checksum: 1 })) }, "bodies"],
  ["get gives an entry without a body", { get: changed(({ freshUntil }) => ({ freshUntil })) }, "bodies"],
  ["get gives something else", {
    get: changed((_, next) => [null, 5, "text", {}, [], true][Math.floor(next() * 6)]),
  }, "bodies"],
  ["get gives instants that are none", { get: changed((entry) => ({ ...entry, freshUntil: NaN, goneAt: NaN })) }],
  ["set throws", { set: throws }],
  ["set rejects", { set: rejects }],
  ["set is late", { set: late }],
  ["set never settles", { set: never }],
  ["set drops what it is given", { set: () => undefined }],
  ["set throws after it has written", {
    set: (real, args) => {
      const written = real(...args);
      return written instanceof Promise
        ? written.then(() => throws(real, args, Math.random))
        : throws(real, args, Math.random);
    },
  }],
  ["delete throws", { delete: throws }],
  ["delete rejects", { delete: rejects }],
  ["usage throws", { usage: throws }],
  ["usage counts wrongly", { usage: () => ({ entries: NaN, bytes: -1 }) }],
  ["entries throws", { entries: throws }],
  ["trim, sweep and touch throw", { trim: throws, sweep: throws, touch: throws }],
  ["trim, sweep and touch reject", { trim: rejects, sweep: rejects, touch: rejects }],
  ["clear throws", { clear: throws }],
  ["everything throws", Object.fromEntries(EVERY.map((method) => [method, throws]))],
  ["everything rejects", Object.fromEntries(EVERY.filter((m) => m !== "entries").map((method) => [method, rejects]))],
  [
    "everything throws now and then",
    Object.fromEntries(EVERY.map((method): [Method, Fault] => [
      method,
      (real, args, next) => next() < 0.3 ? throws(real, args, next) : real(...args),
    ])),
  ],
];

/** An engine whose stores have faults while `on()` says so. */
function faulty(real: Engine, faults: Partial<Record<Method, Fault>>, on: () => boolean, stores: AsyncStore[]): Engine {
  const next = random(7);
  const { openSync: _, ...rest } = real;
  return {
    ...rest,
    name: `faulty_${real.name}`,
    mode: "async",
    scope: "folder",
    open: async (options) => {
      const store = await real.open(options) as AsyncStore;
      stores.push(store);
      return new Proxy(store, {
        get(target, name) {
          const member = Reflect.get(target, name, target);
          if (name === "find" || typeof member !== "function") return name === "find" ? undefined : member;
          const method = (...args: unknown[]) => Reflect.apply(member as Real, target, args);
          const fault = faults[name as Method];
          return fault === undefined
            ? method
            : (...args: unknown[]) => on() ? fault(method, args, next) : method(...args);
        },
        has: (target, name) => name !== "find" && Reflect.has(target, name),
      });
    },
  };
}

for (const engine of enginesHere) {
  for (const [name, faults, onBodies] of FAULTS) {
    if (onBodies !== undefined && engine === "memory") continue;
    test(`${CALLS} calls on ${engine} give the function's result, and the books balance, when ${name}`, {
      timeout: 20_000 * times,
    }, async () => {
      const stores: AsyncStore[] = [];
      const logger = new QuietLogger();
      let broken = true;
      let runs = 0;
      const fn = acache(
        (x: number) => x < 0 ? Promise.reject(new RangeError(`${x}`)) : (runs++, Promise.resolve({ x })),
        {
          name: "faulty",
          engine: faulty(engines.get(engine)!, faults, () => broken, stores),
          logger,
          maxSize: 8,
          policy: "lru",
          cacheDir,
          folderName: `${engine}-${name.replaceAll(/\W+/g, "-")}`,
        },
      );
      for (let call = 0; call < CALLS; call += 2) {
        const x = (call / 2) % KEYS;
        assert.deepEqual(await Promise.all([fn(x), fn(x)]), [{ x }, { x }]);
      }
      const before = fn.cache.stats();
      assert.equal(before.hits + before.misses, CALLS);
      assert.ok(runs >= KEYS && runs <= CALLS / 2, `${runs} runs`);
      await assert.rejects(fn(-1), RangeError);
      if (name !== "set never settles") {
        await fn.cache.invalidate(1);
        await fn.cache.clear();
        await settled(fn);
      }
      assert.equal(fn.cache.stats().inFlight, 0);
      assert.equal(new Set(logger.lines).size, logger.lines.length, "no warning was repeated");
      if (name === "set never settles") return;

      broken = false;
      await fn.cache.clear();
      for (let x = 0; x < 5; x++) assert.deepEqual(await fn(x), { x });
      await settled(fn);
      runs = 0;
      for (let x = 0; x < 5; x++) assert.deepEqual(await fn(x), { x });
      assert.equal(runs, 0, "values are kept again when the fault is over");
      const listed = (await collect(stores[0]!.entries(""))).filter(({ key }) => !key.startsWith("~"));
      const { size, bytes } = fn.cache.stats();
      assert.deepEqual([size, bytes], [listed.length, listed.reduce((sum, entry) => sum + entry.size, 0)]);
      await fn.cache.close();
    });
  }
}
