import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheEvent, type CacheOptions, on } from "../../mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { type Gate, gate } from "../gate.ts";
import { settled } from "../settled.ts";

/** The options that keep values where they are to be kept, under a name of their own. */
type Kept = (name: string) => CacheOptions & { readonly name: string };

/** Collects what happens in the cache of a name, in words. */
function transcript(cache: string): { readonly lines: string[]; stop(): void } {
  const lines: string[] = [];
  const stop = on("*", (event: CacheEvent) => {
    if (event.cache !== cache) return;
    if (event.type === "hit") lines.push(`hit ${event.state}`);
    else if ("because" in event) lines.push(`${event.type} ${event.because}`);
    else lines.push(event.type);
  });
  return { lines, stop };
}

/** A cached function whose results are numbers that count up, and that fails while it is told to. */
function counting(kept: Kept, name: string, options: CacheOptions) {
  // Servers drop what is long past its time by their own clocks.
  const clock = new FakeClock(Date.now());
  const state = { runs: 0, failing: false, gate: undefined as Gate | undefined };
  const fn = acache(async (_id: number) => {
    const run = ++state.runs;
    await state.gate?.opened;
    if (state.failing) throw new Error(`run ${run} failed`);
    return run;
  }, { ...kept(name), clock, ...options });
  return { clock, state, fn };
}

