import type { Clock } from "../contract/clock.ts";

/**
 * A clock that never goes back: as late as the wall clock says, and as late as the monotonic clock says that it must be.
 *
 * Why both: a wall clock can be set back, and values would live on; a monotonic one stands still while a host is suspended.
 */
export function steady(clock: Clock): Clock {
  const { elapsed } = clock;
  if (elapsed === undefined) return clock;
  let [now, at] = [-Infinity, 0];
  return {
    now: () => {
      const passed = elapsed.call(clock);
      now = Math.max(clock.now(), now + Math.max(0, passed - at));
      at = passed;
      return now;
    },
  };
}
