import { attempt, chain, isPromiseLike, type MaybePromise } from "../../contract/maybe_promise.ts";
import { CacheValueError } from "../../errors.ts";
import { copyAtOnce, isResponse } from "../../codec/response.ts";
import { type Caller, runInside, waitFor } from "../computation.ts";
import { FlowSegments, goesIntoSegments } from "./flow_segments.ts";
import { type FlowingValue, flowingValue, largestFlow } from "./flowing_value.ts";
import type { Flight, Joinable } from "../in_flight.ts";
import { leavableOutlet } from "./leavable_outlet.ts";
import type { Run } from "../run.ts";
import type { Source } from "./source.ts";
import { type Ending, Spool } from "./spool.ts";
import { stopwatch } from "../stopwatch.ts";
import { tooLate } from "../too_late.ts";
import type { ValueCache } from "../value_cache.ts";

/** What a flow is made of. */
interface FlowOptions {
  readonly cache: ValueCache;
  readonly key: unknown;
  readonly flight: Flight;
  readonly run: Run;
  readonly value: FlowingValue;
  /** How long the function took to give it, in milliseconds. */
  readonly cost: number;
  /** Whether the function gave a promise of it. */
  readonly promised: boolean;
}

/**
 * A result that flows, while it does: a generator, a stream, or a `Response` with a body.
 *
 * Its first caller reads what the function gives as it comes. Whoever calls meanwhile gets one of their own, which begins at the
 * beginning; the flight stays on the table for them and for fences. When the source has ended, all of it is kept, and never a part.
 * Only the time in which the source was waited for counts as the function's.
 *
 * Why the lease is given back at once: other processes cannot join, and must not wait for the readers of this one.
 */
export class Flow implements Joinable {
  readonly #options: FlowOptions;
  readonly #spool: Spool;
  readonly #limit: number;
  /** Where it goes that is too long for memory. */
  readonly #segments: FlowSegments | undefined;
  /** Whether the segments are wanted: an entry names them, or is about to. */
  #named = false;
  #spent: number;
  /** Whether an event told that it is not kept. */
  #told = false;
  #whole: object | undefined;

