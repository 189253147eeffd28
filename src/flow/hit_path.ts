import type { Clock } from "../contract/clock.ts";
import type { Entry } from "../contract/entry.ts";

/** An entry as the hit path sees it, alive in the store, with room for its notes. */
export interface Held extends Pick<Entry, "body" | "form" | "storedAt" | "freshUntil" | "cost" | "promise"> {
  /** Until which tick of the clock `answer` may be given without looking further; 0 when the value is new. */
  until: number;
  /** What a hit returns. */
  answer: unknown;
}

/** A clock that also counts: whole milliseconds from an instant of its own, an integer from 0 to 2^30 - 1, where it stops. */
export interface TickingClock extends Clock {
  readonly origin: number;
  ticks(): number;
}

/** A memory store: its table, looked into without counting a read, and the count of reads. */
export interface HitStore<H extends Held> {
  readonly table: { get(key: unknown): H | undefined };
  used(held: H): void;
}

/** What a hit path is made of. */
export interface HitParts<H extends Held> {
  readonly store: HitStore<H>;
  readonly clock: Clock | TickingClock;
  /** Counts the hits that were served here. */
  readonly stats: { hits: number };
  /** While somebody listens to events, no call is served here. */
  readonly events: { readonly listening: boolean };
  /** Whether a lone primitive argument is its own key. Not so where the caller's own options make the key. */
  readonly plain: boolean;
  /** The key of a call: a primitive for which `isPlainKey` holds, if that is its only argument and `plain`, else a text that begins with `"\0"`. */
  readonly keyOf: (self: unknown, args: unknown[]) => unknown;
  /** Until when a fresh value need not be computed anew, where that may be before it is stale. */
  readonly calmUntil?: ((held: H) => number) | undefined;
  /** Answers whatever is not a fresh hit. */
  readonly slow: (self: unknown, args: unknown[], key: unknown) => unknown;
}

/**
 * What a hit returns. `"sync"`: the value. `"async"`: a promise of it, kept in the entry. `"either"`: the promise where
 * the entry has one, because the function returned one, else the value.
 */
export type Colour = "sync" | "async" | "either";

/** A wrapper around a function, of any shape. */
export type Wrapper = (this: unknown, ...args: unknown[]) => unknown;

/** The longest text that is a key as it is. */
const longest = 1024;

/** Where ticks stop: the largest integer that every JavaScript engine keeps without a box. */
const most = 2 ** 30 - 1;

/** Whether a value may stand for itself as a key: a primitive that a `Map` tells from all others, and from made-up texts. */
export function isPlainKey(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value.length <= longest && value.charCodeAt(0) !== 0;
    case "number":
      return value !== 0 || 1 / value > 0;
    case "symbol":
    case "function":
      return false;
    default:
      return typeof value !== "object" || value === null;
  }
}

/**
 * Builds the wrapper that serves hits from memory and leaves all else to `slow`.
 *
 * A fresh hit costs one look-up, one comparison with the clock and two counters; it allocates nothing. A call with
 * one primitive argument makes no key at all. What has a form, and so is not kept as it is given, is left to `slow`.
 *
 * Why: rest parameters cost more than the look-up, so functions of no or one declared argument get a closure without
 * them. There is one closure for each shape and none made from text, which edge hosts forbid; all wrappers share the
 * code of their shape.
 *
 * @param parts What it is made of.
 * @param arity The declared number of arguments.
 * @param colour What a hit returns.
 */
export function hitPath<H extends Held>(given: HitParts<H>, arity: number, colour: Colour): Wrapper {
  const parts = { ...given, clock: ticking(given.clock) };
  const general = keyed(parts, colour);
  return arity > 1 || !parts.plain
    ? general
    : arity === 1
    ? unary(parts, colour, general)
    : nullary(parts, colour, general);
}

type Parts<H extends Held> = HitParts<H> & { readonly clock: TickingClock };

/** Makes a key of every call. Never notes `until`, so that no argument that looks like a made-up key finds its entry. */
function keyed<H extends Held>(parts: Parts<H>, colour: Colour): Wrapper {
  const { store, clock, stats, events, keyOf, slow, calmUntil } = parts;
  const { table } = store;
  return function (...args) {
    let key: unknown;
    try {
      key = keyOf(this, args);
    } catch (error) {
      return failed(error, colour);
    }
    const held = events.listening ? undefined : table.get(key);
    if (held === undefined || clock.now() >= (calmUntil === undefined ? held.freshUntil : calmUntil(held))) {
      return slow(this, args, key);
    }
    if (held.form !== "") return slow(this, args, key);
    store.used(held);
    stats.hits++;
    return answer(held, colour);
  };
}

/** Takes one plain argument for the key. Whether a text is plain is asked when there is no note that it was. */
function unary<H extends Held>(parts: Parts<H>, colour: Colour, general: Wrapper): Wrapper {
  const { store, clock, stats, events, slow, calmUntil } = parts;
  const { table } = store;
  return function (only) {
    if (arguments.length !== 1 || typeof only !== "string" && !isPlainKey(only)) {
      return general.apply(this, arguments as unknown as unknown[]);
    }
    const held = events.listening ? undefined : table.get(only);
    if (held === undefined || clock.ticks() >= held.until) {
      if (!isPlainKey(only)) return general.call(this, only);
      if (held === undefined || !isReady(held, clock, colour, calmUntil)) return slow(this, [only], only);
    }
    store.used(held);
    stats.hits++;
    return held.answer;
  };
}

/** Makes the key of a call without arguments once. */
function nullary<H extends Held>(parts: Parts<H>, colour: Colour, general: Wrapper): Wrapper {
  const { store, clock, stats, events, keyOf, slow, calmUntil } = parts;
  const { table } = store;
  let key: unknown;
  return function () {
    if (arguments.length !== 0) return general.apply(this, arguments as unknown as unknown[]);
    if (key === undefined) {
      try {
        key = keyOf(undefined, []);
      } catch (error) {
        return failed(error, colour);
      }
    }
    const held = events.listening ? undefined : table.get(key);
    if (held === undefined || clock.now() >= (calmUntil === undefined ? held.freshUntil : calmUntil(held))) {
      return slow(this, [], key);
    }
    if (held.form !== "") return slow(this, [], key);
    store.used(held);
    stats.hits++;
    return answer(held, colour);
  };
}

/** Judges an entry exactly, and notes until when and with what that need not be done again. */
function isReady<H extends Held>(
  held: H,
  clock: TickingClock,
  colour: Colour,
  calmUntil: HitParts<H>["calmUntil"],
): boolean {
  const until = calmUntil === undefined ? held.freshUntil : calmUntil(held);
  if (clock.now() >= until || held.form !== "") return false;
  held.answer = answer(held, colour);
  held.until = ticksAt(until, clock.origin);
  return true;
}

function answer(held: Held, colour: Colour): unknown {
  if (colour === "sync") return held.body;
  return held.promise ?? (colour === "async" ? held.promise = Promise.resolve(held.body) : held.body);
}

/** Rounds down, so that an earlier tick is an earlier instant. */
function ticksAt(instant: number, origin: number): number {
  return Math.max(0, Math.min(most, instant - origin)) | 0;
}

/** Counts the ticks of a clock that does not. */
function ticking(clock: Clock | TickingClock): TickingClock {
  if ("ticks" in clock) return clock;
  const origin = clock.now();
  return { origin, now: () => clock.now(), ticks: () => ticksAt(clock.now(), origin) };
}

/** A call of which no key can be made fails in its colour. */
function failed(error: unknown, colour: Colour): Promise<never> {
  if (colour === "async") return Promise.reject(error);
  throw error;
}
