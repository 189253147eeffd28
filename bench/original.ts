import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acache, CacheContext, type CacheOptions, mcache, ucache } from "../mod.ts";
import { type Goal, measure, report, type Row, type Table } from "./harness.ts";

/*
 * The twelve scenarios that twat-cache measures, by their names there, each against the plainest thing that could do the same by
 * hand: a Map in memory, a file of JSON on disk.
 *
 * Why nothing sleeps: there a function sleeps for a millisecond, which hides what the cache itself costs.
 */

const folder = mkdtempSync(join(tmpdir(), "twat-cache-bench-"));
const records = Array.from({ length: 100 }, (_, id) => ({
  id,
  name: `name-${id}`,
  value: id * 7 % 1000,
  data: Array.from({ length: 10 }, (_, n) => (id + n) / 7),
}));
const record = (id: number) => records[id % records.length]!;
const onDisk: CacheOptions = { cacheDir: folder, folderName: "original", maxSize: 1000 };

/** As often as told, calls with the numbers from 0 on, again and again from the start. */
function loop(call: (n: number) => unknown, calls: number, keys: number): Row["work"] {
  return (times) => {
    let absent = 0;
    for (let time = 0; time < times; time++) {
      for (let n = 0; n < calls; n++) if (call(n % keys) === undefined) absent++;
    }
    return absent;
  };
}

/** The same, awaiting each. */
function awaited(call: (n: number) => unknown, calls: number, keys: number): Row["work"] {
  return async (times) => {
    let absent = 0;
    for (let time = 0; time < times; time++) {
      for (let n = 0; n < calls; n++) if (await call(n % keys) === undefined) absent++;
    }
    return absent;
  };
}

/** Keeps results in a Map, the oldest of which leaves. */
function byMap<T>(fn: (n: number) => T, room = Infinity): (n: number) => T {
  const map = new Map<number, T>();
  return (n) => {
    const known = map.get(n);
    if (known !== undefined) return known;
    const value = fn(n);
    if (map.size >= room) map.delete(map.keys().next().value!);
    map.set(n, value);
    return value;
  };
}

/** Keeps results as files of JSON. */
function byFile<T>(
  name: string,
  fn: (n: number) => T,
  parse: (bytes: Uint8Array) => T,
  bytes: (value: T) => Uint8Array,
) {
  return (n: number): T => {
    const path = join(folder, `${name}-${n}`);
    try {
      return parse(readFileSync(path));
    } catch {
      const value = fn(n);
      writeFileSync(path, bytes(value));
      return value;
    }
  };
}

