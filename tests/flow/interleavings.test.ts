import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheOptions, type Engine, engines } from "../../mod.ts";
import { behindMemory } from "../../src/decorators/behind_memory.ts";
import { CallCache } from "../../src/decorators/call_cache.ts";
import { enginesHere, fastFolder } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeTimers } from "../fake_timers.ts";
import { type Gate, gate } from "../gate.ts";
import { macrotask } from "../macrotask.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { random } from "../random.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

/** Where values are kept in one run: an engine for each process, and whether changes are waited for before the next step. */
interface Place {
  readonly engines: readonly (Engine | undefined)[];
  readonly options?: CacheOptions;
}

const KEYS = ["a", "b"] as const;
const STEPS = [
  ..."load load load load finish finish finish fail invalidate set clear expire tag refresh time time turn turn".split(
    " ",
  ),
];

/**
 * A random run of loads, changes and time over two keys, with loaders that end when the run says so, in one process or several.
 *
 * The truth is a counter per key that each change raises. A loader gives the truth at its start, as a value or an error.
 * Whatever is served or kept after a change must be from after that change. Between processes that holds for changes that have
 * ended and for callers who do not join what their own process is computing already.
 */
async function run(seed: number, place: Place): Promise<void> {
  const next = random(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  const several = place.engines.length > 1;
  const clock = new FakeClock();
  const truth: Record<string, number> = { a: 0, b: 0 };
  const loading: { readonly done: Gate<number>; readonly value: number }[] = [];
  const tagged = next() < 0.3;
  // Errors have no tags where these depend on the value.
  const tags = tagged && { tags: (_: number, key: string) => [key], errorTtl: undefined };
  const options = { ...ageing(next), ...tags, ...place.options };
  // Processes differ in the instants that they read, so that what they write differs in its instant, too.
  const clockOf = (process: number) => ({ now: () => clock.now() + process / 4 });
  const processes = place.engines.map((engine, process) =>
    acache((key: string) => {
      const done = gate<number>();
      loading.push({ done, value: truth[key]! });
      return done.opened;
    }, {
      ...engine && { engine },
      name: `interleaved ${seed}`,
      version: "1",
      clock: clockOf(process),
      logger: new QuietLogger(),
      ...options,
    })
  );
  const story = () => `seed ${seed} ${JSON.stringify(options)}: ${done.join(", ")}`;
  const done: string[] = [];
  const waiting: Promise<unknown>[] = [];
  const change = async (name: string, keys: readonly string[], make: () => Promise<unknown>) => {
    for (const key of keys) truth[key]!++;
    done.push(`${name} ${keys.map((key) => truth[key])}`);
    const made = make();
    waiting.push(made);
    if (several) await until(made);
  };
  const until = async (promise: Promise<unknown>) => {
    let ended = false;
    promise.then(() => ended = true, () => ended = true);
    for (let turn = 0; !ended; turn++) {
      assert.ok(turn < 10_000, `something waits for ever; ${story()}`);
      await macrotask();
      timers.advance(5);
    }
  };
  const call = (process: number, key: string, refresh = false) => {
    const load = processes[process]!;
    const [earliest, strict] = [truth[key]!, !several || load.cache.stats().inFlight === 0];
    const name = `${refresh ? "refresh" : "load"} ${process}${key}${strict ? "" : "?"} #${done.length}`;
    done.push(name);
    const judge = (what: string, given: number) => {
      if (strict) assert.ok(given >= earliest, `${name} ${what} ${given}, not ${earliest}; ${story()}`);
    };
    const answer = refresh ? load.cache.refresh(key) : load(key);
    waiting.push(answer.then(
      (value) => judge("gave", value),
      // An error that others wait for when a tag is invalidated may be from before: nobody knows what tags it would have.
      (error) => tagged || judge("threw", generationOf(error)),
    ));
  };

  for (let step = 0; step < 16; step++) {
    const [key, process] = [pick(KEYS), Math.floor(next() * processes.length)];
    const { cache } = processes[process]!;
    const what = pick(STEPS);
    switch (what) {
      case "load":
        call(process, key);
        break;
      case "refresh":
        call(process, key, true);
        break;
      case "finish":
      case "fail": {
        const [flight] = loading.splice(Math.floor(next() * loading.length), 1);
        if (flight === undefined) break;
        done.push(`${what} ${flight.value}`);
        if (what === "finish") flight.done.open(flight.value);
        else flight.done.fail(new Error(`failed at ${flight.value}`));
        break;
      }
      case "invalidate":
        await change(`invalidate ${process}${key}`, [key], () => cache.invalidate(key));
        break;
      case "set":
        await change(`set ${process}${key}`, [key], () => cache.set([key], truth[key]!));
        break;
      case "clear":
        await change(`clear ${process}`, KEYS, () => cache.clear());
        break;
      case "tag":
        if (!tagged) break;
        await change(
          `tag ${process}${key}`,
          [key],
          async () => await CallCache.of(cache)!.on((values) => values.invalidateTag(key)),
        );
        break;
      case "expire": {
        done.push(`expire ${process}${key}`);
        const expired = cache.expire(key);
        waiting.push(expired);
        if (several) await until(expired);
        break;
      }
      case "time":
        clock.advance(pick([1, 30, 60, 110]));
        done.push("time");
        break;
      case "turn":
        for (let turn = 0; turn < 6; turn++) await undefined;
    }
  }
  const all = Promise.all(waiting);
  let ended = false;
  all.then(() => ended = true, () => ended = true);
  for (let turn = 0; !ended; turn++) {
    assert.ok(turn < 10_000, `something waits for ever; ${story()}`);
    for (const flight of loading.splice(0)) flight.done.open(flight.value);
    await macrotask();
    timers.advance(5);
  }
  await all;
  for (const load of processes) {
    for (const key of KEYS) {
      await quiet(load, loading, () => timers.advance(5));
      const answer = load(key).catch(generationOf);
      let ended = false;
      answer.then(() => ended = true);
      for (let turn = 0; !ended; turn++) {
        assert.ok(turn < 10_000, `the last call waits for ever; ${story()}`);
        for (const flight of loading.splice(0)) flight.done.open(flight.value);
        await macrotask();
        timers.advance(5);
      }
      assert.equal(await answer, truth[key], `${key} is kept in ${processes.indexOf(load)}; ${story()}`);
    }
    await quiet(load, loading, () => timers.advance(5));
    assert.equal(load.cache.stats().inFlight, 0, story());
  }
  for (const load of processes) {
    const closed = load.cache.close();
    await until(closed);
  }
}

type Load = Parameters<typeof settled>[0] & { readonly cache: { stats(): { inFlight: number } } };

/** Lets all that runs behind end. */
async function quiet(load: Load, loading: { done: Gate<number>; value: number }[], turn: () => void): Promise<void> {
  for (let turns = 0; turns < 5_000 && load.cache.stats().inFlight > 0; turns++) {
    for (const flight of loading.splice(0)) flight.done.open(flight.value);
    await macrotask();
    turn();
  }
  let idle = false;
  settled(load).then(() => idle = true);
  for (let turns = 0; turns < 5_000 && !idle; turns++) {
    await macrotask();
    turn();
  }
}

function generationOf(error: unknown): number {
  const [, generation] = /^failed at (\d+)$/.exec((error as Error).message) ?? [];
  if (generation === undefined) throw error;
  return Number(generation);
}

/** How values age, at random. */
function ageing(next: () => number): CacheOptions {
  const maybe = <T>(chance: number, value: T): T | undefined => next() < chance ? value : undefined;
  const slidingTtl = maybe(0.25, 40);
  const stale = { staleWhileRevalidate: maybe(0.4, 60), staleIfError: maybe(0.4, 90) };
  return {
    ttl: 100,
    slidingTtl,
    ...stale,
    refreshAhead: slidingTtl === undefined ? maybe(0.3, 0.25) : undefined,
    errorTtl: maybe(0.3, 30),
    retryAfter: stale.staleIfError === undefined ? undefined : maybe(0.5, 20),
  };
}

/** An engine whose operations take a random number of turns before they have their effect, and after. */
function slowly(engine: Engine, next: () => number, parts: Partial<Engine> = {}): Engine {
  const turns = async () => {
    for (let turns = Math.floor(next() * 4); turns > 0; turns--) await undefined;
  };
  const { openSync: _, ...rest } = engine;
  return {
    ...rest,
    mode: "async",
    scope: "folder",
    ...parts,
    open: async (options) => {
      const store = await engine.open(options) as object;
      const hidden = ["table", "peek", "savedMs", ...engine.scope === "function" ? ["commit"] : []];
      return new Proxy(store, {
        get(target, name) {
          if (hidden.includes(String(name))) return undefined;
          const member = Reflect.get(target, name, target);
          if (typeof member !== "function" || name === "watch" || name === "close" || name === "entries") {
            return typeof member === "function" ? member.bind(target) : member;
          }
          return async (...args: unknown[]) => {
            await turns();
            const result = await member.apply(target, args);
            await turns();
            return result;
          };
        },
        has: (target, name) => !hidden.includes(String(name)) && Reflect.has(target, name),
      }) as never;
    },
  };
}

let timers: FakeTimers;

/** Makes many runs, each with timers and instants of its own: no two of what happens in them happen in one millisecond. */
async function runs(count: number, place: (seed: number, next: () => number) => Place): Promise<void> {
  const { now } = Date;
  let instant = now();
  for (let seed = 0; seed < count; seed++) {
    timers = new FakeTimers();
    Date.now = () => ++instant;
    try {
      await run(seed, place(seed, random(seed + 1_000_000)));
    } finally {
      Date.now = now;
      timers.restore();
    }
  }
}

const memory = engines.get("memory")!;

test("no value from before a change is kept or served after it, in 5,500 interleavings", async () => {
  await runs(5_500, () => ({ engines: [undefined] }));
});

test("no value from before a change is kept or served after it on an engine that takes its time, in 2,000", async () => {
  await runs(2_000, (seed, next) => ({
    engines: [slowly(memory, next, { name: "slow memory" })],
    options: { folderName: `run-${seed}`, cacheDir: "/nowhere" },
  }));
});

test("no value from before a change is kept or served after it by two processes that share an engine, in 2,000", async () => {
  await runs(2_000, (_, next) => {
    const storage = new SharedMap();
    return { engines: [0, 1].map(() => slowly(storage.engine(), next)) };
  });
});

test("no value from before a change is kept or served after it by two processes with memory in front, in 1,000", async () => {
  await runs(1_000, (_, next) => {
    const storage = new SharedMap();
    return { engines: [0, 1].map(() => behindMemory(slowly(storage.engine(), next))) };
  });
});

const sqlite = enginesHere.filter((name) => name.endsWith("sqlite")).map((name) => engines.get(name)!);
const folder = fastFolder();

for (const engine of sqlite) {
  test(`no value from before a change is kept or served after it through two handles of ${engine.name}, in 500`, async () => {
    // The same two handles for all runs: opening a database takes longer than a run.
    const next = random(9);
    const handles = [0, 1].map(() => slowly(engine, next));
    await runs(
      500,
      (seed) => ({ engines: handles, options: { cacheDir: folder, folderName: `${engine.name}-${seed % 2}` } }),
    );
  });
}
