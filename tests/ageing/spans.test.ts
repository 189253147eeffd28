import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheOptions, ConfigurationError, type Duration, mcache } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";

const folder = fastFolder();

const NO_SPANS: readonly unknown[] = [
  NaN,
  -1,
  0,
  -0,
  -Infinity,
  "NaN",
  "-1s",
  "0ms",
  "1",
  "1y",
  "",
  null,
  {},
  [],
  1n,
  true,
];
const SPANS = [
  "ttl",
  "slidingTtl",
  "staleWhileRevalidate",
  "staleIfError",
  "retryAfter",
  "errorTtl",
  "softTimeout",
  "hardTimeout",
] as const;

for (const option of SPANS) {
  test(`${option} refuses what is no span of time`, () => {
    for (const given of NO_SPANS) {
      assert.throws(
        () => mcache(() => 1, { staleIfError: "1h", [option]: given } as CacheOptions),
        (error: unknown) => error instanceof ConfigurationError && error.message.includes(option),
        `${String(given)} was taken`,
      );
    }
  });
}

test("refreshAhead and jitter refuse what is no part, and softTimeout and hardTimeout what no timer can wait for", () => {
  for (const given of [NaN, -0.1, 0, 1, 2, Infinity, "0.5", null, {}, { beta: 0 }, { beta: NaN }, { beta: Infinity }]) {
    assert.throws(() => mcache(() => 1, { ttl: 1, refreshAhead: given } as CacheOptions), ConfigurationError);
    assert.throws(() => mcache(() => 1, { ttl: 1, jitter: given } as CacheOptions), ConfigurationError);
  }
  for (const given of [2 ** 31, 1e15, Infinity, "25d"] as const) {
    const stale = { staleIfError: "1h" } as const;
    assert.throws(() => mcache(() => 1, { ...stale, softTimeout: given }), ConfigurationError);
    assert.throws(() => mcache(() => 1, { ...stale, hardTimeout: given }), ConfigurationError);
  }
});

const LONG = [1, 2 ** 31, 30 * 86_400_000, 1e15] as const;

for (const engine of enginesHere) {
  const kept = (name: string): CacheOptions => ({
    ...keptIn(engine, folder, name),
    name: `${name}-${engine}`,
    logger: new QuietLogger(),
  });

  test(`${engine}: each span ends exactly where it ends, however long, and Infinity never`, async () => {
    for (const span of [...LONG, Infinity]) {
      const last = Number.isFinite(span) ? span - 1 : 1e15;
      const ageing: readonly (readonly [string, CacheOptions, number])[] = [
        ["slidingTtl", { slidingTtl: span }, 0],
        ["staleIfError", { ttl: 1_000, staleIfError: span }, 1_000],
        ["staleWhileRevalidate", { ttl: 1_000, staleWhileRevalidate: span, retryAfter: 1e15 }, 1_000],
      ];
      for (const [option, options, after] of ageing) {
        const clock = new FakeClock();
        let runs = 0;
        const fn = acache((_: number) => ++runs === 1 ? Promise.resolve(1) : Promise.reject(new Error("failed")), {
          ...kept(`${option}-${span}`),
          ...options,
          clock,
        });
        await fn(1);
        await settled(fn);
        clock.advance(after + last);
        assert.equal(await fn(1), 1, `${option} of ${span}`);
        await settled(fn);
        if (Number.isFinite(span)) {
          // What was hit is fresh for as long again.
          clock.advance(option === "slidingTtl" ? span : 1);
          await assert.rejects(fn(1), /failed/, `${option} of ${span}`);
        }
        await fn.cache.close();
      }
    }
  });

  test(`${engine}: errorTtl keeps errors exactly as long, and retryAfter holds the function back, however long`, async () => {
    for (const span of [...LONG, Infinity]) {
      const last = Number.isFinite(span) ? span - 1 : 1e15;
      const clock = new FakeClock();
      let runs = 0;
      const failing = (_: number) => Promise.reject<number>(new Error(`run ${++runs}`));
      const errors = acache(failing, { ...kept(`errors-${span}`), errorTtl: span, clock });
      await assert.rejects(errors(1), /run 1/);
      await settled(errors);
      clock.advance(last);
      await assert.rejects(errors(1), /run 1/);
      if (Number.isFinite(span)) {
        clock.advance(1);
        await assert.rejects(errors(1), /run 2/);
      }
      await errors.cache.close();

      runs = 0;
      const held = acache(
        (_: number) => runs++ === 0 ? Promise.resolve("value") : Promise.reject(new Error("failed")),
        {
          ...kept(`held-${span}`),
          ttl: 1,
          staleIfError: Infinity,
          retryAfter: span,
          clock,
        },
      );
      await held(1);
      await settled(held);
      clock.advance(1);
      assert.equal(await held(1), "value");
      clock.advance(last);
      assert.equal(await held(1), "value");
      assert.equal(runs, 2, `retryAfter of ${span}`);
      if (Number.isFinite(span)) {
        clock.advance(1);
        assert.equal(await held(1), "value");
        assert.equal(runs, 3, `retryAfter of ${span}`);
      }
      await held.cache.close();
    }
  });

  test(`${engine}: a function that gives no span of time has its result refused with a warning, not kept for ever`, async () => {
    for (const given of [NaN, -1, 0, "soon", null]) {
      const logger = new QuietLogger();
      let runs = 0;
      const fn = acache((fails: boolean) => {
        runs++;
        return fails ? Promise.reject(new Error("mine")) : Promise.resolve(1);
      }, {
        ...kept(`given-${String(given)}`),
        logger,
        ttl: () => given as Duration,
        errorTtl: () => given as Duration,
      });
      for (let call = 0; call < 2; call++) {
        assert.equal(await fn(false), 1);
        await assert.rejects(fn(true), /mine/);
      }
      assert.equal(runs, 4);
      assert.match(logger.warnings.join("\n"), /Cannot keep a result.*the ttl of/);
      await fn.cache.close();
    }
  });
}
