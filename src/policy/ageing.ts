import type { Head } from "../contract/entry.ts";

/** How the values of a cache age. Nothing stale is served where both spans are 0. */
export interface Ageing {
  /** Milliseconds after its time during which a value is served while it is computed anew behind (RFC 5861, section 3). */
  readonly staleWhileRevalidate: number;
  /** Milliseconds after its time during which a value is served when the function fails or is late (RFC 5861, section 4). */
  readonly staleIfError: number;
  /** The part of its lifetime after which a fresh value is computed anew behind, or how cautious chance is. */
  readonly refreshAhead: number | { readonly beta: number } | undefined;
}

/** What ages: the instants of an entry, and what computing it cost. */
export type Aged = Pick<Head, "storedAt" | "freshUntil" | "goneAt" | "cost">;

/**
 * Where an entry is in its life.
 *
 * `"fresh"` is served. `"early"` is fresh, served, and computed anew behind. `"revalidate"` is stale, served, and computed anew
 * behind. `"fallback"` is stale and served only if the function fails or is late. `"gone"` is never served.
 */
export type Age = "fresh" | "early" | "revalidate" | "fallback" | "gone";

/** Chance puts an early refresh this many times the expected lead before the end once in 160,000 calls, and is not asked before. */
const FARTHEST = 12;

/**
 * How far in the future an entry may have been stored, in milliseconds. Clocks of hosts differ; but one from far ahead was
 * stored before a clock was set back, and nobody knows for how long it has been there.
 */
const AHEAD_AT_MOST = 60_000;

/**
 * Judges an entry at the instant `now`. A boundary belongs to the later state.
 *
 * Fresh, stale and their bounds are those of RFC 9111, section 4.2, and RFC 5861; early refresh is by a fraction, or XFetch.
 *
 * @param random A number from 0 to 1, below 1: a roll of the dice, used only with `{ beta }`.
 */
export function ageOf(entry: Aged, now: number, ageing: Ageing, random: () => number): Age {
  const { storedAt, freshUntil, goneAt } = entry;
  if (now >= goneAt || storedAt > now + AHEAD_AT_MOST && freshUntil !== Infinity) return "gone";
  if (now < freshUntil) return now < calmUntil(entry, ageing) || !isDue(entry, now, ageing, random) ? "fresh" : "early";
  if (now < freshUntil + ageing.staleWhileRevalidate) return "revalidate";
  return now < freshUntil + ageing.staleIfError ? "fallback" : "gone";
}

/** Until when an entry is fresh and need not be computed anew, whatever chance says. */
export function calmUntil({ storedAt, freshUntil, cost }: Omit<Aged, "goneAt">, { refreshAhead }: Ageing): number {
  if (refreshAhead === undefined || freshUntil === Infinity) return freshUntil;
  // What was expired right away may be stored later than it is fresh, since of one instant each entry has a stamp of its own.
  if (typeof refreshAhead === "number") return Math.min(freshUntil, storedAt + refreshAhead * (freshUntil - storedAt));
  return freshUntil - FARTHEST * refreshAhead.beta * cost;
}

function isDue({ freshUntil, cost }: Aged, now: number, { refreshAhead }: Ageing, random: () => number): boolean {
  if (typeof refreshAhead !== "object") return refreshAhead !== undefined;
  return now - cost * refreshAhead.beta * Math.log(1 - random()) >= freshUntil;
}

/** How long an entry is kept beyond its time, in milliseconds. */
export function staleFor({ staleWhileRevalidate, staleIfError }: Ageing): number {
  return Math.max(staleWhileRevalidate, staleIfError);
}
