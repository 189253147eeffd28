import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { AsyncStore, Lease, News } from "../contract/store.ts";
import { patiently } from "./patience.ts";
import type { Tally } from "./tally.ts";

/** How long a lease lasts that is not renewed, in milliseconds: how long others wait for a process that died. */
const SPAN = 2_000;

/** How often a lease is renewed within its span. */
const RENEWALS = 3;

/** How long news are listened to when nobody waits any more, in milliseconds. */
const HUSH = 250;

type LeasingStore = AsyncStore & Required<Pick<AsyncStore, "lease" | "release">>;

/**
 * The leases of one cache: the right to compute a key, which one process at a time has.
 *
 * Held leases are renewed while the function runs. A process that is blocked for longer than a lease lasts may lose it,
 * and its result is then not kept if another process has taken over.
 */
export class Leases {
  readonly #store: LeasingStore;
  readonly #tally: Tally;
  readonly #renewals = new Map<Lease, ReturnType<typeof setInterval>>();
  /** Those who wait for news, by key, and what ends listening. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #stop: (() => void) | undefined;
  #hushing: ReturnType<typeof setTimeout> | undefined;
  #owner: string | undefined;
  #count = 0;

  constructor(store: LeasingStore, tally: Tally) {
    this.#store = store;
    this.#tally = tally;
  }

  /** A lease of a key; `"taken"` while another process has it, `undefined` when the engine fails. */
  take(key: string): MaybePromise<Lease | "taken" | undefined> {
    this.#owner ??= `${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
    const lease: Lease = { key, owner: `${this.#owner}-${(this.#count++).toString(36)}` };
    return attempt<Lease | "taken" | undefined>(
      () => chain(patiently(() => this.#store.lease(lease, this.#span())), (taken) => taken ? lease : "taken"),
      (error) => this.#tally.fault("lease", error, undefined),
    );
  }

  /** Waits for news of a key from whoever has its lease, but so many milliseconds at most. */
  newsOf(key: string, ms: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.get(key)?.delete(done);
        if (this.#waiting.get(key)?.size === 0) this.#waiting.delete(key);
        if (this.#waiting.size === 0) this.#hush();
        resolve();
      };
      const timer = setTimeout(done, ms);
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting.add(done));
      this.#stop ??= this.#store.watch?.((news) => this.#heard(news));
    });
  }

  #heard(news: News): void {
    if (typeof news === "string") return;
    for (const [key, waiting] of this.#waiting) {
      if ("keys" in news ? news.keys.includes(key) : key.startsWith(news.prefix)) {
        [...waiting].forEach((done) => done());
      }
    }
  }

  /** Listens a while longer: whoever waits again soon need not begin anew. */
  #hush(): void {
    clearTimeout(this.#hushing);
    this.#hushing = setTimeout(() => {
      if (this.#waiting.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    }, HUSH);
    (this.#hushing as { unref?(): void }).unref?.();
  }

  /** Renews a lease from time to time, until it is given back or spent. */
  renew(lease: Lease): void {
    const span = this.#span();
    const timer = setInterval(() => {
      const renewed = attempt<unknown>(() => this.#store.lease(lease, span, true), () => {});
      if (isPromiseLike(renewed)) renewed.then(undefined, () => {});
    }, span / RENEWALS);
    (timer as { unref?(): void }).unref?.();
    this.#renewals.set(lease, timer);
  }

  /** Notes that a lease was given back with the value that was computed. */
  spent(lease: Lease): void {
    clearInterval(this.#renewals.get(lease));
    this.#renewals.delete(lease);
  }

  /** Stops listening. */
  leave(): void {
    clearTimeout(this.#hushing);
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Gives a lease back; says when that is done. */
  release(lease: Lease): MaybePromise<void> {
    this.spent(lease);
    return attempt<void>(
      () => this.#store.release(lease),
      (error) => this.#tally.fault("release", error, undefined),
    );
  }

  /** A function that blocks its process cannot renew; one that is known to take long gets its lease for longer. */
  #span(): number {
    const { loads, loadMs } = this.#tally.counters;
    return loads === 0 ? SPAN : Math.max(SPAN, Math.ceil(3 * loadMs / loads));
  }
}

/** The leases on a store, where it has such. */
export function leasesOn(store: AsyncStore, tally: Tally): Leases | undefined {
  if (store.lease === undefined || store.release === undefined || store.commit === undefined) return undefined;
  return new Leases(store as LeasingStore, tally);
}
