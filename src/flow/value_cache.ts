import type { Codec } from "../contract/codec.ts";
import type { Clock } from "../contract/clock.ts";
import type { Engine } from "../contract/engine.ts";
import type { Entry, Listed } from "../contract/entry.ts";
import type { AsyncStore, Bounds, EvictionReason, Usage } from "../contract/store.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { CacheValueError } from "../errors.ts";
import { audience } from "../audience.ts";
import { type CacheEvent, emit, type MissReason } from "../events.ts";
import { freshness } from "../policy/freshness.ts";
import type { Counters } from "../stats.ts";
import { deepFreeze } from "./deep_freeze.ts";
import { collect } from "./collect.ts";
import { Housekeeping } from "./housekeeping.ts";
import { InFlight } from "./in_flight.ts";
import { nextStep } from "./next_step.ts";
import { Stamps } from "./stamps.ts";
import { weigh } from "./weigh.ts";
import { WriteOrder } from "./write_order.ts";

/** Marks the form of a value that the function gave as a promise, so that a hit gives a promise, too. */
const PROMISED = "~";

/** What one cache is made of. */
export interface ValueCacheOptions {
  readonly name: string;
  readonly engine: Engine;
  readonly store: AsyncStore;
  /** The part of the store that is this cache's, as a key prefix; empty when the store is its own. */
  readonly prefix: string;
  /** How values become bodies; none where the engine keeps the very values. */
  readonly codec: Codec | undefined;
  readonly freeze: boolean;
  readonly bounds: Bounds;
  readonly random: () => number;
  readonly clock: Clock;
  readonly counters: Counters;
  /** The key as events show it. */
  readonly publicKey: (key: unknown) => string;
  /** Warns a person, at most once for the same trouble. */
  readonly warn: (message: string, error: unknown) => void;
}

/** How a value is to be kept, decided per value. */
export interface Keeping {
  readonly ttl: number;
  readonly cost: number;
  readonly label: string;
  readonly tags: readonly string[];
  /** The user's weight of the value, when there is one. */
  readonly size: number | undefined;
  /** Whether the function gave a promise of the value. */
  readonly promised: boolean;
}

/** A value that was found, ready to be returned. */
export interface Found {
  readonly value: unknown;
  readonly promised: boolean;
}

/** What is known of an entry without computing. */
export interface Peeked<V = unknown> {
  readonly value: V;
  readonly state: "fresh" | "stale";
  /** Milliseconds since the value was stored. */
  readonly age: number;
  /** Milliseconds until it is no longer fresh; `Infinity` for never. */
  readonly expiresIn: number;
  readonly tags: readonly string[];
}

/**
 * The values of one cache: encoded, judged, counted and kept within bounds on a store of either colour.
 *
 * Every method answers at once on a store that does, and with a promise on one that does not. Whatever the engine or the
 * codec throws ends here as an event, a count and a warning: a broken cache is a miss, never an error of the function.
 */
export class ValueCache {
  readonly flights: InFlight = new InFlight();
  readonly counters: Counters;
  readonly #options: ValueCacheOptions;
  readonly #store: AsyncStore;
  readonly #housekeeping: Housekeeping | undefined;
  readonly #writes = new WriteOrder();
  readonly #stamps = new Stamps();

