import type { Clock } from "../contract/clock.ts";

/**
 * What two clocks may differ by without one of them having been set, in milliseconds: they are never read at the same
 * instant, and some count whole milliseconds only.
 */
const SLACK = 2;

/**
 * Instants by two clocks, of which as much time passes between any two as either clock says.
 *
 * Why both: a wall clock can be set back, and values would live on; a monotonic one stands still while a host is suspended. And
 * why as far ahead of each as ever: a wall clock that was set back must still be heard when it moves on during a suspension.
 */
export class SteadyTime {
  #latest = -Infinity;
  /** How far instants were ahead of each clock at most. */
  #aheadOfWall = 0;
  #aheadOfElapsed = -Infinity;

  /** The instant by the two readings. Never earlier than one before. */
  read(wall: number, elapsed: number): number {
    const now = Math.max(wall + this.#aheadOfWall, elapsed + this.#aheadOfElapsed, this.#latest);
    if (now - wall >= this.#aheadOfWall + SLACK) this.#aheadOfWall = now - wall;
    if (now - elapsed >= this.#aheadOfElapsed + SLACK) this.#aheadOfElapsed = now - elapsed;
    this.#latest = now;
    return now;
  }
}

/** A clock that never goes back and on which as much time passes as the wall clock or the monotonic one says. */
export function steady(clock: Clock): Clock {
  const { elapsed } = clock;
  if (elapsed === undefined) return clock;
  const time = new SteadyTime();
  return { now: () => time.read(clock.now(), elapsed.call(clock)) };
}
