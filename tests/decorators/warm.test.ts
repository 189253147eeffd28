import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache } from "../../mod.ts";
import type { WarmProgress } from "../../src/decorators/warm.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { type Gate, gate } from "../gate.ts";
import { settled } from "../settled.ts";

const cacheDir = fastFolder();

/** Lets everything go on that waits for nothing else. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await undefined;
}

for (const engine of enginesHere) {
  test(`cache.warm() computes what is not kept, once, and says so on ${engine}`, async () => {
    const ran: number[] = [];
    const fn = acache((x: number) => (ran.push(x), Promise.resolve(x)), {
      name: `warmed in ${engine}`,
      ...keptIn(engine, cacheDir, "warmed"),
    });
    await fn(2);
    await settled(fn);
    assert.deepEqual(await fn.cache.warm([[1], [2], [3]]), { computed: 2, found: 1, failed: [] });
    await settled(fn);
    assert.deepEqual([ran[0], ...ran.slice(1).sort()], [2, 1, 3]);
    assert.deepEqual(await fn.cache.warm([[1], [2], [3]]), { computed: 0, found: 3, failed: [] });
    assert.equal(await fn(3), 3);
    assert.equal(ran.length, 3);
    await fn.cache.close();
  });
}

test("cache.warm() runs four calls at a time, or as many as concurrency says, and pulls no further", async () => {
  for (const [options, limit] of [[undefined, 4], [{ concurrency: 2 }, 2], [{ concurrency: Infinity }, 9]] as const) {
    const gates: Gate<number>[] = [];
    let [pulled, running, most] = [0, 0, 0];
    const fn = acache(async (_: number) => {
      most = Math.max(most, ++running);
      const opened = gate<number>();
      gates.push(opened);
      const value = await opened.opened;
      running--;
      return value;
    });
    const calls = function* (): Generator<[number]> {
      while (pulled < 9) yield [++pulled];
    };
    const warmed = fn.cache.warm(calls(), options);
    await turns();
    assert.deepEqual([running, pulled], [limit, limit]);
    for (let call = 0; call < 9; call++) {
      gates[call]!.open(call);
      await turns();
    }
    assert.deepEqual(await warmed, { computed: 9, found: 0, failed: [] });
    assert.equal(most, limit);
  }
});

test("cache.warm() takes what comes from an asynchronous iterable", async () => {
  const fn = acache((key: string) => Promise.resolve(key));
  async function* calls(): AsyncGenerator<[string]> {
    yield ["a"];
    await Promise.resolve();
    yield ["b"];
  }
  assert.deepEqual(await fn.cache.warm(calls()), { computed: 2, found: 0, failed: [] });
  assert.deepEqual([await fn.cache.has("a"), await fn.cache.has("b")], [true, true]);
});

test("cache.warm() goes on when calls fail, and gives their arguments and errors", async () => {
  const error = new Error("odd");
  const even = mcache((x: number) => {
    if (x % 2 === 1) throw error;
    return x;
  });
  const told: WarmProgress[] = [];
  const report = await even.cache.warm([[0], [1], [2], [3]], {
    concurrency: 1,
    onProgress: (progress) => told.push(progress),
  });
  assert.deepEqual(report, { computed: 2, found: 0, failed: [{ args: [1], error }, { args: [3], error }] });
  assert.equal(report.failed[0]!.error, error);
  assert.deepEqual(told, [
    { done: 1, computed: 1, found: 0, failed: 0 },
    { done: 2, computed: 1, found: 0, failed: 1 },
    { done: 3, computed: 2, found: 0, failed: 1 },
    { done: 4, computed: 2, found: 0, failed: 2 },
  ]);
});

test("cache.warm() counts as no use of what is kept", async () => {
  const id = mcache((x: string) => x, { maxSize: 2, policy: "lru" });
  id("a");
  id("b");
  const before = id.cache.stats();
  await id.cache.warm([["a"]]);
  assert.deepEqual(id.cache.stats(), before);
  id("c");
  assert.equal(id.cache.has("a"), false);
});

test("cache.warm() computes what is stale, within its limit, even where a call would be given the stale value", async () => {
  const clock = new FakeClock();
  const gates: Gate<string>[] = [];
  let gated = false;
  const load = acache((x: number) => {
    if (!gated) return Promise.resolve(`old ${x}`);
    return gates[gates.push(gate<string>()) - 1]!.opened;
  }, { ttl: 1_000, staleWhileRevalidate: "1h", clock });
  await load.cache.many([[1], [2]]);
  clock.advance(1_000);
  gated = true;
  const warmed = load.cache.warm([[1], [2]], { concurrency: 1 });
  await turns();
  assert.equal(gates.length, 1);
  gates[0]!.open("new 1");
  await turns();
  gates[1]!.open("new 2");
  assert.deepEqual(await warmed, { computed: 2, found: 0, failed: [] });
  assert.deepEqual(await load.cache.many([[1], [2]]), ["new 1", "new 2"]);
});

test("cache.warm() joins what somebody else computes, and counts it as found", async () => {
  const opened = gate<string>();
  const load = acache((_: string) => opened.opened);
  const running = load("a");
  const warmed = load.cache.warm([["a"]]);
  await turns();
  opened.open("A");
  assert.deepEqual(await warmed, { computed: 0, found: 1, failed: [] });
  assert.equal(await running, "A");
});

test("cache.warm() ends at an abort, once the calls under way have ended, and keeps what they gave", async () => {
  const stop = new AbortController();
  const gates = [gate<number>(), gate<number>()];
  let [began, closed] = [0, false];
  const load = acache((_: number) => gates[began++]!.opened);
  function* calls(): Generator<[number]> {
    try {
      for (let call = 0;; call++) yield [call];
    } finally {
      closed = true;
    }
  }
  let over = false;
  const warmed = load.cache.warm(calls(), { concurrency: 2, signal: stop.signal }).finally(() => over = true);
  warmed.catch(() => {});
  await turns();
  const reason = new Error("shut down");
  stop.abort(reason);
  gates[0]!.open(0);
  await turns();
  assert.deepEqual([began, closed, over], [2, true, false]);
  gates[1]!.open(1);
  await assert.rejects(warmed, (error) => error === reason);
  assert.deepEqual([await load.cache.has(0), await load.cache.has(1)], [true, true]);
  await assert.rejects(load.cache.warm([[9]], { signal: stop.signal }), (error) => error === reason);
  assert.equal(began, 2);
});

test("cache.warm() rejects with what onProgress or the iterable throws, once the calls under way have ended", async () => {
  const opened = gate<number>();
  let runs = 0;
  const load = acache((x: number) => (runs++, x === 0 ? opened.opened : Promise.resolve(x)));
  const error = new Error("mine");
  let over = false;
  const told = load.cache.warm([[0], [1], [2], [3], [4]], {
    concurrency: 2,
    onProgress: () => {
      throw error;
    },
  }).finally(() => over = true);
  told.catch(() => {});
  await turns();
  assert.deepEqual([over, runs], [false, 2]);
  opened.open(0);
  await assert.rejects(told, (thrown) => thrown === error);
  function* broken(): Generator<[number]> {
    yield [10];
    throw error;
  }
  await assert.rejects(load.cache.warm(broken()), (thrown) => thrown === error);
  assert.equal(await load.cache.has(10), true);
});

test("cache.warm() refuses a concurrency that is no number of at least 1", async () => {
  const fn = mcache((x: number) => x);
  for (const concurrency of [0, -1, NaN, "many" as unknown as number]) {
    await assert.rejects(fn.cache.warm([[1]], { concurrency }), {
      name: "ConfigurationError",
      message: `Cannot warm a cache: concurrency is ${concurrency}; give a number of at least 1`,
    });
  }
  assert.equal(fn.cache.has(1), false);
});

test("cache.warm() reads results that flow to their end, so that they are kept", async () => {
  let runs = 0;
  const fn = acache(async function* (n: number) {
    runs++;
    for (let at = 0; at < n; at++) yield await Promise.resolve(at);
  }, { name: "flows" });
  assert.equal((await fn.cache.warm([[3]])).computed, 1);
  const read: number[] = [];
  for await (const at of await fn(3)) read.push(at);
  assert.deepEqual([read, runs], [[0, 1, 2], 1]);
});
