import { isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";

/** Values as one array: at once where all of them are there at once. */
export function all<T>(values: readonly MaybePromise<T>[]): MaybePromise<T[]> {
  return values.some(isPromiseLike) ? Promise.all(values) : values as T[];
}
