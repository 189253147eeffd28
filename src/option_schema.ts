import * as v from "valibot";
import { bytes } from "./byte_size.ts";
import { milliseconds } from "./duration.ts";
import { ConfigurationError, type ConfigurationIssue } from "./errors.ts";
import { nearestName } from "./nearest_name.ts";
import type { CacheOptions, OptionName } from "./options.ts";
import type { PolicyName } from "./contract/store.ts";
import type { StandardSchema } from "./standard_schema.ts";

/** The eviction policies by name. */
export const POLICIES: readonly PolicyName[] = [
  "s3fifo",
  "lru",
  "lfu",
  "fifo",
  "lifo",
  "mru",
  "rr",
  "ttl",
  "sieve",
  "tinylfu",
];

const OTHER_NAMES: Readonly<Record<string, string>> = {
  useSql: 'use engine: "sqlite"',
  use_sql: 'use engine: "sqlite"',
  preferredEngine: "it is called engine",
  preferred_engine: "it is called engine",
  maxAge: 'it is called ttl, in milliseconds or as "5m"',
  max: "it is called maxSize",
};

type Test = (value: unknown) => boolean;

const isText: Test = (value) => typeof value === "string" && value.length > 0 && value.length <= 200;
const isFunction: Test = (value) => typeof value === "function";
const isWhole = (least: number, most: number): Test => (value) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const isOneOf = (words: readonly unknown[]): Test => (value) => words.includes(value);
const isListOf = (test: Test): Test => (value) => Array.isArray(value) && value.length > 0 && value.every(test);
const isObjectWith = (...methods: string[]): Test => (value) =>
  typeof value === "object" && value !== null &&
  methods.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
const isEngine: Test = (value) =>
  isText(value) || (isObjectWith("probe", "open")(value) && isText((value as { name: unknown }).name));
const isSchema: Test = (value) =>
  (typeof value === "object" || typeof value === "function") && value !== null &&
  isObjectWith("validate")((value as { "~standard"?: unknown })["~standard"]);
