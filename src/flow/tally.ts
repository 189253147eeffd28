import { audience } from "../audience.ts";
import type { EvictionReason } from "../contract/store.ts";
import { type CacheEvent, emit, type MissReason } from "../events.ts";
import type { Counters, TierCounters } from "../stats.ts";

/** For whom is counted, and how keys are shown. */
export interface TallyOptions {
  readonly cache: string;
  readonly engine: string;
  readonly counters: Counters;
  /** The key as events show it. */
  readonly publicKey: (key: unknown) => string;
  /** Warns a person, at most once for the same trouble. */
  readonly warn: (message: string, error: unknown) => void;
  /** Tells a person that entries begin to leave for room. */
  readonly full?: (() => void) | undefined;
  /** Where lines about events go. */
  readonly logger?: Parameters<typeof emit>[1];
}

/** Counts what happens in one cache, and tells whoever listens. An event is made only for somebody to hear it. */
export class Tally {
  readonly counters: Counters;
  readonly #options: TallyOptions;
  readonly #tier: TierCounters;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.counters = options.counters;
    this.#tier = options.counters.tier(options.engine);
  }

  /** The name of the cache. */
  get name(): string {
    return this.#options.cache;
  }

  /** The key as events show it. */
  shown(key: unknown): string {
    return this.#options.publicKey(key);
  }

  /** Calls were answered from the cache, with a value of this age in milliseconds. */
  hit(key: unknown, age: number, state: "fresh" | "stale", calls = 1): void {
    this.counters.hits += calls;
    this.#tier.hits += calls;
    if (state === "stale") this.counters.staleHits += calls;
    for (let call = 0; call < calls && audience.listening; call++) this.#tell("hit", key, { age, state });
  }

  /** The hit that comes next is of the tier of this name; of the memory in front where there is none. */
  servedBy(tier: string | undefined): void {
    this.#tier.hits--;
    if (tier !== undefined) this.counters.tier(tier).hits++;
  }

  /** A hit of a tier saved so many milliseconds, and the store does not count that. */
  saved(ms: number, tier: string | undefined): void {
    (tier === undefined ? this.#tier : this.counters.tier(tier)).savedMs += ms;
  }

  /** A call found nothing usable. */
  missed(key: unknown, because: MissReason): void {
    this.counters.misses++;
    if (audience.hearing) this.#tell("miss", key, { because });
  }

  /** Callers joined a running computation. */
  joined(key: unknown, calls = 1): void {
    this.counters.misses += calls;
    this.counters.coalesced += calls;
    for (let call = 0; call < calls && audience.hearing; call++) this.#tell("coalesced", key, {});
  }

  /** A call that had missed was given what another process computed. */
  waited(key: unknown): void {
    this.counters.coalesced++;
    if (audience.hearing) this.#tell("coalesced", key, {});
  }

  /** The function ran for so many milliseconds. */
  ran(cost: number): void {
    this.counters.ran(cost);
  }

  /** The function threw, or its promise was rejected. */
  failed(key: unknown, error: unknown, cost: number): void {
    this.counters.failures++;
    if (audience.hearing) this.#tell("failed", key, { error, cost });
  }

  /** The function runs behind a hit. */
  refreshing(key: unknown, because: "early" | "stale"): void {
    if (audience.hearing) this.#tell("refresh", key, { because });
  }

  /** Callers were given a stale value of this age in milliseconds, because the function failed or is late. */
  stale(key: unknown, because: "failed" | "late", age: number): void {
    if (audience.hearing) this.#tell("stale", key, { because, age });
  }

  /** A result was not kept because its key was invalidated meanwhile. */
  fenced(key: unknown, cost = 0): void {
    if (audience.hearing) this.#tell("fenced", key, { cost });
  }

  /** A result was not kept because the user's code said so. */
  skipped(key: unknown, cost: number): void {
    if (audience.hearing) this.#tell("skipped", key, { cost });
  }

  /** A value was stored. */
  stored(key: unknown, size: number, cost: number): void {
    this.counters.sets++;
    if (audience.hearing) this.#tell("set", key, { size, cost });
  }

  /** A value was not kept. */
  refused(key: unknown, error: unknown, cost = 0): void {
    const { cache, warn } = this.#options;
    this.counters.errors++;
    if (audience.hearing) this.#tell("refused", key, { error, cost });
    warn(`Cannot keep a result of "${cache}": it was returned, but the next call computes again`, error);
  }

  /** An entry was removed or made stale on request. */
  changed(type: "invalidate" | "expire", key: unknown): void {
    if (audience.hearing) this.#tell(type, key, {});
  }

  /** Everything was removed. */
  cleared(entries: number): void {
    if (audience.hearing) this.#emit({ type: "clear", cache: this.#options.cache, entries });
  }

  /** An entry left before its time. */
  evicted(key: unknown, reason: EvictionReason): void {
    this.counters.evictions++;
    if (reason === "size" && this.counters.becomesFull()) this.#options.full?.();
    if (audience.hearing) this.#tell("evict", key, { reason });
  }

  /** The engine or the codec failed; gives what is returned instead. */
  fault<T>(operation: string, error: unknown, instead: T): T {
    const { cache, engine, warn } = this.#options;
    this.counters.errors++;
    if (audience.hearing) this.#emit({ type: "error", cache, operation, error });
    warn(
      `Cannot ${operation} an entry of "${cache}" in "${engine}": the engine failed; the function runs instead`,
      error,
    );
    return instead;
  }

  #tell(type: CacheEvent["type"], key: unknown, details: object): void {
    this.#emit({ type, cache: this.#options.cache, key: this.#options.publicKey(key), ...details } as CacheEvent);
  }

  #emit(event: CacheEvent): void {
    emit(event, this.#options.logger);
  }
}
