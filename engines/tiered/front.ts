import type { Engine } from "../../src/contract/engine.ts";
import type { Entry } from "../../src/contract/entry.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../../src/contract/maybe_promise.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { makeRoom } from "./front_room.ts";
import { ownEntry } from "./own_entry.ts";

/** So many entries are put between two looks at whether a front that does not bound itself is over its bounds. */
const BETWEEN_LOOKS = 256;

/** For how long a front that failed is left alone before it is emptied and used again, in milliseconds. */
const REST_MS = 1_000;

/** So many notes of what came when are kept at most. What is not noted is not trusted. */
const NOTES = 100_000;

/** What is noted of an entry that was put into the front: enough to tell it from another one of the same key. */
interface Note extends Pick<Entry, "storedAt" | "freshUntil" | "checksum"> {
  readonly cameAt: number;
}

/** What a front is made of. */
export interface FrontParts {
  readonly engine: Engine;
  /** The open store; `undefined` where it could not be opened, with the reason as `fault`. */
  readonly store: AsyncStore | undefined;
  readonly fault: unknown;
  /** What the engine behind holds. */
  readonly holds: Engine["holds"];
  /** How long an entry is trusted after it came, in milliseconds. */
  readonly ttl: number;
}

/**
 * The store in front of another: gives what may still be trusted, and never throws. Changes take place in the order in which
 * they were asked for, and a read sees those that were asked for before it.
 *
 * Why notes of what was put: a front that others share, or that outlives the process, holds entries of which nobody here knows
 * how old they are. They count as absent.
 */
export class Front {
  readonly #parts: FrontParts;
  readonly #notes: Map<string, Note> | undefined;
  #fault: unknown;
  #failedAt: number | undefined;
  #heard = true;
  #tail: Promise<void> | undefined;
  #puts = 0;

  constructor(parts: FrontParts) {
    const { engine, ttl, fault } = parts;
    this.#parts = parts;
    this.#fault = fault;
    this.#notes = ttl !== Infinity || engine.shared || engine.persistent ? new Map() : undefined;
  }

  /** The name of its engine. */
  get name(): string {
    return this.#parts.engine.name;
  }

  /** What went wrong last, if anything did. */
  get fault(): unknown {
    return this.#fault;
  }

  /** What the store has to reach. */
  get native(): unknown {
    return this.#parts.store?.native;
  }

  /** The entry under a key, if it is here and may be trusted. */
  get(key: string): MaybePromise<Entry | undefined> {
    const store = this.#ready();
    const note = this.#notes?.get(key);
    if (store === undefined || this.#notes !== undefined && !this.#isRecent(note)) return undefined;
    return attempt<Entry | undefined>(
      () =>
        chain(
          chain(this.#tail, () => store.get(key)),
          (entry) => entry && this.#trusts(note, entry) ? this.#own(entry) : undefined,
        ),
      (error) => this.#failed(error),
    );
  }

  /** Puts an entry here that was true at an instant. */
  put(key: string, entry: Entry, cameAt: number): MaybePromise<void> {
    const store = this.#ready();
    if (store === undefined) return;
    if (weightOf(entry.body) > this.#parts.engine.limits.bodyBytes) return this.drop(key);
    const { storedAt, freshUntil, checksum } = entry;
    return this.#change(() =>
      chain(store.set(key, this.#own(entry)), () => {
        this.#note(key, { storedAt, freshUntil, checksum, cameAt });
        if (this.#parts.engine.scope === "folder" && ++this.#puts % BETWEEN_LOOKS === 0) return makeRoom(store);
      })
    );
  }

  /** Forgets a key. */
  drop(key: string): MaybePromise<void> {
    const store = this.#ready();
    this.#notes?.delete(key);
    if (store !== undefined) return this.#change(() => store.delete(key));
  }

  /** Forgets everything under a prefix. */
  clear(prefix: string): MaybePromise<void> {
    const store = this.#ready();
    for (const key of this.#notes?.keys() ?? []) if (key.startsWith(prefix)) this.#notes!.delete(key);
    if (store !== undefined) return this.#change(() => store.clear(prefix));
  }

  /** Drops what is gone at an instant under a prefix. */
  sweep(prefix: string, now: number): MaybePromise<void> {
    const store = this.#ready();
    if (store !== undefined) return this.#change(() => store.sweep?.(prefix, now) ?? store.clear(prefix));
  }

  /** Whether what others change is heard of: while it is not, the front is empty and left alone. */
  hears(heard: boolean): void {
    if (!heard) this.clear("");
    this.#heard = heard;
  }

  close(): MaybePromise<void> {
    const { store } = this.#parts;
    return attempt<void>(() => chain(this.#tail, () => store?.close()), (error) => void (this.#fault = error));
  }

  /** The store, if it can be used now. One that failed is emptied first, since nobody knows what is in it. */
  #ready(): AsyncStore | undefined {
    const { store } = this.#parts;
    if (store === undefined || !this.#heard) return undefined;
    if (this.#failedAt === undefined) return store;
    const since = Date.now() - this.#failedAt;
    if (since >= 0 && since < REST_MS) return undefined;
    this.#failedAt = Date.now();
    this.#change(() => chain(store.clear(""), () => void (this.#failedAt = this.#fault = undefined)));
    return this.#failedAt === undefined ? store : undefined;
  }

  #change(work: () => MaybePromise<unknown>): MaybePromise<void> {
    const done = attempt<unknown>(() => chain(this.#tail, work), (error) => this.#failed(error));
    if (!isPromiseLike(done)) return;
    const tail: Promise<void> = (done as Promise<unknown>).then(() => {
      if (this.#tail === tail) this.#tail = undefined;
    });
    this.#tail = tail;
    return tail;
  }

  #failed(error: unknown): undefined {
    this.#fault = error;
    this.#failedAt = Date.now();
    this.#notes?.clear();
    return undefined;
  }

  #note(key: string, note: Note): void {
    const notes = this.#notes;
    if (notes === undefined) return;
    notes.delete(key);
    notes.set(key, note);
    if (notes.size <= NOTES) return;
    const [oldest] = notes.keys();
    notes.delete(oldest!);
  }

  #isRecent(note: Note | undefined): boolean {
    if (note === undefined) return false;
    const age = Date.now() - note.cameAt;
    return age >= 0 && age < this.#parts.ttl;
  }

  /** One that is no longer fresh is worth a look into the back, where nobody tells of the fresh one that others put there. */
  #trusts(note: Note | undefined, entry: Entry): boolean {
    if (this.#parts.ttl !== Infinity && entry.freshUntil <= Date.now()) return false;
    return this.#notes === undefined || note !== undefined && note.storedAt === entry.storedAt &&
        note.freshUntil === entry.freshUntil && note.checksum === entry.checksum;
  }

  /** An entry as the engine behind would give it, if this one gives the very thing that it was given. */
  #own(entry: Entry): Entry {
    const { engine, holds } = this.#parts;
    return engine.holds === "references" ? ownEntry(entry, holds) : entry;
  }
}

/** The most bytes that a body can take. */
function weightOf(body: unknown): number {
  return typeof body === "string" ? body.length * 3 : body instanceof Uint8Array ? body.byteLength : 0;
}