/** Tests that values age as the options say, wherever they are kept. The list of events is the oracle. */
export function stagesChapter(engine: string, kept: Kept): void {
  test(`${engine}: nothing stale is served unless it is asked for, and a value is out of time exactly at its ttl`, async () => {
    const { clock, fn } = counting(kept, "plain", { ttl: "1m" });
    assert.equal(await fn(1), 1);
    clock.advance(59_999);
    assert.equal(await fn(1), 1);
    clock.advance(1);
    assert.equal(await fn(1), 2);
    assert.equal(fn.cache.stats().staleHits, 0);
    await fn.cache.close();
  });

  test(`${engine}: staleWhileRevalidate serves the old value at once and one new run goes on behind`, async () => {
    const { clock, state, fn } = counting(kept, "swr", { ttl: "1m", staleWhileRevalidate: "1h" });
    await fn(1);
    await settled(fn);
    clock.advance(60_000);
    state.gate = gate();
    const events = transcript(kept("swr").name);
    assert.deepEqual(await Promise.all([fn(1), fn(1), fn(1)]), [1, 1, 1]);
    assert.equal(await fn(1), 1);
    state.gate.open();
    while (fn.cache.stats().inFlight > 0) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    await settled(fn);
    assert.equal(await fn(1), 2);
    assert.equal(state.runs, 2);
    events.stop();
    const hits = ["hit stale", "hit stale", "hit stale", "hit stale"];
    assert.deepEqual(events.lines.filter((line) => line === "hit stale"), hits);
    assert.deepEqual(events.lines.filter((line) => line !== "hit stale"), ["refresh stale", "set", "hit fresh"]);
    clock.advance(60_000 + 3_600_000);
    assert.equal(await fn(1), 3, "beyond its window nothing stale is served");
    await fn.cache.close();
  });

  test(`${engine}: staleIfError serves the old value while the function fails, which is tried once per retryAfter`, async () => {
    const { clock, state, fn } = counting(kept, "sie", { ttl: "1m", staleIfError: "1h", retryAfter: "10s" });
    await fn(1);
    await settled(fn);
    clock.advance(60_000);
    state.failing = true;
    const events = transcript(kept("sie").name);
    for (let call = 0; call < 5; call++) assert.equal(await fn(1), 1);
    assert.equal(state.runs, 2);
    clock.advance(10_000);
    assert.deepEqual(await Promise.all([fn(1), fn(1)]), [1, 1]);
    assert.equal(state.runs, 3);
    state.failing = false;
    clock.advance(10_000);
    assert.equal(await fn(1), 4);
    await settled(fn);
    assert.equal(await fn(1), 4);
    events.stop();
    assert.deepEqual(events.lines, [
      "miss stale",
      "failed",
      "stale failed",
      ...Array(4).fill("hit stale"),
      "miss stale",
      "coalesced",
      "failed",
      "stale failed",
      "miss stale",
      "set",
      "hit fresh",
    ]);
    state.failing = true;
    clock.advance(60_000 + 3_600_000);
    await assert.rejects(fn(1), /run 5 failed/);
    await fn.cache.close();
  });

  test(`${engine}: refreshAhead runs the function behind a fresh hit once that part of the ttl is over`, async () => {
    const { clock, state, fn } = counting(kept, "ahead", { ttl: "1m", refreshAhead: 0.5 });
    await fn(1);
    await settled(fn);
    clock.advance(29_999);
    assert.equal(await fn(1), 1);
    assert.equal(state.runs, 1);
    clock.advance(1);
    const events = transcript(kept("ahead").name);
    assert.equal(await fn(1), 1);
    while (fn.cache.stats().inFlight > 0) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    await settled(fn);
    assert.equal(await fn(1), 2);
    events.stop();
    assert.deepEqual(events.lines, ["hit fresh", "refresh early", "set", "hit fresh"]);
    await fn.cache.close();
  });

  test(`${engine}: softTimeout gives the old value when the function is late, which goes on behind`, async () => {
    const { clock, state, fn } = counting(kept, "soft", { ttl: "1m", staleIfError: "1h", softTimeout: 5 });
    await fn(1);
    await settled(fn);
    clock.advance(60_000);
    state.gate = gate();
    const events = transcript(kept("soft").name);
    assert.deepEqual(await Promise.all([fn(1), fn(1)]), [1, 1]);
    assert.equal(await fn(1), 1, "a caller who comes while it goes on does not wait again");
    state.gate.open();
    while (fn.cache.stats().inFlight > 0) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    await settled(fn);
    assert.equal(await fn(1), 2);
    events.stop();
    assert.deepEqual(events.lines, ["miss stale", "coalesced", "stale late", "hit stale", "set", "hit fresh"]);
    await fn.cache.close();
  });

  test(`${engine}: slidingTtl keeps a value fresh while it is hit, at most until its ttl is over`, async () => {
    const { clock, fn } = counting(kept, "sliding", { ttl: "5m", slidingTtl: "1m" });
    await fn(1);
    for (let minute = 0; minute < 6; minute++) {
      clock.advance(45_000);
      assert.equal(await fn(1), 1, `after ${45 * (minute + 1)} s`);
      await settled(fn);
    }
    clock.advance(30_000);
    assert.equal(await fn(1), 2, "the ttl ends it");
    clock.advance(60_000);
    assert.equal(await fn(1), 3, "and so does a minute without a hit");
    await fn.cache.close();
  });

  test(`${engine}: slidingTtl without a ttl goes on for as long as the value is hit`, async () => {
    const { clock, fn } = counting(kept, "endless", { slidingTtl: "1m" });
    await fn(1);
    for (let hour = 0; hour < 100; hour++) {
      clock.advance(59_000);
      assert.equal(await fn(1), 1);
      await settled(fn);
    }
    clock.advance(60_000);
    assert.equal(await fn(1), 2);
    await fn.cache.close();
  });

  test(`${engine}: errorTtl keeps an error and throws it again, as the same class with its cause`, async () => {
    const { clock, state, fn } = counting(kept, "errors", { ttl: "1m", errorTtl: "10s" });
    state.failing = true;
    await assert.rejects(fn(1), { message: "run 1 failed" });
    await settled(fn);
    await assert.rejects(fn(1), (error: unknown) => error instanceof Error && error.message === "run 1 failed");
    assert.equal(state.runs, 1);
    assert.equal(await fn.cache.has(1), false);
    clock.advance(10_000);
    state.failing = false;
    assert.equal(await fn(1), 2);
    await fn.cache.close();
  });
}
