import assert from "node:assert/strict";
import { test } from "node:test";
import { acache } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { random } from "../random.ts";
import { settled } from "../settled.ts";

/* What each engine may hold and for how long, as users meet it: through a cached function. */

const cacheDir = fastFolder();
const resolved = <T>(value: T): Promise<T> => Promise.resolve(value);

for (const engine of enginesHere) {
  test(`${engine} never holds more than maxSize when 120 calls differ`, async () => {
    const fn = acache((x: number) => resolved(x), { name: "sizes", maxSize: 50, ...keptIn(engine, cacheDir, "sizes") });
    for (let x = 0; x < 120; x++) {
      assert.equal(await fn(x), x);
      await settled(fn);
      const { size } = fn.cache.stats();
      assert.equal(size, Math.min(x + 1, 50));
    }
    assert.equal(fn.cache.stats().evictions, 70);
    await fn.cache.close();
  });

  test(`${engine} evicts as many as there is no room for, and no more, when 60 calls come at once`, async () => {
    const fn = acache((x: number) => resolved(x), { name: "burst", maxSize: 50, ...keptIn(engine, cacheDir, "burst") });
    for (let burst = 0; burst < 3; burst++) {
      await Promise.all(Array.from({ length: 60 }, (_, x) => fn(burst * 60 + x)));
      await settled(fn);
      assert.deepEqual([fn.cache.stats().size, fn.cache.stats().evictions], [50, burst * 60 + 10]);
    }
    await fn.cache.close();
  });

  test(`${engine} never holds more than maxBytes when values weigh up to 100 KB`, async () => {
    const next = random(9);
    let bytesMade = 0;
    const fn = acache((x: number) => {
      const made = new Uint8Array(1 + Math.floor(next() * 100_000)).fill(x);
      bytesMade += made.length;
      return resolved(made);
    }, { name: "volume", maxBytes: 1e6, ...keptIn(engine, cacheDir, "volume") });
    for (let x = 0; x < 60; x++) {
      await fn(x);
      await settled(fn);
      assert.ok(fn.cache.stats().bytes <= 1e6, `${fn.cache.stats().bytes} bytes after ${x}`);
    }
    assert.ok(bytesMade > 2e6 && fn.cache.stats().bytes > 800_000, "the bound was reached and used");
    await fn.cache.close();
  });

  test(`${engine} expires each value at exactly its own ttl, and Infinity never`, async () => {
    const clock = new FakeClock();
    const place = keptIn(engine, cacheDir, "expiry");
    const runs: number[] = [];
    const fn = acache((ttl: number) => (runs.push(ttl), resolved(ttl)), {
      name: "expiry",
      clock,
      ttl: (ttl: number) => ttl,
      ...place,
    });
    const spans = [1, 50, 1_000, 2 ** 31, 30 * 86_400_000, 1e15, Infinity];
    const start = clock.now();
    for (const span of spans) await fn(span);
    assert.deepEqual(runs.splice(0), spans);
    for (const span of spans.slice(0, -1)) {
      clock.advance(start + span - 1 - clock.now());
      await fn(span);
      assert.deepEqual(runs.splice(0), [], `a millisecond before ${span}`);
      clock.advance(1);
      assert.equal(await fn.cache.has(span), false);
      await fn(span);
      assert.deepEqual(runs.splice(0), [span]);
    }
    clock.advance(1e16);
    await fn(Infinity);
    assert.deepEqual(runs, []);
    await fn.cache.close();
  });

  test(`${engine} never serves a value past its ttl when the clock jumps back and forth at random`, async () => {
    const clock = new FakeClock();
    const next = random(5);
    const options = { name: "jumps", clock, ttl: 1_000, maxSize: 3, ...keptIn(engine, cacheDir, "jumps") };
    const fn = acache((_: number) => resolved(clock.now()), options);
    for (let jump = 0; jump < 1_000; jump++) {
      clock.advance(Math.floor((next() - 0.45) * 1_500));
      const storedAt = await fn(jump % 3);
      assert.ok(clock.now() < storedAt + 1_000, `jump ${jump}: ${clock.now() - storedAt} ms old`);
    }
    assert.ok(fn.cache.stats().hits > 100);
    await fn.cache.close();
  });

  test(`${engine} tells arguments of 100 KB apart by their last character`, async () => {
    const long = "x".repeat(100_000);
    let runs = 0;
    const options = { name: "long", ...keptIn(engine, cacheDir, "long") };
    const fn = acache((text: string) => (runs++, resolved(text.at(-1))), options);
    for (let round = 0; round < 2; round++) {
      assert.equal(await fn(`${long}a`), "a");
      assert.equal(await fn(`${long}b`), "b");
      assert.equal(await fn(long), "x");
    }
    assert.equal(runs, 3);
    await fn.cache.close();
  });

  for (const [policy, gone] of [["lru", "b"], ["lfu", "b"], ["fifo", "a"], ["lifo", "b"], ["mru", "a"]] as const) {
    test(`${engine} with policy ${policy} and a ttl evicts ${gone} after a, b, a, c at 2`, async () => {
      const options = { name: policy, maxSize: 2, ttl: "1h", policy, ...keptIn(engine, cacheDir, policy) } as const;
      const fn = acache((x: string) => resolved(x), options);
      for (const x of policy === "lfu" ? ["a", "b", "a", "a", "c"] : ["a", "b", "a", "c"]) {
        await fn(x);
        await settled(fn);
      }
      const kept: string[] = [];
      for (const x of ["a", "b", "c"]) if (await fn.cache.has(x)) kept.push(x);
      assert.deepEqual(kept, ["a", "b", "c"].filter((x) => x !== gone));
      await fn.cache.close();
    });
  }

  test(`${engine} with policy ttl evicts what expires soonest`, async () => {
    const options = { name: "soonest", maxSize: 2, policy: "ttl", ...keptIn(engine, cacheDir, "soonest") } as const;
    const fn = acache((x: number) => resolved(x), { ...options, ttl: (x: number) => x * 60_000 });
    for (const x of [50, 10, 30]) {
      await fn(x);
      await settled(fn);
    }
    assert.deepEqual(await Promise.all([50, 10, 30].map((x) => fn.cache.has(x))), [true, false, true]);
    await fn.cache.close();
  });
}

for (const engine of persistentHere) {
  test(`${engine} expires at exactly ttl when the store was closed and opened again in between`, async () => {
    const clock = new FakeClock();
    let runs = 0;
    const options = { name: "reopened", clock, ttl: "1m", ...keptIn(engine, cacheDir, "reopened") } as const;
    const call = async () => {
      const fn = acache((x: number) => (runs++, resolved(x)), options);
      assert.equal(await fn(1), 1);
      await fn.cache.close();
      return runs;
    };
    assert.equal(await call(), 1);
    clock.advance(59_999);
    assert.equal(await call(), 1);
    clock.advance(1);
    assert.equal(await call(), 2);
  });

  test(`${engine} says in stats() how much is held when the store was opened again`, async () => {
    const options = { name: "counted", ...keptIn(engine, cacheDir, "counted") };
    const before = acache((x: number) => resolved(x), options);
    for (let x = 0; x < 4; x++) await before(x);
    await before.cache.close();
    const { size, bytes } = before.cache.stats();
    assert.equal(size, 4);
    const after = acache((x: number) => resolved(x), options);
    await after(0);
    await settled(after);
    assert.deepEqual([after.cache.stats().size, after.cache.stats().bytes], [size, bytes]);
    await after.cache.close();
  });
}
