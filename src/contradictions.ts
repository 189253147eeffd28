import { milliseconds } from "./duration.ts";
import type { ConfigurationIssue } from "./errors.ts";
import { configurationError } from "./option_schema.ts";
import type { CacheOptions } from "./options.ts";

type Contradiction = readonly [
  path: keyof CacheOptions,
  holds: (options: CacheOptions) => boolean,
  message: string,
];

const CONTRADICTIONS: readonly Contradiction[] = [
  [
    "softTimeout",
    (o) => o.softTimeout !== undefined && !isStaleServed(o),
    "needs a stale value to give in time; give staleIfError or staleWhileRevalidate, too, or hardTimeout instead",
  ],
  [
    "softTimeout",
    (o) => span(o.softTimeout) >= span(o.hardTimeout),
    "is not below hardTimeout, so it would never be reached; give a shorter one",
  ],
  [
    "retryAfter",
    (o) => o.retryAfter !== undefined && !isStaleServed(o),
    "needs a stale value to give meanwhile; give staleIfError, too, or errorTtl to keep the error itself",
  ],
  [
    "cacheErrors",
    (o) => o.cacheErrors !== undefined && o.cacheErrors !== false && o.errorTtl === undefined,
    "needs errorTtl: an error that is kept for ever outlives its cause",
  ],
  [
    "errorTtl",
    (o) => o.errorTtl !== undefined && o.cacheErrors === false,
    "means nothing beside cacheErrors: false; leave one of them out",
  ],
  [
    "slidingTtl",
    (o) => span(o.slidingTtl) >= span(o.ttl),
    "is not below ttl, which ends it; give a shorter one, or leave one of them out",
  ],
  ["jitter", (o) => o.jitter !== undefined && o.ttl === undefined, "needs a ttl to shorten; give one"],
  [
    "refreshAhead",
    (o) => o.refreshAhead !== undefined && o.ttl === undefined,
    "needs a ttl to be ahead of; give one",
  ],
  [
    "refreshAhead",
    (o) => o.refreshAhead !== undefined && o.slidingTtl !== undefined,
    "contradicts slidingTtl: a hit either renews a value or has it computed anew; leave one of them out",
  ],
  ["migrate", (o) => o.migrate !== undefined && o.schema === undefined, "needs a schema that says what is out of date"],
];

/** Throws one `ConfigurationError` with all options that contradict each other, and why. */
export function checkTogether(options: CacheOptions, whose: string): void {
  const issues: ConfigurationIssue[] = CONTRADICTIONS.flatMap(([path, holds, message]) =>
    holds(options) ? [{ path, message }] : []
  );
  if (issues.length > 0) throw configurationError(whose, issues);
}

function isStaleServed({ staleIfError, staleWhileRevalidate }: CacheOptions): boolean {
  return staleIfError !== undefined || staleWhileRevalidate !== undefined;
}

/** Milliseconds; not a number, which compares with nothing, where there is none or it depends. */
function span(given: unknown): number {
  return milliseconds(given) ?? NaN;
}
