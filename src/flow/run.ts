import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { Caller } from "./computation.ts";
import type { Reviewing } from "./found.ts";
import type { Flight } from "./in_flight.ts";
import type { ValueCache } from "./value_cache.ts";

/** One call of the wrapped function: how to run it, and how its result is kept. */
export interface Run extends Caller, Reviewing {
  /** The tags that the result will have; `undefined` when they depend on it. None if left out. */
  tags?(): readonly string[] | undefined;
  /** Keeps a result; returns what the caller is to be given. */
  keep(
    cache: ValueCache,
    key: unknown,
    value: unknown,
    flight: Flight,
    cost: number,
    promised: boolean,
  ): MaybePromise<unknown>;
  /** Keeps an error, where that is asked for. */
  keepError(
    cache: ValueCache,
    key: unknown,
    error: unknown,
    flight: Flight,
    cost: number,
    promised: boolean,
  ): MaybePromise<unknown>;
  /** Told when the call will be answered by what others compute. */
  waiting?(): void;
}
