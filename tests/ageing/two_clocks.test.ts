import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache } from "../../mod.ts";
import { steady } from "../../src/runtime/steady_clock.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { random } from "../random.ts";

const folder = fastFolder();
const TTL = 1_000;

/** A wall clock that is set at random and a monotonic one that stands still at random, by steps of ten milliseconds. */
class TwoClocks {
  wall = 1_700_000_000_000;
  passed = 5_000;
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  now(): number {
    return this.wall;
  }

  elapsed(): number {
    return this.passed;
  }

  /** Time passes, by both clocks, or one of them; or the wall clock is set. */
  jump(): void {
    const ms = 10 * Math.floor(this.#next() ** 3 * 80);
    const roll = this.#next();
    if (roll < 0.7) this.wall += ms;
    if (roll < 0.5 || roll > 0.9) this.passed += ms;
    if (roll > 0.8 && roll < 0.84) this.wall += 10 * Math.floor((this.#next() - 0.5) * 720_000);
  }
}

for (const engine of enginesHere) {
  // Each jump is a call, and where values are in files a call takes a while.
  const jumps = /memory|sqlite/.test(engine) ? 10_000 : 2_000;
  test(`${engine} never serves a value past its ttl by either clock in ${jumps} random jumps of both`, async () => {
    const clock = new TwoClocks(17);
    const ran = new Map<number, readonly [wall: number, passed: number]>();
    const fn = acache((x: number) => {
      ran.set(x, [clock.wall, clock.passed]);
      return Promise.resolve(x);
    }, { ...keptIn(engine, folder, "two"), name: `two-${engine}`, clock, ttl: TTL });
    for (let jump = 0; jump < jumps; jump++) {
      clock.jump();
      const x = jump % 3;
      await fn(x);
      const [wall, passed] = ran.get(x)!;
      const story = `jump ${jump}: ${clock.wall - wall} ms by the wall clock, ${clock.passed - passed} by the other`;
      assert.ok(clock.wall - wall < TTL && clock.passed - passed < TTL, story);
    }
    const { hits, misses } = fn.cache.stats();
    assert.ok(hits > jumps / 3 && misses > jumps / 20, `${hits} hits and ${misses} misses`);
    await fn.cache.close();
  });

  test(`${engine} serves nothing stale past its window by either clock`, async () => {
    const clock = new TwoClocks(18);
    const ran = new Map<number, readonly [wall: number, passed: number]>();
    let runs = 0;
    const fn = acache((x: number) => {
      if (ran.has(x) && ++runs % 3 > 0) return Promise.reject(new Error("failed"));
      ran.set(x, [clock.wall, clock.passed]);
      return Promise.resolve(x);
    }, { ...keptIn(engine, folder, "window"), name: `window-${engine}`, clock, ttl: TTL, staleIfError: TTL });
    const jumps = 1_000;
    let [stale, failed] = [0, 0];
    for (let jump = 0; jump < jumps; jump++) {
      clock.jump();
      const x = jump % 3;
      const answer = await fn(x).catch(() => undefined);
      if (answer === undefined) {
        failed++;
        continue;
      }
      const [wall, passed] = ran.get(x)!;
      const age = Math.max(clock.wall - wall, clock.passed - passed);
      assert.ok(age < 2 * TTL, `jump ${jump}: ${age} ms old`);
      if (age >= TTL) stale++;
    }
    assert.ok(stale > 20 && failed > 20, `${stale} stale, ${failed} failed`);
    await fn.cache.close();
  });
}

test("the shortest way to a hit follows both clocks, too, for functions of none, one and two arguments", () => {
  for (const arity of [0, 1, 2]) {
    const clock = new TwoClocks(19 + arity);
    let ran: readonly [number, number] = [0, 0];
    const compute = () => {
      ran = [clock.wall, clock.passed];
      return 1;
    };
    const functions = [() => compute(), (_: number) => compute(), (_: number, __: number) => compute()] as const;
    const fn = mcache(functions[arity] as (...args: number[]) => number, { clock, ttl: TTL });
    const args = [1, 2].slice(0, arity);
    for (let jump = 0; jump < 10_000; jump++) {
      clock.jump();
      fn(...args);
      assert.ok(clock.wall - ran[0] < TTL && clock.passed - ran[1] < TTL, `${arity} arguments, jump ${jump}`);
    }
    assert.ok(fn.cache.stats().hits > 3_000);
  }
});

test("steady() stays with the clocks for a day of readings when neither is set and one counts whole milliseconds", () => {
  const next = random(23);
  let [time, lag] = [1_700_000_000_000.4, 0];
  const clock = steady({ now: () => Math.floor(time + lag), elapsed: () => time - 1_699_999_990_000 });
  for (let reading = 0; reading < 200_000; reading++) {
    time += next() * 864;
    lag = next() * 0.4;
    const now = clock.now();
    assert.ok(Math.abs(now - time) < 5, `${now - time} ms off after ${reading} readings`);
  }
});

test("steady() hears a suspension after its wall clock was set back", () => {
  const clocks = new TwoClocks(1);
  const clock = steady(clocks);
  const before = clock.now();
  clocks.wall -= 3_600_000;
  assert.equal(clock.now(), before);
  clocks.wall += 600_000;
  assert.equal(clock.now(), before + 600_000);
});
