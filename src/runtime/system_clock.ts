import type { Clock } from "../contract/clock.ts";

/** The clock of the system: exact at every reading. */
export const systemClock: Clock = { now: () => Date.now() };

/** Where a coarse clock gets the time from, and what clears its credit. */
export interface TimeSource {
  /** The exact time, in milliseconds since the epoch. */
  now(): number;
  /** Whether time is the system's own. Where somebody has put a made-up clock in its place, every reading is exact. */
  genuine(): boolean;
  /** Calls back once after a millisecond, without keeping the process alive. Says whether it will. */
  soon(callback: () => void): boolean;
}

/** Exact readings within a millisecond of one another after which a clock is hot. */
const hot = 64;

/** Readings that a hot clock answers from memory after an exact one. */
const granted = 64;

/** Where ticks stop. Engines keep integers up to here without a box. */
const most = 2 ** 30 - 1;

/** Readings to wait after a host refused a timer. */
const patience = 100_000;

/**
 * A clock that is cheaper than the system's where it is read all the time.
 *
 * A reading is exact until 64 readings in a row came within a millisecond of one another; from then on it is at most
 * 64 readings old inside one long synchronous run, and at most about a millisecond old across turns of the event loop.
 * What is read rarely, or after a pause, is read exactly.
 *
 * Why: `Date.now()` costs more than all the rest of a hit. A count alone would hand an hour-old reading to the first
 * call after a pause, and a timer alone never fires inside a synchronous loop, so it takes both. Engines keep integers
 * below 2^30 without a box, which instants are not, so `ticks` counts from the first reading.
 */
export class CoarseClock implements Clock {
  readonly #source: TimeSource;
  #origin: number | undefined;
  #reading = 0;
  #ticks = 0;
  #credit = 0;
  #streak = 0;
  #armed = false;

  constructor(source: TimeSource) {
    this.#source = source;
  }

  /** The instant of its first reading, from which `ticks` counts. */
  get origin(): number {
    return this.#origin ??= this.#source.now();
  }

  now(): number {
    this.ticks();
    return this.#reading;
  }

  /** Milliseconds since `origin`, at least 0 and at most 2^30 - 1. */
  ticks(): number {
    if (this.#credit > 0) {
      this.#credit--;
      return this.#ticks;
    }
    return this.#exact();
  }

  #exact(): number {
    const now = this.#source.now();
    const since = now - this.#reading;
    this.#reading = now;
    this.#ticks = Math.max(0, Math.min(most, now - (this.#origin ??= now))) | 0;
    this.#credit = 0;
    this.#streak = since >= 0 && since <= 1 ? this.#streak + 1 : 0;
    if (this.#streak >= hot && this.#source.genuine()) {
      if (this.#arm()) this.#credit = granted;
      else this.#streak = -patience;
    }
    return this.#ticks;
  }

  #arm(): boolean {
    this.#armed ||= this.#source.soon(this.#expire);
    return this.#armed;
  }

  readonly #expire = (): void => {
    this.#armed = false;
    this.#credit = 0;
  };
}

/** A timer as runtimes other than browsers give it. */
interface Timer {
  unref?: () => void;
}

let judged: (() => number) | undefined;
let native = false;

/**
 * Whether `Date.now` is the runtime's own function. Fake timers put a function written in JavaScript in its place or
 * in that of `Date`, at any time.
 */
function genuine(): boolean {
  return Date.now === judged ? native : judge();
}

function judge(): boolean {
  judged = Date.now;
  native = Function.prototype.toString.call(judged).includes("[native code]");
  return native;
}

/**
 * Arms a timer that does not keep the process alive. A host whose timers can neither be unreferenced nor belong to a
 * page may drop them when a request ends (workerd) or refuse them outside of one, so there the answer is no.
 */
function soon(callback: () => void): boolean {
  const { setTimeout, clearTimeout, Deno, document } = globalThis as unknown as {
    setTimeout?: (callback: () => void, ms: number) => Timer | number;
    clearTimeout: (timer: Timer | number) => void;
    Deno?: { unrefTimer?: (timer: number) => void };
    document?: unknown;
  };
  if (setTimeout === undefined) return false;
  try {
    const timer = setTimeout(callback, 1);
    if (typeof timer === "object" && typeof timer.unref === "function") timer.unref();
    else if (typeof timer === "number" && typeof Deno?.unrefTimer === "function") Deno.unrefTimer(timer);
    else if (document === undefined) {
      clearTimeout(timer);
      return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** The clock of the system, for hits in memory: see {@link CoarseClock}. */
export const coarseClock: Clock = new CoarseClock({ now: () => Date.now(), genuine, soon });
