import type { Entry, Listed } from "../contract/entry.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { MissReason } from "../events.ts";
import { ageOf, staleFor } from "../policy/ageing.ts";
import { freshness } from "../policy/freshness.ts";
import { all } from "./all.ts";
import type { CacheParts } from "./cache_parts.ts";
import { collect } from "./collect.ts";
import type { Front } from "./front.ts";
import { nextStep, type RefreshReason } from "./next_step.ts";
import type { Run } from "./run.ts";

/** A value that was found, ready to be returned. */
export interface Found {
  readonly found: true;
  /** The value, or the error where `failed`. */
  readonly value: unknown;
  /** Whether the function gave a promise of it. */
  readonly promised: boolean;
  /** Whether it is an error of the function, to be thrown again. */
  readonly failed: boolean;
  /** Milliseconds since it was stored. */
  readonly age: number;
  readonly state: "fresh" | "stale";
  /** Why the function is to run behind, if it is. */
  readonly refresh: RefreshReason | undefined;
  readonly entry: Entry;
}

/** That there is nothing to be returned. */
export interface Missing {
  readonly found: false;
  readonly because: MissReason;
  /** What was there and is stale. */
  readonly old: Found | undefined;
}

/** What is known of an entry without computing. */
export interface Peeked<V = unknown> {
  /** The value. */
  readonly value: V;
  /** Whether it is within its time. */
  readonly state: "fresh" | "stale";
  /** Milliseconds since the value was stored. */
  readonly age: number;
  /** Milliseconds until it is no longer fresh; `Infinity` for never. */
  readonly expiresIn: number;
  /** The names under which it can be invalidated. */
  readonly tags: readonly string[];
}

