import { LRUCache } from "lru-cache";
import { acache, type CacheOptions, mcache } from "../mod.ts";
import { systemClock } from "../src/runtime/system_clock.ts";
import { callsOf, measure, report } from "./harness.ts";
import type { Row, Table } from "./harness.ts";

const size = 1024;
const texts = Array.from({ length: size }, (_, n) => `user:${n}`);
const numbers = texts.map((_, n) => n * 3);
const hour = 3_600_000;

function miss(): never {
  throw new Error("a hit was expected");
}

/** A wrapped function with all keys cached: bounded, with ttl and statistics. */
function warm(keys: readonly unknown[], options: CacheOptions = {}): (key: unknown) => unknown {
  let n = 0;
  const cached = mcache((_: unknown) => n++, { maxSize: size, ttl: hour, ...options });
  keys.forEach((key) => cached(key));
  return cached;
}

/** The same of a function that gives promises. */
function warmAsync(keys: readonly unknown[]): (key: unknown) => unknown {
  let n = 0;
  const cached = acache(async (_: unknown) => await Promise.resolve(n++), { maxSize: size, ttl: hour });
  keys.forEach((key) => cached(key));
  return cached;
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

/** Calls 32 functions of 32 keys each in turn, as a program does that caches many. */
function taken(make: (keys: readonly string[]) => (key: unknown) => unknown): (n: number) => unknown {
  const own = Array.from({ length: 32 }, (_, turn) => texts.slice(turn * 32, turn * 32 + 32));
  const functions = own.map(make);
  return (n) => functions[n & 31]!(own[n & 31]![n >> 5]);
}

const atMost = { node: 2.5, bun: 2, deno: 2 };

function hits(): Row[] {
  return [
    { name: "Map.get, text", work: callsOf(mapOf(texts, (n) => n), texts) },
    {
      name: "P1 hit, text",
      work: callsOf(warm(texts), texts),
      floor: "Map.get, text",
      atMost,
      fasterThan: { "lru-cache memo(), text": { node: 3, bun: 7, deno: 5.5 } },
    },
    { name: "Map.get, number", work: callsOf(mapOf(numbers, (n) => n), numbers) },
    { name: "hit, number", work: callsOf(warm(numbers), numbers), floor: "Map.get, number" },
    { name: "lru-cache memo(), text", work: callsOf(lruMemo(texts), texts), floor: "Map.get, text" },
  ];
}

function manyFunctions(): Row[] {
  const order = texts.map((_, n) => n);
  return [
    { name: "Map.get, 32 functions", work: callsOf(taken((keys) => mapOf(keys, (n) => n)), order) },
    {
      name: "P1 hit, 32 functions",
      work: callsOf(taken((keys) => warm(keys)), order),
      floor: "Map.get, 32 functions",
      atMost,
    },
  ];
}

function awaitedHits(): Row[] {
  return [
    { name: "Map.get of a promise, awaited", work: callsOf(mapOf(texts, (n) => Promise.resolve(n)), texts, true) },
    {
      name: "P4 async hit, awaited",
      work: callsOf(warmAsync(texts), texts, true),
      floor: "Map.get of a promise, awaited",
      atMost: 1.15,
    },
  ];
}

/** Other policies and clocks, last because the shared code is slower once it has seen several kinds. */
function mixture(): Row[] {
  const policies = ["s3fifo", "tinylfu", "lfu", "lru"] as const;
  return [
    { name: "Map.get, text", work: callsOf(mapOf(texts, (n) => n), texts) },
    ...policies.map((policy): Row => ({
      name: `hit, ${policy}`,
      work: callsOf(warm(texts, { policy }), texts),
      floor: "Map.get, text",
    })),
    {
      name: "hit, s3fifo, exact clock",
      work: callsOf(warm(texts, { clock: systemClock }), texts),
      floor: "Map.get, text",
    },
  ];
}

/** Measures P1 and P4. */
export async function hitPathTables(): Promise<Table[]> {
  return [
    await measure("Hit in memory, 1,024 keys, bound, ttl, statistics", hits()),
    await measure("Hit in memory, 32 functions of 32 keys", manyFunctions()),
    await measure("Hit in memory, awaited", awaitedHits()),
    await measure("Hit in memory, one program with many policies", mixture()),
  ];
}

if (import.meta.main) report(await hitPathTables());
