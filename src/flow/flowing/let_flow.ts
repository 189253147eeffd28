import { isResponse } from "../../codec/response.ts";
import { attempt, isPromiseLike } from "../../contract/maybe_promise.ts";
import { waitFor } from "../computation.ts";
import { Flow } from "./flow.ts";
import { type FlowingValue, flowingValue } from "./flowing_value.ts";
import type { Flight, Joinable } from "../in_flight.ts";
import type { Run } from "../run.ts";
import type { ValueCache } from "../value_cache.ts";

/**
 * Lets a result flow, if it does: gives what the first caller gets. `undefined` for any other result.
 *
 * Where hosts end promises with requests nobody joins, because a stream must not cross requests, and a `Response` is read whole.
 */
export function letFlow(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  run: Run,
  result: unknown,
  cost: number,
  promised: boolean,
): Flow | undefined {
  const { flights } = cache;
  if (flights.mortal && isResponse(result)) return undefined;
  const value = flowingValue(result, cache.parts);
  if (value === undefined) return undefined;
  if (flight.abandoned !== undefined) {
    stopUnread(value, flight.abandoned.reason);
    return undefined;
  }
  // Whoever waited for the function waits no more.
  flight.onEnd?.();
  flight.onEnd = undefined;
  flight.entry = undefined;
  const flow = flight.flow = new Flow({ cache, key, flight, run, value, cost, promised });
  if (flights.behind(key) === flight) cache.outlive(flow.drain());
  else if (flights.mortal) {
    flights.putBehind(key, flight);
    // No fence would reach it.
    if (flights.behind(key) !== flight) flight.fenced = true;
  }
  return flow;
}

/** Tells a source that all who waited for it have left. */
function stopUnread(value: FlowingValue, reason: unknown): void {
  const stopped = attempt<unknown>(() => value.source().stop(reason), () => undefined);
  if (isPromiseLike(stopped)) stopped.then(undefined, () => {});
}

/** What a caller of a synchronous function is given while its result flows. */
export function joinFlow(cache: ValueCache, key: unknown, flight: Flight, flow: Joinable, run: Run): unknown {
  waitFor(flight, cache.tally.shown(key))?.();
  cache.tally.joined(key);
  run.waiting?.();
  return flow.join(run);
}

/**
 * Lets nobody join what flows any more when it is from before a tag of it was invalidated, or may be because its tags are not
 * known before its end; says whether that is so.
 */
export function isOutdated(cache: ValueCache, key: unknown, flight: Flight, run: Run): boolean {
  if (flight.flow === undefined || flight.fencedTags === undefined) return false;
  const tags = run.tags?.();
  if (tags !== undefined && !flight.outdates(tags)) return false;
  flight.current = false;
  flight.fenced = true;
  cache.flights.drop(key, flight);
  return true;
}
