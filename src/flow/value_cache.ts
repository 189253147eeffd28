import type { Clock } from "../contract/clock.ts";
import type { Codec } from "../contract/codec.ts";
import type { Engine } from "../contract/engine.ts";
import type { Entry, Listed } from "../contract/entry.ts";
import type { AsyncStore, Bounds, Usage } from "../contract/store.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { MissReason } from "../events.ts";
import { freshness } from "../policy/freshness.ts";
import { collect } from "./collect.ts";
import { EntryForm, type Keeping } from "./entry_form.ts";
import { Housekeeping } from "./housekeeping.ts";
import { type Flight, InFlight } from "./in_flight.ts";
import { nextStep } from "./next_step.ts";
import { patiently } from "./patience.ts";
import type { Tally } from "./tally.ts";
import { WriteOrder } from "./write_order.ts";

/** What one cache is made of. */
export interface ValueCacheOptions {
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
  readonly tally: Tally;
  /** The key as events show it. */
  readonly publicKey: (key: unknown) => string;
}

/** A value that was found, ready to be returned. */
export interface Found {
  readonly value: unknown;
  /** Whether the function gave a promise of it. */
  readonly promised: boolean;
  /** Milliseconds since it was stored. */
  readonly age: number;
  readonly entry: Entry;
}

/** What is known of an entry without computing. */
export interface Peeked<V = unknown> {
  /** The value. */
  readonly value: V;
  /** Whether a call would return it. */
  readonly state: "fresh" | "stale";
  /** Milliseconds since the value was stored. */
  readonly age: number;
  /** Milliseconds until it is no longer fresh; `Infinity` for never. */
  readonly expiresIn: number;
  /** The names under which it can be invalidated. */
  readonly tags: readonly string[];
}

/**
 * The values of one cache: judged, read, written and kept within bounds on a store of either colour.
 *
 * Every method answers at once on a store that does, and with a promise on one that does not. Whatever the engine or the
 * codec throws ends here as an event, a count and a warning: a broken cache is a miss, never an error of the function.
 */
export class ValueCache {
  readonly flights: InFlight = new InFlight();
  readonly tally: Tally;
  readonly #options: ValueCacheOptions;
  readonly #store: AsyncStore;
  readonly #form: EntryForm;
  readonly #housekeeping: Housekeeping | undefined;
  readonly #writes = new WriteOrder();
  /** The first count of what was there before, on an engine that takes its time to count. */
  readonly #counting: MaybePromise<unknown>;

