import type { Entry, Listed } from "../contract/entry.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { MissReason } from "../events.ts";
import { freshness } from "../policy/freshness.ts";
import type { CacheParts } from "./cache_parts.ts";
import { collect } from "./collect.ts";
import type { Front } from "./front.ts";
import { all } from "./all.ts";
import { nextStep } from "./next_step.ts";

/** A value that was found, ready to be returned. */
export interface Found {
  readonly value: unknown;
  /** Whether the function gave a promise of it. */
  readonly promised: boolean;
  /** Milliseconds since it was stored. */
  readonly age: number;
  readonly entry: Entry;
}

/**
 * Finds the values of one cache and judges them.
 *
 * Asks the memory in front, then the writes that are on their way, then the store; a value that comes from behind is held in
 * front. What the engine or the codec throws is a miss.
 */
export class Lookup {
  readonly #parts: CacheParts;
  /** Removes an entry that cannot be read. */
  readonly #remove: (key: unknown) => unknown;

  constructor(parts: CacheParts, remove: (key: unknown) => unknown) {
    this.#parts = parts;
    this.#remove = remove;
  }

  /** The value under a key if it may be returned now, or why not. */
  read(key: unknown): MaybePromise<Found | MissReason> {
    const { front, tally } = this.#parts;
    const near = front === undefined ? undefined : this.#near(front, key as string);
    return near ?? chain(this.#readBehind(key), (found) => {
      if (found === "stale" || found === "gone") tally.counters.expirations++;
      return found;
    });
  }

  /** Looks once more for a key that a read did not find. */
  readAgain(key: unknown): MaybePromise<Found | undefined> {
    return chain(this.#readBehind(key), (found) => typeof found === "string" ? undefined : found);
  }

  /** The values under several keys if they may be returned now, in order, or why not. */
  readMany(keys: readonly unknown[]): MaybePromise<(Found | MissReason)[]> {
    const { store, writes, front, tally } = this.#parts;
    if (store.getMany === undefined || front !== undefined || keys.some((key) => writes.latest(key) !== undefined)) {
      return all(keys.map((key) => this.read(key)));
    }
    return attempt<(Found | MissReason)[]>(
      () =>
        chain(store.getMany!(keys as string[]), (found) => all(found.map((entry, at) => this.#judge(keys[at], entry)))),
      (error) => tally.fault("get", error, keys.map(() => "absent" as const)),
    );
  }

  /** The entry under a key, fresh or not, unless one of its tags was invalidated. Counts as no use of it. */
  entry(key: unknown): MaybePromise<Entry | undefined> {
    const { writes, tally } = this.#parts;
    const latest = writes.latest(key);
    if (latest === "absent") return undefined;
    return attempt<Entry | undefined>(
      () => chain(latest ?? this.look(key as string), (entry) => this.#untagged(entry)),
      (error) => tally.fault("get", error, undefined),
    );
  }

  /** The entries that hold a fresh value, writes on their way included, without bodies, under the keys that events show. */
  entries(): MaybePromise<Listed[]> {
    const { clock, writes, store, prefix, tags, publicKey } = this.#parts;
    const now = clock.now();
    const shown = (entry: Listed | undefined) =>
      entry === undefined ? [] : [{ ...entry, key: publicKey(entry.key), tags: tags.names(entry.tags) }];
    const listed = chain(writes.idle(), () => collect(store.entries(prefix)));
    return chain(listed, (listed) => {
      const fresh = listed.filter(({ freshUntil }) => now < freshUntil);
      return chain(all(fresh.map((entry) => this.#untagged(entry))), (held) => held.flatMap(shown));
    });
  }

  /** Looks without counting a use, because an entry that turns out to be stale is not used. */
  look(key: string): MaybePromise<Entry | undefined> {
    const { store } = this.#parts;
    return store.peek === undefined ? store.get(key) : store.peek(key);
  }

  #untagged<E extends Pick<Entry, "tags">>(entry: E | undefined): MaybePromise<E | undefined> {
    if (entry === undefined || entry.tags.length === 0) return entry;
    return chain(this.#parts.tags.hold(entry.tags), (held) => held ? entry : undefined);
  }

  /** A value from the memory in front. */
  #near(front: Front, key: string): Found | undefined {
    const entry = front.look(key);
    const now = this.#parts.clock.now();
    if (entry === undefined || freshness(entry, now) !== "fresh") return undefined;
    front.store.get(key);
    return { value: entry.body, promised: entry.promise !== undefined, age: ageOf(entry, now), entry };
  }

  #readBehind(key: unknown): MaybePromise<Found | MissReason> {
    const { writes, front, tally, clock } = this.#parts;
    const latest = writes.latest(key);
    if (latest === "absent") return "absent";
    const edition = front?.edition(key as string) ?? 0;
    const read = attempt<Found | MissReason>(
      () => chain(latest ?? this.look(key as string), (entry) => this.#judge(key, entry)),
      (error) => tally.fault("get", error, "absent"),
    );
    if (front === undefined) return read;
    return chain(read, (found) => {
      if (typeof found !== "string") front.hold(key as string, found, clock.now(), edition);
      return found;
    });
  }

  #judge(key: unknown, entry: Entry | undefined): MaybePromise<Found | MissReason> {
    const { clock, tags } = this.#parts;
    const now = clock.now();
    const step = nextStep(entry, now);
    if (step.do === "compute") return step.because;
    const found = entry!;
    if (found.tags.length === 0) return this.#found(key, found, now);
    return chain(tags.hold(found.tags), (held) => held ? this.#found(key, found, now) : "gone");
  }

  #found(key: unknown, found: Entry, now: number): MaybePromise<Found | MissReason> {
    const { form, store, tally, housekeeping, codec } = this.#parts;
    const promised = form.wasPromised(found);
    if (store.peek !== undefined) store.get(key as string);
    if (store.savedMs === undefined) tally.counters.savedMs += found.cost;
    if (housekeeping !== undefined) this.#note(key as string, now);
    try {
      const value = form.read(found);
      const age = ageOf(found, now);
      if (codec === undefined || !isPromiseLike(value)) return { value, promised, age, entry: found };
      return Promise.resolve(value).then(
        (value) => ({ value, promised, age, entry: found }),
        (error) => this.#setAside(key, error),
      );
    } catch (error) {
      return this.#setAside(key, error);
    }
  }

  #note(key: string, now: number): void {
    const { housekeeping, form, tally } = this.#parts;
    const noted = housekeeping!.touched(key, form.stamp(now));
    if (isPromiseLike(noted)) noted.then(undefined, (error) => tally.fault("touch", error, undefined));
  }

  /** A body that cannot be read would fail on every call; it is removed, so that the next result takes its place. */
  #setAside(key: unknown, error: unknown): MissReason {
    this.#parts.tally.fault("open", error, undefined);
    this.#remove(key);
    return "unreadable";
  }
}

/** Milliseconds since an entry was stored, whole. */
export function ageOf(entry: Pick<Entry, "storedAt">, now: number): number {
  return Math.max(0, Math.floor(now - entry.storedAt));
}
