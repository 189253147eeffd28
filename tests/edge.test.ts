import assert from "node:assert/strict";
import { test } from "node:test";
import { startWorkers, type Worker } from "./engines/edge/workerd.ts";

/* Requests to a Worker in the real workerd, driven from outside, some of which are given up amid what others wait for. */

/** A follower waits for the flight to show nothing, computes, and is answered. */
const BOUNDED = 8_000;

const [first, second] = await startWorkers(["first", "second"]) as [Worker, Worker];
const [node] = await startWorkers(["node"], ["nodejs_compat"]) as [Worker];
const flavours = { "plain": first, "nodejs_compat": node };

let keys = 0;

/** Lets a request begin before those who are to join it. */
const begun = () => new Promise<void>((resolve) => void setTimeout(resolve, 150));

async function follow(worker: Worker, path: string, count = 4): Promise<string[]> {
  const answers = await within(Promise.all(Array.from({ length: count }, () => worker.ask(path))));
  for (const { status, text } of answers) assert.equal(status, 200, text);
  return answers.map(({ text }) => text);
}

async function within<T>(answers: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${BOUNDED} ms`)), BOUNDED);
  });
  return await Promise.race([answers, late]).finally(() => clearTimeout(timer));
}

async function runsOf(worker: Worker): Promise<number> {
  return (JSON.parse((await worker.ask("/")).text) as { runs: number }).runs;
}

/* What of the platform is asked for: how to keep a request alive, and where there is a home. */

for (const [flavour, worker] of Object.entries(flavours)) {
  for (const path of ["/value", "/page"]) {
    test(`callers who joined are answered when the first request is given up (${path}, ${flavour})`, async () => {
      const asked = `${path}?key=k${++keys}&ms=700`;
      const before = await runsOf(worker);
      const leader = worker.ask(asked, 300);
      await begun();
      const texts = await follow(worker, asked);
      assert.equal((await leader).status, 499, "the first request was given up");
      assert.equal(new Set(texts).size, 1, "all are answered from one run");
      assert.equal(await runsOf(worker), before + 1, "which the platform let go on");
      assert.deepEqual(await follow(worker, asked, 2), texts.slice(0, 2), "and was kept");
    });
  }

  test(`values that are to outlive the isolate go to the Cache API of a Worker, and its virtual files are left alone (${flavour})`, async () => {
    const { status, text } = await worker.ask("/chosen");
    assert.equal(status, 200, text);
    const expected = { bcache: "cache_api", fcache: "cache_api", ucache: "memory", persist: "cache_api" };
    assert.deepEqual(JSON.parse(text), expected);
  });
}

for (const path of ["/value", "/page"]) {
  test(`callers who joined run again, once, when nothing keeps the first request alive (${path})`, async () => {
    const asked = `${path}?key=k${++keys}&ms=700&unkept`;
    const before = await runsOf(first);
    const leader = first.ask(asked, 300);
    await begun();
    const texts = await follow(first, asked);
    assert.equal((await leader).status, 499, "the first request was given up");
    assert.equal(new Set(texts).size, 1, "all are answered from one run");
    assert.equal(await runsOf(first), before + 2, "by whoever came to it first");
    assert.deepEqual(await follow(first, asked, 2), texts.slice(0, 2), "and was kept");
  });
}

for (const [kept, how] of [["kept alive", ""], ["not kept alive", "&unkept"]] as const) {
  test(`callers who joined are answered when the first request ends early and is ${kept}`, async () => {
    const asked = `key=k${++keys}&ms=700${how}`;
    assert.equal((await first.ask(`/early?${asked}`)).text, "early");
    const texts = await follow(first, `/value?${asked}`);
    assert.equal(new Set(texts).size, 1);
    assert.deepEqual(await follow(first, `/value?${asked}`, 1), texts.slice(0, 1));
  });

  test(`a request that is given up while its cache opens and is ${kept} holds up nobody`, async () => {
    const leader = first.ask(`/stored?key=o&open=600${how}`, 300);
    await begun();
    await follow(first, `/stored?key=o&open=600${how}`);
    assert.equal((await leader).status, 499);
    await follow(first, `/stored?key=o2${how}`, 1);
  });

  test(`a request that is given up while it reads and is ${kept} holds up nobody`, async () => {
    const leader = first.ask(`/stored?key=r&get=600${how}`, 300);
    await begun();
    await follow(first, `/stored?key=r&get=600${how}`);
    assert.equal((await leader).status, 499);
    await follow(first, `/stored?key=r${how}`, 1);
  });

  test(`a request that ends while it writes or drops and is ${kept} holds up nobody`, async () => {
    await follow(first, `/stored?key=w&put=600${how}`, 1);
    await follow(first, `/stored?key=w${how}`, 2);
    await follow(first, `/invalidate?key=w${how}`, 1);
    const [fresh] = await follow(first, `/stored?key=w${how}`, 1);
    assert.equal((await first.ask(`/invalidate?key=w&delete=600${how}`, 200)).status, 499);
    const [after] = await follow(first, `/stored?key=w${how}`, 1);
    assert.notEqual(after, fresh, "what was invalidated is not served");
    await follow(first, `/invalidate?key=w${how}`, 1);
    assert.notEqual((await follow(first, `/stored?key=w${how}`, 1))[0], after);
  });
}

const later = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

test("a stale value is served at once, and the run behind it outlives the request", async () => {
  const key = `key=k${++keys}`;
  const [old] = await follow(first, `/ages?${key}`, 1);
  await later(300);
  const before = await runsOf(first);
  assert.deepEqual(await follow(first, `/ages?${key}&ms=500`), Array(4).fill(old));
  await later(800);
  assert.equal(await runsOf(first), before + 1);
  assert.notDeepEqual(await follow(first, `/ages?${key}&ms=500`, 1), [old]);
});

test("a run behind a hit that ends with its request holds up nobody, and is begun again", async () => {
  const key = `key=k${++keys}&unkept`;
  const [old] = await follow(first, `/ages?${key}`, 1);
  await later(300);
  const before = await runsOf(first);
  assert.deepEqual(await follow(first, `/ages?${key}&ms=500`, 1), [old]);
  assert.deepEqual(await follow(first, `/ages?${key}&ms=500`), Array(4).fill(old));
  assert.equal(await runsOf(first), before + 1);
  await later(1_500);
  assert.deepEqual(await follow(first, `/ages?${key}&ms=500`), Array(4).fill(old));
  assert.equal(await runsOf(first), before + 2);
});

test("a run that takes long is waited for while its request lives", async () => {
  const before = await runsOf(first);
  const texts = await follow(first, `/value?key=k${++keys}&ms=3000&unkept`);
  assert.equal(new Set(texts).size, 1);
  assert.equal(await runsOf(first), before + 1);
});

test("an error of the function reaches all who wait in other requests, and the next call runs again", async () => {
  const asked = `/value?key=k${++keys}&ms=300&fail`;
  const answers = await Promise.all([1, 2, 3].map(() => first.ask(asked)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([500]));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.match(answers[0]!.text, /^run \d+ fails$/);
  assert.notEqual((await first.ask(asked)).text, answers[0]!.text);
});

test("values in memory are an isolate's own, and those in Workers KV and the Cache API are there for all", async () => {
  for (const path of ["/kv", "/places"]) {
    const [ours] = await follow(first, `${path}?key=shared`, 1);
    const { text } = await second.ask(`${path}?key=shared`);
    assert.match(ours!, /^shared:\d+:0 shared:\d+:1 shared:\d+:2 shared:\d+:3 $/);
    assert.equal(text, ours, path);
    assert.deepEqual(await follow(first, `${path}?key=shared`), Array.from({ length: 4 }, () => ours));
  }
  const runs = await runsOf(second);
  await follow(second, "/value?key=shared", 1);
  assert.equal(await runsOf(second), runs + 1);
});
