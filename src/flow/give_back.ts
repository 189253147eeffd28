import { isPromiseLike } from "../contract/maybe_promise.ts";
import type { Flight } from "./in_flight.ts";
import type { ValueCache } from "./value_cache.ts";

/** Gives back a lease that was not spent on a value. */
export function giveBack(cache: ValueCache, flight: Flight): void {
  const { lease } = flight;
  flight.lease = undefined;
  const released = lease === undefined ? undefined : cache.leases?.release(lease);
  if (isPromiseLike(released)) cache.parts.writes.expect(released);
}