  constructor(options: ValueCacheOptions) {
    this.#options = options;
    this.#store = options.store;
    this.counters = options.counters;
    if (options.engine.scope === "folder") {
      this.#housekeeping = new Housekeeping({
        store: options.store,
        prefix: options.prefix,
        bounds: options.bounds,
        random: options.random,
        evicted: (keys) => keys.forEach((key) => this.evicted(key, "size")),
      });
    }
  }

  /** The value under a key if it may be returned now, or why not. Counts nothing. */
  read(key: unknown): MaybePromise<Found | MissReason> {
    const latest = this.#writes.latest(key);
    if (latest === "absent") return "absent";
    try {
      const entry = latest ?? this.#store.get(key as string);
      if (!isPromiseLike(entry)) return this.#judge(key, entry);
      return entry.then((entry) => this.#judge(key, entry)).catch((error) => this.#fault("get", error, "absent"));
    } catch (error) {
      return this.#fault("get", error, "absent");
    }
  }

  /** Keeps a value; returns what the caller is to be given. */
  keep(key: unknown, value: unknown, keeping: Keeping): MaybePromise<unknown> {
    const given = this.#options.freeze ? deepFreeze(value) : value;
    const kept = attempt(() => this.#write(key, given, keeping), (error) => this.refused(key, error));
    return isPromiseLike(kept) ? kept.then(() => given) : given;
  }

  /** Keeps a value as `keep` does, but throws what went wrong and waits until the engine has it. */
  set(key: unknown, value: unknown, keeping: Keeping): MaybePromise<void> {
    this.flights.fence(key);
    return this.#write(key, this.#options.freeze ? deepFreeze(value) : value, keeping, true);
  }

  /** What is kept under a key, fresh or stale, without counting or computing. */
  peek(key: unknown): MaybePromise<Peeked | undefined> {
    return chain(this.#entry(key), (entry) => {
      const now = this.#options.clock.now();
      const state = entry === undefined ? "gone" : freshness(entry, now);
      if (entry === undefined || state === "gone") return undefined;
      const about = {
        state,
        age: Math.max(0, Math.floor(now - entry.storedAt)),
        expiresIn: Math.max(0, entry.freshUntil - now),
        tags: entry.tags,
      };
      return attempt<Peeked | undefined>(
        () => chain(this.#value(entry), (value): Peeked => ({ value, ...about })),
        (error) => this.#fault("open", error, undefined),
      );
    });
  }

  /** Removes an entry and fences what is running for its key; says whether there was one. */
  invalidate(key: unknown): MaybePromise<boolean> {
    this.flights.fence(key);
    this.#tell(() => ({ type: "invalidate", cache: this.#options.name, key: this.#options.publicKey(key) }));
    return this.#remove(key);
  }

  /** Makes an entry stale at once; says whether it was fresh. */
  expire(key: unknown): MaybePromise<boolean> {
    this.flights.fence(key);
    return chain(this.#entry(key), (entry) => {
      const now = this.#options.clock.now();
      if (entry === undefined || freshness(entry, now) !== "fresh") return false;
      const stale: Entry = { ...fields(entry), freshUntil: now };
      this.#tell(() => ({ type: "expire", cache: this.#options.name, key: this.#options.publicKey(key) }));
      return attempt(
        () => chain(this.#writes.run(key, stale, () => this.#store.set(key as string, stale)), () => true),
        (error) => this.#fault("set", error, false),
      );
    });
  }

  /** Removes every entry of this cache; says how many there were. */
  clear(): MaybePromise<number> {
    this.flights.fenceAll();
    const cleared = attempt(
      () => this.#writes.runAlone(() => this.#store.clear(this.#options.prefix)),
      (error) => this.#fault("clear", error, 0),
    );
    return chain(cleared, (entries) => {
      this.#tell(() => ({ type: "clear", cache: this.#options.name, entries }));
      return attempt(
        () => this.#housekeeping === undefined ? entries : chain(this.#housekeeping.count(), () => entries),
        (error) => this.#fault("usage", error, entries),
      );
    });
  }

  /** Drops what is gone; says how many entries. */
  prune(): MaybePromise<number> {
    const now = this.#options.clock.now();
    return attempt<number>(
      () => this.#housekeeping?.sweep(now) ?? this.#store.sweep?.("", now) ?? 0,
      (error) => this.#fault("sweep", error, 0),
    );
  }

  /** How much is held: counted now where that is possible at once, else when it was last counted. */
  usage(): Usage {
    const last = this.#housekeeping?.lastUsage ?? { entries: 0, bytes: 0 };
    const counted = attempt<Usage>(() => this.#store.usage(this.#options.prefix), () => last);
    return isPromiseLike(counted) ? last : counted;
  }

  /** The keys that hold a fresh value, as events show them. */
  keys(): MaybePromise<string[]> {
    const now = this.#options.clock.now();
    const listed = this.#store.entries(this.#options.prefix);
    const shown = ({ key, freshUntil }: Listed) => now < freshUntil ? [this.#options.publicKey(key)] : [];
    return chain(collect(listed), (listed) => listed.flatMap(shown));
  }

  /** Waits for writes on their way and hands noted uses to the store. The store itself is closed by who opened it. */
  settle(): MaybePromise<void> {
    const flushed = () =>
      attempt<void>(() => this.#housekeeping?.flush(), (error) => this.#fault("touch", error, undefined));
    return chain(this.#writes.idle(), flushed);
  }

  /** Counts a hit. */
  hit(key: unknown, calls = 1): void {
    this.counters.hits += calls;
    if (!audience.listening) return;
    const entry = this.#entry(key);
    const age = isPromiseLike(entry) || entry === undefined
      ? 0
      : Math.max(0, Math.floor(this.#options.clock.now() - entry.storedAt));
    emit({ type: "hit", cache: this.#options.name, key: this.#options.publicKey(key), age });
  }

  /** Counts a miss. */
  missed(key: unknown, because: MissReason): void {
    this.counters.misses++;
    this.#tell(() => ({ type: "miss", cache: this.#options.name, key: this.#options.publicKey(key), because }));
  }

  /** Counts callers who joined a running computation. */
  joined(key: unknown, calls = 1): void {
    this.counters.misses += calls;
    this.counters.coalesced += calls;
    for (let call = 0; call < calls; call++) {
      this.#tell(() => ({ type: "coalesced", cache: this.#options.name, key: this.#options.publicKey(key) }));
    }
  }

  /** Notes that the function threw, or its promise was rejected. */
  failed(key: unknown, error: unknown): void {
    this.#tell(() => ({ type: "failed", cache: this.#options.name, key: this.#options.publicKey(key), error }));
  }

  /** Notes that a result was not kept because its key was invalidated meanwhile. */
  fenced(key: unknown): void {
    this.#tell(() => ({ type: "fenced", cache: this.#options.name, key: this.#options.publicKey(key) }));
  }

  /** Notes that a value was not kept, and warns. */
  refused(key: unknown, error: unknown): void {
    this.counters.errors++;
    emit({ type: "refused", cache: this.#options.name, key: this.#options.publicKey(key), error });
    this.#options.warn(
      `Cannot keep a result of "${this.#options.name}": it was returned, but the next call computes again`,
      error,
    );
  }

  /** Notes that an entry left for room or because it was gone. */
  evicted(key: unknown, reason: EvictionReason): void {
    if (reason === "ttl") this.counters.expirations++;
    else this.counters.evictions++;
    this.#tell(() => ({ type: "evict", cache: this.#options.name, key: this.#options.publicKey(key), reason }));
  }

  #judge(key: unknown, entry: Entry | undefined): MaybePromise<Found | MissReason> {
    const now = this.#options.clock.now();
    const step = nextStep(entry, now);
    if (step.do === "compute") {
      if (step.because !== "absent") this.counters.expirations++;
      return step.because;
    }
    const found = entry!;
    const promised = found.promise !== undefined || found.form.startsWith(PROMISED);
    this.counters.savedMs += found.cost;
    if (this.#housekeeping !== undefined) this.#note(this.#housekeeping, key as string, now);
    if (this.#options.codec === undefined) return { value: found.body, promised };
    try {
      const value = this.#value(found);
      if (!isPromiseLike(value)) return { value, promised };
      return Promise.resolve(value).then((value) => ({ value, promised }), (error) => this.#setAside(key, error));
    } catch (error) {
      return this.#setAside(key, error);
    }
  }

  #note(housekeeping: Housekeeping, key: string, now: number): void {
    const noted = housekeeping.touched(key, this.#stamps.next(now));
    if (isPromiseLike(noted)) noted.then(undefined, (error) => this.#fault("touch", error, undefined));
  }

  #value(entry: Entry): MaybePromise<unknown> {
    const { codec, freeze } = this.#options;
    if (codec === undefined) return entry.body;
    const form = entry.form.startsWith(PROMISED) ? entry.form.slice(PROMISED.length) : entry.form;
    const value = codec.open({ body: entry.body, form, checksum: entry.checksum });
    return freeze ? chain(value, deepFreeze) : value;
  }

  /** A body that cannot be read would fail on every call; it is removed, so that the next result takes its place. */
  #setAside(key: unknown, error: unknown): MissReason {
    this.#fault("open", error, undefined);
    const removed = this.#remove(key);
    if (isPromiseLike(removed)) removed.then(undefined, () => {});
    return "unreadable";
  }

  #entry(key: unknown): MaybePromise<Entry | undefined> {
    const latest = this.#writes.latest(key);
    if (latest === "absent") return undefined;
    return attempt<Entry | undefined>(
      () => latest ?? this.#store.get(key as string),
      (error) => this.#fault("get", error, undefined),
    );
  }

  #remove(key: unknown): MaybePromise<boolean> {
    return attempt<boolean>(
      () => this.#writes.run(key, undefined, () => this.#store.delete(key as string)),
      (error) => this.#fault("delete", error, false),
    );
  }

  /** Seals and stores. Resolves when the value is sealed, or with `toTheEnd` when the engine has it. */
  #write(key: unknown, value: unknown, keeping: Keeping, toTheEnd = false): MaybePromise<void> {
    const { codec } = this.#options;
    if (codec === undefined) return this.#place(key, this.#plainEntry(value, keeping), toTheEnd);
    return chain(codec.seal(value), ({ body, form, checksum, size }) => {
      const { bodyBytes } = this.#options.engine.limits;
      if (size > bodyBytes) {
        throw new CacheValueError(
          `Cannot keep a value of ${size} bytes in "${this.#options.engine.name}": it takes ${bodyBytes} bytes at most; ` +
            `use another engine, for example fcache`,
        );
      }
      const entry: Entry = {
        body,
        form: keeping.promised ? PROMISED + form : form,
        checksum,
        ...this.#head(keeping, size),
      };
      return this.#place(key, entry, toTheEnd);
    });
  }

  #plainEntry(value: unknown, keeping: Keeping): Entry {
    const bounded = this.#options.bounds.maxBytes !== Infinity;
    const entry: Entry = {
      body: value,
      form: "",
      checksum: 0,
      ...this.#head(keeping, keeping.size ?? (bounded ? weigh(value) : 0)),
    };
    if (keeping.promised) entry.promise = Promise.resolve(value);
    return entry;
  }

  #head(keeping: Keeping, size: number): Omit<Entry, "body" | "form" | "checksum"> {
    const now = this.#options.clock.now();
    const until = now + keeping.ttl;
    return {
      storedAt: this.#stamps.next(now),
      freshUntil: until,
      goneAt: until,
      cost: keeping.cost,
      size: keeping.size ?? size,
      tags: keeping.tags,
      label: keeping.label,
    };
  }

  #place(key: unknown, entry: Entry, toTheEnd: boolean): MaybePromise<void> {
    const stored = (): MaybePromise<void> => {
      this.counters.sets++;
      this.#tell(() => ({
        type: "set",
        cache: this.#options.name,
        key: this.#options.publicKey(key),
        size: entry.size,
        cost: entry.cost,
      }));
      return attempt<void>(
        () => this.#housekeeping?.afterSet(key as string, this.#options.clock.now()),
        (error) => this.#fault("trim", error, undefined),
      );
    };
    const write = () => this.#writes.run(key, entry, () => chain(this.#store.set(key as string, entry), stored));
    if (toTheEnd) return write();
    const written = attempt<void>(write, (error) => this.#fault("set", error, undefined));
    void written;
  }

  #fault<T>(operation: string, error: unknown, instead: T): T {
    const { name, engine, warn } = this.#options;
    this.counters.errors++;
    emit({ type: "error", cache: name, operation, error });
    warn(
      `Cannot ${operation} an entry of "${name}" in "${engine.name}": the engine failed; the function runs instead`,
      error,
    );
    return instead;
  }

  #tell(event: () => CacheEvent): void {
    if (audience.listening) emit(event());
  }
}

function fields(entry: Entry): Entry {
  const { body, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label } = entry;
  const copy: Entry = { body, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label };
  if (entry.promise !== undefined) copy.promise = entry.promise;
  return copy;
}
