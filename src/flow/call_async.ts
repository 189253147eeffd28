import { isPromiseLike } from "../contract/maybe_promise.ts";
import { reentry } from "./computation.ts";
import { computeAlone, refreshAlone } from "./compute_alone.ts";
import type { Flight } from "./in_flight.ts";
import { leavable } from "./leavable.ts";
import { isOutdated } from "./flowing/let_flow.ts";
import type { Found, Missing } from "./found.ts";
import { join } from "./join.ts";
import type { Run } from "./run.ts";
import type { ValueCache } from "./value_cache.ts";

/**
 * Answers a call with a promise: of what is kept, of the computation already running for the key, or of a new one.
 *
 * The engine's answer is shared like a computation: callers who come while it is awaited do not ask again.
 */
export function callAsync(cache: ValueCache, key: unknown, run: Run): Promise<unknown> {
  if (run.signal?.aborted) return Promise.reject(run.signal.reason);
  const running = cache.flights.get(key);
  if (running !== undefined && !isOutdated(cache, key, running, run)) {
    // Its function has not even returned: the call comes from inside of it.
    if (running.promise === undefined) return Promise.reject(reentry(cache.tally.shown(key)));
    return join(cache, key, running, run, () => compute(cache, key, run, undefined), run.signal);
  }
  const read = cache.read(key, run);
  if (!isPromiseLike(read)) return answer(cache, key, run, read);
  const flight = cache.flights.start(key);
  flight.promise = read.then((read) => answer(cache, key, run, read, flight));
  return leavable(cache, key, flight, flight.promise, run.signal);
}

/** Answers by what was read; on the flight of the read, if that took a while. */
function answer(
  cache: ValueCache,
  key: unknown,
  run: Run,
  read: Found | Missing,
  flight?: Flight,
): Promise<unknown> {
  const joined = flight?.joined ?? 0;
  if (read.found) {
    if (flight !== undefined) {
      cache.flights.end(key, flight);
      flight.entry = read.entry;
      flight.outdates(cache.parts.tags.names(read.entry.tags));
    }
    cache.tally.hit(key, read.age, read.state, 1 + joined);
    if (read.refresh !== undefined) {
      cache.tally.refreshing(key, read.refresh);
      refreshAlone(cache, key, run, read);
    }
    return read.failed ? Promise.reject(read.value) : Promise.resolve(read.value);
  }
  const behind = cache.flights.behind(key);
  if (behind?.promise === undefined) cache.tally.missed(key, read.because);
  if (joined > 0) cache.tally.joined(key, joined);
  if (behind?.promise === undefined) return compute(cache, key, run, read.old, flight);
  if (flight === undefined) {
    return join(cache, key, behind, run, () => compute(cache, key, run, undefined), run.signal);
  }
  cache.flights.end(key, flight);
  // Others wait with the caller, who must not take them along when it leaves.
  const again = (): Promise<unknown> => {
    if (!flight.awaited) throw run.signal?.reason;
    return compute(cache, key, run, undefined, cache.flights.start(key));
  };
  return join(cache, key, behind, run, again, undefined).then((value) => {
    flight.entry ??= behind.entry;
    return value;
  });
}

function compute(
  cache: ValueCache,
  key: unknown,
  run: Run,
  old: Found | undefined,
  flight?: Flight,
): Promise<unknown> {
  if (flight !== undefined) return computeAlone(cache, key, flight, run, old);
  const begun = cache.flights.start(key);
  return leavable(cache, key, begun, computeAlone(cache, key, begun, run, old), run.signal);
}
