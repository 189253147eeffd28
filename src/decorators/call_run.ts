import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { Computation } from "../flow/computation.ts";
import type { Flight } from "../flow/in_flight.ts";
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
  readonly review: Run["review"];
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
    const { reviewer } = parts;
    this.review = reviewer === undefined ? undefined : (found) => reviewer.review(found, args, self);
    this.signal = given?.signal ?? (parts.signal ? signalIn(args) : undefined);
  }

  tags(): readonly string[] | undefined {
    return this.#parts.keeper.tagsAhead(this.#given);
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

  waiting(): void {
    this.#given?.waiting?.();
  }
}
