import assert from "node:assert/strict";
import { test } from "node:test";
import type { Source } from "../../src/flow/flowing/source.ts";
import type { Held } from "../../src/flow/flowing/backlog.ts";
import { type Ending, Spool, type SpoolOptions } from "../../src/flow/flowing/spool.ts";
import { gate } from "../gate.ts";
import { random } from "../random.ts";

type Step = IteratorResult<unknown, unknown>;

/** A source of numbers that a test asks about. */
class Numbers implements Source {
  asked = 0;
  stopped: unknown[] = [];
  readonly #most: number;
  readonly #later: boolean;

  constructor(most: number, later: boolean) {
    this.#most = most;
    this.#later = later;
  }

  next(): Step | Promise<Step> {
    const at = this.asked++;
    const step: Step = at < this.#most ? { done: false, value: at } : { done: true, value: "end" };
    return this.#later ? Promise.resolve(step) : step;
  }

  stop(reason: unknown): void {
    this.stopped.push(reason);
  }
}

function spoolOf(source: Source, options: Partial<SpoolOptions> = {}) {
  const told: (string | Ending)[] = [];
  const spool = new Spool({
    source,
    sync: false,
    hold: (chunk): Held => ({ kept: chunk, size: 1, give: () => chunk }),
    limit: Infinity,
    ahead: 0,
    waiting: () => undefined,
    ended: (ending) => void told.push(ending),
    refused: (why) => void told.push(typeof why === "string" ? why : String(why.error)),
    ...options,
  });
  return { spool, told };
}

for (const later of [false, true]) {
  const colour = later ? "that takes its time" : "that answers at once";

  test(`a reader of a spool reads all from its beginning, whenever it comes, from a source ${colour}`, async () => {
    const source = new Numbers(3, later);
    const { spool, told } = spoolOf(source);
    const early = spool.read();
    const read: unknown[] = [];
    for (let at = 0; at < 4; at++) read.push(await early.next());
    const late = spool.read();
    for (let at = 0; at < 4; at++) assert.deepEqual(await late.next(), read[at]);
    assert.deepEqual(read.map((step) => (step as Step).value), [0, 1, 2, "end"]);
    assert.equal(source.asked, 4);
    assert.equal(told.length, 1);
    assert.deepEqual(spool.kept(), { segments: 0, bytes: 0, chunks: [0, 1, 2], returned: "end" });
    await late.leave();
    assert.deepEqual(source.stopped, []);
  });
}

test("two readers who wait for the same chunk ask for it once, and the first gets it as it came", async () => {
  const came = gate<Step>();
  let asked = 0;
  const source: Source = { next: () => (asked++, came.opened), stop: () => {} };
  const { spool } = spoolOf(source, { hold: (chunk) => ({ kept: "kept", size: 1, give: () => `copy of ${chunk}` }) });
  const [first, second] = [spool.read(), spool.read()];
  const steps = Promise.all([first.next(), second.next()]);
  came.open({ done: false, value: "it" });
  assert.deepEqual((await steps).map(({ value }) => value), ["it", "copy of it"]);
  assert.equal(asked, 1);
});

