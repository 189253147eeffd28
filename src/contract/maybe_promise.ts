/** A value, or a promise of it: what code returns that serves both colours of function. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether a value is a promise of this realm, of another one, or of somebody's making. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return value !== null && (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function";
}

/** Goes on with a value at once, or with a promised one when it is there. */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPromiseLike(value) ? (value as Promise<T>).then(next) : next(value);
}

/** Runs a step of either colour and turns a throw or a rejection into a value. */
export function attempt<T>(step: () => MaybePromise<T>, rescue: (error: unknown) => T): MaybePromise<T> {
  try {
    const value = step();
    return isPromiseLike(value) ? (value as Promise<T>).then(undefined, rescue) : value;
  } catch (error) {
    return rescue(error);
  }
}
