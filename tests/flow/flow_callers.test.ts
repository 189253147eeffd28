import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, computation, mcache, ReentryError } from "../../mod.ts";
import { runtimeName } from "../contract/expected_engines.ts";
import { readAll, streamOf } from "../flow_chapter.ts";
import { gate } from "../gate.ts";
import { turn } from "../turn.ts";
import { unshared } from "../unshared.ts";

const { process } = globalThis as { process?: { getBuiltinModule?: unknown } };
const cannotTell = process?.getBuiltinModule === undefined &&
  `${runtimeName()} has no AsyncLocalStorage, so what comes after an await cannot be told`;

test("a result that nobody reads is joined by whoever comes, and leaves the table when all have left", {
  skip: unshared,
}, async () => {
  let runs = 0;
  let stopped = 0;
  const fn = acache(() => {
    runs++;
    return Promise.resolve(
      new ReadableStream({
        pull: (controller) => controller.enqueue(1),
        cancel: (reason) => {
          assert.equal(reason, "no more");
          stopped++;
        },
      }, { highWaterMark: 0 }),
    );
  });
  const flows = [await fn(), await fn(), await fn()];
  assert.deepEqual([runs, fn.cache.stats().inFlight], [1, 1]);
  for (const flow of flows) await flow.cancel("no more");
  assert.deepEqual([stopped, fn.cache.stats().inFlight], [1, 0]);
  await fn();
  assert.equal(runs, 2);
});

test("a generator that was not begun is left by return(), and one that was by break", async () => {
  let ended = 0;
  const fn = mcache(function* () {
    try {
      for (let at = 0;; at++) yield at;
    } finally {
      ended++;
    }
  });
  assert.deepEqual(fn().return(7 as never), { done: true, value: 7 });
  assert.deepEqual([ended, fn.cache.stats().inFlight], [0, 0], "it never ran, so it has nothing to end");
  for (const at of fn()) if (at === 2) break;
  assert.deepEqual([ended, fn.cache.stats().inFlight], [1, 0]);
  const error = new Error("thrown into it");
  const flow = fn();
  flow.next();
  assert.throws(() => flow.throw(error), (thrown) => thrown === error);
  assert.deepEqual([ended, flow.next()], [2, { done: true, value: undefined }]);
  await turn();
});

test(
  "a generator knows its computation, is told when all have left, and may not wait for itself",
  { skip: unshared },
  async () => {
    const signals: AbortSignal[] = [];
    const fn = acache(async function* (kind: string): AsyncGenerator<unknown> {
      signals.push(computation()!.signal);
      yield await Promise.resolve(kind);
      if (kind === "itself") yield* await fn("itself");
      yield 2;
    });
    const flow = await fn("left");
    await flow.next();
    assert.equal(signals[0]!.aborted, false);
    await flow.return(undefined);
    assert.equal(signals[0]!.aborted, true);
    const itself = await fn("itself");
    await itself.next();
    await assert.rejects(() => itself.next(), ReentryError);
    const ring = mcache(function* (): Generator<unknown> {
      yield 1;
      yield* ring();
    });
    assert.throws(() => [...ring()], ReentryError);
  },
);

test("two generators that wait for each other are told so", { skip: cannotTell }, async () => {
  const first = acache(async function* (): AsyncGenerator<unknown> {
    yield* await second();
  });
  const second = acache(async function* (): AsyncGenerator<unknown> {
    yield* await first();
  });
  await assert.rejects(async () => await readAll(await first()), ReentryError);
  assert.deepEqual([first.cache.stats().inFlight, second.cache.stats().inFlight], [0, 0]);
});

test("a stream that comes when all callers have left is cancelled", async () => {
  const came = gate();
  const cancelled = gate<unknown>();
  const fn = acache(async (_options: { signal: AbortSignal }) => {
    await came.opened;
    return new ReadableStream({ cancel: (reason) => cancelled.open(reason) });
  }, { signal: true });
  const controller = new AbortController();
  const called = fn({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(() => called, /enough/);
  came.open();
  assert.match(String(await cancelled.opened), /enough/);
  assert.equal(fn.cache.stats().inFlight, 0);
});

test("who holds a flow and does not read it is not taken to wait for it", async () => {
  const done = gate();
  let held: AsyncGenerator<unknown> | undefined;
  const inner = acache(async function* (): AsyncGenerator<unknown> {
    yield await Promise.resolve(1);
    yield await outer();
  });
  const outer = acache(async (): Promise<unknown> => {
    held = await inner();
    await done.opened;
    return "x";
  });
  const called = outer();
  while (held === undefined) await turn();
  await held.next();
  const next = held.next();
  done.open();
  assert.deepEqual([await next, await called], [{ done: false, value: "x" }, "x"]);
  await held.next();
});

test("a caller whose signal is aborted while it reads has failed with its reason, and disturbs no other", {
  skip: unshared,
}, async () => {
  const never = gate();
  const controllers = [new AbortController(), new AbortController()];
  let signal: AbortSignal | undefined;
  const fn = acache(async function* (_id: number, { signal: own }: { signal: AbortSignal }) {
    signal = own;
    yield await Promise.resolve(1);
    yield 2;
    await never.opened;
  }, { signal: true });
  const flows = await Promise.all(controllers.map(({ signal }) => fn(1, { signal })));
  const reading = flows[0]!.next().then(() => flows[0]!.next()).then(() => flows[0]!.next());
  await flows[1]!.next();
  controllers[1]!.abort(new Error("the second leaves"));
  await assert.rejects(() => flows[1]!.next(), /the second leaves/);
  await turn();
  assert.deepEqual([signal!.aborted, fn.cache.stats().inFlight], [false, 1]);
  controllers[0]!.abort(new Error("the first leaves"));
  await assert.rejects(() => reading, /the first leaves/);
  assert.deepEqual([signal!.aborted, fn.cache.stats().inFlight], [true, 0]);
  const response = acache((_options: { signal: AbortSignal }) => {
    return Promise.resolve(new Response(streamOf([new Uint8Array(2 ** 21), new Uint8Array(1)])));
  }, { signal: true });
  const controller = new AbortController();
  const given = await response({ signal: controller.signal });
  const reader = given.body!.getReader();
  await reader.read();
  controller.abort(new Error("enough"));
  await assert.rejects(() => reader.read(), /enough/);
  await turn();
  assert.equal(response.cache.stats().inFlight, 0);
});
