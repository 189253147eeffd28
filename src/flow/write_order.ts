import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Entry } from "../contract/entry.ts";

interface Pending {
  readonly entry: Entry | undefined;
  readonly done: Promise<unknown>;
  readonly since: number;
}

/** How long a write is waited for whose request may have ended, in milliseconds. */
const PATIENCE = 1_000;

/** How long a reader waits for a write, to learn whether others have changed the key meanwhile, in milliseconds. */
const READER_WAITS = 100;

/** When it is taken to be lost: no host lets a request live on for longer. */
const LOST = 30_000;

/**
 * The writes of one cache in the order in which they were issued, key by key.
 *
 * Why: an engine that takes its time may finish a `set` after a later `delete`. Here a write waits for the one before it
 * on the same key, and a reader is given what was written last even while it is on its way.
 */
export class WriteOrder {
  readonly #pending = new Map<unknown, Pending>();
  /** What else is waited for: the encoding of what will be written, for example. */
  readonly #awaited = new Set<Promise<unknown>>();
  #barrier: Promise<unknown> | undefined;
  /** How often keys were written, some keys sharing a count; counted once somebody asks. */
  #editions: Uint32Array | undefined;
  readonly #mortal: boolean;

  /** `mortal` is whether a write may never end, because the host ends it with its request. */
  constructor(mortal = false) {
    this.#mortal = mortal;
  }

  /** What a reader must see instead of asking the engine: an entry, `"absent"`, or `undefined` when nothing is on its way. */
  latest(key: unknown): Entry | "absent" | undefined {
    if (this.#pending.size === 0 && this.#barrier === undefined) return undefined;
    const pending = this.#pending.get(key);
    if (pending !== undefined && !this.#isLost(key, pending)) return pending.entry ?? "absent";
    return this.#barrier === undefined ? undefined : "absent";
  }

  /** Moves on whenever a key is written. What was read before may be out of date then. */
  edition(key: unknown): number {
    this.#editions ??= new Uint32Array(256);
    return this.#editions[slotOf(key)]!;
  }

  /** Waits until what is on its way for a key is written, but not for long; says whether it is. */
  written(key: unknown): Promise<boolean> {
    const done = this.#pending.get(key)?.done ?? Promise.resolve();
    return new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), READER_WAITS);
      done.then(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Writes one key, at once where that is possible. `entry` is what readers see meanwhile; none for a deletion. */
  run<T>(key: unknown, entry: Entry | undefined, write: () => MaybePromise<T>): MaybePromise<T> {
    this.#moveOn(key);
    const before = this.#pending.get(key)?.done ?? this.#barrier;
    const result = before === undefined ? write() : this.#end(before).then(write);
    if (!isPromiseLike(result)) return result;
    const pending: Pending = { entry, done: result.then(ignore, ignore), since: Date.now() };
    this.#pending.set(key, pending);
    pending.done.then(() => this.#pending.get(key) === pending && this.#pending.delete(key));
    return result;
  }

  /** Writes several keys at once, after what is on its way for them. */
  runMany<T>(
    entries: readonly (readonly [key: unknown, entry: Entry])[],
    write: () => MaybePromise<T>,
  ): MaybePromise<T> {
    for (const [key] of entries) this.#moveOn(key);
    const before = entries.flatMap(([key]) => this.#pending.get(key)?.done ?? this.#barrier ?? []);
    const result = before.length === 0 ? write() : this.#end(Promise.all(before)).then(write);
    if (!isPromiseLike(result)) return result;
    const [done, since] = [result.then(ignore, ignore), Date.now()];
    for (const [key, entry] of entries) {
      const pending: Pending = { entry, done, since };
      this.#pending.set(key, pending);
      done.then(() => this.#pending.get(key) === pending && this.#pending.delete(key));
    }
    return result;
  }

  /** Runs a write that concerns every key after all others; readers see nothing until it is done. */
  runAlone<T>(write: () => MaybePromise<T>): MaybePromise<T> {
    this.#editions?.forEach((count, slot, editions) => editions[slot] = count + 1);
    const result = chain(this.#written(), write);
    if (!isPromiseLike(result)) return result;
    this.#pending.clear();
    const barrier = (result as Promise<T>).then(ignore, ignore);
    this.#barrier = barrier;
    barrier.then(() => this.#barrier === barrier && (this.#barrier = undefined));
    return result;
  }

  /** Has `idle` wait for work that leads to a write, or belongs to one. */
  expect(work: Promise<unknown>): void {
    const done = work.then(ignore, ignore);
    this.#awaited.add(done);
    done.then(() => this.#awaited.delete(done));
  }

  /** Waits until nothing is on its way. */
  idle(): MaybePromise<void> {
    if (this.#awaited.size > 0) return this.#end(Promise.all(this.#awaited)).then(() => this.#written());
    return this.#written();
  }

  #moveOn(key: unknown): void {
    if (this.#editions !== undefined) this.#editions[slotOf(key)]!++;
  }

  #written(): MaybePromise<void> {
    if (this.#pending.size === 0) return this.#barrier && this.#end(this.#barrier).then(ignore);
    return this.#end(Promise.all([this.#barrier, ...[...this.#pending.values()].map(({ done }) => done)])).then(ignore);
  }

  /** The end of writes; where they may be lost, at most as long as one waits for them. */
  #end(writes: Promise<unknown>): Promise<unknown> {
    if (!this.#mortal) return writes;
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, PATIENCE));
    return Promise.race([writes, late]).finally(() => clearTimeout(timer));
  }

  /** Forgets a write whose request must have ended. */
  #isLost(key: unknown, pending: Pending): boolean {
    const lost = this.#mortal && Date.now() - pending.since > LOST;
    if (lost && this.#pending.get(key) === pending) this.#pending.delete(key);
    return lost;
  }
}

/** Keys end in the digits of a digest. */
function slotOf(key: unknown): number {
  const text = String(key);
  return (text.charCodeAt(text.length - 1) * 31 + text.charCodeAt(text.length - 2)) & 255;
}

function ignore(): void {}
