import { ConfigurationError } from "./errors.ts";
import { type CacheStats, sumStats } from "./stats.ts";

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

/** Knows the caches of this process without keeping them alive. */
class CacheRegistry {
  readonly #automatic = new Set<{ readonly name: string; readonly held: WeakRef<Registered> }>();
  readonly #named = new Map<string, Registered>();
  #additions = 0;

  /** Notes a cache under its own name; it leaves by itself when nobody holds it any more. */
  add(name: string, cache: Registered): void {
    if (++this.#additions % 1_000 === 0) this.all();
    this.#automatic.add({ name, held: new WeakRef(cache) });
  }

  /** Takes a cache out. */
  remove(cache: Registered): void {
    for (const entry of this.#automatic) if (entry.held.deref() === cache) this.#automatic.delete(entry);
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
      if (cache === undefined) this.#automatic.delete(entry);
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
}

/** The caches of this process. */
export const registry: CacheRegistry = new CacheRegistry();

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

/** The counts of the caches of a name, or of all caches, summed up. Throws a `ConfigurationError` for a name that nobody has. */
export function getStats(name?: string): CacheStats {
  return sumStats(registry.find(name, "count").map((cache) => cache.stats()));
}
