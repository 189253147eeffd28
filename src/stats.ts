/** What a cache counts. Every call is a hit or a miss. */
export interface CacheStats {
  /** Calls that were answered from the cache. */
  readonly hits: number;
  /** Of the hits, those with a stale value. */
  readonly staleHits: number;
  /** Calls that found nothing usable. */
  readonly misses: number;
  /** Of the misses, those that joined a computation already running; `misses - coalesced` is how often the function ran. */
  readonly coalesced: number;
  /** Values stored. */
  readonly sets: number;
  /** Entries that left for room. */
  readonly evictions: number;
  /** Entries found past their time. */
  readonly expirations: number;
  /** Faults of the engine or of a value that could not be kept. */
  readonly errors: number;
  /** Entries held. */
  readonly size: number;
  /** Bytes held, by the size of the entries. */
  readonly bytes: number;
  /** Computations running. */
  readonly inFlight: number;
  /** `hits / (hits + misses)`, 0 before the first call. */
  readonly hitRatio: number;
  /** Milliseconds spent in the function, all runs together. */
  readonly loadMs: number;
  /** `loadMs` per run. */
  readonly avgLoadMs: number;
  /** Milliseconds that the hits would have cost. */
  readonly savedMs: number;
}

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
  runs = 0;
  loadMs = 0;
  savedMs = 0;

  /** The counts together with what only the cache knows. */
  snapshot(held: { size: number; bytes: number; inFlight: number; savedMs: number }): CacheStats {
    const { runs: _, ...counts } = this;
    return { ...counts, ...held, savedMs: this.savedMs + held.savedMs, ...ratios(this) };
  }
}

/** The statistics of several caches as one. */
export function sumStats(all: readonly CacheStats[]): CacheStats {
  const sum = new Counters().snapshot({ size: 0, bytes: 0, inFlight: 0, savedMs: 0 }) as {
    -readonly [K in keyof CacheStats]: number;
  };
  let runs = 0;
  for (const stats of all) {
    for (const name of Object.keys(sum) as (keyof CacheStats)[]) sum[name] += stats[name];
    runs += stats.avgLoadMs > 0 ? stats.loadMs / stats.avgLoadMs : 0;
  }
  return { ...sum, ...ratios({ ...sum, runs }) };
}

function ratios(of: { hits: number; misses: number; loadMs: number; runs: number }) {
  const calls = of.hits + of.misses;
  return { hitRatio: calls === 0 ? 0 : of.hits / calls, avgLoadMs: of.runs === 0 ? 0 : of.loadMs / of.runs };
}
