import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { MissReason } from "../events.ts";
import type { Computation } from "./computation.ts";
import type { Found } from "./found.ts";
import type { Flight } from "./in_flight.ts";
import type { ValueCache } from "./value_cache.ts";

/** One call of the wrapped function: how to run it, and how its result is kept. */
export interface Run {
  /** Lets the caller leave before there is a result. */
  readonly signal?: AbortSignal | undefined;
  /** The tags that the result will have; `undefined` when they depend on it. None if left out. */
  tags?(): readonly string[] | undefined;
  /** Runs the function. */
  compute(computation: Computation): unknown;
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
  /** Looks at a value that was found; gives it, another one in its place, or why it is not to be returned. */
  readonly review?: ((found: Found) => MaybePromise<Found | MissReason>) | undefined;
  /** Told when the call will be answered by what others compute. */
  waiting?(): void;
}
