import { bytes, type ByteSize } from "./byte_size.ts";
import { type Duration, milliseconds } from "./duration.ts";
import { ConfigurationError, type ConfigurationIssue } from "./errors.ts";
import type { Limits } from "./flow/prune.ts";

/** What may stay when a cache is pruned. Nothing but what is past its time is dropped without limits. */
export interface PruneOptions {
  /** Entries at most. */
  readonly maxSize?: number | undefined;
  /** Sum of the sizes of entries at most: bytes or text such as `"1GB"`. */
  readonly maxBytes?: ByteSize | undefined;
  /** How long ago a value may have been stored: milliseconds or text such as `"7d"`. */
  readonly maxAge?: Duration | undefined;
}

/** The limits that options name. Throws a `ConfigurationError` with all that is wrong. */
export function limitsOf(options: PruneOptions = {}): Limits {
  const issues: ConfigurationIssue[] = [];
  const limit = (path: keyof PruneOptions, read: (given: unknown) => number | undefined, wanted: string): number => {
    const given = options[path];
    const amount = given === undefined ? Infinity : given === 0 ? 0 : read(given);
    if (amount !== undefined) return amount;
    issues.push({ path, message: `is ${JSON.stringify(given)}; give ${wanted}` });
    return Infinity;
  };
  const limits: Limits = {
    maxSize: limit(
      "maxSize",
      (given) => typeof given === "number" && given >= 0 ? given : undefined,
      "a number from 0",
    ),
    maxBytes: limit("maxBytes", bytes, 'bytes or text such as "1GB"'),
    maxAge: limit("maxAge", milliseconds, 'milliseconds or text such as "7d"'),
  };
  for (const path of Object.keys(options)) {
    if (!Object.hasOwn(limits, path)) issues.push({ path, message: "is not known; give maxSize, maxBytes or maxAge" });
  }
  if (issues.length === 0) return limits;
  const all = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new ConfigurationError(`Cannot prune a cache: ${all}`, { issues });
}
