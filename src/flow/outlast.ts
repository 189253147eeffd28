import { type Flight, type InFlight, PULSE, SILENCE } from "./in_flight.ts";

/**
 * Waits for a flight that may never land because its request has ended, and then for whoever computes in its place: the first
 * of those who wait.
 *
 * Why each looks with a timer of its own: nothing else tells. A timer that the flight's request had set would end with it.
 *
 * @param share What a flight gives the caller.
 * @param again Computes anew.
 */
export function outlast(
  flights: InFlight,
  key: unknown,
  flight: Flight,
  share: (flight: Flight) => Promise<unknown>,
  again: () => unknown,
): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      if (Date.now() - flight.aliveAt < SILENCE) {
        timer = later(look);
        return;
      }
      // Should it live after all, its result must not come after what is computed now.
      flight.fenced = true;
      flights.drop(key, flight);
      const running = flights.get(key);
      const next = running?.promise === undefined
        ? new Promise<unknown>((resolve) => resolve(again()))
        : outlast(flights, key, running, share, again);
      next.then(resolve, reject);
    };
    timer = later(look);
    share(flight).finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** Looks again after a while. A host may refuse more than some thousand timers; who gets none just waits. */
function later(look: () => void): ReturnType<typeof setTimeout> | undefined {
  try {
    return setTimeout(look, PULSE);
  } catch {
    return undefined;
  }
}
