/**
 * Algorithms over files, written once for both colours.
 *
 * An algorithm is a generator that yields one file operation at a time and is told its result; a runner carries the
 * operations out, at once or by callbacks.
 *
 * Why: a synchronous and an asynchronous copy of an algorithm with races in it would soon be two algorithms. The
 * callbacks of `node:fs`, rather than its promises, because they deal in the same numeric descriptors as the
 * synchronous operations.
 */
import type { FileOperations, FileSystem } from "./file_system.ts";

/** One thing for a runner to do: an operation with its arguments, or several algorithms side by side. */
export type Step =
  | readonly [operation: keyof FileOperations, ...args: readonly unknown[]]
  | readonly [operation: "together", algorithms: readonly Steps<unknown>[]];

/** An algorithm over files that ends with a result. */
export type Steps<T> = Generator<Step, T, unknown>;

/** One file operation, as a step of an algorithm. */
export function* step<K extends keyof FileOperations>(
  operation: K,
  ...args: Parameters<FileOperations[K]>
): Steps<ReturnType<FileOperations[K]>> {
  return (yield [operation, ...args]) as ReturnType<FileOperations[K]>;
}

/** How many algorithms `together` has under way at a time: enough to keep the system busy, few enough descriptors. */
const ABREAST = 16;

/** Several algorithms side by side where the runner can; their results, in order. */
export function* together<T>(algorithms: readonly Steps<T>[]): Steps<T[]> {
  const results: T[] = [];
  for (let at = 0; at < algorithms.length; at += ABREAST) {
    results.push(...(yield ["together", algorithms.slice(at, at + ABREAST)]) as T[]);
  }
  return results;
}

/** Carries an algorithm out at once. */
export function runSync<T>(fs: FileSystem, steps: Steps<T>): T {
  let turn = steps.next();
  while (!turn.done) {
    const doing = turn.value;
    let result: unknown;
    try {
      result = doing[0] === "together"
        ? (doing[1] as readonly Steps<unknown>[]).map((each) => runSync(fs, each))
        : (fs[`${doing[0]}Sync`] as (...args: readonly unknown[]) => unknown)(...doing.slice(1));
    } catch (error) {
      turn = steps.throw(error);
      continue;
    }
    turn = steps.next(result);
  }
  return turn.value;
}

/** Carries an algorithm out without blocking. */
export async function runAsync<T>(fs: FileSystem, steps: Steps<T>): Promise<T> {
  let turn = steps.next();
  while (!turn.done) {
    const doing = turn.value;
    let result: unknown;
    try {
      result = doing[0] === "together"
        ? await allEnded((doing[1] as readonly Steps<unknown>[]).map((each) => runAsync(fs, each)))
        : await called(fs[doing[0]] as (...args: readonly unknown[]) => void, doing.slice(1));
    } catch (error) {
      turn = steps.throw(error);
      continue;
    }
    turn = steps.next(result);
  }
  return turn.value;
}

/** The results of all, or the first failure, but in any case not before the last one has ended. */
async function allEnded(running: readonly Promise<unknown>[]): Promise<unknown[]> {
  await Promise.allSettled(running);
  return await Promise.all(running);
}

function called(operation: (...args: readonly unknown[]) => void, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    operation(...args, (error: unknown, result: unknown) => error ? reject(error) : resolve(result));
  });
}
