import { isPromiseLike } from "../contract/maybe_promise.ts";
import type { MissReason } from "../events.ts";
import { countRun, follow, join, type Run } from "./run.ts";
import { stopwatch } from "./stopwatch.ts";
import type { Found } from "./lookup.ts";
import type { ValueCache } from "./value_cache.ts";

/**
 * Answers a call from a store that answers at once: returns what is kept, or runs the function and keeps its result.
 *
 * A function that turns out to give a promise is followed as an asynchronous one is.
 */
export function callSync(cache: ValueCache, key: unknown, run: Run): unknown {
  const running = cache.flights.get(key);
  if (running?.promise !== undefined) return join(cache, key, running, run, () => computeSync(cache, key, run));
  const found = cache.read(key) as Found | MissReason;
  if (typeof found !== "string") {
    cache.tally.hit(key, found.age);
    return found.promised ? Promise.resolve(found.value) : found.value;
  }
  cache.tally.missed(key, found);
  return computeSync(cache, key, run);
}

/** Runs the function and keeps its result, whatever is kept already. */
export function computeSync(cache: ValueCache, key: unknown, run: Run): unknown {
  const flight = cache.flights.start(key);
  flight.phase = "computing";
  const started = stopwatch();
  let result: unknown;
  try {
    result = run.compute();
  } catch (error) {
    cache.flights.end(key, flight);
    countRun(cache, started);
    cache.tally.failed(key, error);
    throw error;
  }
  if (isPromiseLike(result)) return follow(cache, key, flight, run, result, started);
  cache.flights.end(key, flight);
  const cost = countRun(cache, started);
  if (!flight.fenced) return run.keep(cache, key, result, flight, cost, false);
  cache.tally.fenced(key);
  return result;
}
