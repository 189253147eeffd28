import type { Outlet } from "../../codec/outlet.ts";
import { isPromiseLike, type MaybePromise } from "../../contract/maybe_promise.ts";

type Step = IteratorResult<unknown, unknown>;

/** The outlet of a reader whose caller may leave by a signal: then it has failed with the reason of the signal. */
export function leavableOutlet(outlet: Outlet, signal: AbortSignal): Outlet {
  let abort: (() => void) | undefined;
  const left = (): void => {
    signal.removeEventListener("abort", onAbort);
    abort?.();
  };
  const onAbort = (): void => {
    left();
    const heard = outlet.leave(signal.reason);
    // Nobody is there to hear that the source could not be stopped.
    if (isPromiseLike(heard)) heard.then(undefined, () => {});
  };
  signal.addEventListener("abort", onAbort);
  const ended = (step: Step): Step => {
    if (step.done) left();
    return step;
  };
  return {
    next(): MaybePromise<Step> {
      if (signal.aborted) throw signal.reason;
      const step = outlet.next();
      if (!isPromiseLike(step)) return ended(step);
      return new Promise<Step>((resolve, reject) => {
        abort = () => signal.aborted && reject(signal.reason);
        step.then((step) => resolve(ended(step)), (error) => {
          left();
          reject(error);
        });
      });
    },
    leave(reason): MaybePromise<unknown> {
      left();
      return outlet.leave(reason);
    },
  };
}
