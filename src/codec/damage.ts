import { SerializationError } from "../errors.ts";

/** The error for a body that is not what the codec would have written. The core counts it as a miss. */
export function damaged(what: string, cause?: unknown): SerializationError {
  return new SerializationError(
    `Cannot read a stored value: ${what}; it counts as a miss`,
    cause === undefined ? {} : { cause },
  );
}
