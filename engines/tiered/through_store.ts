import type { Entry } from "../../src/contract/entry.ts";
import { cameFrom } from "../../src/contract/origin.ts";
import { attempt, chain, type MaybePromise } from "../../src/contract/maybe_promise.ts";
import type { AsyncStore, Bounds, Change, Lease, News, StorageFault, Touch, Usage } from "../../src/contract/store.ts";
import { Fence } from "./fence.ts";
import type { Front } from "./front.ts";
import type { Listing } from "./listing.ts";
import type { WholeStore } from "./offering.ts";
import { together } from "./together.ts";

/** What is to stand in the front after a change: what was written, by key. Any other key that was changed is dropped there. */
type Kept = ReadonlyMap<string, Entry | undefined>;

const NOTHING: Kept = new Map();

/**
 * A store in front of another. What is not in front comes from the back and is put in front; what is written goes to the back
 * and then stands in front. All else is the back's. Answers at once where both do.
 *
 * Why a write is put in front only if nothing that concerned its key ended meanwhile: of two writes at once, only the back
 * knows which was the last.
 */
export class ThroughStore implements WholeStore {
  readonly native: unknown;
  readonly #front: Front;
  readonly #back: AsyncStore;
  /** The name of the engine behind. */
  readonly #behind: string;
  readonly #fence = new Fence();
  readonly #listeners: Set<(news: News) => void> = new Set();
  readonly #unwatch: (() => void) | undefined;
  #hearing: "lost" | "live" | undefined;
  #closed = false;

  constructor(front: Front, back: AsyncStore, behind: string) {
    this.#front = front;
    this.#back = back;
    this.#behind = behind;
    this.native = back.native;
    if (back.watch === undefined) return;
    front.hears(false);
    this.#unwatch = back.watch((news) => this.#heard(news));
  }

