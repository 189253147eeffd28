import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { settled } from "../settled.ts";

const folder = fastFolder();

for (const engine of enginesHere) {
  test(`${engine}: jitter shortens lifetimes at random, by its part of the ttl at most, and the same for a seed`, async () => {
    const spans = async (name: string): Promise<number[]> => {
      const clock = new FakeClock();
      const fn = acache((n: number) => Promise.resolve(n), {
        ...keptIn(engine, folder, name),
        name: `${name}-${engine}`,
        ttl: 1_000,
        jitter: 0.25,
        seed: 7,
        clock,
      });
      await fn.cache.clear();
      for (let n = 0; n < 40; n++) await fn(n);
      await settled(fn);
      const found = await Promise.all(Array.from({ length: 40 }, (_, n) => fn.cache.peek(n)));
      await fn.cache.close();
      return found.map((one) => one!.expiresIn);
    };
    const first = await spans("jitter");
    assert.ok(first.every((span) => span > 750 && span <= 1_000), String(first));
    assert.ok(new Set(first).size > 30, "they differ");
    assert.ok(Math.max(...first) - Math.min(...first) > 150, "all over the range");
    assert.deepEqual(await spans("jitter"), first);
  });

  test(`${engine}: a ttl from the result, staleness and a refresh ahead go by the lifetime that each value has`, async () => {
    const clock = new FakeClock();
    const fn = acache((minutes: number) => Promise.resolve({ minutes }), {
      ...keptIn(engine, folder, "token"),
      name: `token-${engine}`,
      ttl: ({ minutes }) => minutes * 60_000,
      staleIfError: "1m",
      clock,
    });
    await fn(1);
    await fn(5);
    await settled(fn);
    clock.advance(60_000);
    assert.deepEqual([(await fn.cache.peek(1))?.state, (await fn.cache.peek(5))?.state], ["stale", "fresh"]);
    clock.advance(60_000);
    assert.equal(await fn.cache.peek(1), undefined, "what is beyond its staleness is gone");
    assert.equal((await fn.cache.peek(5))?.expiresIn, 180_000);
    await fn.cache.close();
  });
}

test("a clock with elapsed() has a value be past its time as soon as either clock says so, also on the shortest way", () => {
  const time = { wall: 1_000_000, passed: 0 };
  let runs = 0;
  const clock = { now: () => time.wall, elapsed: () => time.passed };
  const fn = mcache((_: number) => ++runs, { ttl: 1_000, clock });
  assert.equal(fn(1), 1);
  time.wall -= 3_600_000;
  time.passed += 999;
  assert.equal(fn(1), 1, "an hour back on the wall");
  time.passed += 1;
  assert.equal(fn(1), 2, "the monotonic clock says so");
  time.wall += 3_600_000 + 2_000;
  assert.equal(fn(1), 3, "and the wall clock, while the other one stands still");
});
