import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, computation, TimeoutError } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { settled } from "../settled.ts";

const folder = fastFolder();

for (const engine of enginesHere) {
  const kept = (name: string) => ({ ...keptIn(engine, folder, name), name: `${name}-${engine}` });

  test(`${engine}: hardTimeout frees the key of a function that never settles, tells it, and keeps nothing that comes late`, async () => {
    const late = gate<string>();
    const signals: (AbortSignal | undefined)[] = [];
    let runs = 0;
    const fn = acache(async (_: number): Promise<string> => {
      signals.push(computation()?.signal);
      return ++runs === 1 ? await late.opened : "second";
    }, { ...kept("hard"), hardTimeout: 20 });
    const outcomes = await Promise.allSettled([fn(1), fn(1)]) as PromiseRejectedResult[];
    for (const { reason } of outcomes) {
      assert.ok(reason instanceof TimeoutError, String(reason));
      assert.equal(reason.code, "ERR_CACHE_TIMEOUT");
    }
    assert.equal(signals[0]?.aborted, true);
    assert.equal(signals[0]?.reason, outcomes[0]!.reason);
    assert.equal(fn.cache.stats().inFlight, 0);
    assert.equal(await fn(1), "second");
    late.open("late");
    await settled(fn);
    assert.equal(await fn(1), "second");
    await fn.cache.close();
  });

  test(`${engine}: a caller's signal lets that caller leave, and the function goes on for the others`, async () => {
    const opened = gate<number>();
    let inner: AbortSignal | undefined;
    let runs = 0;
    const fn = acache(async (_id: number, options?: { signal?: AbortSignal }) => {
      runs++;
      inner = options?.signal;
      return await opened.opened;
    }, { ...kept("leave"), signal: true });
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [fn(1, { signal: first.signal }), fn(1, { signal: second.signal }), fn(1)];
    while (inner === undefined && runs === 0) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    first.abort(new Error("first left"));
    await assert.rejects(calls[0]!, /first left/);
    second.abort();
    await assert.rejects(calls[1]!, { name: "AbortError" });
    opened.open(7);
    assert.equal(await calls[2], 7);
    assert.equal(runs, 1);
    assert.equal(inner?.aborted ?? false, false);
    await settled(fn);
    assert.equal(await fn(1, { signal: new AbortController().signal }), 7, "a signal is no part of the key");
    assert.equal(runs, 1);
    await assert.rejects(fn(2, { signal: AbortSignal.abort(new Error("left before")) }), /left before/);
    await fn.cache.close();
  });

  test(`${engine}: when the last caller has left, the run is aborted, later callers start anew, and its value is not kept`, async () => {
    const gates = [gate<string>(), gate<string>()];
    const inner: AbortSignal[] = [];
    const fn = acache(async (_id: number, { signal }: { signal: AbortSignal }) => {
      inner.push(signal);
      return await gates[inner.length - 1]!.opened;
    }, { ...kept("abandoned"), signal: true });
    const [one, two] = [new AbortController(), new AbortController()];
    const left = [fn(1, { signal: one.signal }), fn(1, { signal: two.signal })];
    while (inner.length < 1) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    one.abort();
    await assert.rejects(left[0]!, { name: "AbortError" });
    assert.equal(inner[0]!.aborted, false);
    const why = new Error("nobody waits");
    two.abort(why);
    await assert.rejects(left[1]!, why);
    assert.equal(inner[0]!.reason, why);
    const again = fn(1, { signal: new AbortController().signal });
    while (inner.length < 2) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    gates[0]!.open("old");
    gates[1]!.open("new");
    assert.equal(await again, "new");
    await settled(fn);
    assert.equal((await fn.cache.peek(1, { signal: one.signal }))?.value, "new");
    assert.equal(fn.cache.stats().inFlight, 0);
    await fn.cache.close();
  });
}

test("stale values stand in for a function that hardTimeout ended", async () => {
  const clock = new FakeClock();
  let runs = 0;
  const fn = acache(async (_: number) => ++runs === 1 ? 1 : await new Promise<number>(() => {}), {
    ttl: "1m",
    staleIfError: "1h",
    hardTimeout: 10,
    clock,
  });
  await fn(1);
  clock.advance(60_000);
  assert.equal(await fn(1), 1);
});
