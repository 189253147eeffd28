import { CacheError, EngineError } from "../../src/errors.ts";

/** What systems and servers say, by code, name or words, and what it means. */
const sayings: readonly (readonly [words: RegExp, code: string, found: string, todo: string])[] = [
  [
    /ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|fetch failed|not connected|closed|timed? ?out/i,
    "_UNREACHABLE",
    "the store does not answer",
    "see to its server",
  ],
  [/ENOSPC|EDQUOT|QuotaExceeded|\bOOM\b|\b53100\b/, "_FULL", "the store is full", "make room"],
  [/EROFS|\bREADONLY\b|\b25006\b/, "_READ_ONLY", "the store takes no changes", "choose another"],
  [
    /EACCES|EPERM|NotCapable|NOAUTH|NOPERM|WRONGPASS|AccessDenied|Forbidden/,
    "_NOT_PERMITTED",
    "it is not permitted",
    "give the store the right to it",
  ],
];

/** Trouble with a foreign store as an error of this library. `doing` is what was done to the engine: `read from`. */
export function faultOf(engine: string, doing: string, error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  const { name, code, message } = (error ?? {}) as { name?: unknown; code?: unknown; message?: unknown };
  const said = String(message ?? error);
  const [, end, found, todo] = sayings.find(([words]) => words.test(`${String(name)} ${String(code)} ${said}`)) ??
    ["", "", "the store failed", "see the cause"];
  return new EngineError(`Cannot ${doing} engine "${engine}": ${found} (${said}); ${todo}`, {
    engine,
    code: `ERR_CACHE_ENGINE${end}`,
    cause: error,
  });
}
