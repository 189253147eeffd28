/** How long a server may take to answer, in milliseconds. */
export const LIMIT = 1_000;

/** The turns in which that time is counted, in milliseconds. */
export const TURN = 100;

/** Calls back later; returns what cancels it. */
export type Later = (callback: () => void, ms: number) => () => void;

/** Calls back later, and keeps the process alive until then. */
export const later: Later = (callback, ms) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

/** Calls back later, unless the process has nothing else to do. */
export const laterUnref: Later = (callback, ms) => {
  const timer: unknown = setTimeout(callback, ms);
  const { Deno } = globalThis as { Deno?: { unrefTimer?(timer: number): void } };
  if (typeof timer === "number") Deno?.unrefTimer?.(timer);
  else (timer as { unref?(): void }).unref?.();
  return () => clearTimeout(timer as number);
};

/**
 * Calls back when so many milliseconds were waited for, in turns; returns what cancels it.
 *
 * Why in turns: a process that could not run for a while has not read what arrived meanwhile, and must not take the server
 * for silent.
 */
export function whenWaited(ms: number, callback: () => void, wait: Later): () => void {
  let turns = Math.ceil(ms / TURN);
  const turn = (): void => {
    if (turns-- > 0) cancel = wait(turn, TURN);
    else callback();
  };
  let cancel = wait(turn, 0);
  return () => cancel();
}

/** Waits for the end of some work, `LIMIT` milliseconds at most. Where it fails or takes longer, `end` ends it for good. */
export function withinLimit<T>(work: Promise<T>, end: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = whenWaited(LIMIT, () => {
      end();
      reject(new Error(`no answer within ${LIMIT} ms`));
    }, later);
    work.then((result) => {
      cancel();
      resolve(result);
    }, (error) => {
      cancel();
      end();
      reject(error);
    });
  });
}
