import type { AsyncStore, Bounds, PolicyName, Usage } from "../contract/store.ts";
import type { Listed } from "../contract/entry.ts";
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { collect } from "./collect.ts";
import { victims } from "../policy/victims.ts";

const TOUCHES_AT_MOST = 4096;
const SETS_BETWEEN_SWEEPS = 1024;
const MANY_ENTRIES = 500;
const FULL_ENOUGH = 0.98;
const BLIND_POLICIES: ReadonlySet<PolicyName> = new Set(["fifo", "lifo", "rr", "ttl"]);

/** What housekeeping needs to know of a cache. */
export interface HouseholdOptions {
  readonly store: AsyncStore;
  readonly prefix: string;
  readonly bounds: Bounds;
  readonly random: () => number;
  /** Whether nobody may wait for another one, whose request may have ended. */
  readonly mortal?: boolean;
  /** Told of the keys that left for room. */
  readonly evicted: (keys: readonly string[]) => void;
}

/**
 * Keeps one cache within its bounds on a store that it shares with others.
 *
 * Why uses are only noted here: writing an access time on every hit costs more than the hit. They are handed to the store
 * before it has to choose what leaves, and dropped while the cache is far from its bounds.
 */
export class Housekeeping {
  readonly #options: HouseholdOptions;
  readonly #bounded: boolean;
  readonly #notes: Map<string, { accessedAt: number; hits: number }> | undefined;
  #setsSinceSweep = 0;
  #making: Promise<void> | undefined;
  #counted: Usage = { entries: 0, bytes: 0 };
  /** How many counts were begun, and which of them `#counted` is from. */
  #counts = 0;
  #countedBy = 0;
  #settled: Usage = this.#counted;

  constructor(options: HouseholdOptions) {
    const { bounds } = options;
    this.#options = options;
    this.#bounded = bounds.maxSize !== Infinity || bounds.maxBytes !== Infinity;
    this.#notes = this.#bounded && !BLIND_POLICIES.has(bounds.policy) ? new Map() : undefined;
  }

  /** What the cache held when it was last counted with nothing left to evict. */
  get lastUsage(): Usage {
    return this.#settled;
  }

  /** Notes the use of an entry. */
  touched(key: string, accessedAt: number): MaybePromise<void> {
    const notes = this.#notes;
    if (notes === undefined) return;
    const note = notes.get(key);
    if (note === undefined) {
      const room = notes.size < TOUCHES_AT_MOST ? undefined : this.#dropOldestNotes();
      notes.set(key, { accessedAt, hits: 1 });
      return room;
    }
    note.accessedAt = accessedAt;
    note.hits++;
  }

