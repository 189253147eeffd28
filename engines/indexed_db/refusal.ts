import { CacheError, EngineError } from "../../src/errors.ts";
import { nameOf } from "./idb.ts";

type Advice = readonly [code: string, found: string, todo: string];

const advice: Readonly<Record<string, Advice>> = {
  NoModificationAllowedError: ["_BUSY", "another tab writes the same file", "try again"],
  NotAllowedError: ["_NOT_PERMITTED", "the browser does not permit it", "let this site store data"],
  QuotaExceededError: ["_FULL", "the browser gives this site no more room", "keep less, or make room on the disk"],
  SecurityError: ["_NOT_PERMITTED", "the browser does not permit it", "let this site store data"],
  VersionError: ["", "a newer release of this library made it", "reload the page"],
};

/** What the browser said, as an error of this library. */
export function refusal(engine: string, verb: string, place: string, error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  const [code, found, todo] = advice[nameOf(error)] ?? ["", "the browser refused", "see the cause"];
  const said = error instanceof Error || nameOf(error) !== "" ? (error as Error).message : String(error);
  const message = `Cannot ${verb} "${place}": ${found} (${said}); ${todo}`;
  return new EngineError(message, { engine, code: `ERR_CACHE_ENGINE${code}`, cause: error });
}
