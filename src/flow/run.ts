import { isResponse, responseOf } from "../codec/response.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { TimeoutError } from "../errors.ts";
import type { MissReason } from "../events.ts";
import { type Computation, OwnComputation, runInside, waitFor } from "./computation.ts";
import type { Flight } from "./in_flight.ts";
import { leavable } from "./leavable.ts";
import type { Found } from "./lookup.ts";
import { ownResponse } from "./own_response.ts";
import { outlast } from "./outlast.ts";
import { stopwatch } from "./stopwatch.ts";
import type { ValueCache } from "./value_cache.ts";

/** One call of the wrapped function: how to run it, and how its result is kept. */
export interface Run {
  /** Lets the caller leave before there is a result. */
  readonly signal?: AbortSignal | undefined;
  /** Runs the function. */
  compute(computation: Computation): unknown;
  /** Keeps a result; returns what the caller is to be given. */
  keep(
    cache: ValueCache,
    key: unknown,
    value: unknown,
    flight: Flight,
    cost: number,
    promised: boolean,
  ): MaybePromise<unknown>;
  /** Keeps an error, where that is asked for. */
  keepError(
    cache: ValueCache,
    key: unknown,
    error: unknown,
    flight: Flight,
    cost: number,
    promised: boolean,
  ): MaybePromise<unknown>;
  /** Looks at a value that was found; gives it, another one in its place, or why it is not to be returned. */
  review?(found: Found): MaybePromise<Found | MissReason>;
  /** Told when the call will be answered by what others compute. */
  waiting?(): void;
}

/** Runs the function on a flight and gives the promise that every caller of the key shares. */
export function computeAsync(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  run: Run,
  old: Found | undefined,
): Promise<unknown> {
  const started = stopwatch();
  let result: unknown;
  try {
    result = begin(cache, key, flight, run, old);
  } catch (error) {
    result = Promise.reject(error);
  }
  return follow(cache, key, flight, run, result, started, old);
}

/** Begins a run of the function. */
export function begin(cache: ValueCache, key: unknown, flight: Flight, run: Run, old: Found | undefined): unknown {
  flight.phase = "computing";
  const shown = old === undefined ? undefined : cache.lookup.about(old);
  const computation = flight.computation = new OwnComputation(cache.tally.shown(key), flight, shown);
  const waited = waitFor(flight, computation.key);
  if (waited !== undefined) flight.onEnd = waited;
  return runInside(computation, () => run.compute(computation));
}

/** Waits for a result, keeps it unless its key was fenced meanwhile, and lets an error through as it is. */
export function follow(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  run: Run,
  result: unknown,
  started: number,
  old: Found | undefined,
): Promise<unknown> {
  const promised = isPromiseLike(result);
  const land = (value: unknown): MaybePromise<unknown> => {
    cache.flights.end(key, flight);
    const cost = countRun(cache, started);
    cache.retries.succeeded(key);
    if (flight.fenced) {
      cache.tally.fenced(key);
      giveBack(cache, flight);
      return value;
    }
    const given = keepResult(cache, key, value, flight, run, cost, promised, old);
    return flight.lease === undefined ? given : chain(given, (given) => (giveBack(cache, flight), given));
  };
  const crash = (error: unknown): MaybePromise<unknown> => {
    cache.flights.end(key, flight);
    const cost = countRun(cache, started);
    return chain(afterFailure(cache, key, error, flight, run, cost, promised), (instead) => {
      giveBack(cache, flight);
      if (instead === undefined) throw error;
      return instead.value;
    });
  };
  const shared = withDeadline(cache, key, flight, result).then(
    (value) => chain(ownResponse(value, flight), land),
    crash,
  );
  cache.outlive(shared);
  return flight.promise = shared;
}

/** Keeps what the function gave: a new value, or the old one for longer. */
export function keepResult(
  cache: ValueCache,
  key: unknown,
  value: unknown,
  flight: Flight,
  run: Run,
  cost: number,
  promised: boolean,
  old: Found | undefined,
): MaybePromise<unknown> {
  if (flight.computation?.unmodified && value === old?.value) flight.renews = old!.entry;
  return run.keep(cache, key, value, flight, cost, promised);
}

/** What is done when the function failed: gives the stale value that may be given instead, or has the error kept. */
export function afterFailure(
  cache: ValueCache,
  key: unknown,
  error: unknown,
  flight: Flight,
  run: Run,
  cost: number,
  promised: boolean,
): MaybePromise<Found | undefined> {
  cache.tally.failed(key, error, cost);
  if (flight.abandoned !== undefined) return undefined;
  return chain(cache.lookup.inStead(key), (old): MaybePromise<Found | undefined> => {
    if (old !== undefined) {
      cache.retries.failed(key, cache.now());
      cache.tally.stale(key, "failed", old.age);
      flight.entry = old.entry;
      return old;
    }
    if (flight.fenced) return undefined;
    return chain(run.keepError(cache, key, error, flight, cost, promised), () => undefined);
  });
}

/** The result of the function, or a `TimeoutError` when it takes too long. */
function withDeadline(cache: ValueCache, key: unknown, flight: Flight, result: unknown): Promise<unknown> {
  const ms = cache.hardTimeout;
  if (ms === undefined || !isPromiseLike(result)) return Promise.resolve(result);
  return new Promise<unknown>((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new TimeoutError(
        `Cannot compute "${
          cache.tally.shown(key)
        }": the function took longer than its hardTimeout of ${ms} ms; let it watch ` +
          `computation().signal, or give it longer`,
      );
      flight.computation?.abort(error);
      reject(error);
    }, ms);
    Promise.resolve(result).then(resolve, reject).finally(() => clearTimeout(timer));
  });
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
  let waited: (() => void) | undefined;
  try {
    waited = waitFor(flight, cache.tally.shown(key));
  } catch (error) {
    return Promise.reject(error);
  }
  if (flight.phase === "reading") flight.joined++;
  else cache.tally.joined(key);
  run.waiting?.();
  const { flights } = cache;
  const share = (flight: Flight): Promise<unknown> =>
    flight.promise!.then((value) => shareOf(cache, flight, value, run));
  const shared = flights.mortal ? outlast(flights, key, flight, share, again) : share(flight);
  if (waited !== undefined) shared.then(waited, waited);
  return leavable(cache, key, flight, shared, run.signal);
}

/** What a caller who joined is given. */
function shareOf(cache: ValueCache, flight: Flight, value: unknown, run: Run): unknown {
  if (flight.response !== undefined) return responseOf(flight.response);
  // One that cannot be kept cannot be shared, either.
  if (flight.entry === undefined && isResponse(value)) return run.compute(flight.computation!);
  return cache.copies ? cache.copyFor(flight, value) : value;
}

/** Counts one run of the function; returns what it cost in milliseconds. */
export function countRun(cache: ValueCache, started: number): number {
  const cost = stopwatch() - started;
  cache.tally.ran(cost);
  return cost;
}
