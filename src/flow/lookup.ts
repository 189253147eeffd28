import type { Entry } from "../contract/entry.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { originOf } from "../contract/origin.ts";
import type { MissReason } from "../events.ts";
import { ageOf, staleFor } from "../policy/ageing.ts";
import { freshness } from "../policy/freshness.ts";
import { all } from "./all.ts";
import type { CacheParts } from "./cache_parts.ts";
import type { Found, Missing, Peeked, Reviewing } from "./found.ts";
import type { Front } from "./front.ts";
import type { KeptEntries } from "./kept_entries.ts";
import { nextStep, type RefreshReason, type Step } from "./next_step.ts";

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
  readonly #kept: KeptEntries;
  /** Removes an entry that cannot be read. */
  readonly #remove: (key: unknown) => unknown;

  constructor(parts: CacheParts, kept: KeptEntries, remove: (key: unknown) => unknown) {
    this.#parts = parts;
    this.#kept = kept;
    this.#remove = remove;
  }

  /** The value under a key if it may be returned now, or why not. What is stale is found only for a call, which can run. */
  read(key: unknown, run?: Reviewing): MaybePromise<Found | Missing> {
    const { front, tally } = this.#parts;
    const near = front === undefined ? undefined : this.#near(front, key as string);
    return near ?? chain(this.#readBehind(key, run), (read) => {
      if (read.found) {
        const origin = originOf(read.entry);
        if (origin !== undefined) tally.servedBy(origin);
      } else if (read.because === "stale" || read.because === "gone") tally.counters.expirations++;
      return read;
    });
  }

  /** Looks once more for a key that a read did not find: for a value that was stored meanwhile and is fresh. */
  readAgain(key: unknown, run?: Reviewing): MaybePromise<Found | undefined> {
    return chain(this.#readBehind(key, run, true), (read) => read.found ? read : undefined);
  }

  /** The values under several keys if they may be returned now, in order, or why not. */
  readMany(keys: readonly unknown[]): MaybePromise<(Found | Missing)[]> {
    const { store, writes, front, tally, sliding } = this.#parts;
    if (store.getMany === undefined || front !== undefined || keys.some((key) => writes.latest(key) !== undefined)) {
      return all(keys.map((key) => this.read(key)));
    }
    const editions = sliding && keys.map((key) => writes.edition(key));
    return attempt<(Found | Missing)[]>(
      () =>
        chain(
          store.getMany!(keys as string[]),
          (found) => all(found.map((entry, at) => this.#judge(keys[at], entry, editions?.[at]))),
        ),
      (error) => tally.fault("get", error, keys.map(() => MISSING.absent)),
    );
  }

  /** What a stale value is that may be given in place of one that the function does not give now. */
  inStead(key: unknown): MaybePromise<Found | undefined> {
    const { ageing, clock, random } = this.#parts;
    if (staleFor(ageing) === 0) return undefined;
    return this.#wanted(key, (entry) => ageOf(entry, clock.now(), ageing, random) !== "gone");
  }

  /** What is kept under a key, fresh or stale, to be shown to the function. */
  old(key: unknown): MaybePromise<Found | undefined> {
    return this.#wanted(key, (entry) => freshness(entry, this.#parts.clock.now()) !== "gone");
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

  /** A value from the memory in front. */
  #near(front: Front, key: string): Found | undefined {
    const entry = front.look(key);
    const now = this.#parts.clock.now();
    if (entry === undefined || freshness(entry, now) !== "fresh") return undefined;
    front.store.get(key);
    this.#parts.tally.servedBy(undefined);
    const promised = entry.promise !== undefined;
    const rest = { failed: false, state: "fresh", refresh: undefined, entry } as const;
    return { found: true, value: entry.body, promised, age: since(entry, now), ...rest };
  }

  #readBehind(key: unknown, run?: Reviewing, freshOnly = run === undefined): MaybePromise<Found | Missing> {
    const { front, tally, clock, sliding, writes } = this.#parts;
    const edition = front?.edition(key as string) ?? 0;
    const written = sliding === undefined ? 0 : writes.edition(key);
    const read = attempt<Found | Missing>(
      () => chain(this.#kept.latest(key), (entry) => this.#judge(key, entry, written, run, freshOnly)),
      (error) => tally.fault("get", error, MISSING.absent),
    );
    if (front === undefined) return read;
    return chain(read, (read) => {
      if (read.found && !read.failed) front.hold(key as string, read, clock.now(), edition);
      return read;
    });
  }

  #judge(
    key: unknown,
    entry: Entry | undefined,
    edition = 0,
    run?: Reviewing,
    freshOnly = run === undefined,
  ): MaybePromise<Found | Missing> {
    const { clock, tags, ageing, random, mayRun } = this.#parts;
    const now = clock.now();
    const step = nextStep(entry, now, ageing, random, !freshOnly && mayRun(key, now));
    if (step.do === "compute" && (freshOnly || step.because !== "stale")) return MISSING[step.because];
    if (step.do !== "compute" && step.state === "stale" && freshOnly) return MISSING.stale;
    const kept = entry!;
    if (kept.tags.length === 0) return this.#take(key, kept, edition, now, step, run);
    return chain(tags.hold(kept.tags), (held) => held ? this.#take(key, kept, edition, now, step, run) : MISSING.gone);
  }

  #take(
    key: unknown,
    entry: Entry,
    edition: number,
    now: number,
    step: Step,
    run: Reviewing | undefined,
  ): MaybePromise<Found | Missing> {
    if (step.do === "compute") return this.#outOfTime(key, entry, now, run);
    const read = this.#open(key, entry, now, step.state, step.do === "refresh" ? step.because : undefined, run);
    if (isPromiseLike(read)) return read.then((read) => this.#used(key, edition, now, read));
    return this.#used(key, edition, now, read);
  }

  /** Counts the use of a value. */
  #used(key: unknown, edition: number, now: number, read: Found | Missing): Found | Missing {
    if (!read.found) return read;
    const { store, tally, housekeeping, sliding } = this.#parts;
    const { entry, state } = read;
    if (store.peek !== undefined) store.get(key as string);
    if (store.savedMs === undefined) tally.saved(entry.cost, originOf(entry));
    if (housekeeping !== undefined) this.#note(key as string, now);
    if (sliding !== undefined && state === "fresh" && !read.failed) sliding.renew(key, entry, now, edition);
    return read;
  }

  /** A value past its time: not to be returned, but the function may want to see it. */
  #outOfTime(key: unknown, entry: Entry, now: number, run: Reviewing | undefined): MaybePromise<Missing> {
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
    run: Reviewing | undefined,
  ): MaybePromise<Found | Missing> {
    const { form, codec } = this.#parts;
    try {
      const value = form.read(entry);
      if (codec === undefined || !isPromiseLike(value)) {
        return this.#reviewed(foundOf(form, value, entry, now, state, refresh), run);
      }
      return Promise.resolve(value)
        .then((value) => this.#reviewed(foundOf(form, value, entry, now, state, refresh), run))
        .catch((error) => this.#setAside(key, error));
    } catch (error) {
      return this.#setAside(key, error);
    }
  }

  #reviewed(found: Found, run: Reviewing | undefined): MaybePromise<Found | Missing> {
    if (run?.review === undefined || found.failed) return found;
    return chain(run.review(found), (reviewed) => typeof reviewed === "string" ? MISSING[reviewed] : reviewed);
  }

  #wanted(key: unknown, wanted: (entry: Entry) => boolean): MaybePromise<Found | undefined> {
    const { clock } = this.#parts;
    return chain(this.#kept.get(key), (entry): MaybePromise<Found | undefined> => {
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

function foundOf(
  form: CacheParts["form"],
  value: unknown,
  entry: Entry,
  now: number,
  state: "fresh" | "stale",
  refresh: RefreshReason | undefined,
): Found {
  const [promised, failed] = [form.wasPromised(entry), form.isFailure(entry)];
  return { found: true, value, promised, failed, age: since(entry, now), state, refresh, entry };
}

/** Milliseconds since an entry was stored, whole. */
export function since(entry: Pick<Entry, "storedAt">, now: number): number {
  return Math.max(0, Math.floor(now - entry.storedAt));
}
