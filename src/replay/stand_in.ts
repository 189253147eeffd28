import { CallScope } from "../call_scope.ts";

/** A call of a cached function, as whoever stands in for its cache sees it. */
export interface CachedCall {
  /** The name of the cache. */
  readonly cache: string;
  /** What the call is found by in every version of the function and in every runtime. Throws a `CacheKeyError` as the cache would. */
  key(): string;
  /** Answers it as without the innermost stand-in: by the one around that, or by the cache. */
  onward(): unknown;
  /** Runs the function. */
  compute(): unknown;
}

/** Answers calls of cached functions in place of their caches. */
export interface StandIn {
  /** The answer to a call, in the colour in which the cache would give it. */
  answer(call: CachedCall): unknown;
}

interface Layer {
  readonly standIn: StandIn;
  readonly outer: Layer | undefined;
}

const scope: CallScope<Layer> = /* @__PURE__ */ new CallScope();

/** Runs a function whose calls of cached functions are answered by `standIn`. */
export function standingIn<R>(standIn: StandIn, fn: () => R): R {
  return scope.run({ standIn, outer: scope.current() }, fn);
}

/** Answers a call by the stand-ins around the caller, the innermost first; by the cache where there is none. */
export function answered(call: Omit<CachedCall, "onward">, byCache: () => unknown): unknown {
  return answeredBy(scope.current(), call, byCache);
}

/** Whether somebody stands in for caches around the caller. */
export function isStoodIn(): boolean {
  return scope.current() !== undefined;
}

function answeredBy(layer: Layer | undefined, call: Omit<CachedCall, "onward">, byCache: () => unknown): unknown {
  if (layer === undefined) return byCache();
  return layer.standIn.answer({ ...call, onward: () => answeredBy(layer.outer, call, byCache) });
}
