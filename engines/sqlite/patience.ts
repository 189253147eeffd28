import { faultOf } from "./driver.ts";

/** For how long SQLite itself waits for a lock, in milliseconds. Longer would hold up the event loop. */
export const BUSY_MS = 50;

/**
 * Repeats work that finds the database locked, until `span` milliseconds have passed since the first try.
 *
 * Why: SQLite does not wait at all where it fears a deadlock or recovers a log, and says that it is busy at once.
 */
export function patiently<T>(span: number, work: () => T): T {
  const start = Date.now();
  for (let pauses = 1;; pauses++) {
    try {
      return work();
    } catch (error) {
      if (faultOf(error) !== "busy" || Date.now() - start >= span) throw error;
    }
    pause(Math.min(1 + pauses * 2, 20) * (0.5 + Math.random()));
  }
}

/** Stands still for some milliseconds. */
export function pause(ms: number): void {
  const until = Date.now() + ms;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  } catch {
    while (Date.now() < until);
  }
}
