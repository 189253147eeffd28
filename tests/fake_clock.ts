import type { Clock } from "../src/contract/clock.ts";

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Moves on by milliseconds, backwards too. */
  advance(by: number): void {
    this.#now += by;
  }
}
