import { isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { EngineError } from "../errors.ts";
import { stopwatch } from "./stopwatch.ts";

/** So many operations in a row without an answer, and the store is left alone for a while. */
const FAILURES = 3;

/** How long a store is left alone, in milliseconds; then one operation tries it again. */
const REST = 1_000;

/** So many operations may wait at once. */
const WAITING = 1_000;

/** A limit is waited for in so many parts. */
const PARTS = 4;

/**
 * What stands between a store and those who wait for it: a time limit for each operation, a circuit breaker
 * (M. Nygard, "Release It!") and a bound to how many operations wait.
 *
 * Why: a server that is frozen neither answers nor refuses. Without this, every call would wait for it, and what waits would
 * pile up. Time is the system's; answers that come at once are not touched.
 *
 * Why a limit has parts: a timer that is due comes before an answer that lies ready, when a long computation has kept the
 * process from hearing either. After each part answers are heard, so that such a delay counts as one part at most.
 */
export class Guard {
  readonly #engine: string;
  readonly #most: number;
  #failures = 0;
  #restsUntil = -Infinity;
  #waiting = 0;

  /** `mortal` is whether operations may never end, because the host ends them with their request. */
  constructor(engine: string, mortal = false) {
    this.#engine = engine;
    this.#most = mortal ? Infinity : WAITING;
  }

  /** Does an operation, and waits `limit` milliseconds at most for its end. */
  run<T>(limit: number, operation: () => MaybePromise<T>): MaybePromise<T> {
    const now = stopwatch();
    if (now < this.#restsUntil) throw this.#unreachable("it did not answer a moment ago");
    if (this.#failures >= FAILURES) this.#restsUntil = now + REST;
    if (this.#waiting >= this.#most) throw this.#unreachable(`${WAITING} operations wait for it`);
    const result = operation();
    return isPromiseLike(result) ? this.#within(limit, result as Promise<T>) : result;
  }

  #within<T>(limit: number, result: Promise<T>): Promise<T> {
    this.#waiting++;
    return new Promise<T>((resolve, reject) => {
      let waited = false;
      const done = (): boolean => {
        if (waited) return false;
        waited = true;
        clearTimeout(timer);
        this.#waiting--;
        return true;
      };
      let timer: ReturnType<typeof setTimeout>;
      const wait = (parts: number): void => {
        timer = setTimeout(() => {
          if (parts > 1) return wait(parts - 1);
          done();
          this.#failed();
          reject(this.#unreachable(`it did not answer within ${limit} ms`));
        }, Math.ceil(limit / PARTS));
      };
      wait(PARTS);
      result.then((value) => {
        if (!done()) return;
        this.#failures = 0;
        this.#restsUntil = -Infinity;
        resolve(value);
      }, (error) => {
        if (!done()) return;
        if ((error as { code?: unknown } | null)?.code === "ERR_CACHE_ENGINE_UNREACHABLE") this.#failed();
        reject(error);
      });
    });
  }

  #failed(): void {
    if (++this.#failures >= FAILURES) this.#restsUntil = stopwatch() + REST;
  }

  #unreachable(found: string): EngineError {
    return new EngineError(
      `Cannot wait for engine "${this.#engine}": ${found}; see to the server, or raise engineTimeout if it is only slow`,
      { engine: this.#engine, code: "ERR_CACHE_ENGINE_UNREACHABLE" },
    );
  }
}
