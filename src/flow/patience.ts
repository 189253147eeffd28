import { isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";

/** How long to wait before each further try, in milliseconds. */
const PAUSES: readonly number[] = [10, 30, 100, 300];

/**
 * Tries a write again, a few times and later each time, while another process holds the store.
 *
 * Why: an engine that answers at once must not block the event loop for long, so it gives up after some milliseconds and
 * says that the store is busy. Waiting without blocking is done here.
 */
export function patiently<T>(write: () => MaybePromise<T>, tries = 0): MaybePromise<T> {
  try {
    const result = write();
    return isPromiseLike(result) ? Promise.resolve(result).catch((error) => again(write, tries, error)) : result;
  } catch (error) {
    return again(write, tries, error);
  }
}

function again<T>(write: () => MaybePromise<T>, tries: number, error: unknown): Promise<T> {
  const pause = PAUSES[tries];
  if (pause === undefined || (error as { code?: unknown } | null)?.code !== "ERR_CACHE_ENGINE_BUSY") throw error;
  return new Promise<void>((resolve) => setTimeout(resolve, pause)).then(() => patiently(write, tries + 1));
}
