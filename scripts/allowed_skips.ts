import type { RuntimeName } from "./matrix/runtimes.ts";

/** A skip that a run in CI may have. Every other one fails it. */
export interface AllowedSkip {
  readonly on: RuntimeName | readonly RuntimeName[];
  /** A piece of the test's whole name, `outer > inner`. */
  readonly test?: string | undefined;
  /** The file it is in; without a test it is skipped as a whole, and without both the runtime may be missing. */
  readonly file?: string | undefined;
  readonly because: string;
}

const needsPermissions = {
  test: "without permissions nothing asks",
  because: "only Deno has permissions that can be withheld",
};

const bundled = ["chromium", "chromium-worker", "workerd"] as const;

/** Skips, in the columns that are handed bundles, of whole files or of tests of theirs, all for one missing ability. */
function lacking(because: string, on: AllowedSkip["on"], ...places: (readonly [file: string, test?: string])[]) {
  return places.map(([file, test]): AllowedSkip => ({ on, file: `tests/${file}.test.ts`, test, because }));
}

/**
 * The skips that CI allows. An entry says which ability the runtime lacks; "flaky" or "slow" is not a reason.
 *
 * Where tests ask for an ability by themselves, an entry allows the skip; in the columns that are handed bundles it makes it, so
 * that the tests need not know of those columns.
 */
export const allowedSkips: readonly AllowedSkip[] = [
  { on: "bun", ...needsPermissions },
  { on: "node", ...needsPermissions },
  { on: "node20", ...needsPermissions },
  {
    on: "node20",
    test: "the module exports the types that are written down",
    because: "types are gone from built JavaScript",
  },
  {
    on: "workerd",
    test: "explain() says when another version of the function",
    because: "no engine outlives the process here",
  },
  {
    on: ["deno", "node", "node20"],
    test: "the workflows are YAML with steps",
    because: "only Bun reads YAML by itself",
  },
  ...lacking(
    "there is no synchronous compression outside node:zlib",
    bundled,
    ["codec/compression"],
    ["codec/damage"],
    ["codec/hostile", "open() refuses random bytes and text"],
    ["codec/serializer", "createCodec() compresses what"],
    ["decorators/compress"],
  ),
  ...lacking(
    "its values hold a Buffer, which is Node's",
    bundled,
    ["codec/cloner", "copies Buffer"],
    ["codec/cloner", "copies nested binary data"],
    ["codec/hostile", "open() never fails otherwise"],
  ),
  ...lacking("there is no node:crypto to compare with", bundled, ["key/digest"]),
  ...lacking("there is no node:vm to make a realm with", bundled, ["key/fingerprint", "of another realm as plain"]),
  ...lacking(
    "there is no AsyncLocalStorage",
    bundled,
    ["context", "withDefaults() gives a context inside"],
    ["context", "withDefaults() reaches caches called inside"],
    ["ageing/reentry", "a ReentryError instead of waiting for itself"],
    ["ageing/reentry", "call each other in a circle"],
    ["flow/flow_callers", "wait for each other"],
    ["record", "bypass() runs the function whatever"],
    ["record", "bypass() concerns methods"],
    ["record", "bypass() and replay() concern calls for many"],
    ["record", "replay() gives what record() noted"],
    ["record", "replay() throws what was thrown"],
    ["record", "replay() answers a function of another"],
    ["record", "replay() tells apart what vary"],
    ["record", "record() notes the calls inside"],
    ["record", "record() waits for the answers"],
    ["record", "record() lets errors through"],
    ["record", "record() keeps bytes"],
  ),
  ...lacking(
    "a worker's stack is too small for 500 maps inside each other",
    "chromium-worker",
    ["key/unkeyable", "200000 maps inside each other"],
  ),
  ...lacking(
    "there is no node:fs to keep files with",
    bundled,
    ["engines/encrypted"],
    ["engines/encrypted_keys"],
    ["engines/tiered"],
    ["engines/tiered_cache", "ucache() on tiered(memory, files)"],
    ["engines/tiered_cache", "in front of encrypted files"],
  ),
  ...lacking(
    "a stream must not cross requests, so nobody joins a result that flows",
    "workerd",
    ["flowing"],
    ["flow/flow"],
    ["flow/flow_ageing"],
    ["flow/flow_callers"],
    ["flow/flow_kept"],
    ["response_codec", "handed out at once and kept when it was read"],
  ),
  ...lacking(
    "no engine here outlives the process and answers at once",
    ["deno-kv", ...bundled],
    ["flow/flow_kept", "bcache.sync() keeps"],
  ),
  ...lacking("engines of other runtimes are left out of what bundlers make", bundled, ["decorators/engine_manager"]),
  ...lacking(
    "there is no SharedArrayBuffer without cross-origin isolation",
    ["chromium", "chromium-worker"],
    ["codec/refusals", "seal() refuses a SharedArrayBuffer"],
  ),
  ...lacking(
    "workerd makes no functions from text",
    "workerd",
    ["key/identity", "has a version that changes with the source"],
    ["key/identity", "counts the source of deps"],
    ["key/identity", "reads the source under a cache"],
    ["key/identity", "reads a function that only speaks"],
  ),
  ...lacking(
    "there is no IndexedDB, and what stands in for it wants scheduler.postTask",
    "workerd",
    ["engines/indexed_db"],
    ["engines/indexed_db_store"],
    ["engines/opfs"],
    ["engines/opfs_store"],
  ),
  ...lacking(
    "workerd keeps nothing outside memory unless it is handed a binding",
    "workerd",
    ["response_stored"],
    ["long_flow"],
    ["context", "two contexts of one folder share one handle"],
    ["decorators/function_cache", "cache.close() gives the store back"],
    ["decorators/stacking", "mcache() over bcache() answers from memory"],
    ["events", "on() tells of the function's failure"],
  ),
  {
    on: ["bun", "node", "node20"],
    test: "asks nobody in Deno without permissions",
    because: "only Deno has permissions that can be withheld",
  },
  {
    on: ["deno", "bun", "node", "node20"],
    test: "in each of 60 rounds of damage",
    because: "only Deno's own KV can be looked through before it is opened",
  },
  ...["when what Deno KV does by itself would meet damage", "ERR_CACHE_ENGINE_BUSY after two seconds"].map((
    test,
  ): AllowedSkip => ({ on: "node20", test, because: "there is no node:sqlite to lock or damage the file with" })),
  { on: "node20", test: "SQLite and files passes the contract", because: "there is no node:sqlite" },
  { on: "node20", test: "over SQLite passes the contract", because: "there is no node:sqlite" },
  {
    on: "deno-kv",
    test: "deno_kv on a server passes the contract by Deno's own client",
    because: "the server of the tests ends under it; the contract on a server runs with @deno/kv on the other runtimes",
  },
];

/** Whether an entry speaks of a column. */
export function appliesTo({ on }: AllowedSkip, name: RuntimeName): boolean {
  // What Chromium lacks, other browsers are taken to lack, too.
  const likened = name.replace(/^(firefox|webkit)/, "chromium") as RuntimeName;
  return [name, likened].some((name) => typeof on === "string" ? on === name : on.includes(name));
}