const MISSING = {
  absent: { found: false, because: "absent", old: undefined },
  stale: { found: false, because: "stale", old: undefined },
  gone: { found: false, because: "gone", old: undefined },
  unreadable: { found: false, because: "unreadable", old: undefined },
  invalid: { found: false, because: "invalid", old: undefined },
  outdated: { found: false, because: "outdated", old: undefined },
} satisfies Record<MissReason, Missing>;

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

  /** The value under a key if it may be returned now, or why not. What is stale is found only for a call, which can run. */
  read(key: unknown, run?: Run): MaybePromise<Found | Missing> {
    const { front, tally } = this.#parts;
    const near = front === undefined ? undefined : this.#near(front, key as string);
    return near ?? chain(this.#readBehind(key, run), (read) => {
      if (!read.found && (read.because === "stale" || read.because === "gone")) tally.counters.expirations++;
      return read;
    });
  }

  /** Looks once more for a key that a read did not find. */
  readAgain(key: unknown): MaybePromise<Found | undefined> {
    return chain(this.#readBehind(key), (read) => read.found ? read : undefined);
  }

  /** The values under several keys if they may be returned now, in order, or why not. */
  readMany(keys: readonly unknown[]): MaybePromise<(Found | Missing)[]> {
    const { store, writes, front, tally } = this.#parts;
    if (store.getMany === undefined || front !== undefined || keys.some((key) => writes.latest(key) !== undefined)) {
      return all(keys.map((key) => this.read(key)));
    }
    return attempt<(Found | Missing)[]>(
      () =>
        chain(store.getMany!(keys as string[]), (found) => all(found.map((entry, at) => this.#judge(keys[at], entry)))),
      (error) => tally.fault("get", error, keys.map(() => MISSING.absent)),
    );
  }

  /** What a stale value is that may be given in place of one that the function does not give now. */
  inStead(key: unknown): MaybePromise<Found | undefined> {
    const { ageing, clock, random } = this.#parts;
    if (staleFor(ageing) === 0) return undefined;
    return this.#kept(key, (entry) => ageOf(entry, clock.now(), ageing, random) !== "gone");
  }

  /** What is kept under a key, fresh or stale, to be shown to the function. */
  old(key: unknown): MaybePromise<Found | undefined> {
    return this.#kept(key, (entry) => freshness(entry, this.#parts.clock.now()) !== "gone");
  }

  /** What is known of a value. */
  about({ entry, value }: Pick<Found, "entry" | "value">): Peeked {
    const now = this.#parts.clock.now();
    const { freshUntil } = entry;
    return {
      value,
      state: now < freshUntil ? "fresh" : "stale",
      age: since(entry, now),
      expiresIn: Math.max(0, freshUntil - now),
      tags: this.#parts.tags.names(entry.tags),
    };
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
    const promised = entry.promise !== undefined;
    const rest = { failed: false, state: "fresh", refresh: undefined, entry } as const;
    return { found: true, value: entry.body, promised, age: since(entry, now), ...rest };
  }

  #readBehind(key: unknown, run?: Run): MaybePromise<Found | Missing> {
    const { writes, front, tally, clock } = this.#parts;
    const latest = writes.latest(key);
    if (latest === "absent") return MISSING.absent;
    const edition = front?.edition(key as string) ?? 0;
    const read = attempt<Found | Missing>(
      () => chain(latest ?? this.look(key as string), (entry) => this.#judge(key, entry, run)),
      (error) => tally.fault("get", error, MISSING.absent),
    );
    if (front === undefined) return read;
    return chain(read, (read) => {
      if (read.found && !read.failed) front.hold(key as string, read, clock.now(), edition);
      return read;
    });
  }

  #judge(key: unknown, entry: Entry | undefined, run?: Run): MaybePromise<Found | Missing> {
    const { clock, tags, ageing, random, mayRun } = this.#parts;
    const now = clock.now();
    const step = nextStep(entry, now, ageing, random, run !== undefined && mayRun(key, now));
    if (step.do === "compute" && (run === undefined || step.because !== "stale")) return MISSING[step.because];
    if (step.do !== "compute" && step.state === "stale" && run === undefined) return MISSING.stale;
    const kept = entry!;
    const open = () => {
      if (step.do === "compute") return this.#outOfTime(key, kept, now, run!);
      return this.#serve(key, kept, now, step.state, step.do === "refresh" ? step.because : undefined, run);
    };
    if (kept.tags.length === 0) return open();
    return chain(tags.hold(kept.tags), (held) => held ? open() : MISSING.gone);
  }

  /** A value to be returned. */
  #serve(
    key: unknown,
    entry: Entry,
    now: number,
    state: "fresh" | "stale",
    refresh: RefreshReason | undefined,
    run: Run | undefined,
  ): MaybePromise<Found | Missing> {
    const { engine, store, tally, housekeeping, sliding } = this.#parts;
    return chain(this.#open(key, entry, now, state, refresh, run), (read) => {
      if (!read.found) return read;
      if (store.peek !== undefined) store.get(key as string);
      if (store.savedMs === undefined) tally.counters.tier(engine.name).savedMs += entry.cost;
      if (housekeeping !== undefined) this.#note(key as string, now);
      if (sliding !== undefined && state === "fresh") sliding.renew(key, entry, now);
      return read;
    });
  }

  /** A value past its time: not to be returned, but the function may want to see it. */
  #outOfTime(key: unknown, entry: Entry, now: number, run: Run): MaybePromise<Missing> {
    return chain(this.#open(key, entry, now, "stale", undefined, run), (read): Missing => {
      return !read.found || read.failed ? MISSING.stale : { found: false, because: "stale", old: read };
    });
  }

  /** A value, unless it cannot be read or is refused. */
  #open(
    key: unknown,
    entry: Entry,
    now: number,
    state: "fresh" | "stale",
    refresh: RefreshReason | undefined,
    run: Run | undefined,
  ): MaybePromise<Found | Missing> {
    const { form, codec } = this.#parts;
    const opened = (value: unknown): MaybePromise<Found | Missing> => {
      const about = { promised: form.wasPromised(entry), failed: form.isFailure(entry), age: since(entry, now) };
      const found: Found = { found: true, value, ...about, state, refresh, entry };
      if (run?.review === undefined || about.failed) return found;
      return chain(run.review(found), (reviewed) => typeof reviewed === "string" ? MISSING[reviewed] : reviewed);
    };
    try {
      const value = form.read(entry);
      if (codec === undefined || !isPromiseLike(value)) return opened(value);
      return Promise.resolve(value).then(opened).catch((error) => this.#setAside(key, error));
    } catch (error) {
      return this.#setAside(key, error);
    }
  }

  #kept(key: unknown, wanted: (entry: Entry) => boolean): MaybePromise<Found | undefined> {
    const { clock } = this.#parts;
    return chain(this.entry(key), (entry): MaybePromise<Found | undefined> => {
      if (entry === undefined || !wanted(entry)) return undefined;
      const state = freshness(entry, clock.now()) === "fresh" ? "fresh" : "stale";
      const opened = this.#open(key, entry, clock.now(), state, undefined, undefined);
      return chain(opened, (read) => read.found && !read.failed ? read : undefined);
    });
  }

  #note(key: string, now: number): void {
    const { housekeeping, form, tally } = this.#parts;
    const noted = housekeeping!.touched(key, form.stamp(now));
    if (isPromiseLike(noted)) noted.then(undefined, (error) => tally.fault("touch", error, undefined));
  }

  /** A body that cannot be read would fail on every call; it is removed, so that the next result takes its place. */
  #setAside(key: unknown, error: unknown): Missing {
    this.#parts.tally.fault("open", error, undefined);
    this.#remove(key);
    return MISSING.unreadable;
  }
}

/** Milliseconds since an entry was stored, whole. */
export function since(entry: Pick<Entry, "storedAt">, now: number): number {
  return Math.max(0, Math.floor(now - entry.storedAt));
}
