import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache } from "../../mod.ts";
import { endsPromises } from "../../src/runtime/requests.ts";
import { readAll } from "../flow_chapter.ts";

/* Where hosts end promises with requests: on one of them, and elsewhere as if. In real requests it is tested by edge.test.ts. */

/** Runs a test where a stream must not cross requests. */
async function alone(work: () => Promise<void> | void): Promise<void> {
  if (endsPromises(globalThis as never)) return await work();
  const before = Object.getOwnPropertyDescriptor(globalThis, "caches");
  Object.defineProperty(globalThis, "caches", { value: { default: {} }, configurable: true, writable: true });
  try {
    await work();
  } finally {
    if (before === undefined) delete (globalThis as { caches?: unknown }).caches;
    else Object.defineProperty(globalThis, "caches", before);
  }
}

test("nobody joins a result that flows where a stream must not cross requests, and a whole one is kept", async () => {
  await alone(async () => {
    let runs = 0;
    const fn = acache(async function* () {
      const run = ++runs;
      for (let at = 0; at < 3; at++) yield await Promise.resolve(`${run}.${at}`);
      return run;
    });
    const [first, waited] = await Promise.all([fn(), fn()]);
    await first.next();
    const late = await fn();
    const read = async (flow: unknown) => (await readAll(flow)).returned;
    assert.deepEqual([await read(waited), await read(late)].sort(), [2, 3]);
    await read(first);
    assert.deepEqual([await read(await fn()), await read(await fn()), runs], [1, 1, 3]);
    assert.equal(fn.cache.stats().inFlight, 0);
    fn.cache.clear();
  });
});

test("invalidate() reaches a result that flows though nobody joins it", async () => {
  await alone(() => {
    let runs = 0;
    const fn = mcache(function* () {
      yield ++runs;
      yield 0;
    });
    const first = fn();
    first.next();
    fn.cache.invalidate();
    assert.deepEqual([[...first], fn.cache.has()], [[0], false]);
    const second = fn();
    second.next();
    const third = fn();
    assert.deepEqual([[...third], fn.cache.has()], [[3, 0], false], "only one of two is kept");
    assert.deepEqual([[...second], [...fn()]], [[0], [2, 0]]);
  });
});

test("the body of a Response is read whole before anybody gets it where promises end with requests", async () => {
  await alone(async () => {
    let runs = 0;
    const fn = acache(() => {
      runs++;
      const parts = ["a", "b"];
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(part));
        },
      }, { highWaterMark: 0 });
      return Promise.resolve(new Response(body));
    });
    const responses = await Promise.all([fn(), fn()]);
    assert.equal(await fn.cache.has(), true);
    for (const response of [...responses, await fn()]) assert.equal(await response.text(), "ab");
    assert.equal(runs, 1);
  });
});
