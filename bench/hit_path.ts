import { LRUCache } from "lru-cache";
import { memory } from "../engines/memory.ts";
import type { Entry } from "../src/contract/entry.ts";
import type { PolicyName } from "../src/contract/store.ts";
import type { Colour, Wrapper } from "../src/flow/hit_path.ts";
import { hitPath } from "../src/flow/hit_path.ts";
import { coarseClock, systemClock } from "../src/runtime/system_clock.ts";
import { callsOf, measure, report } from "./harness.ts";
import type { Row, Table } from "./harness.ts";

const size = 1024;
const texts = Array.from({ length: size }, (_, n) => `user:${n}`);
const numbers = texts.map((_, n) => n * 3);
const hour = 3_600_000;

function miss(): never {
  throw new Error("a hit was expected");
}

function entryOf(body: unknown): Entry {
  const storedAt = Date.now();
  const instants = { storedAt, freshUntil: storedAt + hour, goneAt: storedAt + hour };
  return { body, form: "", checksum: 0, ...instants, cost: 0.5, size: 1, tags: [], label: "", promise: undefined };
}

/** A wrapper as `mcache` makes it for a function of one argument: bounded, with ttl and statistics, all keys cached. */
function warm(keys: readonly unknown[], colour: Colour, policy: PolicyName = "s3fifo", clock = coarseClock): Wrapper {
  const store = memory.open({ bounds: { maxSize: size, maxBytes: Infinity, policy } });
  keys.forEach((key, n) => store.set(key, entryOf(n)));
  const parts = { store, clock, stats: { hits: 0 }, events: { listening: false }, plain: true, keyOf: miss, slow: miss };
  return hitPath(parts, 1, colour);
}

function mapOf<T>(keys: readonly unknown[], value: (n: number) => T): (key: unknown) => T | undefined {
  const map = new Map(keys.map((key, n) => [key, value(n)]));
  return (key) => map.get(key);
}

function lruMemo(keys: readonly unknown[]): (key: unknown) => unknown {
  const cache = new LRUCache<NonNullable<unknown>, number>({ max: size, ttl: hour, memoMethod: miss });
  keys.forEach((key, n) => cache.set(key as NonNullable<unknown>, n));
  return (key) => cache.memo(key as NonNullable<unknown>);
}

/** Calls thirty functions in turn, as a program does that caches many. */
function taken(make: () => (key: unknown) => unknown): (key: never) => unknown {
  const functions = Array.from({ length: 30 }, make);
  let turn = 0;
  return (key) => functions[turn = turn === 29 ? 0 : turn + 1]!(key);
}

function hits(): Row[] {
  const atMost = { node: 2.5, bun: 2, deno: 2 };
  return [
    { name: "Map.get, text", work: callsOf(mapOf(texts, (n) => n), texts) },
    { name: "lru-cache memo(), text", work: callsOf(lruMemo(texts), texts), floor: "Map.get, text" },
    {
      name: "P1 hit, text",
      work: callsOf(warm(texts, "sync"), texts),
      floor: "Map.get, text",
      atMost,
      fasterThan: { "lru-cache memo(), text": { node: 3, bun: 7, deno: 5.5 } },
    },
    { name: "P1 hit, text, either colour", work: callsOf(warm(texts, "either"), texts), floor: "Map.get, text", atMost },
    { name: "hit, text, tinylfu", work: callsOf(warm(texts, "sync", "tinylfu"), texts), floor: "Map.get, text" },
    { name: "hit, text, lru", work: callsOf(warm(texts, "sync", "lru"), texts), floor: "Map.get, text" },
    {
      name: "hit, text, exact clock",
      work: callsOf(warm(texts, "sync", "s3fifo", systemClock), texts),
      floor: "Map.get, text",
    },
    { name: "Map.get, number", work: callsOf(mapOf(numbers, (n) => n), numbers) },
    { name: "hit, number", work: callsOf(warm(numbers, "sync"), numbers), floor: "Map.get, number" },
  ];
}

function manyFunctions(): Row[] {
  return [
    { name: "Map.get, 30 functions", work: callsOf(taken(() => mapOf(texts, (n) => n)), texts) },
    {
      name: "P1 hit, 30 functions",
      work: callsOf(taken(() => warm(texts, "sync")), texts),
      floor: "Map.get, 30 functions",
      atMost: { node: 2.5, bun: 2, deno: 2 },
    },
  ];
}

function awaitedHits(): Row[] {
  return [
    { name: "Map.get of a promise, awaited", work: callsOf(mapOf(texts, (n) => Promise.resolve(n)), texts, true) },
    {
      name: "P4 async hit, awaited",
      work: callsOf(warm(texts, "async"), texts, true),
      floor: "Map.get of a promise, awaited",
      atMost: 1.15,
    },
  ];
}

/** Measures P1 and P4. */
export async function hitPathTables(): Promise<Table[]> {
  return [
    await measure("Hit in memory, 1,024 keys, bound, ttl, statistics", hits()),
    await measure("Hit in memory, thirty functions", manyFunctions()),
    await measure("Hit in memory, awaited", awaitedHits()),
  ];
}

if (import.meta.main) report(await hitPathTables());
