import { CacheError, EngineError } from "../../src/errors.ts";

/** That a server was not asked, or did not answer: why, in words, and what to do where that is known. */
export class Unanswered extends Error {
  override readonly name: string = "Unanswered";
  readonly todo: string | undefined;

  constructor(message: string, todo?: string) {
    super(message);
    this.todo = todo;
  }
}

/** What is known of the trouble with a server: the end of its code, what was found, and what to do. */
type Advice = readonly [code: string, found: string, todo: string];

const unreachable: Advice = [
  "_UNREACHABLE",
  "the server does not answer",
  'see to it, or set url to the address of one that does, such as "redis://localhost:6379"',
];

/** What servers say, and what it means. The words are those of Redis 7 and of Valkey 8. */
const sayings: readonly (readonly [RegExp, Advice])[] = [
  [/\b(NOAUTH|WRONGPASS|NOPERM|AUTH)\b|invalid password|user executing the script/, [
    "_NOT_PERMITTED",
    "the server does not permit it",
    'set user and password in url, as in "redis://user:password@host:6379", or give the user the right to it',
  ]],
  [/DB index|invalid first argument|SELECT is not allowed/, [
    "",
    "the server has no such database",
    "set the number at the end of url, or leave it out",
  ]],
  [/\bOOM\b/, ["_FULL", "the memory of the server is full", "give it more, or a maxmemory-policy that evicts"]],
  [/\b(READONLY|MISCONF|NOREPLICAS)\b/, [
    "_READ_ONLY",
    "the server takes no changes",
    "see to it, or set url to one that does",
  ]],
  [/\b(LOADING|BUSY|TRYAGAIN|MASTERDOWN|CLUSTERDOWN)\b|max number of clients/, [
    "_BUSY",
    "the server is busy",
    "try again",
  ]],
  [/invalid bulk length|string exceeds maximum|too big/i, [
    "_LIMIT",
    "it is too large for the server",
    "keep smaller values, or raise proto-max-bulk-len",
  ]],
];

/** Trouble with a server as an error of this library. `doing` ends with the server: `read from "redis://…"`. */
export function engineError(doing: string, error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const [code, found, todo] = adviceFor(error, said);
  const advised = error instanceof Unanswered && error.todo || todo;
  return new EngineError(`Cannot ${doing}: ${found} (${said}); ${advised}`, {
    engine: "redis",
    code: `ERR_CACHE_ENGINE${code}`,
    cause: error,
  });
}

/** Whether a server answered with a refusal, which begins with a word in capitals; all else is a connection that does not work. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^-?[A-Z]{2,}\b/.test(error.message);
}

function adviceFor(error: unknown, said: string): Advice {
  if (!isRefusal(error)) return unreachable;
  return sayings.find(([words]) => words.test(said))?.[1] ?? ["", "the server refused", "see the cause"];
}
