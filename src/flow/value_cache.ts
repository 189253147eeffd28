import type { Entry } from "../contract/entry.ts";
import type { EvictionReason, Usage } from "../contract/store.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { freshness } from "../policy/freshness.ts";
import type { CacheParts, ValueCacheOptions } from "./cache_parts.ts";
import type { Keeping } from "./entry_form.ts";
import { sweepSegments } from "./flowing/flow_segments.ts";
import { giveBack } from "./give_back.ts";
import { type Flight, InFlight } from "./in_flight.ts";
import type { Leases } from "./leases.ts";
import type { Found, Missing, Peeked, Reviewing } from "./found.ts";
import { KeptEntries } from "./kept_entries.ts";
import { Lookup } from "./lookup.ts";
import { makeParts } from "./make_parts.ts";
import { type Limits, prune } from "./prune.ts";
import { replace } from "./replace.ts";
import { Retries } from "./retries.ts";
import type { Tally } from "./tally.ts";
import { Writer } from "./writer.ts";

/**
 * The values of one cache: judged, read, written and kept within bounds on a store of either colour.
 *
 * Every method answers at once on a store that does, and with a promise on one that does not. Whatever the engine or the
 * codec throws ends here as an event, a count and a warning: a broken cache is a miss, never an error of the function.
 */
export class ValueCache {
  readonly flights: InFlight;
  readonly tally: Tally;
  /** The leases on the store, where processes share it and one at a time is to compute a key. */
  readonly leases: Leases | undefined;
  readonly kept: KeptEntries;
  readonly lookup: Lookup;
  readonly retries: Retries;
  readonly #parts: CacheParts;
  readonly #writer: Writer;
  /** The first count of what was there before, on an engine that takes its time to count. */
  readonly #counting: MaybePromise<unknown>;

