import type { Engine } from "../../src/contract/engine.ts";
import type { Entry } from "../../src/contract/entry.ts";
import { cameFrom } from "../../src/contract/origin.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../../src/contract/maybe_promise.ts";
import type { AsyncStore, Bounds, Change, News, StorageFault, Touch, Usage } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";
import { behind, type Listing } from "./listing.ts";
import type { WholeStore } from "./offering.ts";
import { ownEntry } from "./own_entry.ts";
import { together } from "./together.ts";
import { Unwritten, type Waiting } from "./unwritten.ts";

/**
 * A store that writes what is set when it is flushed or closed, or when too much waits. Until then others see nothing of it.
 *
 * A sweep, a trim and a commit write first what they would otherwise not see, and a commit is written at once. Why no leases:
 * a value that was computed under one is to be there for others when the lease is given back.
 */
export class WriteBackStore implements Omit<WholeStore, "lease" | "release"> {
  readonly native: unknown;
  readonly #inner: AsyncStore;
  readonly #holds: Engine["holds"];
  /** The name of the engine in front, to which what waits is counted. */
  readonly #front: string;
  readonly #unwritten = new Unwritten();
  /** The end of what was begun last. Writes wait for one another, so that none overtakes a later one of the same key. */
  #last: Promise<void> | undefined;
  #closing: { readonly done: MaybePromise<void> } | undefined;

  constructor(inner: AsyncStore, holds: Engine["holds"], front: string) {
    this.#inner = inner;
    this.#holds = holds;
    this.#front = front;
    this.native = inner.native;
  }

  /** Writes what waits; says how many entries. What cannot be written goes on waiting. */
  flush(): MaybePromise<number> {
    this.#check();
    return this.#alone(() => this.#write(this.#unwritten.under("")));
  }

  get(key: string): MaybePromise<Entry | undefined> {
    return this.#waiting(key) ?? this.#inner.get(key);
  }

  getMany(keys: readonly string[]): MaybePromise<(Entry | undefined)[]> {
    const waiting = keys.map((key) => this.#waiting(key));
    const others = keys.filter((_, at) => waiting[at] === undefined);
    return chain(this.#inner.getMany!(others), (found) => {
      const rest = found.values();
      return waiting.map((entry) => entry ?? rest.next().value);
    });
  }

  set(key: string, entry: Entry): MaybePromise<void> {
    return this.#keep([[key, entry]]);
  }

  setMany(entries: readonly (readonly [key: string, entry: Entry])[]): MaybePromise<void> {
    return this.#keep(entries);
  }

