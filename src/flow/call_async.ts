import { isPromiseLike } from "../contract/maybe_promise.ts";
import { computeAlone } from "./compute_alone.ts";
import { join, type Run } from "./run.ts";
import type { ValueCache } from "./value_cache.ts";

/**
 * Answers a call with a promise: of what is kept, of the computation already running for the key, or of a new one.
 *
 * The engine's answer is shared like a computation: callers who come while it is awaited do not ask again.
 */
export function callAsync(cache: ValueCache, key: unknown, run: Run): Promise<unknown> {
  const running = cache.flights.get(key);
  if (running?.promise !== undefined) {
    return join(cache, key, running, run, () => computeAlone(cache, key, cache.flights.start(key), run));
  }
  const found = cache.read(key);
  if (!isPromiseLike(found)) {
    if (typeof found === "string") {
      cache.tally.missed(key, found);
      return computeAlone(cache, key, cache.flights.start(key), run);
    }
    cache.tally.hit(key, found.age);
    return Promise.resolve(found.value);
  }
  const flight = cache.flights.start(key);
  return flight.promise = found.then((found) => {
    if (typeof found === "string") {
      cache.tally.missed(key, found);
      cache.tally.joined(key, flight.joined);
      return computeAlone(cache, key, flight, run);
    }
    cache.flights.end(key, flight);
    flight.entry = found.entry;
    cache.tally.hit(key, found.age, 1 + flight.joined);
    return found.value;
  });
}
