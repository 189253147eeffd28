import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, computation, invalidateTag, mcache, TimeoutError } from "../../mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { readAll, streamOf } from "../flow_chapter.ts";
import { gate } from "../gate.ts";
import { turn } from "../turn.ts";
import { unshared } from "../unshared.ts";

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
