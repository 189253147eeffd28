import { isPromiseLike } from "../contract/maybe_promise.ts";
import type { CacheParts } from "./cache_parts.ts";
import type { Flight } from "./in_flight.ts";
import type { Leases } from "./leases.ts";

/** What is needed of a cache to give a lease back. */
interface Lessee {
  readonly leases: Leases | undefined;
  readonly parts: Pick<CacheParts, "writes">;
}

/** Gives back a lease that was not spent on a value. */
export function giveBack(cache: Lessee, flight: Flight): void {
  const { lease } = flight;
  flight.lease = undefined;
  const released = lease === undefined ? undefined : cache.leases?.release(lease);
  if (isPromiseLike(released)) cache.parts.writes.expect(released);
}
