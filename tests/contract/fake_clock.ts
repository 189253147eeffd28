import type { Clock } from "../../src/contract/clock.ts";

/**
 * A clock that stands still until a test moves it, for the option `clock`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mcache } from "@twat/cache";
 * import { FakeClock } from "@twat/cache/testing";
 *
 * const clock = new FakeClock();
 * let runs = 0;
 * const count = mcache(() => ++runs, { ttl: "1m", clock });
 * assert.deepEqual([count(), count()], [1, 1]);
 * clock.advance(60_000);
 * assert.equal(count(), 2);
 * ```
 */
export class FakeClock implements Clock {
  #now: number;

  /** Starts at an instant in epoch milliseconds. */
  constructor(now: number = 1_700_000_000_000) {
    this.#now = now;
  }

  /** The instant at which the clock stands, in epoch milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Moves on by milliseconds, backwards too. */
  advance(by: number): void {
    this.#now += by;
  }
}