const isBeta: Test = (value) => {
  if (typeof value !== "object" || value === null) return false;
  const { beta, ...rest } = value as { beta?: unknown };
  return typeof beta === "number" && beta > 0 && beta < Infinity && Object.keys(rest).length === 0;
};
const isAlgorithm = isOneOf(["gzip", "deflate", "zstd"]);
const isCompression: Test = (value) => {
  if (typeof value === "boolean" || isAlgorithm(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const { algorithm, minBytes, ...rest } = value as { algorithm?: unknown; minBytes?: unknown };
  return (algorithm === undefined || isAlgorithm(algorithm)) &&
    (minBytes === undefined || isWhole(0, 2 ** 53)(minBytes)) &&
    Object.keys(rest).length === 0;
};

function option(test: Test, expected: string) {
  return v.optional(v.custom<unknown>(test, (issue) => `must be ${expected}, got ${show(issue.input)}`));
}

const isSpan: Test = (value) => milliseconds(value) !== undefined;
const isTimeout: Test = (value) => isSpan(value) && milliseconds(value)! < 2 ** 31;
const isPart: Test = (value) => typeof value === "number" && value > 0 && value < 1;
const span = 'milliseconds over 0, or text such as "5m"';
const timeout = 'milliseconds over 0 and below 2^31, or text such as "250ms"';

const words = (list: readonly string[]) => list.map((word) => `"${word}"`).join(", ");
const flag = option((value) => typeof value === "boolean", "true or false");
const callback = option(isFunction, "a function");

const ENTRIES = {
  name: option(isText, "text of 1 to 200 characters"),
  version: option(isText, 'text of 1 to 200 characters, or "source"'),
  deps: option(isListOf(isFunction), "a list of functions"),
  engine: option(
    (value) => isEngine(value) || isListOf(isEngine)(value),
    "an engine's name, an engine, or a list of them",
  ),
  strict: flag,
  folderName: option(isText, "a folder's name"),
  cacheDir: option(
    (value) => typeof value === "string" && value.length > 0 && !value.includes("\0"),
    "a folder's path",
  ),
  persist: flag,
  url: option((value) => typeof value === "string" && value.length > 0, 'an address such as "redis://localhost:6379"'),
  lock: flag,
  engineTimeout: option(
    isTimeout,
    timeout,
  ),
  maxSize: option(
    (value) => value === Infinity || isWhole(1, 2 ** 53)(value),
    "a whole number of at least 1, or Infinity",
  ),
  maxBytes: option((value) => bytes(value) !== undefined, 'a number of bytes over 0, or text such as "500MB"'),
  sizeOf: callback,
  policy: option(isOneOf(POLICIES), `one of ${words(POLICIES)}`),
  seed: option((value) => Number.isSafeInteger(value), "a whole number"),
  ttl: option(
    (value) => isFunction(value) || milliseconds(value) !== undefined,
    'milliseconds over 0, text such as "5m", or a function that gives one of these',
  ),
  slidingTtl: option(isSpan, span),
  jitter: option(isPart, "a number over 0 and below 1"),
  staleWhileRevalidate: option(isSpan, span),
  staleIfError: option(isSpan, span),
  refreshAhead: option(
    (value) => isPart(value) || isBeta(value),
    "a number over 0 and below 1, or { beta } with a number over 0",
  ),
  softTimeout: option(isTimeout, timeout),
  hardTimeout: option(isTimeout, timeout),
  errorTtl: option((value) => isFunction(value) || isSpan(value), `${span}, or a function that gives one of these`),
  cacheErrors: option((value) => typeof value === "boolean" || isFunction(value), "true, false or a function"),
  retryAfter: option(isSpan, span),
  key: callback,
  ignoreArgs: option(
    isListOf((value) => isWhole(0, 1000)(value) || isText(value)),
    "a list of argument positions and property names",
  ),
  keyRound: option(isWhole(0, 15), "a whole number from 0 to 15"),
  vary: callback,
  tags: option(
    (value) => isFunction(value) || Array.isArray(value) && value.every(isText),
    "a list of texts of 1 to 200 characters, or a function that gives one",
  ),
  serializer: option(isObjectWith("encode", "decode"), "an object with the functions encode and decode"),
  shouldCache: callback,
  validate: callback,
  schema: option(isSchema, "a Standard Schema, of valibot, zod or arktype for example"),
  migrate: callback,
  compress: option(
    isCompression,
    'true, false, "gzip", "deflate", "zstd", or { algorithm, minBytes }',
  ),
  encrypt: option(
    (value) => isText(value) || typeof value === "object" && value !== null && !Array.isArray(value),
    "a passphrase, 32 bytes, a CryptoKey, or { current, keys }",
  ),
  secure: flag,
  copy: option(isOneOf(["none", "clone", "freeze"]), '"none", "clone" or "freeze"'),
  clock: option(isObjectWith("now"), "an object with the function now"),
  logger: option(
    isObjectWith("debug", "info", "warn", "error"),
    "an object with the functions debug, info, warn and error",
  ),
  signal: flag,
  waitUntil: callback,
  enabled: flag,
} satisfies Record<OptionName, unknown>;

const SCHEMA = /* @__PURE__ */ v.strictObject(ENTRIES);

/** The schema of the options of a cache, as any library for Standard Schema takes it. Use it to check configuration that contains them. */
export const CacheConfigSchema: StandardSchema<CacheOptions> = SCHEMA as unknown as StandardSchema<CacheOptions>;

/** The names of all options. */
export const OPTION_NAMES: readonly OptionName[] = Object.keys(ENTRIES) as OptionName[];

/** Checks options whose origin is unknown. Throws one `ConfigurationError` with everything that is wrong. */
export function checkOptions(
  options: unknown,
  whose: string,
  refused: Readonly<Partial<Record<OptionName, string>>> = {},
): CacheOptions {
  const issues = optionIssues(options, refused);
  if (issues.length === 0) return options as CacheOptions;
  throw configurationError(whose, issues);
}

/** One error for all that is wrong with a configuration. */
export function configurationError(whose: string, issues: readonly ConfigurationIssue[]): ConfigurationError {
  const all = issues.map(({ path, message }) => path === "" ? message : `${path} ${message}`).join("; ");
  return new ConfigurationError(`Cannot use the options of ${whose}: ${all}`, { issues });
}

/** Everything that is wrong with options. */
export function optionIssues(
  options: unknown,
  refused: Readonly<Partial<Record<OptionName, string>>> = {},
): ConfigurationIssue[] {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    return [{ path: "", message: `they must be an object, got ${show(options)}` }];
  }
  const issues: ConfigurationIssue[] = [];
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(ENTRIES, name)) issues.push({ path: name, message: unknownOption(name) });
    else if (value !== undefined) known[name] = value;
    if (value !== undefined && Object.hasOwn(refused, name)) {
      issues.push({ path: name, message: refused[name as OptionName]! });
    }
  }
  const result = v.safeParse(SCHEMA, known);
  for (const issue of result.issues ?? []) {
    issues.push({ path: v.getDotPath(issue) ?? "", message: issue.message });
  }
  return issues;
}

function unknownOption(name: string): string {
  const advice = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  const nearest = nearestName(name, OPTION_NAMES);
  return `is not an option; ${
    advice ?? (nearest === undefined ? `the options are ${OPTION_NAMES.join(", ")}` : `did you mean ${nearest}?`)
  }`;
}

function show(value: unknown): string {
  if (typeof value === "string") return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
