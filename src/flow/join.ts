import { responseOf } from "../codec/response.ts";
import { waitFor } from "./computation.ts";
import { isOutdated } from "./flowing/let_flow.ts";
import type { Flight } from "./in_flight.ts";
import { leavable } from "./leavable.ts";
import { outlast } from "./outlast.ts";
import type { Run } from "./run.ts";
import { singleUse } from "./single_use.ts";
import type { ValueCache } from "./value_cache.ts";

/**
 * Gives a caller a promise of what a computation, or a read, that is already running will give: a copy where hits are copies.
 *
 * Who comes when a tag was invalidated is not given a value with that tag, which is from before.
 *
 * @param again Computes in place of one whose request has ended, or whose result is from before.
 * @param signal Lets the caller leave, unless others wait with it.
 */
export function join(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  run: Run,
  again: () => unknown,
  signal: AbortSignal | undefined,
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
  const share = (flight: Flight): Promise<unknown> => {
    const doubts = flight.fencedTags !== undefined;
    return flight.promise!.then((value) => {
      if (doubts) isOutdated(cache, key, flight, run);
      return flight.left || doubts && !flight.current ? anew() : shareOf(cache, flight, value, run);
    });
  };
  const anew = (): unknown => {
    if (signal?.aborted) throw signal.reason;
    const running = flights.get(key) ?? flights.behind(key);
    return running?.promise === undefined ? again() : share(running);
  };
  const shared = flights.mortal ? outlast(flights, key, flight, share, again) : share(flight);
  if (waited !== undefined) shared.then(waited, waited);
  return leavable(cache, key, flight, shared, signal);
}

/** What a caller who joined is given. */
function shareOf(cache: ValueCache, flight: Flight, value: unknown, run: Run): unknown {
  if (flight.response !== undefined) return responseOf(flight.response);
  const { flow } = flight;
  if (flow !== undefined) {
    return flow.joinable && !cache.flights.mortal ? flow.join(run) : run.compute(flight.computation!);
  }
  const once = singleUse(value) !== undefined;
  // One that cannot be kept cannot be shared, either.
  if (once && flight.entry === undefined) return run.compute(flight.computation!);
  return once || cache.copies ? cache.copyFor(flight, value) : value;
}
