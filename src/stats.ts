/** What one tier of a cache did: the memory in front, the engine behind it, or the only one there is. */
export interface TierStats {
  /** The name of its engine. */
  readonly name: string;
  /** Hits that it answered. The hits of all tiers are the cache's. */
  readonly hits: number;
  /** Milliseconds that these would have cost. */
  readonly savedMs: number;
  /** Entries that it holds; `undefined` where nobody counts. What is in front is behind, too. */
  readonly size: number | undefined;
  /** Bytes that it holds; `undefined` where nobody counts. */
  readonly bytes: number | undefined;
}

/** What a cache counts. Every call is a hit or a miss. */
export interface CacheStats {
  /** Calls that were answered from the cache. */
  readonly hits: number;
  /** Of the hits, those with a stale value. */
  readonly staleHits: number;
  /** Calls that found nothing usable. */
  readonly misses: number;
  /** Of the misses, those that were answered by a computation already running, here or in another process. */
  readonly coalesced: number;
  /** Values stored. */
  readonly sets: number;
  /** Entries that left for room. */
  readonly evictions: number;
  /** Entries found past their time. */
  readonly expirations: number;
  /** Faults of the engine, and values that could not be kept. */
  readonly errors: number;
  /** Entries held. */
  readonly size: number;
  /** Bytes held, by the size of the entries. */
  readonly bytes: number;
  /** Computations running. */
  readonly inFlight: number;
  /** `hits / (hits + misses)`, 0 before the first call. */
  readonly hitRatio: number;
  /** How often the function ran. */
  readonly loads: number;
  /** How often it failed. */
  readonly failures: number;
  /** Milliseconds spent in the function, all runs together. */
  readonly loadMs: number;
  /** Milliseconds of the shortest run, 0 before the first. */
  readonly minLoadMs: number;
  /** `loadMs` per run. */
  readonly avgLoadMs: number;
  /** Milliseconds of the longest run. */
  readonly maxLoadMs: number;
  /** Milliseconds that the hits would have cost. */
  readonly savedMs: number;
  /** What each tier did, the one that is asked first first. Empty before a value was looked for. */
  readonly tiers: readonly TierStats[];
}

/** What only the cache knows when its counts are read. */
export interface Holding {
  readonly size: number;
  readonly bytes: number;
  readonly inFlight: number;
  /** What its tiers hold, the one that is asked first first; `savedMs` is what their stores counted. */
  readonly tiers: readonly TierHolding[];
}

/** What a tier holds, and what its store counted. */
export type TierHolding = Omit<TierStats, "hits">;

/** What was counted of one tier: the hits that did not take the short way. */
export interface TierCounters {
  hits: number;
  savedMs: number;
}

const NOTHING: Holding = { size: 0, bytes: 0, inFlight: 0, tiers: [] };

/** The running counts of one cache. */
export class Counters {
  hits = 0;
  staleHits = 0;
  misses = 0;
  coalesced = 0;
  sets = 0;
  evictions = 0;
  expirations = 0;
  errors = 0;
  loads = 0;
  failures = 0;
  loadMs = 0;
  #shortest = Infinity;
  #longest = 0;
  #near = "memory";
  #full = false;
  readonly #tiers = new Map<string, TierCounters>();

  /** Notes which tier it is whose hits take the short way, and are counted in `hits` alone. */
  nearIs(engine: string): void {
    this.#near = engine;
  }

  /** The counts of a tier. */
  tier(engine: string): TierCounters {
    const known = this.#tiers.get(engine) ?? { hits: 0, savedMs: 0 };
    this.#tiers.set(engine, known);
    return known;
  }

  /** Notes that an entry left for room; says whether it is the first. */
  becomesFull(): boolean {
    const first = !this.#full;
    this.#full = true;
    return first;
  }

  /** The function ran for so many milliseconds. */
  ran(ms: number): void {
    this.loads++;
    this.loadMs += ms;
    if (ms < this.#shortest) this.#shortest = ms;
    if (ms > this.#longest) this.#longest = ms;
  }

  /** The counts together with what only the cache knows. */
  snapshot({ size, bytes, inFlight, tiers: held }: Holding = NOTHING): CacheStats {
    const tiers = this.#tierStats(held);
    return {
      ...this,
      size,
      bytes,
      inFlight,
      ...ratios(this),
      minLoadMs: this.loads === 0 ? 0 : this.#shortest,
      maxLoadMs: this.#longest,
      savedMs: tiers.reduce((sum, { savedMs }) => sum + savedMs, 0),
      tiers,
    };
  }

  #tierStats(held: Holding["tiers"]): TierStats[] {
    const stats = new Map<string, TierStats>();
    const add = (tier: TierStats) => stats.set(tier.name, sumTiers(stats.get(tier.name), tier));
    for (const tier of held) add({ ...tier, hits: 0 });
    const uncounted = (name: string) => stats.has(name) ? 0 : undefined;
    let told = 0;
    for (const [name, { hits, savedMs }] of this.#tiers) {
      told += hits;
      if (hits === 0 && savedMs === 0) continue;
      add({ name, hits, savedMs, size: uncounted(name), bytes: uncounted(name) });
    }
    const name = this.#near;
    if (this.hits > told) {
      add({ name, hits: this.hits - told, savedMs: 0, size: uncounted(name), bytes: uncounted(name) });
    }
    return [...stats.values()];
  }
}

/** The statistics of several caches as one, tiers of one name as one, too. */
export function sumStats(all: readonly CacheStats[]): CacheStats {
  const sum = { ...new Counters().snapshot() } as { -readonly [K in keyof CacheStats]: CacheStats[K] };
  const tiers = new Map<string, TierStats>();
  let shortest = Infinity;
  for (const stats of all) {
    for (const name of SUMMED) sum[name] += stats[name];
    if (stats.loads > 0) shortest = Math.min(shortest, stats.minLoadMs);
    sum.maxLoadMs = Math.max(sum.maxLoadMs, stats.maxLoadMs);
    for (const tier of stats.tiers) tiers.set(tier.name, sumTiers(tiers.get(tier.name), tier));
  }
  return { ...sum, ...ratios(sum), minLoadMs: sum.loads === 0 ? 0 : shortest, tiers: [...tiers.values()] };
}

const SUMMED = [
  "hits",
  "staleHits",
  "misses",
  "coalesced",
  "sets",
  "evictions",
  "expirations",
  "errors",
  "size",
  "bytes",
  "inFlight",
  "loads",
  "failures",
  "loadMs",
  "savedMs",
] as const satisfies readonly (keyof CacheStats)[];

function sumTiers(one: TierStats | undefined, other: TierStats): TierStats {
  if (one === undefined) return other;
  const both = (a: number | undefined, b: number | undefined) => a === undefined || b === undefined ? undefined : a + b;
  return {
    name: other.name,
    hits: one.hits + other.hits,
    savedMs: one.savedMs + other.savedMs,
    size: both(one.size, other.size),
    bytes: both(one.bytes, other.bytes),
  };
}

function ratios(of: { hits: number; misses: number; loadMs: number; loads: number }) {
  const calls = of.hits + of.misses;
  return { hitRatio: calls === 0 ? 0 : of.hits / calls, avgLoadMs: of.loads === 0 ? 0 : of.loadMs / of.loads };
}