  /** Makes room after an entry was stored, and now and then drops what is gone. */
  afterSet(key: string, now: number): MaybePromise<void> {
    this.#notes?.delete(key);
    if (++this.#setsSinceSweep >= SETS_BETWEEN_SWEEPS) {
      return chain(this.sweep(now), () => this.#makeRoom(key, now));
    }
    return this.#makeRoom(key, now);
  }

  /** Drops what is gone; says how many entries. */
  sweep(now: number): MaybePromise<number> {
    const { store, prefix } = this.#options;
    this.#setsSinceSweep = 0;
    if (store.sweep !== undefined) return store.sweep(prefix, now);
    return chain(this.list(), (listed) => {
      return this.#drop(listed.filter((entry) => entry.goneAt <= now).map((entry) => entry.key));
    });
  }

  /** Counts what the cache holds. */
  count(): MaybePromise<Usage> {
    return chain(this.#count(), () => this.#settled = this.#counted);
  }

  /** Hands the noted uses to the store. */
  flush(): MaybePromise<void> {
    const notes = this.#notes;
    if (notes === undefined || notes.size === 0 || this.#options.store.touch === undefined) return;
    const touches = [...notes].map(([key, note]) => ({ key, ...note }));
    notes.clear();
    return this.#options.store.touch(touches);
  }

  /** Makes room, one after another: two that count at once would both evict for the same surplus. */
  #makeRoom(keep: string, now: number): MaybePromise<void> {
    if (!this.#bounded) return;
    const made = this.#making === undefined || this.#options.mortal
      ? this.#evictSurplus(keep, now)
      : this.#making.then(() => this.#evictSurplus(keep, now));
    if (!isPromiseLike(made)) return;
    const making: Promise<void> = made.then(undefined, () => {}).then(() => {
      if (this.#making === making) this.#making = undefined;
    });
    this.#making = making;
    return made;
  }

  #evictSurplus(keep: string, now: number): MaybePromise<void> {
    const trimmed = chain(this.#over(), (over) => {
      if (!over) return;
      const swept = chain(this.sweep(now), () => this.#over());
      return chain(
        swept,
        (over) => over ? chain(this.flush(), () => chain(this.#trim(keep), () => this.#over())) : over,
      );
    });
    return chain(trimmed, () => void (this.#settled = this.#counted));
  }

  #over(): MaybePromise<boolean> {
    const { maxSize, maxBytes } = this.#options.bounds;
    return chain(this.#count(), ({ entries, bytes }) => entries > maxSize || bytes > maxBytes);
  }

  /** A count that was begun before another one may arrive after it, and tells nothing new then. */
  #count(): MaybePromise<Usage> {
    const turn = ++this.#counts;
    return chain(this.#options.store.usage(this.#options.prefix), (usage) => {
      if (turn > this.#countedBy) [this.#counted, this.#countedBy] = [usage, turn];
      return this.#counted;
    });
  }

  #trim(keep: string): MaybePromise<void> {
    const { store, prefix, evicted, random } = this.#options;
    const bounds = this.#target();
    if (store.trim !== undefined) return chain(store.trim(prefix, bounds, keep), evicted);
    return chain(this.list(), (listed) => {
      const keys = victims(listed, bounds, keep, random);
      return chain(this.#drop(keys), () => evicted(keys));
    });
  }

  /** A large cache makes room for some entries to come, because choosing what leaves costs more the more there is. */
  #target(): Bounds {
    const { bounds } = this.#options;
    if (this.#counted.entries < MANY_ENTRIES) return bounds;
    return { ...bounds, maxSize: Math.ceil(bounds.maxSize * FULL_ENOUGH), maxBytes: bounds.maxBytes * FULL_ENOUGH };
  }

  #drop(keys: readonly string[]): MaybePromise<number> {
    const { store } = this.#options;
    for (const key of keys) this.#notes?.delete(key);
    if (store.deleteMany !== undefined) return store.deleteMany(keys);
    let dropped: MaybePromise<number> = 0;
    for (const key of keys) {
      dropped = chain(dropped, (count) => chain(store.delete(key), (was) => count + (was ? 1 : 0)));
    }
    return dropped;
  }

  /** What the cache holds, with the noted uses. */
  list(): MaybePromise<Listed[]> {
    const entries = collect(this.#options.store.entries(this.#options.prefix));
    return chain(entries, (listed) => listed.map((entry) => this.#withNotes(entry)));
  }

  /** A store without `touch` knows nothing of uses; what was noted here stands in. */
  #withNotes(entry: Listed): Listed {
    const note = this.#options.store.touch === undefined ? this.#notes?.get(entry.key) : undefined;
    return note === undefined ? entry : { ...entry, accessedAt: note.accessedAt, hits: entry.hits + note.hits };
  }

  #dropOldestNotes(): MaybePromise<void> {
    const { maxSize, maxBytes } = this.#options.bounds;
    const roomy = this.#counted.entries * 2 < maxSize && this.#counted.bytes * 2 < maxBytes;
    if (!roomy && this.#options.store.touch !== undefined) return this.flush();
    let surplus = TOUCHES_AT_MOST / 2;
    for (const key of this.#notes!.keys()) {
      if (surplus-- === 0) break;
      this.#notes!.delete(key);
    }
  }
}
