import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Entry } from "../contract/entry.ts";
import type { Lease } from "../contract/store.ts";
import { freshness } from "../policy/freshness.ts";
import type { CacheParts } from "./cache_parts.ts";
import type { Keeping } from "./entry_form.ts";
import type { Flight, InFlight } from "./in_flight.ts";
import type { KeptEntries } from "./kept_entries.ts";
import type { Leases } from "./leases.ts";
import { patiently } from "./patience.ts";
import { replace } from "./replace.ts";

/** What a writer works with besides the parts. */
export interface WriterOptions {
  readonly flights: InFlight;
  readonly leases: Leases | undefined;
  readonly kept: KeptEntries;
}

/**
 * Keeps the values of one cache: gives them their tags, encodes them and places them in the store, unless they are from before
 * something that was invalidated.
 */
export class Writer {
  readonly #parts: CacheParts;
  readonly #flights: InFlight;
  readonly #leases: Leases | undefined;
  readonly #kept: KeptEntries;

  constructor(parts: CacheParts, { flights, leases, kept }: WriterOptions) {
    this.#parts = parts;
    this.#flights = flights;
    this.#leases = leases;
    this.#kept = kept;
  }

  /** Keeps a value; returns what the caller is to be given. Waits until the value is encoded, not until it is written. */
  keep(key: unknown, value: unknown, keeping: Keeping, flight: Flight): MaybePromise<unknown> {
    const { form } = this.#parts;
    const given = keeping.failed ? value : form.given(value);
    const { renews } = flight;
    // The run of what failed was told of.
    const ran = keeping.failed ? 0 : keeping.cost;
    const edition = this.#parts.front?.edition(key as string);
    const marked = (keeps: boolean): MaybePromise<Keeping | "nothing" | undefined> =>
      keeps ? this.#marked(keeping, flight) : "nothing";
    const begun = attempt<void>(
      () =>
        chain(chain(keeping.failed ? this.#wantsError(key, flight) : true, marked), (keeping) => {
          if (keeping === "nothing") return;
          if (keeping === undefined) return this.#parts.tally.fenced(key, ran);
          return chain(renews === undefined ? form.write(given, keeping) : form.renewed(renews, keeping), (entry) => {
            // What was invalidated while it was encoded.
            if (flight.outdates(this.#parts.tags.names(entry.tags)) || flight.fenced) {
              return this.#parts.tally.fenced(key, ran);
            }
            flight.entry = entry;
            const { lease, before } = flight;
            flight.lease = undefined;
            const placed = attempt<void>(
              () => this.#place(key, entry, given, edition, patiently, lease, before),
              (error) => {
                if (lease !== undefined) this.#leases?.release(lease);
                return this.#parts.tally.fault("set", error, undefined);
              },
            );
            if (isPromiseLike(placed)) this.#parts.waitUntil?.(placed);
          });
        }),
      (error) => this.#parts.tally.refused(key, error, ran),
    );
    return isPromiseLike(begun) ? begun.then(() => given) : given;
  }

  /** Keeps a value as `keep` does, but throws what went wrong and waits until the engine has it. */
  set(key: unknown, value: unknown, keeping: Keeping): MaybePromise<void> {
    this.#flights.fence(key);
    const edition = this.#parts.front?.edition(key as string);
    const given = this.#parts.form.given(value);
    const written = chain(this.#marked(keeping), (keeping) => this.#parts.form.write(given, keeping!));
    if (!isPromiseLike(written)) return this.#place(key, written, given, edition);
    const flight = this.#flights.startGiving(key);
    const placed = (written as Promise<Entry>).finally(() => this.#flights.end(key, flight)).then((entry) => {
      if (flight.fenced || flight.outdates(this.#parts.tags.names(entry.tags))) return;
      return this.#place(key, entry, given, edition);
    });
    this.#parts.writes.expect(placed);
    return placed;
  }

  /** Keeps another value in the place of one, for as long and under the same tags, unless something else is there by now. */
  rewrite(key: unknown, before: Entry, value: unknown, keeping: Keeping): MaybePromise<boolean> {
    const { writes, form } = this.#parts;
    const edition = writes.edition(key);
    return chain(form.write(form.given(value), keeping), (entry) => {
      const { storedAt, freshUntil, goneAt, cost, tags, label } = before;
      return replace(this.#parts, key, before, { ...entry, storedAt, freshUntil, goneAt, cost, tags, label }, edition);
    });
  }

  /** Whether an error may take the place of what is kept: not of a value that is still good, nor when it may be from before. */
  #wantsError(key: unknown, flight: Flight): MaybePromise<boolean> {
    if (flight.fencedTags !== undefined) return false;
    return chain(this.#kept.get(key), (entry) => {
      const { form, clock } = this.#parts;
      return entry === undefined || form.isFailure(entry) || freshness(entry, clock.now()) !== "fresh";
    });
  }

  /** How a value is to be kept with its tags as the store has them; `undefined` when one of them was invalidated meanwhile. */
  #marked(keeping: Keeping, flight?: Flight): MaybePromise<Keeping | undefined> {
    if (keeping.tags.length === 0) return keeping;
    if (flight?.outdates(keeping.tags)) return undefined;
    const since = flight?.startedAt ?? Infinity;
    return chain(this.#parts.tags.of(keeping.tags, since), (tags) => tags && { ...keeping, tags });
  }

  /** Notes that what is kept under a key leaves, where tags are kept by an index. */
  leaving(key: unknown): void {
    if (!this.#parts.tags.counts) return;
    const before = this.#kept.look(key as string) as Entry | undefined;
    if (before !== undefined) this.#parts.tags.left(key, before.tags);
  }

  #place(
    key: unknown,
    entry: Entry,
    value: unknown,
    since: number | undefined,
    write: typeof patiently = (write) => write(),
    lease?: Lease,
    before?: Entry,
  ): MaybePromise<void> {
    // What was invalidated in front since then may be what this is from.
    const isTrue = since === this.#parts.front?.edition(key as string);
    this.#parts.front?.drop(key as string);
    const edition = isTrue ? this.#parts.front?.edition(key as string) ?? 0 : -1;
    this.leaving(key);
    this.#parts.tags.came(key, entry.tags);
    const put = (): MaybePromise<boolean | void> => {
      if (lease === undefined) return this.#parts.store.set(key as string, entry);
      const { store } = this.#parts;
      const made = store.commit!([{ key: key as string, entry }], lease);
      if (before === undefined) return made;
      // A hit that renewed what was kept has ended the lease, too.
      return chain(made, (made) => made || store.commit!([{ key: key as string, entry, found: before.storedAt }]));
    };
    const stored = (made: boolean | void): MaybePromise<void> => {
      if (lease !== undefined) this.#leases?.spent(lease);
      const { form, front, clock } = this.#parts;
      const ran = form.isFailure(entry) ? 0 : entry.cost;
      if (made === false) return this.#parts.tally.fenced(key, ran);
      const promised = form.wasPromised(entry);
      if (!form.isFailure(entry)) front?.hold(key as string, { entry, value, promised }, clock.now(), edition);
      this.#parts.tally.stored(key, entry.size, ran);
      return attempt<void>(
        () => this.#parts.housekeeping?.afterSet(key as string, this.#parts.clock.now()),
        (error) => this.#parts.tally.fault("trim", error, undefined),
      );
    };
    const { writes } = this.#parts;
    const placed = chain(writes.run(key, entry, () => write(put)), stored);
    if (isPromiseLike(placed)) writes.expect(placed as Promise<void>);
    return placed;
  }
}
