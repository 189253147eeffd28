import { isPromiseLike, type MaybePromise } from "../../src/contract/maybe_promise.ts";

/** Several values as one, at once where all of them are there at once. */
export function together<T>(values: readonly MaybePromise<T>[]): MaybePromise<T[]> {
  return values.some(isPromiseLike) ? Promise.all(values) : values as T[];
}
