import { giveBack } from "./give_back.ts";
import type { Flight } from "./in_flight.ts";
import type { ValueCache } from "./value_cache.ts";

/**
 * What a caller is promised who may leave: the result, or the reason of the signal when that comes first.
 *
 * When all callers of a flight have left, and none is without a signal, the flight is abandoned: the function is told through
 * its own signal, later callers start anew, and what it still gives is not kept.
 */
export function leavable(
  cache: ValueCache,
  key: unknown,
  flight: Flight,
  result: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (signal === undefined) {
    flight.hold();
    return result;
  }
  flight.enter();
  return new Promise<unknown>((resolve, reject) => {
    const leave = (): void => {
      reject(signal.reason);
      if (!flight.leave() || flight.ended) return;
      cache.flights.drop(key, flight);
      flight.abandon(signal.reason);
      giveBack(cache, flight);
    };
    signal.addEventListener("abort", leave, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
