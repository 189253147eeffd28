import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { OwnComputation, runInside, waitFor } from "./computation.ts";
import { letFlow } from "./flowing/let_flow.ts";
import type { Found } from "./found.ts";
import { giveBack } from "./give_back.ts";
import type { Flight } from "./in_flight.ts";
import { ownResponse } from "./own_response.ts";
import type { Run } from "./run.ts";
import { stopwatch } from "./stopwatch.ts";
import { tooLate } from "./too_late.ts";
import type { ValueCache } from "./value_cache.ts";

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
  flight.before = old?.entry;
  const shown = old === undefined || old.failed ? undefined : cache.lookup.about(old);
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
    flight.rest();
    // Not what was given in its stead while it was late.
    flight.entry = undefined;
    flight.current = false;
    const cost = countRun(cache, started);
    cache.retries.succeeded(key);
    if (flight.fenced) cache.tally.fenced(key, cost);
    return landed(
      cache,
      key,
      flight,
      flight.fenced ? value : keepResult(cache, key, value, flight, run, cost, promised, old),
    );
  };
  const flowOf = (value: unknown): Promise<object> | undefined => {
    if (flight.computation?.unmodified && value === old?.value) return undefined;
    const flow = letFlow(cache, key, flight, run, value, stopwatch() - started, promised);
    if (flow !== undefined) giveBack(cache, flight);
    return flow?.begin();
  };
  const crash = (error: unknown): MaybePromise<unknown> => {
    flight.rest();
    const cost = countRun(cache, started);
    return chain(
      landed(cache, key, flight, afterFailure(cache, key, error, flight, run, cost, promised)),
      (instead) => {
        if (instead === undefined) throw error;
        return instead.value;
      },
    );
  };
  const shared = withDeadline(cache, key, flight, result).then(
    (value) => flowOf(value) ?? chain(ownResponse(value, flight), land),
    crash,
  );
  cache.outlive(shared);
  // Callers may be promised more already: an old value, when this one is late.
  flight.promise ??= shared;
  return shared;
}

/** Takes a flight off the table when its result is encoded: until then an invalidation fences it. */
export function landed<T>(cache: ValueCache, key: unknown, flight: Flight, result: MaybePromise<T>): MaybePromise<T> {
  const done = (): void => {
    cache.flights.end(key, flight);
    giveBack(cache, flight);
  };
  if (isPromiseLike(result)) return (result as Promise<T>).finally(done);
  done();
  return result;
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

/** What is done when the function failed: gives the value that may be given instead, or has the error kept. */
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
    if (old !== undefined || cache.refreshesAhead) cache.retries.failed(key, cache.now());
    if (old !== undefined) {
      if (old.state === "stale") cache.tally.stale(key, "failed", old.age);
      flight.entry = old.entry;
      flight.current = true;
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
      const error = tooLate(cache.tally.shown(key), ms);
      flight.computation?.abort(error);
      reject(error);
    }, ms);
    Promise.resolve(result).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Counts one run of the function; returns what it cost in milliseconds. */
export function countRun(cache: ValueCache, started: number): number {
  const cost = stopwatch() - started;
  cache.tally.ran(cost);
  return cost;
}
