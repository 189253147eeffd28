import { CacheError, EngineError, ResourceError } from "../../src/errors.ts";

/** What a failure of Deno KV means. */
export type KvFault =
  | "busy"
  | "closed"
  | "damaged"
  | "full"
  | "limit"
  | "moved"
  | "not permitted"
  | "other"
  | "read-only"
  | "unreachable";

/** Errors of Deno KV and of @deno/kv have no codes: their words have to do. */
const words: readonly (readonly [KvFault, RegExp])[] = [
  ["busy", /database (table )?is locked/],
  ["closed", /^Bad resource|after '\.close'|operation canceled/],
  // @deno/kv says of a database that it is closed when its own statements have met damage.
  ["damaged", /not a database|malformed|value encoding .+ is unknown|Invalid column type|Database is closed/],
  ["full", /disk is full/],
  ["read-only", /readonly database/],
  ["limit", /too (large|many)\b|TooLong|TooLarge|TooMany/],
  ["not permitted", /status:? 40[13]\b|DENO_KV_ACCESS_TOKEN/],
  ["unreachable", /failed to connect|fetch failed|endpoint .* responded|response status|did not answer/],
  [
    "unreachable",
    /sending request|ECONN|unable to connect|ENOTFOUND|EAI_AGAIN|connection (error|closed|reset|refused)/i,
  ],
  ["moved", /unable to open database file|disk I\/O error/],
];

/** What an error of Deno KV means. */
export function faultOf(error: unknown): KvFault {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotCapable" || name === "PermissionDenied") return "not permitted";
  const said = saidOf(error);
  return words.find(([, pattern]) => pattern.test(said))?.[0] ?? "other";
}

const advice: Readonly<Record<KvFault, readonly [code: string, todo: string]>> = {
  "busy": ["_BUSY", "try again"],
  "closed": ["", "open another store"],
  "damaged": ["_DAMAGED", "remove the file if it stays so"],
  "full": ["_FULL", "make room on the disk"],
  "limit": ["_LIMIT", "make fewer or smaller changes at a time"],
  "moved": ["_MOVED", "leave the cache folder to the cache"],
  "not permitted": ["_NOT_PERMITTED", "grant access to the cache folder"],
  "other": ["", "see the cause"],
  "read-only": ["_READ_ONLY", "make the file and its folder writable"],
  "unreachable": ["_UNREACHABLE", "check the option url and that the server runs"],
};

/** An error of Deno KV as one of this library. `remote` is whether the database is behind a URL. */
export function refusal(engine: string, verb: string, remote: boolean, error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  const fault = faultOf(error);
  const [code, todo] = advice[fault];
  const credentials = remote && fault === "not permitted";
  const help = credentials ? "set the environment variable DENO_KV_ACCESS_TOKEN to a token of the database" : todo;
  return new EngineError(`Cannot ${verb} engine "${engine}": ${saidOf(error)}; ${help}`, {
    engine,
    code: `ERR_CACHE_ENGINE${code}`,
    cause: error,
  });
}

/** What a method says after `close`. */
export function closedError(engine: string): ResourceError {
  return new ResourceError(`Cannot use the store of engine "${engine}": it is closed; open another`);
}

/** The first line of a message: below it, @deno/kv has stack traces of its native code. */
function saidOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!;
}