test("a spool that holds too much keeps only what a reader has yet to read", async () => {
  const source = new Numbers(10, true);
  const { spool, told } = spoolOf(source, { limit: 3 });
  const [fast, slow] = [spool.read(), spool.read()];
  await slow.next();
  for (let at = 0; at < 5; at++) await fast.next();
  assert.deepEqual(told, ["too large"]);
  assert.equal(spool.joinable, false);
  const rest: unknown[] = [];
  for (let step = await slow.next(); !step.done; step = await slow.next()) rest.push(step.value);
  assert.deepEqual(rest, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(spool.kept(), undefined);
  assert.deepEqual((await fast.next()).value, 5);
});

test("a reader who has not begun goes alone when its beginning was dropped, or holds it where it cannot", async () => {
  for (const alone of [true, false]) {
    const source = new Numbers(6, true);
    const own = new Numbers(2, true);
    const { spool } = spoolOf(source, { limit: 2 });
    const [reader, idle] = [spool.read(), spool.read(alone ? () => Promise.resolve(own) : undefined)];
    for (let at = 0; at < 5; at++) await reader.next();
    assert.deepEqual(await idle.next(), { done: false, value: 0 });
    assert.equal(own.asked, alone ? 1 : 0);
    await idle.leave("enough");
    assert.deepEqual(own.stopped, alone ? ["enough"] : []);
    await reader.leave("enough");
    assert.deepEqual(source.stopped, ["enough"]);
  }
});

test("fail() wakes who waits for a source that never answers, after what there is", async () => {
  const error = new Error("too late");
  let stopped: unknown;
  let asked = 0;
  const source: Source = {
    next: () => asked++ === 0 ? { done: false, value: 1 } : new Promise(() => {}),
    stop: (reason) => {
      stopped = reason;
      return Promise.reject(new Error("it does not even stop"));
    },
  };
  const { spool, told } = spoolOf(source);
  const [first, second] = [spool.read(), spool.read()];
  await first.next();
  const waiting = first.next();
  spool.fail(error);
  spool.fail(new Error("another"));
  await assert.rejects(async () => await waiting, (thrown) => thrown === error);
  assert.deepEqual(await second.next(), { done: false, value: 1 });
  assert.throws(() => second.next(), (thrown) => thrown === error);
  assert.deepEqual([stopped, told], [error, [{ how: "failed", error }]]);
});

test("a source that gives no step at all, or throws at once, has failed", async () => {
  const error = new Error("at once");
  const throws = spoolOf({
    next: () => {
      throw error;
    },
    stop: () => {},
  });
  assert.throws(() => throws.spool.read().next(), (thrown) => thrown === error);
  const empty = spoolOf({ next: () => undefined as never, stop: () => {} });
  assert.throws(() => empty.spool.read().next(), TypeError);
  const later = spoolOf({ next: () => Promise.resolve(7 as never), stop: () => {} });
  await assert.rejects(async () => await later.spool.read().next(), TypeError);
});

test("who leaves while it waits is given the end, and the source is told once all have left", async () => {
  let stopped = 0;
  const source: Source = { next: () => new Promise(() => {}), stop: () => void stopped++ };
  const { spool, told } = spoolOf(source);
  const [first, second] = [spool.read(), spool.read()];
  const waiting = [first.next(), second.next()];
  await first.leave();
  assert.deepEqual([stopped, told.length], [0, 0]);
  await second.leave();
  await second.leave();
  assert.deepEqual([stopped, told], [1, [{ how: "left" }]]);
  for (const step of waiting) assert.deepEqual(await step, { done: true, value: undefined });
  assert.equal(spool.joinable, false);
});

test("who leaves while it waits is given no chunk that comes for others", async () => {
  const came = gate<Step>();
  const { spool } = spoolOf({ next: () => came.opened, stop: () => {} });
  const [first, second] = [spool.read(), spool.read()];
  const waiting = [first.next(), second.next()];
  await first.leave();
  came.open({ done: false, value: 1 });
  assert.deepEqual(await Promise.all(waiting), [{ done: true, value: undefined }, { done: false, value: 1 }]);
});

test("fill() takes as much as may be taken ahead, and goes on as readers do", async () => {
  const source = new Numbers(10, true);
  const { spool } = spoolOf(source, { ahead: 3 });
  await spool.fill();
  assert.equal(source.asked, 3);
  const reader = spool.read();
  await reader.next();
  await spool.fill();
  assert.equal(source.asked, 4);
  for (let at = 1; at < 10; at++) await reader.next();
  await spool.fill();
  assert.equal(source.asked, 11);
});

test("readers of a spool read the same whatever the order in which they come, read and leave, 300 times", async () => {
  const next = random(20261125);
  for (let round = 0; round < 300; round++) {
    const most = Math.floor(next() * 8);
    const source = new Numbers(most, next() < 0.7);
    const limit = next() < 0.3 ? Math.floor(next() * 6) : Infinity;
    const { spool, told } = spoolOf(source, { limit, ahead: Math.floor(next() * 3) });
    const readers: { outlet: ReturnType<Spool["read"]>; read: unknown[]; over: boolean }[] = [];
    for (let turn = 0; turn < 60; turn++) {
      const choice = next();
      if (readers.length === 0 || choice < 0.1 && spool.joinable) {
        if (!spool.joinable) break;
        readers.push({ outlet: spool.read(() => new Numbers(most, true)), read: [], over: false });
        continue;
      }
      const reader = readers[Math.floor(next() * readers.length)]!;
      if (reader.over) continue;
      if (choice > 0.97) {
        reader.over = true;
        await reader.outlet.leave();
        continue;
      }
      const step = await reader.outlet.next();
      if (step.done) {
        if (step.value === undefined) continue;
        reader.over = true;
        assert.deepEqual([reader.read.length, step.value], [most, "end"]);
      } else reader.read.push(step.value);
    }
    for (const { read } of readers) assert.deepEqual(read, Array.from({ length: read.length }, (_, at) => at));
    assert.ok(told.filter((tale) => typeof tale === "object").length <= 1);
    assert.ok(source.stopped.length <= 1);
    assert.ok(source.asked <= most + 1);
  }
});
