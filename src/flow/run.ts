import { isResponse, responseOf } from "../codec/response.ts";
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Flight } from "./in_flight.ts";
import { ownResponse } from "./own_response.ts";
import { outlast } from "./outlast.ts";
import { stopwatch } from "./stopwatch.ts";
import type { ValueCache } from "./value_cache.ts";

/** One call of the wrapped function: how to run it, and how its result is kept. */
export interface Run {
  /** Runs the function. */
  compute(): unknown;
  /** Keeps a result; returns what the caller is to be given. */
  keep(
    cache: ValueCache,
    key: unknown,
    value: unknown,
    flight: Flight,
    cost: number,
    promised: boolean,
  ): MaybePromise<unknown>;
}

/** Runs the function on a flight and gives the promise that every caller of the key shares. */
export function computeAsync(cache: ValueCache, key: unknown, flight: Flight, run: Run): Promise<unknown> {
  flight.phase = "computing";
  const started = stopwatch();
  let result: unknown;
  try {
    result = run.compute();
  } catch (error) {
    result = Promise.reject(error);
  }
  return follow(cache, key, flight, run, result, started);
}

/** Waits for a result, keeps it unless its key was fenced meanwhile, and lets an error through as it is. */
export function follow(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  run: Run,
  result: unknown,
  started: number,
): Promise<unknown> {
  const promised = isPromiseLike(result);
  const land = (value: unknown): MaybePromise<unknown> => {
    cache.flights.end(key, flight);
    const cost = countRun(cache, started);
    if (flight.fenced) {
      cache.tally.fenced(key);
      giveBack(cache, flight);
      return value;
    }
    const given = run.keep(cache, key, value, flight, cost, promised);
    return flight.lease === undefined ? given : chain(given, (given) => (giveBack(cache, flight), given));
  };
  const shared = Promise.resolve(result).then((value) => chain(ownResponse(value, flight), land), (error) => {
    cache.flights.end(key, flight);
    countRun(cache, started);
    cache.tally.failed(key, error);
    giveBack(cache, flight);
    throw error;
  });
  cache.outlive(shared);
  return flight.promise = shared;
}

/** Gives back a lease that was not spent on a value. */
function giveBack(cache: ValueCache, flight: Flight): void {
  const { lease } = flight;
  flight.lease = undefined;
  if (lease !== undefined) cache.leases?.release(lease);
}

/**
 * Gives a caller a promise of what a computation, or a read, that is already running will give: a copy where hits are copies.
 *
 * @param again Computes in place of one whose request has ended.
 */
export function join(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  run: Run,
  again: () => unknown,
): Promise<unknown> {
  if (flight.phase === "reading") flight.joined++;
  else cache.tally.joined(key);
  const { flights } = cache;
  const share = (flight: Flight): Promise<unknown> =>
    flight.promise!.then((value) => shareOf(cache, flight, value, run));
  return flights.mortal ? outlast(flights, key, flight, share, again) : share(flight);
}

/** What a caller who joined is given. */
function shareOf(cache: ValueCache, flight: Flight, value: unknown, run: Run): unknown {
  if (flight.response !== undefined) return responseOf(flight.response);
  // One that cannot be kept cannot be shared, either.
  if (flight.entry === undefined && isResponse(value)) return run.compute();
  return cache.copies ? cache.copyFor(flight, value) : value;
}

/** Counts one run of the function; returns what it cost in milliseconds. */
export function countRun(cache: ValueCache, started: number): number {
  const cost = stopwatch() - started;
  cache.tally.ran(cost);
  return cost;
}