const json = <T>(name: string, fn: (n: number) => T) =>
  byFile(
    name,
    fn,
    (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as T,
    (value) => new TextEncoder().encode(JSON.stringify(value)),
  );

interface Scenario {
  readonly ours: Row["work"];
  readonly byHand: Row["work"];
  /** At most so many times the time by hand. */
  readonly atMost: Goal;
}

const arrays = (n: number) => new Float64Array((50 + n * 10) ** 2).fill(1 / (n + 1));
const complex = (id: number) => ({
  id,
  numbers: Array.from({ length: 1000 }, (_, n) => n),
  strings: Array.from({ length: 100 }, (_, n) => `text number ${n} of ${id}`),
  nested: { level1: { level2: { data: records[0]!.data } } },
});
const sizes = [(n: number) => `small-${n}`, (n: number) => Array.from({ length: n }, (_, i) => i), complex];

/** One of three functions in turn, of values of three sizes. */
function ofSizes(keep: (fn: (n: number) => unknown) => (n: number) => unknown): (n: number) => unknown {
  const kept = sizes.map((fn) => keep(fn));
  return (n) => kept[n % 3]!(n % 10);
}

/** Five callers who ask for twenty values each at the same time. */
function fiveCallers(call: (n: number) => Promise<unknown>): Row["work"] {
  return async (times) => {
    let calls = 0;
    for (let time = 0; time < times; time++) {
      const all = Array.from({ length: 100 }, (_, n) => call(n % 50));
      calls += (await Promise.all(all)).length;
    }
    return calls;
  };
}

/** Each engine that the names of twat-cache stand for, in turn. */
function eachEngine(): (n: number) => unknown {
  const kept = ["functools", "cachetools", "cachebox", "diskcache"].map((engine) =>
    ucache((n: number) => n * n + n, { ...onDisk, name: `by ${engine}`, engine, logger: silent })
  );
  return (n) => kept[n & 3]!(n % 20);
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function scenarios(context: CacheContext): Promise<Readonly<Record<string, Scenario>>> {
  const inContext = async (n: number) => {
    const known = await context.get(`key_${n}`);
    if (known !== undefined) return known;
    await context.set(`key_${n}`, record(n));
    return record(n);
  };
  const async = acache((n: number) => Promise.resolve(record(n)), { maxSize: 1000 });
  const asyncByHand = byMap((n) => Promise.resolve(record(n)));
  const doubled = mcache((n: number) => n * 2, { maxSize: 1000 });
  await async(0);
  return {
    "memory_cache_performance": {
      ours: loop(ucache(record, { maxSize: 1000 }), 50, 20),
      byHand: loop(byMap(record), 50, 20),
      atMost: 3,
    },
    "disk_cache_performance": {
      ours: loop(ucache(record, { ...onDisk, name: "record" }), 50, 20),
      byHand: loop(json("record", record), 50, 20),
      atMost: 1.5,
    },
    "async_cache_performance": { ours: awaited(async, 50, 20), byHand: awaited(asyncByHand, 50, 20), atMost: 2 },
    "cache_context_performance": { ours: awaited(inContext, 50, 20), byHand: awaited(asyncByHand, 50, 20), atMost: 30 },
    "different_data_sizes": {
      ours: loop(ofSizes((fn) => ucache(fn, { maxSize: 1000 })), 100, 30),
      byHand: loop(ofSizes((fn) => byMap(fn)), 100, 30),
      atMost: 2.5,
    },
    "numpy_array_caching": {
      ours: loop(ucache(arrays, { ...onDisk, name: "arrays" }), 20, 5),
      byHand: loop(
        byFile("array", arrays, (bytes) => new Float64Array(bytes.slice().buffer), (a) => new Uint8Array(a.buffer)),
        20,
        5,
      ),
      atMost: 3,
    },
    "concurrent_cache_access": { ours: fiveCallers(async), byHand: fiveCallers(asyncByHand), atMost: 2 },
    "cache_hit_ratio": {
      ours: loop(ratio(ucache((n: number) => n * 2, { maxSize: 100 })), 200, 200),
      byHand: loop(ratio(byMap((n) => n * 2, 100)), 200, 200),
      atMost: 2.5,
    },
    "cache_serialization_performance": {
      ours: loop(ucache(complex, { ...onDisk, name: "complex" }), 50, 10),
      byHand: loop(json("complex", complex), 50, 10),
      atMost: 2,
    },
    "engine_comparison": {
      ours: loop(eachEngine(), 100, 80),
      byHand: loop(json("engine", (n) => n * n + n), 100, 20),
      atMost: 0.5,
    },
    "cache_overhead": { ours: loop(doubled, 1000, 100), byHand: loop(byMap((n) => n * 2), 1000, 100), atMost: 3.5 },
    "memory_usage_stability": {
      ours: loop(ucache((n: number) => "x".repeat(1000) + n, { maxSize: 100 }), 1000, 1000),
      byHand: loop(byMap((n) => "x".repeat(1000) + n, 100), 1000, 1000),
      atMost: 25,
    },
  };
}

/** Four of five calls ask for one of twenty values, the others for one that is new. */
function ratio(call: (n: number) => unknown): (n: number) => unknown {
  return (n) => call(n < 160 ? n % 20 : n);
}

async function main(): Promise<Table[]> {
  await using context = await CacheContext.open({ engine: "cachetools", maxSize: 1000, logger: silent });
  const tables: Table[] = [];
  for (const [name, { ours, byHand, atMost }] of Object.entries(await scenarios(context))) {
    tables.push(
      await measure(name, [
        { name: `${name}, by hand`, work: byHand },
        { name, work: ours, floor: `${name}, by hand`, atMost },
      ], { rounds: 51, warmUp: 60 }),
    );
  }
  return tables;
}

if (import.meta.main) {
  try {
    report(await main());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
