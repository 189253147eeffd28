import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Lease } from "../contract/store.ts";
import type { Flight } from "./in_flight.ts";
import type { Leases } from "./leases.ts";
import { computeAsync, type Run } from "./run.ts";
import type { Found } from "./lookup.ts";
import type { ValueCache } from "./value_cache.ts";

/** How long to wait before looking again, at first and at most, in milliseconds. */
const PAUSES = { first: 5, last: 100 } as const;

/**
 * Runs the function while no other process computes the same key, or gives what another process computed meanwhile.
 *
 * Where the engine has no leases, or fails, it is `computeAsync`.
 */
export function computeAlone(cache: ValueCache, key: unknown, flight: Flight, run: Run): Promise<unknown> {
  const { leases } = cache;
  if (leases === undefined) return computeAsync(cache, key, flight, run);
  flight.phase = "computing";
  const taken = leases.take(key as string);
  const result = chain(taken, (lease): MaybePromise<unknown> => {
    if (lease === "taken") return waitFor(cache, leases, key, flight, run);
    return computeWith(cache, leases, lease, key, flight, run);
  });
  return flight.promise = isPromiseLike(result) ? result as Promise<unknown> : Promise.resolve(result);
}

/** Looks once more, because the value may have come before the lease, and computes. */
function computeWith(
  cache: ValueCache,
  leases: Leases,
  lease: Lease | undefined,
  key: unknown,
  flight: Flight,
  run: Run,
): MaybePromise<unknown> {
  if (lease === undefined) return computeAsync(cache, key, flight, run);
  return chain(cache.lookup.readAgain(key), (found): MaybePromise<unknown> => {
    if (found !== undefined) {
      leases.release(lease);
      return given(cache, key, flight, found);
    }
    flight.lease = lease;
    leases.renew(lease);
    return computeAsync(cache, key, flight, run);
  });
}

async function waitFor(
  cache: ValueCache,
  leases: Leases,
  key: unknown,
  flight: Flight,
  run: Run,
): Promise<unknown> {
  for (let pause: number = PAUSES.first;; pause = Math.min(2 * pause, PAUSES.last)) {
    await new Promise<void>((resolve) => setTimeout(resolve, pause));
    const found = await cache.lookup.readAgain(key);
    if (found !== undefined) return given(cache, key, flight, found);
    const lease = await leases.take(key as string);
    if (lease !== "taken") return await computeWith(cache, leases, lease, key, flight, run);
  }
}

function given(cache: ValueCache, key: unknown, flight: Flight, found: Found): unknown {
  cache.flights.end(key, flight);
  flight.entry = found.entry;
  cache.tally.waited(key);
  return found.value;
}
