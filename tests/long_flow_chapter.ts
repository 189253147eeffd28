import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheOptions, on } from "../mod.ts";
import type { AsyncStore } from "../src/contract/store.ts";
import { CallCache } from "../src/decorators/call_cache.ts";
import { collect } from "../src/flow/collect.ts";
import { isSegmentKey } from "../src/flow/flowing/segments.ts";
import { FakeClock } from "./fake_clock.ts";
import { readAll } from "./flow_chapter.ts";
import { QuietLogger } from "./quiet_logger.ts";
import { settled } from "./settled.ts";

/** Half a mebibyte, so that 24 of them are more than is held in memory. */
const PIECE = 512 * 1024;
const PIECES = 24;

const pieceOf = (at: number, run = 0): Uint8Array<ArrayBuffer> => new Uint8Array(PIECE).fill(at * 7 + run);

async function* pieces(run: number): AsyncGenerator<{ at: number; bytes: Uint8Array }, string> {
  for (let at = 0; at < PIECES; at++) yield await Promise.resolve({ at, bytes: pieceOf(at, run) });
  return `run ${run}`;
}

/** Whether a flow gives what run `run` of `pieces` gives. */
async function assertWhole(flow: unknown, run: number): Promise<void> {
  const { given, returned } = await readAll(flow);
  assert.equal(given.length, PIECES);
  for (const [at, piece] of given.entries()) {
    const { at: place, bytes } = piece as { at: number; bytes: Uint8Array };
    assert.deepEqual([place, bytes.byteLength, bytes[0], bytes[PIECE - 1]], [at, PIECE, pieceOf(at, run)[0], bytes[0]]);
  }
  assert.equal(returned, `run ${run}`);
}

function storeOf(fn: { readonly cache: object }): AsyncStore {
  let store: AsyncStore | undefined;
  CallCache.of(fn.cache)!.on((values) => void (store = values.parts.store));
  return store!;
}

async function segmentsIn(store: AsyncStore): Promise<string[]> {
  return (await collect(store.entries(""))).map(({ key }) => key).filter(isSegmentKey);
}

