import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { settled } from "../settled.ts";
import { stagesChapter } from "./stages_chapter.ts";

const folder = fastFolder();

for (const engine of enginesHere) {
  stagesChapter(engine, (name) => ({ ...keptIn(engine, folder, name), name: `${name}-${engine}` }));
}

test("errorTtl rethrows a TypeError with its cause, to callers who wait and who come later, on each engine", async () => {
  for (const engine of enginesHere) {
    let runs = 0;
    const cause = new RangeError("too far");
    const fn = acache(async (_: number): Promise<number> => {
      runs++;
      await Promise.resolve();
      throw new TypeError("no", { cause });
    }, { ...keptIn(engine, folder, "causes"), name: `causes-${engine}`, errorTtl: "1h" });
    for (let round = 0; round < 2; round++) {
      for (const { reason } of await Promise.allSettled([fn(1), fn(1)]) as PromiseRejectedResult[]) {
        assert.ok(reason instanceof TypeError);
        assert.equal(reason.message, "no");
        assert.ok(reason.cause instanceof RangeError);
      }
      await settled(fn);
    }
    assert.equal(runs, 1, engine);
    await fn.cache.close();
  }
});

test("a synchronous function ages in the same way: stale while it runs in a later turn, stale if it throws, errors kept", async () => {
  const clock = new FakeClock();
  let [runs, failing] = [0, false];
  const compute = (_: number) => {
    runs++;
    if (failing) throw new RangeError(`run ${runs}`);
    return runs;
  };
  const swr = mcache(compute, { ttl: 10, staleWhileRevalidate: 10, clock });
  swr(1);
  clock.advance(10);
  assert.equal(swr(1), 1);
  assert.equal(runs, 1);
  await new Promise<void>((resolve) => setTimeout(resolve, 5));
  assert.equal(swr(1), 2);

  const sie = mcache(compute, { ttl: 10, staleIfError: 10, retryAfter: 5, clock });
  assert.equal(sie(1), 3);
  clock.advance(10);
  failing = true;
  assert.equal(sie(1), 3);
  assert.equal(sie(1), 3);
  assert.equal(runs, 4);
  clock.advance(10);
  assert.throws(() => sie(1), RangeError);

  const kept = mcache(compute, { errorTtl: (error) => error instanceof RangeError ? 10 : 1, clock });
  assert.throws(() => kept(2), { message: "run 6" });
  assert.throws(() => kept(2), { message: "run 6" });
  clock.advance(10);
  failing = false;
  assert.equal(kept(2), 7);
  assert.equal(kept(2), 7);
});
