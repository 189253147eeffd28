import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, engines, ucache } from "../../mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { settled } from "../settled.ts";
import { tempFolder } from "../temp_folder.ts";

const cacheDir = tempFolder();
const names = engines.available({ cacheDir }).filter(({ available }) => available).map(({ name }) => name);

for (const engine of names) {
  const place = engine === "memory" ? { engine } : { engine, cacheDir, folderName: `a-${engine}` };

  test(`acache() on ${engine} runs once for 20 concurrent cold callers, and once for two in a row`, async () => {
    let runs = 0;
    const opened = gate<{ id: number }>();
    const load = acache(async (_: number) => (runs++, await opened.opened), { name: "load", ...place });
    const waiting = Array.from({ length: 20 }, () => load(1));
    opened.open({ id: 1 });
    assert.deepEqual(await Promise.all(waiting), Array(20).fill({ id: 1 }));
    assert.deepEqual(await load(1), { id: 1 });
    assert.equal(runs, 1);
    await load.cache.close();
  });

  test(`acache() on ${engine} keeps the value, not the promise, and no rejection`, async () => {
    let runs = 0;
    const error = new Error("down");
    const load = acache((_: number) => (runs++, runs === 1 ? Promise.reject(error) : Promise.resolve("up")), {
      name: "flaky",
      ...place,
    });
    const failing = [load(1), load(1), load(1)];
    for (const promise of failing) await assert.rejects(promise, (thrown) => thrown === error);
    assert.equal(await load(1), "up");
    assert.equal(await load(1), "up");
    assert.equal(runs, 2);
    await load.cache.close();
  });

  test(`acache() on ${engine} holds maxSize and ttl`, async () => {
    const clock = new FakeClock();
    let runs = 0;
    const load = acache(async (x: number) => (runs++, await Promise.resolve(x)), {
      name: "bounded",
      maxSize: 2,
      ttl: "5m",
      clock,
      ...place,
    });
    for (const x of [1, 2, 3]) {
      await load(x);
      await settled(load);
    }
    assert.equal(load.cache.stats().size, 2);
    await load(3);
    assert.equal(runs, 3);
    clock.advance(300_000);
    await load(3);
    assert.equal(runs, 4);
    await load.cache.close();
  });
}

test("100,000 concurrent cold callers cause one run, and a rejection reaches 10,000 as the same error", async () => {
  let runs = 0;
  const opened = [gate<number>(), gate<number>(), gate<number>()];
  const load = acache((_: string) => opened[runs++]!.opened);
  const many = Array.from({ length: 100_000 }, () => load("k"));
  opened[0]!.open(7);
  assert.ok((await Promise.all(many)).every((value) => value === 7));
  assert.equal(runs, 1);

  load.cache.clear();
  const waiting = Array.from({ length: 10_000 }, () => load("k").catch((error: unknown) => error));
  const error = new Error("down");
  opened[1]!.fail(error);
  assert.ok((await Promise.all(waiting)).every((thrown) => thrown === error));
  opened[2]!.open(8);
  assert.equal(await load("k"), 8);
  assert.equal(runs, 3);
  assert.equal(load.cache.stats().inFlight, 0);
});

test("ucache() of an asynchronous function gives promises, never a promise of a promise", async () => {
  const load = ucache(async (x: number) => await Promise.resolve({ x }));
  const first = load(1);
  assert.ok(first instanceof Promise);
  assert.deepEqual(await first, { x: 1 });
  assert.ok(load(1) instanceof Promise);
  assert.equal(await load(1), await first);
});
