import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acache,
  bcache,
  type CacheOptions,
  computation,
  invalidateTag,
  mcache,
  on,
  ReentryError,
  TimeoutError,
  ucache,
} from "../../mod.ts";
import { runtimeName } from "../contract/expected_engines.ts";
import { fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { readAll, streamOf } from "../flow_chapter.ts";
import { gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { unshared } from "../unshared.ts";

const syncEngines = persistentHere.filter((name) => name.endsWith("sqlite") || name === "files");
const syncEngine = syncEngines[0];
const cacheDir = fastFolder();

const { process } = globalThis as { process?: { getBuiltinModule?: unknown } };
const cannotTell = process?.getBuiltinModule === undefined &&
  `${runtimeName()} has no AsyncLocalStorage, so what comes after an await cannot be told`;

/** Lets everything go on that has nothing to wait for. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test(
  "mcache() leaves a synchronous generator synchronous, at first, meanwhile and at a hit",
  { skip: unshared },
  () => {
    let runs = 0;
    const fn = mcache(function* (most: number) {
      runs++;
      for (let at = 0; at < most; at++) yield at;
      return "done";
    });
    const first = fn(3);
    assert.deepEqual(first.next(), { done: false, value: 0 });
    const late = fn(3);
    assert.deepEqual([...late], [0, 1, 2]);
    assert.deepEqual([fn.cache.has(3), runs], [true, 1]);
    assert.deepEqual([...first], [1, 2]);
    const hit = fn(3);
    assert.deepEqual([...hit], [0, 1, 2]);
    assert.deepEqual(hit.next(), { done: true, value: undefined });
    const { hits, misses, coalesced, sets, inFlight } = fn.cache.stats();
    assert.deepEqual([hits, misses, coalesced, sets, inFlight], [1, 2, 1, 1, 0]);
    assert.equal(runs, 1);
  },
);

test("bcache.sync() keeps what a synchronous generator gave, across a close", {
  skip: syncEngine === undefined && "no engine here outlives the process and answers at once",
}, () => {
  let runs = 0;
  const fn = bcache.sync(function* () {
    runs++;
    yield* [new Date(0), 2n];
  }, { ...keptIn(syncEngine!, cacheDir, "sync"), name: "sync-flow" });
  assert.deepEqual([...fn()], [new Date(0), 2n]);
  fn.cache.close();
  assert.deepEqual([...fn()], [new Date(0), 2n]);
  assert.equal(runs, 1);
  fn.cache.close();
});

for (const engine of syncEngines.length > 0 ? syncEngines : ["no engine"]) {
  test(`bcache.sync() keeps a long generator in segments, which an asynchronous cache reads, too: ${engine}`, {
    skip: syncEngines.length === 0 && "no engine here outlives the process and answers at once",
  }, async () => {
    let runs = 0;
    const options = { ...keptIn(engine, cacheDir, "sync-long"), name: "sync-long" };
    const generate = function* () {
      runs++;
      for (let at = 0; at < 24; at++) yield new Uint8Array(512 * 1024).fill(at);
    };
    const fn = bcache.sync(generate, options);
    const early = fn();
    early.next();
    const firsts = (flow: Iterable<Uint8Array>) => [...flow].map((bytes) => bytes[0]);
    const all = Array.from({ length: 24 }, (_, at) => at);
    assert.deepEqual([firsts(fn()), firsts(early), firsts(fn())], [all, all.slice(1), all]);
    const later = bcache(generate, options);
    assert.deepEqual(firsts(await later()), all);
    assert.equal(runs, 1);
    await later.cache.clear();
    await later.cache.close();
    await fn.cache.close();
  });
}

test("mcache() hands out at once what a synchronous function gives that flows", { skip: unshared }, async () => {
  let runs = 0;
  const generate = mcache(async function* () {
    runs++;
    yield await Promise.resolve(1);
  });
  const respond = mcache(() => (runs++, new Response("text", { status: 201 })));
  const flow = generate();
  assert.equal(typeof flow.next, "function");
  assert.deepEqual((await readAll(flow)).given, [1]);
  assert.deepEqual((await readAll(generate())).given, [1]);
  const responses = [respond(), respond()];
  for (const response of responses) assert.deepEqual([response.status, await response.text()], [201, "text"]);
  assert.equal(respond.cache.has(), true);
  assert.equal(await respond().text(), "text");
  assert.equal(runs, 2);
});

test("the source is asked for no more than the reader who is furthest asks for", { skip: unshared }, async () => {
  let asked = 0;
  const fn = acache(() => Promise.resolve(streamOf([0, 1, 2, 3, 4, 5], () => asked++)));
  const [first, second] = await Promise.all([fn(), fn()]);
  await turn();
  assert.equal(asked, 0);
  const [reader, slower] = [first.getReader(), second.getReader()];
  for (let at = 1; at <= 4; at++) {
    await reader.read();
    await turn();
    assert.equal(asked, at);
  }
  for (let at = 0; at < 4; at++) await slower.read();
  await turn();
  assert.equal(asked, 4);
  await slower.read();
  assert.equal(asked, 5);
});

test("a body that comes slowly is read ahead by a megabyte at most, and kept unread if it is shorter", {
  skip: unshared,
}, async () => {
  const block = new Uint8Array(100_000);
  let asked = 0;
  const respond = (blocks: number) => () => {
    let at = 0;
    return Promise.resolve(
      new Response(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 1));
            asked++;
            if (at++ === blocks) controller.close();
            else controller.enqueue(new Uint8Array(block));
          },
        }, { highWaterMark: 0 }),
      ),
    );
  };
  const short = acache(respond(5));
  await short();
  while (!await short.cache.has()) await turn();
  assert.equal((await (await short()).arrayBuffer()).byteLength, 500_000);
  const long = acache(respond(50));
  asked = 0;
  const response = await long();
  while (asked < 11) await turn();
  await turn();
  await turn();
  assert.equal(asked, 11);
  assert.equal((await response.arrayBuffer()).byteLength, 5_000_000);
  assert.equal(await long.cache.has(), true);
});

const sharing: readonly (readonly [name: string, options: CacheOptions, shared: boolean])[] = [
  ["memory", {}, true],
  ["memory that copies", { copy: "clone" }, false],
  ["a store of bytes", keptIn(persistentHere[0] ?? "memory", cacheDir, "own"), false],
];
for (const [name, options, shared] of sharing) {
  test(`readers of ${name} get ${shared ? "the very chunks" : "chunks of their own"}, meanwhile and at hits`, {
    skip: unshared,
  }, async () => {
    const fn = acache(async function* () {
      yield await Promise.resolve({ list: [1] });
      return { list: [2] };
    }, { name: `own of ${name}`, ...options });
    await fn.cache.clear();
    const flows = await Promise.all([fn(), fn(), fn()]);
    const seen: { list: number[] }[] = [];
    for (const flow of flows) {
      const { given: [chunk], returned } = await readAll(flow) as {
        given: { list: number[] }[];
        returned: { list: number[] };
      };
      assert.deepEqual([chunk, returned], [{ list: shared ? [1, ...seen.map(() => 9)] : [1] }, { list: [2] }]);
      chunk!.list.push(9);
      seen.push(chunk!);
    }
    await settled(fn);
    for (let hit = 0; hit < 2; hit++) {
      const [chunk] = (await readAll(await fn())).given as { list: number[] }[];
      assert.equal(seen.includes(chunk!), shared);
      assert.deepEqual(chunk, { list: shared ? [1, 9, 9, 9, ...Array(hit).fill(9)] : [1] });
      chunk!.list.push(9);
    }
    await fn.cache.close();
  });
}

for (const [where, options] of sharing.filter(([, { copy }]) => copy === undefined)) {
  test(`chunks are frozen for everybody where values are, in ${where}`, { skip: unshared }, async () => {
    const fn = acache(async function* () {
      yield await Promise.resolve({ list: [1] });
    }, { copy: "freeze", ...options, name: `freeze in ${where}` });
    await fn.cache.clear();
    const flows = await Promise.all([fn(), fn()]);
    for (const flow of flows) {
      assert.ok(Object.isFrozen(((await readAll(flow)).given as { list: number[] }[])[0]!.list));
    }
    await settled(fn);
    assert.ok(Object.isFrozen(((await readAll(await fn())).given as { list: number[] }[])[0]!.list));
    await fn.cache.close();
  });
}

test("bytes of a chunk are a copy's own where chunks are", { skip: unshared }, async () => {
  const fn = acache(async function* () {
    yield await Promise.resolve(Uint8Array.of(1, 2, 3));
  }, { copy: "clone" });
  const flows = await Promise.all([fn(), fn(), fn()]);
  for (const flow of [...flows, await fn()]) {
    const [bytes] = (await readAll(flow)).given as Uint8Array[];
    assert.deepEqual(bytes, Uint8Array.of(1, 2, 3));
    bytes!.fill(9);
  }
});

test("a result that is too large is dropped as it is read, and who has not begun runs the function alone", {
  skip: unshared,
}, async () => {
  let runs = 0;
  const fn = acache(async function* () {
    const run = ++runs;
    for (let at = 0; at < 40; at++) yield await Promise.resolve(`${run}.${at}`.padEnd(1_000));
  }, { maxBytes: 20_000, logger: new QuietLogger() });
  const [first, second, idle] = await Promise.all([fn(), fn(), fn()]);
  const begun = await second.next();
  assert.equal((begun.value as string).trim(), "1.0");
  assert.equal((await readAll(first)).given.length, 40);
  assert.equal(runs, 1);
  const rest = (await readAll(second)).given as string[];
  assert.deepEqual([rest.length, rest[0]!.trim(), rest[38]!.trim()], [39, "1.1", "1.39"]);
  const own = (await readAll(idle)).given as string[];
  assert.deepEqual([own.length, own[39]!.trim()], [40, "2.39"]);
  assert.equal(runs, 2);
  assert.deepEqual([await fn.cache.has(), fn.cache.stats().inFlight], [false, 0]);
});

test("a result with a chunk that cannot be kept is read by its first caller and not kept", async () => {
  let runs = 0;
  const fn = acache(async function* () {
    runs++;
    yield await Promise.resolve(1);
    yield () => 2;
    yield 3;
  }, { copy: "clone", logger: new QuietLogger() });
  const errors: unknown[] = [];
  const stop = on("refused", ({ error }) => void errors.push(error));
  const flow = await fn();
  const given = (await readAll(flow)).given;
  stop();
  assert.deepEqual([given.length, given[0], (given[1] as () => number)(), given[2]], [3, 1, 2, 3]);
  assert.match(String(errors), /^SerializationError: Cannot serialize value: it is a function/);
  assert.deepEqual([await fn.cache.has(), fn.cache.stats().inFlight, runs], [false, 0, 1]);
});

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

test(
  "hardTimeout counts the time in which the source is waited for, not that of its readers",
  { skip: unshared },
  async () => {
    const never = gate();
    const fn = acache(async function* (late: boolean) {
      for (let at = 0; at < 4; at++) yield await Promise.resolve(at);
      if (late) await never.opened;
    }, { hardTimeout: 60 });
    const slow = await fn(false);
    for (let at = 0; at < 4; at++) {
      await slow.next();
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.equal((await slow.next()).done, true);
    assert.equal(await fn.cache.has(false), true);
    const flows = await Promise.all([fn(true), fn(true)]);
    for (const flow of flows) {
      for (let at = 0; at < 4; at++) assert.deepEqual(await flow.next(), { done: false, value: at });
      await assert.rejects(() => flow.next(), TimeoutError);
    }
    assert.deepEqual([await fn.cache.has(true), fn.cache.stats().inFlight], [false, 0]);
  },
);

test("hardTimeout is for all that the source takes, not for each chunk", async () => {
  const fn = acache(async function* () {
    for (let at = 0; at < 8; at++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      yield at;
    }
  }, { hardTimeout: 100 });
  const given: unknown[] = [];
  await assert.rejects(async () => {
    for await (const chunk of await fn()) given.push(chunk);
  }, TimeoutError);
  assert.ok(given.length >= 1 && given.length <= 2, `${given.length} chunks came`);
});

test("a function whose result failed as it flowed rests while there is a stale one", async () => {
  let runs = 0;
  let fails = false;
  const clock = new FakeClock();
  const fn = acache(async function* () {
    const run = ++runs;
    yield await Promise.resolve(run);
    if (fails) throw new Error("down");
  }, { ttl: 1_000, staleIfError: 60_000, retryAfter: 5_000, clock });
  await readAll(await fn());
  clock.advance(2_000);
  fails = true;
  await assert.rejects(async () => await readAll(await fn()), /down/);
  assert.deepEqual((await readAll(await fn())).given, [1]);
  assert.equal(runs, 2);
  fails = false;
  clock.advance(6_000);
  assert.deepEqual((await readAll(await fn())).given, [3]);
});

test("a stale result that flows is given at once, and read anew behind", async () => {
  let runs = 0;
  const clock = new FakeClock();
  const fn = acache(async function* () {
    const run = ++runs;
    yield await Promise.resolve(run);
  }, { ttl: 1_000, staleWhileRevalidate: 60_000, clock });
  assert.deepEqual((await readAll(await fn())).given, [1]);
  clock.advance(2_000);
  assert.deepEqual((await readAll(await fn())).given, [1]);
  while (fn.cache.stats().inFlight > 0) await turn();
  assert.deepEqual((await readAll(await fn())).given, [2]);
  assert.equal(runs, 2);
});

test("an old result that flows is given to each of several callers when the function fails, and can be kept on", {
  skip: unshared,
}, async () => {
  let runs = 0;
  let mode: "give" | "fail" | "same" = "give";
  const clock = new FakeClock();
  const fn = acache(async () => {
    runs++;
    const run = computation<ReadableStream>()!;
    await Promise.resolve();
    if (mode === "fail") throw new Error("down");
    if (mode === "same") return run.notModified();
    return streamOf([runs]);
  }, { ttl: 1_000, staleIfError: 60_000, retryAfter: 1, clock });
  await readAll(await fn());
  clock.advance(2_000);
  mode = "fail";
  for (const flow of await Promise.all([fn(), fn(), fn()])) assert.deepEqual((await readAll(flow)).given, [1]);
  mode = "same";
  clock.advance(2_000);
  const unread = await Promise.all([fn(), fn()]);
  assert.equal(await fn.cache.has(), true, "it need not be read for that");
  for (const flow of [...unread, await fn()]) assert.deepEqual((await readAll(flow)).given, [1]);
  assert.equal(runs, 3);
});

test("shouldCache, tags, ttl, sizeOf and validate are asked about the whole of it, and may read it", () => {
  let runs = 0;
  const fn = mcache(function* (most: number) {
    runs++;
    for (let at = 0; at < most; at++) yield at;
  }, {
    shouldCache: (flow) => [...flow].length > 2,
    tags: (flow) => [`of ${[...flow].length}`],
    ttl: (flow) => 60_000 * [...flow].length,
    sizeOf: (flow) => [...flow].length,
    validate: ({ value }) => [...value as Iterable<number>].length === 3,
  });
  assert.deepEqual([[...fn(2)], [...fn(2)], runs], [[0, 1], [0, 1], 2]);
  assert.deepEqual([[...fn(3)], [...fn(3)], runs], [[0, 1, 2], [0, 1, 2], 3]);
});

test("one flow may be kept by two caches", async () => {
  const inner = acache(async function* () {
    yield await Promise.resolve(1);
    return 2;
  });
  const outer = acache(() => inner());
  for (let call = 0; call < 3; call++) assert.deepEqual(await readAll(await outer()), { given: [1], returned: 2 });
  assert.deepEqual([inner.cache.stats().misses, outer.cache.stats().misses], [1, 1]);
});

test("cache.set() keeps a flow that a cache gave, unread", async () => {
  const fn = acache(async function* (n: number) {
    yield await Promise.resolve(n);
  });
  await readAll(await fn(1));
  await fn.cache.set([2], await fn(1));
  assert.deepEqual((await readAll(await fn(2))).given, [1]);
  const begun = await fn(1);
  await begun.next();
  await assert.rejects(async () => await fn.cache.set([3], begun), /it can be read only once/);
  fn.cache.clear();
});

test("ucache() and bcache() keep generators in the colour of each", async () => {
  const alike = ucache(function* () {
    yield 1;
  });
  assert.deepEqual([[...alike()], [...alike()]], [[1], [1]]);
  const engine = persistentHere[0];
  const fn = bcache(function* () {
    yield 1;
  }, { ...(engine === undefined ? { engine: "memory" } : keptIn(engine, cacheDir, "colour")), name: "colour" });
  await fn.cache.clear();
  for (let call = 0; call < 2; call++) {
    assert.deepEqual([...await fn()], [1]);
    await settled(fn);
  }
  await fn.cache.close();
});

test("who comes when a tag was invalidated does not join what flows with it, and joins what flows without", {
  skip: unshared,
}, async () => {
  for (const tags of [["one"], () => ["one"], () => [], ["other"]]) {
    let runs = 0;
    const fn = acache(async function* () {
      const run = ++runs;
      for (let at = 0; at < 3; at++) yield await Promise.resolve(`${run}.${at}`);
    }, { tags });
    const before = await fn();
    await before.next();
    await invalidateTag("one");
    const joins = Array.isArray(tags) && tags[0] === "other";
    const after = joins ? 1 : 2;
    assert.deepEqual((await readAll(await fn())).given, [0, 1, 2].map((at) => `${after}.${at}`));
    assert.deepEqual((await readAll(before)).given, ["1.1", "1.2"]);
    assert.deepEqual((await readAll(await fn())).given, [0, 1, 2].map((at) => `${after}.${at}`));
    assert.deepEqual([runs, fn.cache.stats().inFlight], [after, 0]);
  }
  let runs = 0;
  const sync = mcache(function* () {
    yield ++runs;
    yield 0;
  }, { tags: ["one"] });
  const before = sync();
  before.next();
  await invalidateTag("one");
  assert.deepEqual([[...sync()], [...before], [...sync()]], [[2, 0], [0], [2, 0]]);
});

test("who comes when a tag was invalidated, while the function has yet to give what flows, has it run anew", {
  skip: unshared,
}, async () => {
  const gates = [gate(), gate()];
  let runs = 0;
  const fn = acache(async () => {
    const run = runs++;
    await gates[run]!.opened;
    return streamOf([run]);
  }, { tags: ["one"] });
  const before = fn();
  await invalidateTag("one");
  const after = [fn(), fn()];
  gates.forEach(({ open }) => open());
  assert.deepEqual((await readAll(await before)).given, [0]);
  for (const flow of after) assert.deepEqual((await readAll(await flow)).given, [1]);
  assert.deepEqual((await readAll(await fn())).given, [1]);
  assert.equal(runs, 2);
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

const refused: Readonly<Record<string, () => object>> = {
  "an iterator with more to it": () => ({
    total: 3,
    next: () => ({ done: true }),
    [Symbol.iterator]() {
      return this;
    },
  }),
  "an instance of a class with next()": () =>
    new class Cursor {
      next() {
        return { done: true };
      }
      [Symbol.asyncIterator]() {
        return this;
      }
    }(),
  "a stream that is read by another": () => {
    const stream = streamOf([1]);
    stream.getReader();
    return stream;
  },
  "a kind of stream": () => Object.setPrototypeOf(streamOf([1]), Object.create(ReadableStream.prototype)),
  "a stream of Node": () => ({ pipe() {}, async *[Symbol.asyncIterator]() {} }),
};
for (const [kind, make] of Object.entries(refused)) {
  test(`${kind} is handed on, to each caller their own, and not kept`, async () => {
    const errors: unknown[] = [];
    const stop = on("refused", ({ error }) => void errors.push(error));
    const fn = acache(() => Promise.resolve(make()), { logger: new QuietLogger() });
    const given = await Promise.all([fn(), fn()]);
    stop();
    assert.notEqual(given[0], given[1]);
    assert.equal(Object.getPrototypeOf(given[0]), Object.getPrototypeOf(given[0]));
    assert.match(String(errors[0]), /CacheValueError: Cannot keep an? (iterator|stream): it can be read only once/);
    assert.equal(await fn.cache.has(), false);
  });
}
