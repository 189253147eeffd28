import type { Entry } from "../contract/entry.ts";

/** How often an entry is renewed at most in its span, where renewing is a write to an engine. */
const RENEWALS = 16;

/**
 * How much longer a value is kept that was given a ttl of its own where others have none, in milliseconds: so that hits do not put
 * off its end for ever.
 */
export const ENDING: number = 2 ** -11;

/** How values stay fresh by being hit. */
export interface SlidingOptions {
  /** How long after a hit, in milliseconds. */
  readonly span: number;
  /** Whether there is an end to it, in `goneAt`. */
  readonly ends: boolean;
  /** How long an entry is kept beyond its time, in milliseconds. */
  readonly staleFor: number;
  /** Whether renewing costs next to nothing. */
  readonly exact: boolean;
  /** Puts an entry in the place of the same one. */
  readonly put: (key: unknown, before: Entry, entry: Entry, edition: number) => void;
}

/** Renews the entries of one cache when they are hit. */
export class Sliding {
  readonly #options: SlidingOptions;

  constructor(options: SlidingOptions) {
    this.#options = options;
  }

  /** Lets an entry be fresh for longer that is hit now, and was read when the writes of its key were at an edition. */
  renew(key: unknown, entry: Entry, now: number, edition: number): void {
    const { span, staleFor, exact, put } = this.#options;
    const left = entry.goneAt - staleFor;
    const ends = this.#options.ends || left > entry.freshUntil;
    // What is kept for ever when it is stale does not tell when its time is over.
    const end = staleFor === Infinity ? entry.freshUntil : this.#options.ends ? left : left - ENDING;
    const freshUntil = ends ? Math.min(now + span, end) : now + span;
    const gained = freshUntil - entry.freshUntil;
    if (gained <= 0 || !exact && gained < span / RENEWALS) return;
    put(key, entry, { ...entry, freshUntil, goneAt: ends ? entry.goneAt : freshUntil + staleFor }, edition);
  }
}
