import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Lease } from "../contract/store.ts";
import { afterFailure, computeAsync, landed } from "./compute_async.ts";
import type { Flight } from "./in_flight.ts";
import type { Leases } from "./leases.ts";
import type { Found } from "./found.ts";
import type { Run } from "./run.ts";
import { stopwatch } from "./stopwatch.ts";
import { tooLate } from "./too_late.ts";
import type { ValueCache } from "./value_cache.ts";

/** How long to wait before looking again, at first and at most, in milliseconds. What the store tells comes earlier. */
const PAUSES = { first: 5, last: 100 } as const;

/**
 * Runs the function while no other process computes the same key, or gives what another process computed meanwhile; a stale
 * value, where there is one that may be given, when that takes too long.
 *
 * Where the engine has no leases, or fails, it is `computeAsync`.
 *
 * @param old What was found and is stale.
 */
export function computeAlone(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  run: Run,
  old: Found | undefined,
): Promise<unknown> {
  const { leases } = cache;
  flight.phase = "computing";
  if (leases === undefined) return inTime(cache, key, flight, computeAsync(cache, key, flight, run, old), old);
  const result = chain(leases.take(key as string), (lease): MaybePromise<unknown> => {
    if (lease !== "taken") return computeWith(cache, leases, lease, key, flight, run, old);
    run.waiting?.();
    return waitForOther(cache, leases, key, flight, run, old);
  });
  return inTime(cache, key, flight, Promise.resolve(result), old);
}

/** Runs the function behind a hit, unless another process does so. */
export function refreshAlone(cache: ValueCache, key: unknown, run: Run, found: Found): void {
  const { leases } = cache;
  const flight = cache.flights.startBehind(key);
  flight.hold();
  const refresh = (lease: Lease | "taken" | undefined): MaybePromise<unknown> => {
    if (lease === "taken") {
      flight.left = true;
      cache.flights.end(key, flight);
      cache.retries.failed(key, cache.now());
      return found.value;
    }
    return computeWith(cache, leases, lease, key, flight, run, found);
  };
  const refreshed = leases === undefined ? refresh(undefined) : chain(leases.take(key as string), refresh);
  // Whoever finds no value joins; what went wrong is told by an event.
  flight.promise = Promise.resolve(refreshed);
  cache.outlive(flight.promise);
  flight.promise.catch(() => {});
}

/** Runs the function whatever is kept, as soon as no other process computes the same key. */
export function computeAnew(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  run: Run,
  old: Found | undefined,
): Promise<unknown> {
  const { leases } = cache;
  if (leases === undefined) return computeAsync(cache, key, flight, run, old);
  flight.phase = "computing";
  const compute = (lease: Lease | undefined): Promise<unknown> => {
    hold(leases, flight, lease);
    return computeAsync(cache, key, flight, run, old);
  };
  const wait = async (): Promise<unknown> => {
    const lease = await leaseAfterOthers(cache, leases, key, flight);
    return lease === "late" ? await giveUp(cache, key, flight, run) : await compute(lease);
  };
  return flight.promise = Promise.resolve(
    chain(leases.take(key as string), (lease) => lease === "taken" ? wait() : compute(lease)),
  );
}

/** Keeps a lease while the function runs; what was fenced needs none. */
function hold(leases: Leases, flight: Flight, lease: Lease | undefined): void {
  if (lease === undefined) return;
  if (flight.fenced) return void leases.release(lease);
  flight.lease = lease;
  leases.renew(lease);
}

/** Looks once more, because the value may have come before the lease, and computes. */
function computeWith(
  cache: ValueCache,
  leases: Leases | undefined,
  lease: Lease | undefined,
  key: unknown,
  flight: Flight,
  run: Run,
  old: Found | undefined,
): MaybePromise<unknown> {
  if (lease === undefined || leases === undefined) return computeAsync(cache, key, flight, run, old);
  return chain(cache.lookup.readAgain(key, run), (found): MaybePromise<unknown> => {
    const newer = found !== undefined && found.entry.storedAt !== old?.entry.storedAt;
    if (newer || flight.abandoned !== undefined) {
      leases.release(lease);
      if (newer) return given(cache, key, flight, found);
      throw flight.abandoned!.reason;
    }
    hold(leases, flight, lease);
    return computeAsync(cache, key, flight, run, old);
  });
}

async function waitForOther(
  cache: ValueCache,
  leases: Leases,
  key: unknown,
  flight: Flight,
  run: Run,
  old: Found | undefined,
): Promise<unknown> {
  let found: Found | undefined;
  const look = async (): Promise<boolean> => (found = await cache.lookup.readAgain(key, run)) !== undefined;
  const lease = await leaseAfterOthers(cache, leases, key, flight, look);
  if (lease === "late") return await giveUp(cache, key, flight, run);
  if (found !== undefined) return given(cache, key, flight, found);
  return await computeWith(cache, leases, lease, key, flight, run, old);
}

/**
 * Waits until no other process has the lease, or `look` sees what was waited for; gives the lease, `undefined` where there is
 * none, or `"late"` when that takes longer than the function itself may. Throws when all callers have left.
 */
async function leaseAfterOthers(
  cache: ValueCache,
  leases: Leases,
  key: unknown,
  flight: Flight,
  look?: () => Promise<boolean>,
): Promise<Lease | "late" | undefined> {
  const began = stopwatch();
  for (let pause: number = PAUSES.first;; pause = Math.min(2 * pause, PAUSES.last)) {
    await leases.newsOf(key as string, pause);
    if (flight.abandoned !== undefined) throw flight.abandoned.reason;
    if (stopwatch() - began >= (cache.hardTimeout ?? Infinity)) return "late";
    if (await look?.()) return undefined;
    const lease = await leases.take(key as string);
    if (lease !== "taken") return lease;
  }
}

/** Ends a wait for another process that lasts longer than the function itself may. */
async function giveUp(cache: ValueCache, key: unknown, flight: Flight, run: Run): Promise<unknown> {
  const error = tooLate(cache.tally.shown(key), cache.hardTimeout!);
  flight.rest();
  const instead = await landed(cache, key, flight, afterFailure(cache, key, error, flight, run, 0, true));
  if (instead === undefined) throw error;
  return instead.value;
}

function given(cache: ValueCache, key: unknown, flight: Flight, found: Found): unknown {
  cache.flights.end(key, flight);
  flight.entry = found.entry;
  flight.current = true;
  cache.tally.waited(key);
  if (found.failed) throw found.value;
  return found.value;
}

/**
 * What callers are given: the result, or a stale value when the result is late and one may be given. The function goes on
 * behind then.
 */
function inTime(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  result: Promise<unknown>,
  old: Found | undefined,
): Promise<unknown> {
  const { softTimeout } = cache;
  if (old === undefined || softTimeout === undefined) return flight.promise = result;
  return flight.promise = new Promise<unknown>((resolve, reject) => {
    const giveOld = (old: Found | undefined): void => {
      if (old === undefined || flight.ended) return;
      flight.entry = old.entry;
      flight.current = true;
      flight.hold();
      flight.promise = result;
      cache.flights.putBehind(key, flight);
      if (old.state === "stale") cache.tally.stale(key, "late", old.age);
      resolve(old.value);
    };
    const timer = setTimeout(() => {
      const looked = cache.lookup.inStead(key);
      if (isPromiseLike(looked)) looked.then(giveOld, () => {});
      else giveOld(looked);
    }, softTimeout);
    result.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
