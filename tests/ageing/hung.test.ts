import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { mcache, TimeoutError } from "../../mod.ts";
import { collectGarbage } from "../collect_garbage.ts";

test("10,000 hung loads leave no in-flight entry and no heap behind once hardTimeout is over", async () => {
  const hang = mcache((_: number) => new Promise<never>(() => {}), { name: "hung", hardTimeout: 50 });
  const round = async (from: number): Promise<void> => {
    const calls = Array.from({ length: 2_000 }, (_, at) => hang(from + at));
    for (const outcome of await Promise.allSettled(calls)) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof TimeoutError);
    }
  };
  await round(0);
  const before = await heap();
  for (let rounds = 1; rounds < 6; rounds++) await round(rounds * 2_000);
  assert.equal(hang.cache.stats().inFlight, 0);
  assert.equal(hang.cache.stats().size, 0);
  const after = await heap();
  assert.ok(after - before < 4e6, `${after - before} bytes more`);
});

async function heap(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().heapUsed;
}
