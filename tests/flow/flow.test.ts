import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, mcache, ucache } from "../../mod.ts";
import { fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { readAll, streamOf } from "../flow_chapter.ts";
import { settled } from "../settled.ts";
import { turn } from "../turn.ts";
import { unshared } from "../unshared.ts";

const cacheDir = fastFolder();

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
