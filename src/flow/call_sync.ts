import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { reentry } from "./computation.ts";
import { refreshAlone } from "./compute_alone.ts";
import { afterFailure, begin, countRun, follow, keepResult } from "./compute_async.ts";
import type { Flight } from "./in_flight.ts";
import { leavable } from "./leavable.ts";
import { isOutdated, joinFlow, letFlow } from "./flowing/let_flow.ts";
import type { Found, Missing } from "./found.ts";
import { join } from "./join.ts";
import type { Run } from "./run.ts";
import { stopwatch } from "./stopwatch.ts";
import type { ValueCache } from "./value_cache.ts";

/**
 * Answers a call from a store that answers at once: returns what is kept, or runs the function and keeps its result.
 *
 * A function that turns out to give a promise is followed as an asynchronous one is.
 */
export function callSync(cache: ValueCache, key: unknown, run: Run): unknown {
  const running = cache.flights.get(key);
  if (running !== undefined && !isOutdated(cache, key, running, run)) {
    if (running.promise === undefined) {
      if (running.flow !== undefined) return joinFlow(cache, key, running, running.flow, run);
      throw reentry(cache.tally.shown(key));
    }
    if (run.signal?.aborted) return Promise.reject(run.signal.reason);
    return join(cache, key, running, run, () => computeSync(cache, key, run, undefined), run.signal);
  }
  const read = cache.read(key, run) as Found | Missing;
  if (read.found) {
    cache.tally.hit(key, read.age, read.state);
    if (read.refresh !== undefined) refresh(cache, key, run, read);
    if (read.failed && !read.promised) throw read.value;
    if (!read.promised) return read.value;
    return read.failed ? Promise.reject(read.value) : Promise.resolve(read.value);
  }
  const behind = cache.flights.behind(key);
  if (behind?.promise !== undefined) {
    return join(cache, key, behind, run, () => computeSync(cache, key, run, undefined), run.signal);
  }
  cache.tally.missed(key, read.because);
  return computeSync(cache, key, run, read.old);
}

/** Runs the function and keeps its result, whatever is kept already. */
export function computeSync(
  cache: ValueCache,
  key: unknown,
  run: Run,
  old: Found | undefined,
  flight: Flight = cache.flights.start(key),
): unknown {
  const started = stopwatch();
  let result: unknown;
  try {
    result = begin(cache, key, flight, run, old);
  } catch (error) {
    cache.flights.end(key, flight);
    const cost = countRun(cache, started);
    const failed = afterFailure(cache, key, error, flight, run, cost, false);
    return chain(failed as MaybePromise<Found | undefined>, (instead) => {
      if (instead === undefined) throw error;
      return instead.value;
    });
  }
  if (isPromiseLike(result)) {
    const followed = follow(cache, key, flight, run, result, started, old);
    return leavable(cache, key, flight, followed, run.signal);
  }
  if (!flight.computation?.unmodified) {
    const flow = letFlow(cache, key, flight, run, result, stopwatch() - started, false);
    if (flow !== undefined) return flow.beginAtOnce();
  }
  cache.flights.end(key, flight);
  const cost = countRun(cache, started);
  cache.retries.succeeded(key);
  if (!flight.fenced) return keepResult(cache, key, result, flight, run, cost, false, old);
  cache.tally.fenced(key, cost);
  return result;
}

/** Runs the function behind a hit: one that gives promises at once, any other when the caller is done. */
function refresh(cache: ValueCache, key: unknown, run: Run, found: Found): void {
  cache.tally.refreshing(key, found.refresh!);
  if (found.promised) return refreshAlone(cache, key, run, found);
  const flight = cache.flights.startBehind(key);
  const refreshed = new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
    if (!flight.fenced) return computeSync(cache, key, run, found, flight);
  });
  cache.outlive(refreshed);
  // An event tells of what went wrong.
  refreshed.catch(() => {});
}
