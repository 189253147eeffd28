import { attend } from "./audience.ts";
import { isPromiseLike } from "./contract/maybe_promise.ts";
import { Scope } from "./scope.ts";

/** How many scopes are running, of all kinds. */
let running = 0;

/**
 * A scope in which calls of cached functions mean something else: a value that holds inside a function and, where the runtime
 * has `AsyncLocalStorage`, in the asynchronous work that it begins.
 *
 * Why it is counted: no hit takes the short way while one is running, and none pays for scopes while there is none.
 */
export class CallScope<T> {
  readonly #scope = new Scope<T>();
  #running = 0;

  /** Runs a function inside. The scope ends with it, or with the promise that it gives. */
  run<R>(value: T, fn: () => R): R {
    this.#count(1);
    let result: R;
    try {
      result = this.#scope.run(value, fn);
    } catch (error) {
      this.#count(-1);
      throw error;
    }
    if (!isPromiseLike(result)) {
      this.#count(-1);
      return result;
    }
    return (result as unknown as Promise<unknown>).then(
      (value) => (this.#count(-1), value),
      (error) => {
        this.#count(-1);
        throw error;
      },
    ) as R;
  }

  /** The value of the innermost scope around the caller, if any. */
  current(): T | undefined {
    return this.#running === 0 ? undefined : this.#scope.current();
  }

  #count(change: 1 | -1): void {
    this.#running += change;
    running += change;
    attend("scopes", running > 0);
  }
}