  delete(key: string): MaybePromise<boolean> {
    const waited = this.#unwritten.drop(key);
    return chain(this.#alone(() => this.#inner.delete(key)), (was) => was || waited);
  }

  deleteMany(keys: readonly string[]): MaybePromise<number> {
    const waiting = () => [...new Set(keys)].flatMap((key) => this.#unwritten.get(key) ?? []);
    return this.#alone(() => this.#dropping(waiting, () => this.#inner.deleteMany!(keys)));
  }

  clear(prefix: string): MaybePromise<number> {
    return this.#alone(() => this.#dropping(() => this.#unwritten.under(prefix), () => this.#inner.clear(prefix)));
  }

  entries(prefix: string): Listing {
    const waiting = this.#unwritten.list(prefix);
    const written = this.#inner.entries(prefix);
    return waiting.length === 0 ? written : behind(waiting, written);
  }

  usage(prefix: string): MaybePromise<Usage> {
    return this.#alone(() =>
      chain(
        this.#seeBehind(this.#unwritten.unseen(prefix)),
        () => chain(this.#inner.usage(prefix), (usage) => this.#unwritten.added(prefix, usage)),
      )
    );
  }

  touch(touches: readonly Touch[]): MaybePromise<void> {
    return this.#inner.touch!(touches.filter((touch) => !this.#unwritten.touch(touch)));
  }

  sweep(prefix: string, now: number): MaybePromise<number> {
    return this.#after(() => this.#unwritten.under(prefix), () => this.#inner.sweep!(prefix, now));
  }

  trim(prefix: string, bounds: Bounds, keep?: string): MaybePromise<readonly string[]> {
    return this.#after(() => this.#unwritten.under(prefix), () => this.#inner.trim!(prefix, bounds, keep));
  }

  commit(changes: readonly Change[]): MaybePromise<boolean> {
    const waiting = () => changes.flatMap(({ key }) => this.#unwritten.get(key) ?? []);
    return this.#after(waiting, () => this.#inner.commit!(changes));
  }

  watch(listener: (news: News) => void): () => void {
    return this.#inner.watch!(listener);
  }

  check(prefix: string, fix: boolean): MaybePromise<readonly StorageFault[]> {
    return this.#inner.check!(prefix, fix);
  }

  /** Writes what waits, then closes; throws what kept it from being written, once all is closed. */
  close(): MaybePromise<void> {
    if (this.#closing !== undefined) return this.#closing.done;
    this.#closing = { done: undefined };
    const written = attempt<{ readonly error: unknown } | undefined>(
      () => chain(this.#alone(() => this.#write(this.#unwritten.under(""))), () => undefined),
      (error) => ({ error }),
    );
    const done = chain(written, (failed) =>
      chain(this.#inner.close(), () => {
        if (failed !== undefined) throw failed.error;
      }));
    if (isPromiseLike(done)) this.#closing = { done };
    return done;
  }

  #check(): void {
    if (this.#closing !== undefined) {
      throw new ResourceError("Cannot use a tiered store: it is closed; open another");
    }
  }

  /** What waits under a key. Nothing when closed, so that the store behind says so. */
  #waiting(key: string): Entry | undefined {
    const waiting = this.#closing === undefined ? this.#unwritten.get(key) : undefined;
    return waiting && cameFrom(this.#front, ownEntry(waiting.entry, this.#holds));
  }

  #keep(entries: readonly (readonly [key: string, entry: Entry])[]): MaybePromise<void> {
    this.#check();
    const kept = entries.map(([key, entry]) => this.#unwritten.set(key, ownEntry(entry, this.#holds)));
    if (!this.#unwritten.tooMany) return;
    return chain(
      attempt<number>(() => this.#alone(() => this.#write(this.#unwritten.under(""))), (error) => {
        for (const { key, entry } of kept) if (this.#unwritten.get(key)?.entry === entry) this.#unwritten.drop(key);
        throw error;
      }),
      () => {},
    );
  }

  /** Does work when what concerns it is written. */
  #after<T>(waiting: () => readonly Waiting[], work: () => MaybePromise<T>): MaybePromise<T> {
    return this.#alone(() => chain(this.#write(waiting()), work));
  }

  #alone<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    const done = this.#last === undefined ? work() : this.#last.then(work);
    if (!isPromiseLike(done)) return done;
    const last: Promise<void> = (done as Promise<T>).then(() => {}, () => {}).then(() => {
      if (this.#last === last) this.#last = undefined;
    });
    this.#last = last;
    return done;
  }

  /** Writes entries, all at once where the store behind can; says how many. */
  #write(all: readonly Waiting[]): MaybePromise<number> {
    if (all.length === 0) return 0;
    return chain(this.#inner.setMany === undefined ? this.#writeEach(all) : this.#writeAll(all), () => {
      const used = all.filter(({ access }) => access.hits > 0).map(({ key, access }) => ({ key, ...access }));
      return chain(used.length === 0 ? undefined : this.#inner.touch?.(used), () => all.length);
    });
  }

  #writeAll(all: readonly Waiting[]): MaybePromise<void> {
    const entries = all.map(({ key, entry }) => [key, entry] as const);
    return chain(this.#inner.setMany!(entries), () => all.forEach((one) => this.#unwritten.written(one)));
  }

  #writeEach([first, ...rest]: readonly Waiting[]): MaybePromise<void> {
    if (first === undefined) return;
    return chain(this.#inner.set(first.key, first.entry), () => {
      this.#unwritten.written(first);
      return this.#writeEach(rest);
    });
  }

  /** Drops what waits and then what is written; says how many entries there were. */
  #dropping(waiting: () => readonly Waiting[], work: () => MaybePromise<number>): MaybePromise<number> {
    return chain(this.#seeBehind(waiting().filter(({ behind }) => behind === undefined)), () => {
      const alone = waiting().filter(({ key, behind }) => this.#unwritten.drop(key) && behind === "absent").length;
      return chain(work(), (count) => count + alone);
    });
  }

  /** Finds out the size of what is written under the keys of entries that wait. */
  #seeBehind(unseen: readonly Waiting[]): MaybePromise<void> {
    if (unseen.length === 0) return;
    const keys = unseen.map(({ key }) => key);
    const found = this.#inner.getMany?.(keys) ?? together(keys.map((key) => this.#inner.get(key)));
    return chain(found, (found) => keys.forEach((key, at) => this.#unwritten.see(key, found[at]?.size ?? "absent")));
  }
}
