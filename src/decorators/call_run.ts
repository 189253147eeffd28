import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { MissReason } from "../events.ts";
import type { Computation } from "../flow/computation.ts";
import type { Flight } from "../flow/in_flight.ts";
import type { Found } from "../flow/lookup.ts";
import type { Run } from "../flow/run.ts";
import type { ValueCache } from "../flow/value_cache.ts";
import { signalIn, withSignal } from "../key/signals.ts";
import type { AnyFunction } from "../options.ts";
import type { Given, Keeper } from "./keeper.ts";
import type { Reviewer } from "./reviewer.ts";

/** What the calls of one function have in common. */
export interface CallParts {
  readonly keeper: Keeper;
  readonly reviewer: Reviewer | undefined;
  /** Whether callers may leave by a signal among their arguments. */
  readonly signal: boolean;
}

/** One call on its way through a driver. */
export class CallRun implements Run {
  readonly signal: AbortSignal | undefined;
  readonly #parts: CallParts;
  readonly #self: unknown;
  readonly #args: readonly unknown[];
  readonly #compute: AnyFunction;
  readonly #given: Given | undefined;

  constructor(
    parts: CallParts,
    self: unknown,
    args: readonly unknown[],
    compute: AnyFunction,
    given: Given | undefined,
  ) {
    this.#parts = parts;
    this.#self = self;
    this.#args = args;
    this.#compute = compute;
    this.#given = given;
    this.signal = given?.signal ?? (parts.signal ? signalIn(args) : undefined);
  }

  compute(computation: Computation): unknown {
    const args = this.#parts.signal ? withSignal(this.#args, computation) : this.#args;
    return this.#compute.apply(this.#self, args as unknown[]);
  }

  keep(
    values: ValueCache,
    key: unknown,
    value: unknown,
    flight: Flight,
    cost: number,
    promised: boolean,
  ): MaybePromise<unknown> {
    return this.#parts.keeper.keep(values, key, value, flight, this.#args, { ...this.#given, cost, promised });
  }

  keepError(
    values: ValueCache,
    key: unknown,
    error: unknown,
    flight: Flight,
    cost: number,
    promised: boolean,
  ): MaybePromise<unknown> {
    return this.#parts.keeper.keepError(values, key, error, flight, this.#args, { cost, promised });
  }

  review(found: Found): MaybePromise<Found | MissReason> {
    return this.#parts.reviewer?.review(found, this.#args, this.#self) ?? found;
  }

  waiting(): void {
    this.#given?.waiting?.();
  }
}
