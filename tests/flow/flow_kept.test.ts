import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, type CacheOptions, mcache, on } from "../../mod.ts";
import { fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { readAll, streamOf } from "../flow_chapter.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { unshared } from "../unshared.ts";

const syncEngines = persistentHere.filter((name) => name.endsWith("sqlite") || name === "files");
const syncEngine = syncEngines[0];
const cacheDir = fastFolder();

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
