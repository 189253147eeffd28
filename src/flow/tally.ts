import { audience } from "../audience.ts";
import type { EvictionReason } from "../contract/store.ts";
import { type CacheEvent, emit, type MissReason } from "../events.ts";
import type { Counters } from "../stats.ts";

/** For whom is counted, and how keys are shown. */
export interface TallyOptions {
  readonly cache: string;
  readonly engine: string;
  readonly counters: Counters;
  /** The key as events show it. */
  readonly publicKey: (key: unknown) => string;
  /** Warns a person, at most once for the same trouble. */
  readonly warn: (message: string, error: unknown) => void;
}

/** Counts what happens in one cache, and tells whoever listens. An event is made only for somebody to hear it. */
export class Tally {
  readonly counters: Counters;
  readonly #options: TallyOptions;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.counters = options.counters;
  }

  /** The name of the cache. */
  get name(): string {
    return this.#options.cache;
  }

  /** Calls were answered from the cache, with a value of this age in milliseconds. */
  hit(key: unknown, age: number, calls = 1): void {
    this.counters.hits += calls;
    for (let call = 0; call < calls && audience.listening; call++) this.#tell("hit", key, { age });
  }

  /** A call found nothing usable. */
  missed(key: unknown, because: MissReason): void {
    this.counters.misses++;
    if (audience.listening) this.#tell("miss", key, { because });
  }

  /** Callers joined a running computation. */
  joined(key: unknown, calls = 1): void {
    this.counters.misses += calls;
    this.counters.coalesced += calls;
    for (let call = 0; call < calls && audience.listening; call++) this.#tell("coalesced", key, {});
  }

  /** A call that had missed was given what another process computed. */
  waited(key: unknown): void {
    this.counters.coalesced++;
    if (audience.listening) this.#tell("coalesced", key, {});
  }

  /** The function ran for so many milliseconds. */
  ran(cost: number): void {
    this.counters.runs++;
    this.counters.loadMs += cost;
  }

  /** The function threw, or its promise was rejected. */
  failed(key: unknown, error: unknown): void {
    if (audience.listening) this.#tell("failed", key, { error });
  }

  /** A result was not kept because its key was invalidated meanwhile. */
  fenced(key: unknown): void {
    if (audience.listening) this.#tell("fenced", key, {});
  }

  /** A value was stored. */
  stored(key: unknown, size: number, cost: number): void {
    this.counters.sets++;
    if (audience.listening) this.#tell("set", key, { size, cost });
  }

  /** A value was not kept. */
  refused(key: unknown, error: unknown): void {
    const { cache, warn } = this.#options;
    this.counters.errors++;
    if (audience.listening) this.#tell("refused", key, { error });
    warn(`Cannot keep a result of "${cache}": it was returned, but the next call computes again`, error);
  }

  /** An entry was removed or made stale on request. */
  changed(type: "invalidate" | "expire", key: unknown): void {
    if (audience.listening) this.#tell(type, key, {});
  }

  /** Everything was removed. */
  cleared(entries: number): void {
    if (audience.listening) emit({ type: "clear", cache: this.#options.cache, entries });
  }

  /** An entry left for room, or because it was gone. */
  evicted(key: unknown, reason: EvictionReason): void {
    if (reason === "ttl") this.counters.expirations++;
    else this.counters.evictions++;
    if (audience.listening) this.#tell("evict", key, { reason });
  }

  /** The engine or the codec failed; gives what is returned instead. */
  fault<T>(operation: string, error: unknown, instead: T): T {
    const { cache, engine, warn } = this.#options;
    this.counters.errors++;
    if (audience.listening) emit({ type: "error", cache, operation, error });
    warn(
      `Cannot ${operation} an entry of "${cache}" in "${engine}": the engine failed; the function runs instead`,
      error,
    );
    return instead;
  }

  #tell(type: CacheEvent["type"], key: unknown, details: object): void {
    emit({ type, cache: this.#options.cache, key: this.#options.publicKey(key), ...details } as CacheEvent);
  }
}