  constructor(options: ValueCacheOptions) {
    const { engine, store, bounds, tally, front, sharing } = options;
    this.tally = tally;
    this.flights = new InFlight(options.mortal, (flight) => giveBack(this, flight));
    this.retries = new Retries(options.retryAfter);
    this.leases = options.lock && engine.shared ? sharing?.leases(store, tally) : undefined;
    this.#parts = makeParts(options, {
      mayRun: (key, now) => this.flights.behind(key) === undefined && !this.retries.rests(key, now),
      look: (key) => this.kept.look(key),
    });
    this.kept = new KeptEntries(this.#parts);
    this.lookup = new Lookup(this.#parts, this.kept, (key) => this.#remove(key));
    this.#writer = new Writer(this.#parts, this);
    front?.listen(store, engine.shared);
    const bounded = bounds.maxSize !== Infinity || bounds.maxBytes !== Infinity;
    if (sharing !== undefined && (bounded || !engine.remote)) {
      this.#counting = attempt<unknown>(
        () => this.#parts.housekeeping!.count(),
        (error) => tally.fault("usage", error, undefined),
      );
    }
  }

  /** The instant by the cache's clock. */
  now(): number {
    return this.#parts.clock.now();
  }

  /** How long a caller waits where a stale value may be given, in milliseconds. */
  get softTimeout(): number | undefined {
    return this.#parts.softTimeout;
  }

  /** How long the function may take, in milliseconds. */
  get hardTimeout(): number | undefined {
    return this.#parts.hardTimeout;
  }

  /** Whether fresh values are computed anew behind hits. */
  get refreshesAhead(): boolean {
    return this.#parts.ageing.refreshAhead !== undefined;
  }

  /** What it is made of, for what concerns all entries at once. */
  get parts(): CacheParts {
    return this.#parts;
  }

  /** The value under a key if it may be returned now, or why not. */
  read(key: unknown, run: Reviewing): MaybePromise<Found | Missing> {
    return this.lookup.read(key, run);
  }

  /** Keeps a value; returns what the caller is to be given. Waits until the value is encoded, not until it is written. */
  keep(key: unknown, value: unknown, keeping: Keeping, flight: Flight): MaybePromise<unknown> {
    return this.#writer.keep(key, value, keeping, flight);
  }

  /** Keeps a value as `keep` does, but throws what went wrong and waits until the engine has it. */
  set(key: unknown, value: unknown, keeping: Keeping): MaybePromise<void> {
    return this.#writer.set(key, value, keeping);
  }

  /** Keeps another value in the place of one, for as long and under the same tags, unless something else is there by now. */
  rewrite(key: unknown, before: Entry, value: unknown, keeping: Keeping): MaybePromise<boolean> {
    return this.#writer.rewrite(key, before, value, keeping);
  }

  /** Keeps the host alive for a computation that others may wait for. */
  outlive(work: Promise<unknown>): void {
    this.#parts.waitUntil?.(work.then(() => {}, () => {}));
  }

  /** Whether every caller is given a value of its own. */
  get copies(): boolean {
    return this.#parts.codec !== undefined;
  }

  /** A value of its own for a caller who joined a flight; the shared one where it could not be encoded. */
  copyFor({ entry }: Flight, value: unknown): MaybePromise<unknown> {
    return entry === undefined ? value : attempt(() => this.#parts.form.read(entry), () => value);
  }

  /** What is kept under a key, fresh or stale. Counts as no use of it. */
  peek(key: unknown): MaybePromise<Peeked | undefined> {
    return chain(this.lookup.old(key), (found) => found && this.lookup.about(found));
  }

  /** Removes an entry and fences what is running for its key; says whether there was one. */
  invalidate(key: unknown): MaybePromise<boolean> {
    this.flights.fence(key);
    this.tally.changed("invalidate", key);
    return this.#remove(key);
  }

  /** Makes an entry stale at once; says whether it was fresh. */
  expire(key: unknown, tries = 3): MaybePromise<boolean> {
    this.flights.fence(key, "runs");
    const { writes } = this.#parts;
    const edition = writes.edition(key);
    return chain(this.kept.get(key), (entry): MaybePromise<boolean> => {
      const now = this.#parts.clock.now();
      if (entry === undefined || freshness(entry, now) !== "fresh") return false;
      const stale = this.#parts.form.expired(entry, now);
      this.#parts.front?.drop(key as string);
      const replaced = attempt<boolean | undefined>(
        () => replace(this.#parts, key, entry, stale, edition),
        (error) => this.tally.fault("set", error, undefined),
      );
      return chain(replaced, (replaced): MaybePromise<boolean> => {
        // Another process stored a value meanwhile, which may be from before.
        if (replaced === false && tries > 1 && writes.edition(key) === edition + 1) return this.expire(key, tries - 1);
        if (replaced) this.tally.changed("expire", key);
        return replaced === true;
      });
    });
  }

  /** Makes every entry with a tag gone, and keeps what is being computed with it from being stored. */
  invalidateTag(tag: string): MaybePromise<void> {
    const fence = (): void => {
      this.flights.fenceTag(tag);
      this.#parts.front?.clear();
    };
    fence();
    return attempt<void>(
      () =>
        chain(this.#parts.tags.invalidate(tag), (keys) => {
          keys.forEach((key) => this.#remove(key));
          // What was read and begun meanwhile may be from before.
          fence();
        }),
      (error) => this.tally.fault("set", error, undefined),
    );
  }

  /** Notes that an entry was evicted by a store that bounds itself. */
  evicted(key: unknown, entry: Pick<Entry, "tags">, reason: EvictionReason): void {
    this.#parts.tags.left(key, entry.tags);
    this.tally.evicted(key, reason);
  }

  /** Removes every entry of this cache; says how many there were. */
  clear(): MaybePromise<number> {
    this.flights.fenceAll();
    this.#parts.front?.clear();
    this.#parts.tags.clear();
    const cleared = attempt<number>(
      () => this.#parts.writes.runAlone(() => this.#parts.store.clear(this.#parts.prefix)),
      (error) => this.tally.fault("clear", error, 0),
    );
    const swept = chain(cleared, (entries) => {
      return attempt<number>(
        () => chain(this.#parts.segments?.sweep(), () => entries),
        (error) => this.tally.fault("sweep", error, entries),
      );
    });
    return chain(swept, (entries) => {
      this.tally.cleared(entries);
      return attempt<number>(
        () => this.#parts.housekeeping === undefined ? entries : chain(this.#parts.housekeeping.count(), () => entries),
        (error) => this.tally.fault("usage", error, entries),
      );
    });
  }

  /** Drops what is gone, then what is beyond limits; says how many entries. */
  prune(limits?: Limits): MaybePromise<number> {
    return prune(this.#parts, limits);
  }

  /** How much is held: counted now where that is possible at once, else when it was last counted. */
  usage(): Usage {
    const last = this.#parts.housekeeping?.lastUsage ?? { entries: 0, bytes: 0 };
    const counted = attempt<Usage>(() => this.#parts.store.usage(this.#parts.prefix), () => last);
    return isPromiseLike(counted) ? last : counted;
  }

  /** What hits saved and the store counted, in milliseconds. */
  savedMs(): number {
    return this.#parts.store.savedMs?.() ?? 0;
  }

  /** Stops listening to what others change. What is still being computed is not kept, because the store will be closed. */
  leave(): void {
    this.flights.fenceAll("runs");
    this.#parts.front?.leave();
    this.leases?.leave();
  }

  /** Waits for writes on their way and hands noted uses to the store, which is closed by whoever opened it. */
  settle(): MaybePromise<void> {
    return chain(
      chain(this.#counting, () => this.#parts.writes.idle()),
      () =>
        attempt<void>(() => this.#parts.housekeeping?.flush(), (error) => this.tally.fault("touch", error, undefined)),
    );
  }

  #remove(key: unknown): MaybePromise<boolean> {
    this.#parts.front?.drop(key as string);
    this.#writer.leaving(key);
    sweepSegments(this.#parts);
    return attempt<boolean>(
      () => this.#parts.writes.run(key, undefined, () => this.#parts.store.delete(key as string)),
      (error) => this.tally.fault("delete", error, false),
    );
  }
}