  get(key: string): MaybePromise<Entry | undefined> {
    return chain(this.#look(key), (found) => cameFrom(this.#front.name, found) ?? this.#fetch(key));
  }

  getMany(keys: readonly string[]): MaybePromise<(Entry | undefined)[]> {
    return chain(together(keys.map((key) => this.#look(key))), (found) => {
      const missing = keys.filter((_, at) => found[at] === undefined);
      const [since, marks] = [Date.now(), this.#marks(missing)];
      return chain(this.#back.getMany!(missing), (fetched) => {
        const put = together(missing.map((key, at) => this.#promote(key, fetched[at], since, marks[at]!)));
        const rest = fetched.values();
        return chain(
          put,
          () => found.map((entry) => cameFrom(this.#front.name, entry) ?? cameFrom(this.#behind, rest.next().value)),
        );
      });
    });
  }

  set(key: string, entry: Entry): MaybePromise<void> {
    return this.#change([key], () => this.#back.set(key, entry), () => new Map([[key, entry]]));
  }

  setMany(entries: readonly (readonly [key: string, entry: Entry])[]): MaybePromise<void> {
    const kept = new Map(entries);
    return this.#change([...kept.keys()], () => this.#back.setMany!(entries), () => kept);
  }

  delete(key: string): MaybePromise<boolean> {
    return this.#change([key], () => this.#back.delete(key));
  }

  deleteMany(keys: readonly string[]): MaybePromise<number> {
    return this.#change([...new Set(keys)], () => this.#back.deleteMany!(keys));
  }

  clear(prefix: string): MaybePromise<number> {
    return this.#afterwards(() => this.#back.clear(prefix), () => this.#forget(prefix));
  }

  entries(prefix: string): Listing {
    return this.#back.entries(prefix);
  }

  usage(prefix: string): MaybePromise<Usage> {
    return this.#back.usage(prefix);
  }

  touch(touches: readonly Touch[]): MaybePromise<void> {
    return this.#back.touch!(touches);
  }

  sweep(prefix: string, now: number): MaybePromise<number> {
    return this.#afterwards(() => this.#back.sweep!(prefix, now), () => {
      this.#fence.breakAll();
      return this.#front.sweep(prefix, now);
    });
  }

  trim(prefix: string, bounds: Bounds, keep?: string): MaybePromise<readonly string[]> {
    return chain(this.#back.trim!(prefix, bounds, keep), (keys) => chain(this.#dropped(keys), () => keys));
  }

  commit(changes: readonly Change[], lease?: Lease): MaybePromise<boolean> {
    const kept = new Map(changes.map(({ key, entry }) => [key, entry]));
    const commit = () => this.#back.commit!(changes, lease);
    return this.#change([...kept.keys()], commit, (made) => made ? kept : NOTHING);
  }

  /** Who asks for a lease wants to know next what is there, and not what was. */
  lease(lease: Lease, span: number, renew?: boolean): MaybePromise<boolean> {
    return this.#change([lease.key], () => this.#back.lease!(lease, span, renew));
  }

  release(lease: Lease): MaybePromise<void> {
    return this.#back.release!(lease);
  }

  watch(listener: (news: News) => void): () => void {
    if (this.#closed) return this.#back.watch!(listener);
    const own = (news: News): void => listener(news);
    this.#listeners.add(own);
    if (this.#hearing !== undefined) own(this.#hearing);
    return () => void this.#listeners.delete(own);
  }

  check(prefix: string, fix: boolean): MaybePromise<readonly StorageFault[]> {
    const checked = this.#afterwards(
      () => this.#back.check!(prefix, fix),
      () => fix ? this.#forget(prefix) : undefined,
    );
    return chain(checked, (faults) => {
      const { fault } = this.#front;
      if (fault === undefined) return faults;
      const said = fault instanceof Error ? fault.message : String(fault);
      return [...faults, { reason: `the front is not used, because it failed: ${said}`, fixed: false }];
    });
  }

  close(): MaybePromise<void> {
    this.#closed = true;
    this.#unwatch?.();
    this.#listeners.clear();
    return chain(this.#front.close(), () => this.#back.close());
  }

  /** What is in front. Nothing when closed, so that the back says so. */
  #look(key: string): MaybePromise<Entry | undefined> {
    return this.#closed ? undefined : this.#front.get(key);
  }

  #fetch(key: string): MaybePromise<Entry | undefined> {
    const [since, mark] = [Date.now(), this.#fence.mark(key)];
    return chain(
      this.#back.get(key),
      (entry) => entry && chain(this.#promote(key, entry, since, mark), () => cameFrom(this.#behind, entry)),
    );
  }

  #promote(key: string, entry: Entry | undefined, since: number, mark: number): MaybePromise<void> {
    if (entry !== undefined && this.#fence.holds(key, mark)) return this.#front.put(key, entry, since);
  }

  /** Changes keys in the back, then makes the front agree, whether that went well or not. */
  #change<T>(keys: readonly string[], work: () => MaybePromise<T>, kept?: (result: T) => Kept): MaybePromise<T> {
    const [since, marks] = [Date.now(), this.#marks(keys)];
    let stands = NOTHING;
    const noting = () =>
      chain(work(), (result) => {
        stands = kept?.(result) ?? NOTHING;
        return result;
      });
    return this.#afterwards(noting, () => {
      const alone = keys.map((key, at) => this.#fence.holds(key, marks[at]!));
      for (const key of keys) this.#fence.break(key);
      const agreed = keys.map((key, at) => {
        const entry = alone[at] ? stands.get(key) : undefined;
        return entry === undefined ? this.#front.drop(key) : this.#front.put(key, entry, since);
      });
      return together(agreed);
    });
  }

  /** Does work, and something after it even if it fails. */
  #afterwards<T>(work: () => MaybePromise<T>, then: () => MaybePromise<unknown>): MaybePromise<T> {
    const failed = (error: unknown) => ({ error });
    const done = attempt<{ result: T } | { error: unknown }>(() => chain(work(), (result) => ({ result })), failed);
    return chain(done, (done) =>
      chain(then(), () => {
        if ("error" in done) throw done.error;
        return done.result;
      }));
  }

  #dropped(keys: readonly string[]): MaybePromise<unknown> {
    return together(keys.map((key) => {
      this.#fence.break(key);
      return this.#front.drop(key);
    }));
  }

  #forget(prefix: string): MaybePromise<void> {
    this.#fence.breakAll();
    return this.#front.clear(prefix);
  }

  #marks(keys: readonly string[]): number[] {
    return keys.map((key) => this.#fence.mark(key));
  }

  #heard(news: News): void {
    if (typeof news === "string") {
      this.#hearing = news;
      this.#fence.breakAll();
      this.#front.hears(news === "live");
    } else if ("prefix" in news) this.#forget(news.prefix);
    else this.#dropped(news.keys);
    for (const listener of this.#listeners) listener(news);
  }
}
