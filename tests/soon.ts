import assert from "node:assert/strict";
import { setInterval } from "node:timers";

/** How often it is noted how late timers come, in milliseconds. */
const BEAT = 20;

/** So many steps, of this process or of others, may each have waited as long as a timer did. */
const STEPS = 5;

/**
 * A stopwatch for what has to come soon, which may come later by as much as a machine that is busy with other things holds
 * everything up: by several times what timers of this process came late meanwhile.
 */
export class Soon {
  readonly #start = performance.now();
  #late = 0;

  constructor() {
    let due = this.#start + BEAT;
    setInterval(() => {
      const now = performance.now();
      this.#late = Math.max(this.#late, now - due);
      due = now + BEAT;
    }, BEAT).unref();
  }

  /** Fails where more than `ms` have gone by since the start, or, if it was measured elsewhere, where it `took` more. */
  within(ms: number, took: number = performance.now() - this.#start): void {
    assert.ok(took < ms + STEPS * this.#late, `it took ${took} ms of ${ms}; timers came up to ${this.#late} ms late`);
  }
}
