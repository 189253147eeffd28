import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, fcache, mcache, ucache } from "../../mod.ts";
import { tempFolder } from "../temp_folder.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles only when the type given is `true`. */
function holds<_T extends true>(): void {}

type Callable<F> = F extends (...args: infer A) => infer R ? (...args: A) => R : never;

function overloaded(x: string): string;
function overloaded(x: number): number;
function overloaded(x: string | number): string | number {
  return x;
}

test("the types of wrapped functions are those of the functions", async () => {
  const cacheDir = tempFolder();
  const sync = (x: number): string => String(x);
  const async_ = async (x: number): Promise<string> => await Promise.resolve(String(x));
  const identity = <T>(x: T): T => x;

  const m = mcache(sync);
  holds<Equal<Callable<typeof m>, (x: number) => string>>();
  const ma = mcache(async_);
  holds<Equal<Callable<typeof ma>, (x: number) => Promise<string>>>();
  const a = acache(async_);
  holds<Equal<Callable<typeof a>, (x: number) => Promise<string>>>();
  const b = bcache(sync, { name: "b", cacheDir });
  holds<Equal<Callable<typeof b>, (x: number) => Promise<string>>>();
  const ba = bcache(async_, { name: "ba", cacheDir });
  holds<Equal<Callable<typeof ba>, (x: number) => Promise<string>>>();
  const f = fcache.sync(sync, { name: "f", cacheDir });
  holds<Equal<Callable<typeof f>, (x: number) => string>>();
  const u = ucache({ ttl: "5m" })(sync);
  holds<Equal<Callable<typeof u>, (x: number) => string>>();

  const text: string = mcache(overloaded)("x");
  const number: number = mcache(overloaded)(1);
  const generic: { a: 1 } = mcache(identity)({ a: 1 } as const);
  assert.deepEqual([text, number, generic], ["x", 1, { a: 1 }]);

  const has: boolean = m.cache.has(1);
  const later: Promise<boolean> = b.cache.has(1);
  const seen: string | undefined = m.cache.peek(1)?.value;
  const refreshed: Promise<string> = ma.cache.refresh(1);
  assert.equal(await refreshed, "1");
  const alike: boolean = u.cache.has(1);
  const alikeLater: boolean | Promise<boolean> = ucache(async_).cache.has(1);
  const promising = ucache((x: number) => Promise.resolve(x));
  const answered: boolean = await promising.cache.has(1);
  assert.equal(answered, false);
  assert.deepEqual([has, await later, seen, alike, await alikeLater], [false, false, undefined, false, false]);

  const withThis = mcache(function (this: { factor: number }, x: number) {
    return x * this.factor;
  });
  assert.equal(withThis.call({ factor: 2 }, 3), 6);
  mcache(sync, { ttl: (value, x) => value.length + x, key: (x) => x, shouldCache: (value) => value.length > 0 });
});

/** What must not compile; each line is checked by the type checker and never run. */
export function mustNotCompile(): void {
  const sync = (x: number): string => String(x);
  // @ts-expect-error: a wrong argument
  mcache(sync)("text");
  // @ts-expect-error: an unknown policy
  mcache(sync, { policy: "bogus" });
  // @ts-expect-error: an unknown option
  mcache(sync, { maxsize: 5 });
  // @ts-expect-error: a duration without a known unit
  mcache(sync, { ttl: "5 minutes" });
  // @ts-expect-error: bytes without a known unit
  mcache(sync, { maxBytes: "5 apples" });
  // @ts-expect-error: a key made from another argument type
  mcache(sync, { key: (x: string) => x });
  // @ts-expect-error: the result is a promise
  const _text: string = bcache(sync)(1);
  // @ts-expect-error: a value of another type
  mcache(sync).cache.set([1], 5);
  // @ts-expect-error: arguments of another type
  mcache(sync).cache.has("text");
  // @ts-expect-error: the cache of a function that gives promises may answer with one
  const _alike: boolean = ucache((x: number) => Promise.resolve(x)).cache.has(1);
  // @ts-expect-error: a promise-giving cache answers with promises
  const _has: boolean = acache((x: number) => Promise.resolve(x)).cache.has(1);
}
