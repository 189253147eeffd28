import { TimeoutError } from "../errors.ts";

/** The error of a function that takes longer than its `hardTimeout` of so many milliseconds. */
export function tooLate(key: string, ms: number): TimeoutError {
  return new TimeoutError(
    `Cannot compute "${key}": the function took longer than its hardTimeout of ${ms} ms; let it watch ` +
      `computation().signal, or give it longer`,
  );
}