  constructor(options: ValueCacheOptions) {
    const { codec, freeze, clock, engine, store, prefix, bounds, random, tally } = options;
    this.#options = options;
    this.#store = store;
    this.tally = tally;
    this.#form = new EntryForm({ codec, freeze, clock, engine, weighed: bounds.maxBytes !== Infinity });
    if (engine.scope === "folder") {
      const evicted = (keys: readonly string[]) => keys.forEach((key) => tally.evicted(key, "size"));
      this.#housekeeping = new Housekeeping({ store, prefix, bounds, random, evicted });
      this.#counting = attempt<unknown>(
        () => this.#housekeeping!.count(),
        (error) => tally.fault("usage", error, undefined),
      );
    }
  }

  /** The value under a key if it may be returned now, or why not. */
  read(key: unknown): MaybePromise<Found | MissReason> {
    const latest = this.#writes.latest(key);
    if (latest === "absent") return "absent";
    try {
      const entry = latest ?? this.#look(key as string);
      if (!isPromiseLike(entry)) return this.#judge(key, entry);
      return entry.then((entry) => this.#judge(key, entry)).catch((error) => this.tally.fault("get", error, "absent"));
    } catch (error) {
      return this.tally.fault("get", error, "absent");
    }
  }

  /** Keeps a value; returns what the caller is to be given. Waits until the value is encoded, not until it is written. */
  keep(key: unknown, value: unknown, keeping: Keeping, flight: Flight): MaybePromise<unknown> {
    const given = this.#form.given(value);
    const begun = attempt<void>(
      () =>
        chain(this.#form.write(given, keeping), (entry) => {
          flight.entry = entry;
          attempt<void>(() => this.#place(key, entry, patiently), (error) => this.tally.fault("set", error, undefined));
        }),
      (error) => this.tally.refused(key, error),
    );
    return isPromiseLike(begun) ? begun.then(() => given) : given;
  }

  /** Keeps a value as `keep` does, but throws what went wrong and waits until the engine has it. */
  set(key: unknown, value: unknown, keeping: Keeping): MaybePromise<void> {
    this.flights.fence(key);
    return chain(this.#form.write(this.#form.given(value), keeping), (entry) => this.#place(key, entry));
  }

  /** Whether every caller is given a value of its own. */
  get copies(): boolean {
    return this.#options.codec !== undefined;
  }

  /** A value of its own for a caller who joined a flight; the shared one where it could not be encoded. */
  copyFor({ entry }: Flight, value: unknown): MaybePromise<unknown> {
    return entry === undefined ? value : attempt(() => this.#form.read(entry), () => value);
  }

  /** What is kept under a key, fresh or stale. Counts as no use of it. */
  peek(key: unknown): MaybePromise<Peeked | undefined> {
    return chain(this.#entry(key), (entry) => {
      const now = this.#options.clock.now();
      const state = entry === undefined ? "gone" : freshness(entry, now);
      if (entry === undefined || state === "gone") return undefined;
      const about = { state, age: ageOf(entry, now), expiresIn: Math.max(0, entry.freshUntil - now), tags: entry.tags };
      return attempt<Peeked | undefined>(
        () => chain(this.#form.read(entry), (value): Peeked => ({ value, ...about })),
        (error) => this.tally.fault("open", error, undefined),
      );
    });
  }

  /** Removes an entry and fences what is running for its key; says whether there was one. */
  invalidate(key: unknown): MaybePromise<boolean> {
    this.flights.fence(key);
    this.tally.changed("invalidate", key);
    return this.#remove(key);
  }

  /** Makes an entry stale at once; says whether it was fresh. */
  expire(key: unknown): MaybePromise<boolean> {
    this.flights.fence(key);
    return chain(this.#entry(key), (entry) => {
      const now = this.#options.clock.now();
      if (entry === undefined || freshness(entry, now) !== "fresh") return false;
      const stale = this.#form.expired(entry, now);
      this.tally.changed("expire", key);
      return attempt<boolean>(
        () => chain(this.#writes.run(key, stale, () => this.#store.set(key as string, stale)), () => true),
        (error) => this.tally.fault("set", error, false),
      );
    });
  }

  /** Removes every entry of this cache; says how many there were. */
  clear(): MaybePromise<number> {
    this.flights.fenceAll();
    const cleared = attempt<number>(
      () => this.#writes.runAlone(() => this.#store.clear(this.#options.prefix)),
      (error) => this.tally.fault("clear", error, 0),
    );
    return chain(cleared, (entries) => {
      this.tally.cleared(entries);
      return attempt<number>(
        () => this.#housekeeping === undefined ? entries : chain(this.#housekeeping.count(), () => entries),
        (error) => this.tally.fault("usage", error, entries),
      );
    });
  }

  /** Drops what is gone; says how many entries. */
  prune(): MaybePromise<number> {
    const now = this.#options.clock.now();
    return attempt<number>(
      () => this.#housekeeping?.sweep(now) ?? this.#store.sweep?.("", now) ?? 0,
      (error) => this.tally.fault("sweep", error, 0),
    );
  }

  /** How much is held: counted now where that is possible at once, else when it was last counted. */
  usage(): Usage {
    const last = this.#housekeeping?.lastUsage ?? { entries: 0, bytes: 0 };
    const counted = attempt<Usage>(() => this.#store.usage(this.#options.prefix), () => last);
    return isPromiseLike(counted) ? last : counted;
  }

  /** What hits saved and the store counted, in milliseconds. */
  savedMs(): number {
    return this.#store.savedMs?.() ?? 0;
  }

  /** The entries that hold a fresh value, writes on their way included, without bodies, under the keys that events show. */
  entries(): MaybePromise<Listed[]> {
    const now = this.#options.clock.now();
    const shown = (entry: Listed) =>
      now < entry.freshUntil ? [{ ...entry, key: this.#options.publicKey(entry.key) }] : [];
    const listed = chain(this.#writes.idle(), () => collect(this.#store.entries(this.#options.prefix)));
    return chain(listed, (listed) => listed.flatMap(shown));
  }

  /** Waits for writes on their way and hands noted uses to the store, which is closed by whoever opened it. */
  settle(): MaybePromise<void> {
    return chain(
      chain(this.#counting, () => this.#writes.idle()),
      () => attempt<void>(() => this.#housekeeping?.flush(), (error) => this.tally.fault("touch", error, undefined)),
    );
  }

  #judge(key: unknown, entry: Entry | undefined): MaybePromise<Found | MissReason> {
    const now = this.#options.clock.now();
    const step = nextStep(entry, now);
    if (step.do === "compute") {
      if (step.because !== "absent") this.tally.counters.expirations++;
      return step.because;
    }
    const found = entry!;
    const promised = this.#form.wasPromised(found);
    if (this.#store.peek !== undefined) this.#store.get(key as string);
    if (this.#store.savedMs === undefined) this.tally.counters.savedMs += found.cost;
    if (this.#housekeeping !== undefined) this.#note(this.#housekeeping, key as string, now);
    try {
      const value = this.#form.read(found);
      const age = ageOf(found, now);
      if (this.#options.codec === undefined || !isPromiseLike(value)) return { value, promised, age, entry: found };
      return Promise.resolve(value).then(
        (value) => ({ value, promised, age, entry: found }),
        (error) => this.#setAside(key, error),
      );
    } catch (error) {
      return this.#setAside(key, error);
    }
  }

  #note(housekeeping: Housekeeping, key: string, now: number): void {
    const noted = housekeeping.touched(key, this.#form.stamp(now));
    if (isPromiseLike(noted)) noted.then(undefined, (error) => this.tally.fault("touch", error, undefined));
  }

  /** A body that cannot be read would fail on every call; it is removed, so that the next result takes its place. */
  #setAside(key: unknown, error: unknown): MissReason {
    this.tally.fault("open", error, undefined);
    this.#remove(key);
    return "unreadable";
  }

  #entry(key: unknown): MaybePromise<Entry | undefined> {
    const latest = this.#writes.latest(key);
    if (latest === "absent") return undefined;
    return attempt<Entry | undefined>(
      () =>
        latest ?? (this.#store.peek === undefined ? this.#store.get(key as string) : this.#store.peek(key as string)),
      (error) => this.tally.fault("get", error, undefined),
    );
  }

  /** Looks without counting a use, because an entry that turns out to be stale is not used. */
  #look(key: string): MaybePromise<Entry | undefined> {
    return this.#store.peek === undefined ? this.#store.get(key) : this.#store.peek(key);
  }

  #remove(key: unknown): MaybePromise<boolean> {
    return attempt<boolean>(
      () => this.#writes.run(key, undefined, () => this.#store.delete(key as string)),
      (error) => this.tally.fault("delete", error, false),
    );
  }

  #place(key: unknown, entry: Entry, write: typeof patiently = (write) => write()): MaybePromise<void> {
    const stored = (): MaybePromise<void> => {
      this.tally.stored(key, entry.size, entry.cost);
      return attempt<void>(
        () => this.#housekeeping?.afterSet(key as string, this.#options.clock.now()),
        (error) => this.tally.fault("trim", error, undefined),
      );
    };
    return this.#writes.run(key, entry, () => chain(write(() => this.#store.set(key as string, entry)), stored));
  }
}

function ageOf(entry: Entry, now: number): number {
  return Math.max(0, Math.floor(now - entry.storedAt));
}
