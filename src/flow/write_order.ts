import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Entry } from "../contract/entry.ts";

interface Pending {
  readonly entry: Entry | undefined;
  readonly done: Promise<unknown>;
}

/**
 * The writes of one cache in the order in which they were issued, key by key.
 *
 * Why: an engine that takes its time may finish a `set` after a later `delete`. Here a write waits for the one before it
 * on the same key, and a reader is given what was written last even while it is on its way.
 */
export class WriteOrder {
  readonly #pending = new Map<unknown, Pending>();
  #barrier: Promise<unknown> | undefined;

  /** What a reader must see instead of asking the engine: an entry, `"absent"`, or `undefined` when nothing is on its way. */
  latest(key: unknown): Entry | "absent" | undefined {
    if (this.#pending.size === 0 && this.#barrier === undefined) return undefined;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending.entry ?? "absent";
    return this.#barrier === undefined ? undefined : "absent";
  }

  /** Writes one key, at once where that is possible. `entry` is what readers see meanwhile; none for a deletion. */
  run<T>(key: unknown, entry: Entry | undefined, write: () => MaybePromise<T>): MaybePromise<T> {
    const before = this.#pending.get(key)?.done ?? this.#barrier;
    const result = before === undefined ? write() : before.then(write);
    if (!isPromiseLike(result)) return result;
    const pending: Pending = { entry, done: result.then(ignore, ignore) };
    this.#pending.set(key, pending);
    pending.done.then(() => this.#pending.get(key) === pending && this.#pending.delete(key));
    return result;
  }

  /** Writes several keys at once, after what is on its way for them. */
  runMany<T>(
    entries: readonly (readonly [key: unknown, entry: Entry])[],
    write: () => MaybePromise<T>,
  ): MaybePromise<T> {
    const before = entries.flatMap(([key]) => this.#pending.get(key)?.done ?? this.#barrier ?? []);
    const result = before.length === 0 ? write() : Promise.all(before).then(write);
    if (!isPromiseLike(result)) return result;
    const done = result.then(ignore, ignore);
    for (const [key, entry] of entries) {
      const pending: Pending = { entry, done };
      this.#pending.set(key, pending);
      done.then(() => this.#pending.get(key) === pending && this.#pending.delete(key));
    }
    return result;
  }

  /** Runs a write that concerns every key after all others; readers see nothing until it is done. */
  runAlone<T>(write: () => MaybePromise<T>): MaybePromise<T> {
    const result = chain(this.idle(), write);
    if (!isPromiseLike(result)) return result;
    this.#pending.clear();
    const barrier = (result as Promise<T>).then(ignore, ignore);
    this.#barrier = barrier;
    barrier.then(() => this.#barrier === barrier && (this.#barrier = undefined));
    return result;
  }

  /** Waits until nothing is on its way. */
  idle(): MaybePromise<void> {
    if (this.#pending.size === 0) return this.#barrier?.then(ignore);
    return Promise.all([this.#barrier, ...[...this.#pending.values()].map(({ done }) => done)]).then(ignore);
  }
}

function ignore(): void {}