/** How flows are kept by an engine that are too long for memory. `name` is what the tests are called. */
export function longFlowChapter(name: string, options: CacheOptions): void {
  test(`a long result is read as it comes, joined late, and kept by ${name} in segments, across a close`, async () => {
    let runs = 0;
    const fn = acache(() => pieces(++runs), { name: "long", ...options });
    await fn.cache.clear();
    const first = await fn();
    for (let at = 0; at < 20; at++) assert.equal((await first.next()).value.at, at);
    const store = storeOf(fn);
    const written = (await segmentsIn(store)).length;
    assert.ok(written > 0 && written < PIECES, `${written} segments`);
    assert.equal(await fn.cache.has(), false);
    const late = await fn();
    await assertWhole(late, 1);
    const rest = (await readAll(first)).given as { at: number }[];
    assert.deepEqual(rest.map(({ at }) => at), [20, 21, 22, 23]);
    await settled(fn);
    await Promise.all([assertWhole(await fn(), 1), assertWhole(await fn(), 1)]);
    await assertWhole((await fn.cache.peek())!.value, 1);
    const hasty = await fn();
    const steps = await Promise.all(Array.from({ length: PIECES }, () => hasty.next()));
    assert.deepEqual(steps.map(({ value }) => (value as { at: number }).at), steps.map((_, at) => at));
    const listed = (await collect(store.entries(""))).filter(({ key, label }) =>
      !isSegmentKey(key) && label === "long"
    );
    const bytes = listed.reduce((sum, { size }) => sum + size, 0);
    assert.ok(listed.length === 1 && bytes > PIECES * PIECE, `it counts as ${listed.length} entries of ${bytes} bytes`);
    await fn.cache.close();
    await assertWhole(await fn(), 1);
    assert.equal(runs, 1);
    await fn.cache.clear();
    assert.deepEqual(await segmentsIn(storeOf(fn)), []);
    await fn.cache.close();
  });

  test(`a long Response is kept by ${name} in segments, whatever length it tells`, async () => {
    let runs = 0;
    const fn = acache(() => {
      runs++;
      let at = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => at === PIECES ? controller.close() : controller.enqueue(pieceOf(at++)),
      }, { highWaterMark: 0 });
      return Promise.resolve(new Response(body, { status: 203, headers: { "content-length": "70000000" } }));
    }, { name: "long-response", ...options });
    await fn.cache.clear();
    const [first, second] = await Promise.all([fn(), fn()]);
    const assertBody = async (response: Response): Promise<void> => {
      assert.deepEqual([response.status, response.headers.get("content-length")], [203, "70000000"]);
      const bytes = new Uint8Array(await response.arrayBuffer());
      assert.equal(bytes.byteLength, PIECES * PIECE);
      for (let at = 0; at < PIECES; at++) assert.equal(bytes[at * PIECE], pieceOf(at)[0]);
    };
    await assertBody(first);
    await assertBody(second);
    await settled(fn);
    for (let hit = 0; hit < 2; hit++) await assertBody(await fn());
    assert.equal(runs, 1);
    await fn.cache.clear();
    await fn.cache.close();
  });

  test(`a long result that is left, fails or is invalidated leaves nothing in ${name}`, async () => {
    let runs = 0;
    const fn = acache(async function* (fails: boolean) {
      yield* pieces(++runs);
      if (fails) throw new Error("at the end");
    }, { name: "long-left", ...options });
    await fn.cache.clear();
    const store = storeOf(fn);
    assert.deepEqual(await segmentsIn(store), []);
    const left = await fn(false);
    for (let at = 0; at < 22; at++) await left.next();
    assert.notDeepEqual(await segmentsIn(store), []);
    await left.return(undefined);
    await settled(fn);
    assert.deepEqual(await segmentsIn(store), []);
    await assert.rejects(async () => await readAll(await fn(true)), /at the end/);
    await settled(fn);
    assert.deepEqual(await segmentsIn(store), []);
    const fenced = await fn(false);
    for (let at = 0; at < 22; at++) await fenced.next();
    await fn.cache.invalidate(false);
    assert.equal((await readAll(fenced)).given.length, 2);
    await settled(fn);
    assert.deepEqual(await segmentsIn(store), []);
    assert.equal(await fn.cache.has(false), false);
    await fn.cache.close();
  });

  test(`a long result of which a segment is lost is a miss on ${name}, and what no entry names goes`, async () => {
    let runs = 0;
    const clock = new FakeClock();
    const fn = acache(() => pieces(++runs), { name: "long-lost", logger: new QuietLogger(), ...options, clock });
    await fn.cache.clear();
    const store = storeOf(fn);
    await assertWhole(await fn(), 1);
    await settled(fn);
    const before = await segmentsIn(store);
    await store.delete(before.find((key) => key.endsWith("-0"))!);
    const causes: string[] = [];
    const stop = on("miss", ({ because }) => void causes.push(because));
    await assertWhole(await fn(), 2);
    stop();
    assert.deepEqual(causes, ["unreadable"]);
    await settled(fn);
    const after = await segmentsIn(store);
    assert.deepEqual([after.length, after.some((key) => before.includes(key))], [before.length, false]);
    await assertWhole(await fn(), 2);
    await assertWhole(await fn.cache.refresh(), 3);
    await settled(fn);
    clock.advance(60_000);
    await fn.cache.prune();
    const anew = await segmentsIn(store);
    assert.deepEqual([anew.length, anew.some((key) => after.includes(key))], [after.length, false]);
    await assertWhole(await fn(), 3);
    await fn.cache.invalidate();
    await settled(fn);
    assert.deepEqual(await segmentsIn(store), []);
    await fn.cache.close();
  });

  test(`who reads a long result from ${name} reads on when it is invalidated; what a process left that died is swept later`, async () => {
    let runs = 0;
    const clock = new FakeClock();
    const fn = acache(() => pieces(++runs), { name: "long-read", ...options, clock });
    await fn.cache.clear();
    const store = storeOf(fn);
    await assertWhole(await fn(), 1);
    await settled(fn);
    const hits = await Promise.all([fn(), fn()]);
    await hits[0]!.next();
    const [segment] = await segmentsIn(store);
    const orphan = segment!.replace(/-.$/, "another-0");
    await store.set(orphan, (await store.get(segment!))!);
    await fn.cache.invalidate();
    await fn.cache.prune();
    assert.equal((await readAll(hits[0])).given.length, PIECES - 1);
    await assertWhole(hits[1], 1);
    await fn.cache.prune();
    assert.deepEqual(await segmentsIn(store), [orphan]);
    clock.advance(3_600_000);
    await fn.cache.prune();
    assert.deepEqual(await segmentsIn(store), []);
    assert.equal(runs, 1);
    await fn.cache.close();
  });

  test(`a long result that shouldCache leaves out is read by slow readers of ${name}, and then nothing is left`, async () => {
    let runs = 0;
    const fn = acache(() => pieces(++runs), { name: "long-skipped", ...options, shouldCache: () => false });
    await fn.cache.clear();
    const store = storeOf(fn);
    const [first, slow] = await Promise.all([fn(), fn()]);
    await assertWhole(first, 1);
    await settled(fn);
    await assertWhole(slow, 1);
    await settled(fn);
    assert.deepEqual([await segmentsIn(store), await fn.cache.has(), runs], [[], false, 1]);
    await fn.cache.close();
  });

  test(`a long result is not kept by ${name} when it is larger than maxBytes, and slow readers read all of it`, async () => {
    let runs = 0;
    const fn = acache(() => pieces(++runs), {
      name: "too-long",
      logger: new QuietLogger(),
      ...options,
      maxBytes: 10 * 1024 * 1024,
    });
    await fn.cache.clear();
    const store = storeOf(fn);
    assert.deepEqual(await segmentsIn(store), []);
    const [first, slow, idle] = await Promise.all([fn(), fn(), fn()]);
    await slow.next();
    await assertWhole(first, 1);
    assert.equal((await readAll(slow)).given.length, PIECES - 1);
    assert.equal(runs, 1);
    await assertWhole(idle, 2);
    await settled(fn);
    assert.equal(await fn.cache.has(), false);
    assert.deepEqual(await segmentsIn(store), []);
    await fn.cache.close();
  });

  test(`chunks of a long result from ${name} are frozen where values are`, async () => {
    const fn = acache(() => pieces(1), { name: "long-frozen", ...options, copy: "freeze" });
    await fn.cache.clear();
    const [first, late] = await Promise.all([fn(), fn()]);
    for (const flow of [first, late]) assert.ok((await readAll(flow)).given.every(Object.isFrozen));
    await settled(fn);
    assert.ok((await readAll(await fn())).given.every(Object.isFrozen));
    await fn.cache.clear();
    await fn.cache.close();
  });

  test(`a long result from ${name} that is given and not begun can still be read for a while when it is invalidated`, async () => {
    let runs = 0;
    const clock = new FakeClock();
    const fn = acache(() => pieces(++runs), { name: "long-unread", ...options, clock });
    await fn.cache.clear();
    const store = storeOf(fn);
    await readAll(await fn());
    await settled(fn);
    const [unread, forgotten] = [await fn(), await fn()];
    await fn.cache.invalidate();
    await fn.cache.prune();
    await assertWhole(unread, 1);
    await fn.cache.prune();
    assert.notDeepEqual(await segmentsIn(store), []);
    clock.advance(60_000);
    await fn.cache.prune();
    assert.deepEqual(await segmentsIn(store), []);
    await forgotten.return("");
    await fn.cache.close();
  });
}