  constructor(options: FlowOptions) {
    const { cache, key, flight, value, cost } = options;
    this.#options = options;
    this.#spent = cost;
    if (goesIntoSegments(cache.parts, value.kind)) {
      this.#segments = new FlowSegments(cache.parts, cache.parts.segments!, key as string, value);
    }
    this.#limit = largestFlow(cache.parts, value.kind);
    this.#spool = new Spool({
      source: this.#watched(value.source()),
      hold: (chunk) => value.hold(chunk),
      limit: this.#limit,
      spill: this.#segments,
      sync: value.kind === "generator",
      ahead: value.ahead,
      waiting: () => waitFor(flight, flight.computation!.key),
      ended: (ending) => this.#ended(ending),
      refused: (why) => this.#refused(why),
      emptied: () => this.#letGo(),
    });
  }

  /** Whether a caller who comes now can have all of it. */
  get joinable(): boolean {
    return this.#spool.joinable;
  }

  /** One for one more caller, for whom the function is run if that is needed after all. */
  join(caller: Caller): object {
    const { value, flight, cache } = this.#options;
    const again = (): MaybePromise<Source> =>
      chain(caller.compute(flight.computation!) as MaybePromise<unknown>, (result) => {
        const another = flowingValue(result, cache.parts);
        if (another !== undefined) return another.source();
        throw new CacheValueError(
          `Cannot go on with a result of "${cache.tally.name}": the function gives something else now; call it again`,
        );
      });
    const outlet = this.#spool.read(again);
    return value.through(caller.signal === undefined ? outlet : leavableOutlet(outlet, caller.signal));
  }

  /** What the first caller gets, at once; what may be read before anybody asks is read behind. */
  beginAtOnce(): object {
    this.#spool.fill();
    return this.join(this.#options.run);
  }

  /** What the first caller gets. What is there already needs no stream; waiting for the network is left to the reader. */
  async begin(): Promise<object> {
    if (this.#options.value.ahead === 0) return this.join(this.#options.run);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = new Promise<void>((resolve) => timer = setTimeout(resolve, 0));
    await Promise.race([this.#spool.fill(), soon]);
    clearTimeout(timer);
    return this.#whole ?? this.join(this.#options.run);
  }

  /** Reads all of it, since nobody else does. */
  async drain(): Promise<void> {
    const reader = this.#spool.read();
    try {
      while (this.joinable && !(await reader.next()).done);
      await reader.leave();
    } catch {
      // An event has told of it.
    }
  }

  /** Lets go of the segments when nobody reads them here: drops them, unless an entry names them. */
  #letGo(): void {
    if (this.#spool.hasReaders) return;
    if (this.#named) this.#segments?.leave();
    else this.#segments?.drop();
  }

  /** The source, watched: for how long it is waited for, and in whose place it runs. */
  #watched(source: Source): Source {
    const { flight: { computation } } = this.#options;
    return {
      next: () => {
        const began = stopwatch();
        const step = runInside(computation!, () => source.next());
        const waited = (): void => void (this.#spent += stopwatch() - began);
        if (isPromiseLike(step)) return this.#inTime(step).finally(waited);
        waited();
        return step;
      },
      stop: (reason) => {
        computation!.abort(reason);
        return runInside(computation!, () => source.stop(reason));
      },
    };
  }

  #inTime<T>(step: Promise<T>): Promise<T> {
    const { cache: { hardTimeout }, flight } = this.#options;
    if (hardTimeout === undefined) return Promise.resolve(step);
    const timer = setTimeout(() => {
      const error = tooLate(flight.computation!.key, hardTimeout);
      flight.computation!.abort(error);
      this.#spool.fail(error);
    }, Math.max(0, hardTimeout - this.#spent));
    return Promise.resolve(step).finally(() => clearTimeout(timer));
  }

  #ended(ending: Ending): MaybePromise<void> {
    const { cache, key } = this.#options;
    cache.tally.ran(this.#spent);
    switch (ending.how) {
      case "whole":
        cache.retries.succeeded(key);
        return this.#keep();
      case "failed":
        this.#end();
        cache.tally.failed(key, ending.error, this.#spent);
        return this.#rest();
      case "left":
        this.#end();
        return this.#told ? undefined : cache.tally.fenced(key, this.#spent);
    }
  }

  #keep(): MaybePromise<void> {
    const { cache, key, flight, run, value, promised } = this.#options;
    const kept = this.#spool.kept();
    if (kept === undefined) return this.#end();
    if (flight.fenced) {
      cache.tally.fenced(key, this.#spent);
      return this.#end();
    }
    const rest = value.whole(kept);
    if (kept.segments === 0) {
      this.#whole = rest;
      if (isResponse(rest)) flight.response = copyAtOnce(rest);
    }
    const whole = this.#whole ?? this.#segments!.before(kept.bytes, rest);
    this.#named = true;
    const placed = run.keep(cache, key, whole, flight, this.#spent, promised);
    if (!isPromiseLike(placed)) return this.#kept();
    const ended = Promise.resolve(placed).then(() => this.#kept(), () => this.#kept());
    cache.parts.writes.expect(ended);
    return ended;
  }

  /** Has the function not run again for a while, where there is a stale value to give meanwhile. */
  #rest(): void {
    const { cache, key } = this.#options;
    const rest = (old: unknown): void => void (old !== undefined && cache.retries.failed(key, cache.now()));
    const old = attempt<unknown>(() => cache.lookup.inStead(key), () => undefined);
    if (isPromiseLike(old)) old.then(rest, () => {});
    else rest(old);
  }

  #kept(): void {
    this.#named = this.#segments?.areNamedBy(this.#options.flight.entry) ?? false;
    this.#end();
    this.#letGo();
  }

  #refused(why: "too large" | { readonly error: unknown }): void {
    const { cache, key, flight } = this.#options;
    const error = why === "too large"
      ? new CacheValueError(
        `Cannot keep a result that flows: it has more than ${this.#limit} bytes; return less, or raise maxBytes`,
      )
      : why.error;
    this.#end();
    if (flight.fenced) return;
    this.#told = true;
    cache.tally.refused(key, error, this.#spent);
  }

  #end(): void {
    const { cache, key, flight } = this.#options;
    cache.flights.end(key, flight);
  }
}
