import { ConfigurationError } from "./errors.ts";
import { type CacheStats, type Counters, sumStats } from "./stats.ts";

/** What the registry asks of a cache. The caches of functions and of `CacheContext` have it. */
export interface Registered {
  /** The counts so far. */
  stats(): CacheStats;
  /** Removes everything; says how many entries. */
  clear(): number | Promise<number>;
  /** Where values are kept. */
  readonly info?: { readonly engine: string; readonly persistent: boolean };
  /** What the engine lets a person reach. */
  readonly native?: unknown;
}

/** One cache in a listing. */
export interface ListedCache {
  /** Its name. */
  readonly name: string;
  /** The name of the engine; empty when the cache does not say. */
  readonly engine: string;
  /** Its counts. */
  readonly stats: CacheStats;
}

/** What is known of a cache under its own name. Its counts outlive it. */
interface Listing {
  readonly name: string;
  readonly held: WeakRef<Registered>;
  readonly counters: Counters | undefined;
  /** Its statistics when they were last looked at. */
  seen?: CacheStats;
}

/** Knows the caches of this process without keeping them alive. */
class CacheRegistry {
  readonly #automatic = new Set<Listing>();
  readonly #named = new Map<string, Registered>();
  /** How many caches there are of a name, and what those counted that are no longer there. */
  readonly #names = new Map<string, { alive: number; former: readonly CacheStats[] }>();
  #additions = 0;

  /** Notes a cache under its own name; it leaves by itself when nobody holds it any more. */
  add(name: string, cache: Registered, counters?: Counters): void {
    if (++this.#additions % 1_000 === 0) this.all();
    this.#automatic.add({ name, held: new WeakRef(cache), counters });
    const named = this.#names.get(name) ?? { alive: 0, former: [] };
    named.alive++;
    this.#names.set(name, named);
  }

  /** Takes a cache out. */
  remove(cache: Registered): void {
    for (const entry of this.#automatic) if (entry.held.deref() === cache) this.#leave(entry);
    for (const [name, named] of this.#named) if (named === cache) this.#named.delete(name);
  }

  /** Gives a cache a name of its own. */
  name(name: string, cache: Registered, replace: boolean): void {
    const other = this.#named.get(name);
    if (other !== undefined && other !== cache && !replace) {
      throw new ConfigurationError(
        `Cannot register cache "${name}": the name belongs to another cache; choose another or pass { replace: true }`,
      );
    }
    this.#named.set(name, cache);
  }

  /** Every cache that is alive, with its name. */
  all(): { readonly name: string; readonly cache: Registered }[] {
    const alive: { name: string; cache: Registered }[] = [];
    for (const entry of this.#automatic) {
      const cache = entry.held.deref();
      if (cache === undefined) this.#leave(entry);
      else alive.push({ name: entry.name, cache });
    }
    const known = new Set(alive.map(({ cache }) => cache));
    for (const [name, cache] of this.#named) {
      if (!known.has(cache)) alive.push({ name, cache });
      else alive.find((entry) => entry.cache === cache)!.name = name;
    }
    return alive;
  }

  /** The caches of a name, or all; a name that nobody has is an error. */
  find(name: string | undefined, forWhat: string): Registered[] {
    const all = this.all();
    const found = name === undefined ? all : all.filter((entry) => entry.name === name);
    if (name !== undefined && found.length === 0) {
      const known = [...new Set(all.map((entry) => `"${entry.name}"`))].join(", ");
      throw new ConfigurationError(
        `Cannot ${forWhat} "${name}": no cache has that name; the names are ${known || "none so far"}`,
      );
    }
    return found.map((entry) => entry.cache);
  }

  /**
   * The counts of the caches of a name, or of all, by name. What those counted that are gone stays in the sum as long as
   * there is another one of the name, so that no count ever falls.
   */
  stats(name: string | undefined): Map<string, CacheStats> {
    const listings = new Map([...this.#automatic].map((entry) => [entry.held.deref(), entry]));
    const all = new Map<string, CacheStats[]>();
    for (const { name: own, cache } of this.all()) {
      if (name !== undefined && own !== name) continue;
      const stats = cache.stats();
      const listing = listings.get(cache);
      if (listing !== undefined) listing.seen = stats;
      const known = all.get(own);
      if (known === undefined) all.set(own, [stats]);
      else known.push(stats);
    }
    return new Map([...all].map(([own, stats]) => {
      return [own, sumStats([...stats, ...this.#names.get(own)?.former ?? []])];
    }));
  }

  /** Takes a cache off the list, but keeps what it counted. What it saved is known as of when that was looked at. */
  #leave(entry: Listing): void {
    this.#automatic.delete(entry);
    const named = this.#names.get(entry.name)!;
    if (--named.alive === 0) this.#names.delete(entry.name);
    if (entry.counters === undefined) return;
    const { savedMs, tiers, ...stats } = entry.counters.snapshot();
    const seen = entry.seen?.tiers ?? [];
    const left = {
      ...stats,
      savedMs: Math.max(savedMs, entry.seen?.savedMs ?? 0),
      tiers: tiers.map((tier) => {
        const before = seen.find(({ name }) => name === tier.name)?.savedMs ?? 0;
        return { ...tier, savedMs: Math.max(tier.savedMs, before), size: 0, bytes: 0 };
      }),
    };
    named.former = [sumStats([...named.former, left])];
  }
}

/** The caches of this process. */
export const registry: CacheRegistry = /* @__PURE__ */ new CacheRegistry();

/**
 * The caches of this process: every wrapped function that is still in use, and every cache registered by name.
 *
 * @example
 * ```ts
 * import { listCaches, mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const parse = mcache((text: string) => JSON.parse(text), { name: "parse" });
 * parse("{}");
 * assert.ok(listCaches().some(({ name, engine }) => name === "parse" && engine === "memory"));
 * ```
 */
export function listCaches(): ListedCache[] {
  return registry.all().map(({ name, cache }) => ({ name, engine: cache.info?.engine ?? "", stats: cache.stats() }));
}

/** Puts a cache into the registry under a name. Throws a `ConfigurationError` when another has it, unless it is to be replaced. */
export function registerCache(name: string, cache: Registered, options: { readonly replace?: boolean } = {}): void {
  registry.name(name, cache, options.replace ?? false);
}

/**
 * The counts of the caches of a name, or of all caches, summed up. Throws a `ConfigurationError` for a name that nobody has.
 *
 * Caches of one name, such as those of the instances of a class, count together, also those that are gone by now, as long as
 * one is left: no count falls but `size`, `bytes` and `inFlight`.
 */
export function getStats(name?: string): CacheStats {
  registry.find(name, "count");
  return sumStats([...registry.stats(name).values()]);
}
