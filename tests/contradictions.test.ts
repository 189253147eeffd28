import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, CacheContext, type CacheOptions, ConfigurationError, mcache, withDefaults } from "../mod.ts";

const contradictions: readonly (readonly [options: CacheOptions, path: string, why: RegExp])[] = [
  [{ softTimeout: 10 }, "softTimeout", /stale value/],
  [{ softTimeout: 10, hardTimeout: 10, staleIfError: "1m" }, "softTimeout", /hardTimeout/],
  [{ retryAfter: "1s" }, "retryAfter", /stale value/],
  [{ cacheErrors: true }, "cacheErrors", /errorTtl/],
  [{ cacheErrors: () => true }, "cacheErrors", /errorTtl/],
  [{ cacheErrors: false, errorTtl: "1s" }, "errorTtl", /cacheErrors/],
  [{ slidingTtl: "5m", ttl: "5m" }, "slidingTtl", /ttl/],
  [{ jitter: 0.1 }, "jitter", /ttl/],
  [{ refreshAhead: 0.8 }, "refreshAhead", /ttl/],
  [{ refreshAhead: 0.8, ttl: "5m", slidingTtl: "1m" }, "refreshAhead", /slidingTtl/],
  [{ migrate: (value) => value }, "migrate", /schema/],
];

for (const [options, path, why] of contradictions) {
  test(`acache() refuses ${JSON.stringify(Object.keys(options))} with the reason`, () => {
    assert.throws(() => acache((n: number) => Promise.resolve(n), options), (error: unknown) => {
      assert.ok(error instanceof ConfigurationError);
      assert.ok(error.issues.some((issue) => issue.path === path && why.test(issue.message)), error.message);
      return true;
    });
  });
}

test("options that contradict those of a scope are refused, and ones that a scope completes are not", async () => {
  assert.throws(
    () => withDefaults({ ttl: "1m" }, () => mcache((n: number) => n, { slidingTtl: "2m" })),
    ConfigurationError,
  );
  withDefaults({ ttl: "1m" }, () => mcache((n: number) => n, { jitter: 0.1 }));
  await assert.rejects(CacheContext.open({ softTimeout: 5 }), ConfigurationError);
});

const outOfRange: readonly CacheOptions[] = [
  { jitter: 1 },
  { jitter: 0 },
  { refreshAhead: 1.5 },
  { refreshAhead: { beta: 0 } },
  { refreshAhead: { beta: NaN } },
  { staleIfError: -1 },
  { staleWhileRevalidate: NaN },
  { hardTimeout: 2 ** 31 },
  { hardTimeout: Infinity },
  { softTimeout: 0 },
  { slidingTtl: "5 minutes" as "5m" },
  { errorTtl: 0 },
  { retryAfter: "soon" as "1s" },
  { schema: {} as never },
  { signal: new AbortController().signal as never },
];

for (const options of outOfRange) {
  const [[name, value]] = Object.entries(options) as [[string, unknown]];
  test(`bcache() refuses ${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`, () => {
    assert.throws(() => bcache((n: number) => Promise.resolve(n), { ttl: "1h", ...options }), ConfigurationError);
  });
}

test("bcache.sync() refuses what only a promise can do", () => {
  for (
    const options of [{ hardTimeout: 10 }, { softTimeout: 10, staleIfError: 10 }, { signal: true }] as CacheOptions[]
  ) {
    assert.throws(() => bcache.sync((n: number) => n, options), ConfigurationError);
  }
});
