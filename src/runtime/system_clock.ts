import type { Clock } from "../contract/clock.ts";
import { SteadyTime } from "./steady_clock.ts";

/** The clock of the system: exact at every reading. */
export const systemClock: Clock = { now: () => Date.now() };

/** What a coarse clock leaves to its host. */
export interface ClockHost {
  /** Whether a function that was found as `Date.now` is the runtime's own. With any other, every reading is exact. */
  trusts(now: () => number): boolean;
  /** The monotonic clock, in milliseconds over 0. */
  elapsed(): number;
  /** Calls back once after a millisecond, without keeping the process alive. Says whether it will. */
  soon(callback: () => void): boolean;
}

/** Exact readings within a millisecond of one another after which a clock is hot. */
const hot = 64;

/** Readings that a hot clock answers from memory after an exact one. */
const granted = 64;

/** Readings to wait after a host refused a timer. */
const patience = 100_000;

/** Where ticks stop. JavaScript engines keep integers up to here without a box. */
const most = 2 ** 30 - 1;

/**
 * A clock that is cheaper than the system's where it is read all the time.
 *
 * A reading is exact until 64 readings in a row came within a millisecond of one another; from then on it is at most
 * 64 readings old inside one long synchronous run, and at most about a millisecond old across turns of the event loop.
 * What is read rarely, or after a pause, is read exactly, and so is a made-up `Date.now`, as fake timers install it.
 *
 * Why: `Date.now()` costs more than all the rest of a hit. A count alone would hand an hour-old reading to the first
 * call after a pause, and a timer alone never fires inside a synchronous loop, so it takes both.
 */
export class CoarseClock implements Clock {
  readonly #host: ClockHost;
  /** The `Date.now` that the host trusts. */
  #trusted: (() => number) | undefined;
  /** The last `Date.now` that it was asked about. */
  #judged: (() => number) | undefined;
  #origin: number | undefined;
  #reading = 0;
  #ticks = 0;
  #credit = 0;
  #streak = 0;
  #armed = false;
  /** The time by both clocks, where the monotonic one counts. */
  #time: SteadyTime | undefined;

  constructor(host: ClockHost) {
    this.#host = host;
  }

  /** The instant of its first reading, from which `ticks` counts. */
  get origin(): number {
    return this.#origin ??= Date.now();
  }

  now(): number {
    this.ticks();
    return this.#reading;
  }

  /** Whole milliseconds since `origin`, at least 0 and at most 2^30 - 1: cheaper than `now`, because never boxed. */
  ticks(): number {
    if (this.#credit > 0 && Date.now === this.#trusted) {
      this.#credit--;
      return this.#ticks;
    }
    return this.#exact();
  }

  #exact(): number {
    const now = this.#steady(Date.now());
    const since = now - this.#reading;
    this.#reading = now;
    this.#ticks = Math.max(0, Math.min(most, now - (this.#origin ??= now))) | 0;
    this.#streak = since >= 0 && since <= 1 ? this.#streak + 1 : 0;
    this.#credit = this.#streak >= hot && this.#time !== undefined && this.#arm() ? granted : 0;
    return this.#ticks;
  }

  /** Not earlier than the monotonic clock says, as long as the wall clock is the runtime's own and not a made-up one. */
  #steady(wall: number): number {
    // Nothing to be told from a millisecond by the other clock, which costs as much as this one.
    if (wall - this.#reading <= 1 && wall >= this.#reading && Date.now === this.#trusted) return wall;
    const elapsed = this.#judge() ? this.#host.elapsed() : 0;
    if (elapsed > 0) return Math.floor((this.#time ??= new SteadyTime()).read(wall, elapsed));
    this.#time = undefined;
    return wall;
  }

  #judge(): boolean {
    const { now } = Date;
    if (now !== this.#judged) this.#trusted = this.#host.trusts(now) ? now : undefined;
    this.#judged = now;
    return now === this.#trusted;
  }

  #arm(): boolean {
    this.#armed ||= this.#host.soon(this.#expire);
    if (!this.#armed) this.#streak = -patience;
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

/** Fake timers are written in JavaScript, wherever they come from. */
function trusts(now: () => number): boolean {
  return Function.prototype.toString.call(now).includes("[native code]");
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
export const coarseClock: CoarseClock = new CoarseClock({
  trusts,
  elapsed: () => globalThis.performance?.now() ?? 0,
  soon,
});
