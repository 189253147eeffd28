import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type Engine, engines } from "../../mod.ts";
import { type Gate, gate } from "../gate.ts";
import { random } from "../random.ts";

/**
 * A random run of loads, sets, invalidations and clears over two keys, with loaders that finish when the run says so.
 *
 * The truth is a counter per key that each change raises. A loader returns the truth at its start. Whatever is served or
 * kept after a change must be from after that change.
 */
async function run(seed: number, engine: Engine | undefined): Promise<void> {
  const next = random(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  const truth: Record<string, number> = { a: 0, b: 0 };
  const loading: { readonly done: Gate<number>; readonly value: number }[] = [];
  const load = acache((key: string) => {
    const done = gate<number>();
    loading.push({ done, value: truth[key]! });
    return done.opened;
  }, engine === undefined ? {} : { engine, name: "interleaved", folderName: `run-${seed}`, cacheDir: "/nowhere" });
  const calls: Promise<void>[] = [];
  const changes: Promise<unknown>[] = [];

  const call = (key: string) => {
    const earliest = truth[key]!;
    calls.push(
      load(key).then((value) => assert.ok(value >= earliest, `seed ${seed}: ${key} gave ${value}, not ${earliest}`)),
    );
  };
  for (let step = 0; step < 14; step++) {
    const key = pick(["a", "b"]);
    switch (pick(["load", "load", "finish", "finish", "invalidate", "set", "clear", "turn"])) {
      case "load":
        call(key);
        break;
      case "finish": {
        const [flight] = loading.splice(Math.floor(next() * loading.length), 1);
        flight?.done.open(flight.value);
        break;
      }
      case "invalidate":
        truth[key]!++;
        changes.push(load.cache.invalidate(key));
        break;
      case "set":
        truth[key]!++;
        changes.push(load.cache.set([key], truth[key]!));
        break;
      case "clear":
        truth.a!++;
        truth.b!++;
        changes.push(load.cache.clear());
        break;
      case "turn":
        for (let turn = 0; turn < 4; turn++) await Promise.resolve();
        break;
    }
  }
  let settled = false;
  const all = Promise.all([...calls, ...changes]).finally(() => settled = true);
  for (let turn = 0; !settled; turn++) {
    assert.ok(turn < 10_000, `seed ${seed}: something waits for ever`);
    for (const flight of loading.splice(0)) flight.done.open(flight.value);
    await Promise.resolve();
  }
  await all;
  for (const key of ["a", "b"]) {
    const kept = await load.cache.peek(key);
    assert.ok(
      kept === undefined || kept.value === truth[key],
      `seed ${seed}: ${key} keeps ${kept?.value}, not ${truth[key]}`,
    );
  }
  assert.equal(load.cache.stats().inFlight, 0, `seed ${seed}`);
}

/** The memory engine behind promises that take a random number of turns. */
function slowly(seed: number): Engine {
  const memory = engines.get("memory")!;
  const next = random(seed + 1_000_000);
  return {
    ...memory,
    name: "slow memory",
    mode: "async",
    scope: "folder",
    open: (options) => {
      const store = memory.open(options) as object;
      return new Proxy(store, {
        get(target, name) {
          if (name === "table" || name === "peek" || name === "savedMs") return undefined;
          const member = Reflect.get(target, name, target);
          if (typeof member !== "function" || !["get", "set", "delete", "clear"].includes(String(name))) {
            return typeof member === "function" ? member.bind(target) : member;
          }
          return async (...args: unknown[]) => {
            for (let turns = Math.floor(next() * 6); turns > 0; turns--) await Promise.resolve();
            return member.apply(target, args);
          };
        },
        has: (target, name) => name !== "table" && Reflect.has(target, name),
      }) as never;
    },
  };
}

test("no value from before an invalidation, set or clear is kept or served after it, in 8,000 interleavings", async () => {
  for (let seed = 0; seed < 8_000; seed++) await run(seed, undefined);
});

test("no value from before an invalidation, set or clear is kept or served after it on an engine that takes its time, in 4,000", async () => {
  for (let seed = 0; seed < 4_000; seed++) await run(seed, slowly(seed));
});
