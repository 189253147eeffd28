import { ConfigurationError, type ConfigurationIssue } from "./errors.ts";
import { LOG_LEVELS, type LogLevel, setLogLevel } from "./logger.ts";
import type { CacheOptions } from "./options.ts";
import { checkOptions, configurationError, optionIssues } from "./option_schema.ts";

/** Options that several caches share. */
export type CacheConfig = CacheOptions;

const DEFAULTS: CacheConfig = Object.freeze({
  policy: "s3fifo",
  ttl: Infinity,
  copy: "none",
  enabled: true,
});

/**
 * A checked, frozen configuration with the defaults filled in that are the same for all decorators.
 *
 * The others stay out unless given: the default of `maxSize` and `maxBytes` depends on where values are kept, and to name a
 * folder means to keep values in it. Throws a `ConfigurationError` that lists everything that is wrong.
 *
 * @example
 * ```ts
 * import { createCacheConfig, mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const config = createCacheConfig({ ttl: "5m", maxSize: 500 });
 * const double = mcache((x: number) => x * 2, { maxSize: config.maxSize, ttl: config.ttl });
 * assert.equal(double(2), 4);
 * assert.ok(Object.isFrozen(config));
 * ```
 */
export function createCacheConfig(options: CacheOptions = {}): CacheConfig {
  return Object.freeze({ ...DEFAULTS, ...given(checkOptions(options, "createCacheConfig")) });
}

/** One configuration from several; what a later one gives wins, and `undefined` gives nothing. */
export function mergeConfigs(...configs: readonly CacheConfig[]): CacheConfig {
  const merged: CacheConfig = Object.assign(
    {},
    ...configs.map((config) => given(checkOptions(config, "mergeConfigs"))),
  );
  return Object.freeze(merged);
}

const VARIABLES: Readonly<Record<string, readonly [option: keyof CacheOptions, parse: (text: string) => unknown]>> = {
  TWAT_CACHE_ENGINE: ["engine", (text) => text.includes(",") ? text.split(",").map((name) => name.trim()) : text],
  TWAT_CACHE_DIR: ["cacheDir", String],
  TWAT_CACHE_FOLDER_NAME: ["folderName", String],
  TWAT_CACHE_URL: ["url", String],
  TWAT_CACHE_MAX_SIZE: ["maxSize", Number],
  TWAT_CACHE_MAX_BYTES: ["maxBytes", numberOrText],
  TWAT_CACHE_TTL: ["ttl", numberOrText],
  TWAT_CACHE_POLICY: ["policy", String],
  TWAT_CACHE_COMPRESS: ["compress", flagOrText],
  TWAT_CACHE_SECURE: ["secure", flagOrText],
  TWAT_CACHE_STRICT: ["strict", flagOrText],
  TWAT_CACHE_ENABLED: ["enabled", flagOrText],
};

/**
 * Options from the environment variables `TWAT_CACHE_*`, which nothing else reads.
 *
 * `ENGINE DIR FOLDER_NAME URL MAX_SIZE MAX_BYTES TTL POLICY COMPRESS SECURE STRICT ENABLED` become options of those names, and
 * `LOG_LEVEL` is set for all caches. Merge them yourself, so that the order is yours: `mergeConfigs(configFromEnv(), options)`.
 * Throws a `ConfigurationError` that names each variable with an unusable value. On Deno it needs permission to read them.
 *
 * @param env The variables, in place of the process's.
 *
 * @example
 * ```ts
 * import { configFromEnv } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(configFromEnv({ TWAT_CACHE_TTL: "5m", TWAT_CACHE_SECURE: "1" }), { ttl: "5m", secure: true });
 * ```
 */
export function configFromEnv(env: Readonly<Record<string, string | undefined>> = environment()): CacheConfig {
  const config: Record<string, unknown> = {};
  const issues: ConfigurationIssue[] = [];
  for (const [variable, [option, parse]] of Object.entries(VARIABLES)) {
    const text = env[variable];
    if (text === undefined || text === "") continue;
    config[option] = parse(text);
    for (const issue of optionIssues({ [option]: config[option] })) issues.push({ ...issue, path: variable });
  }
  const level = env.TWAT_CACHE_LOG_LEVEL;
  if (level !== undefined && level !== "" && !LOG_LEVELS.includes(level as LogLevel)) {
    issues.push({ path: "TWAT_CACHE_LOG_LEVEL", message: `must be one of ${LOG_LEVELS.join(", ")}, got "${level}"` });
  }
  if (issues.length > 0) throw configurationError("the environment", issues);
  if (level !== undefined && level !== "") setLogLevel(level as LogLevel);
  return Object.freeze(config);
}

function environment(): Readonly<Record<string, string | undefined>> {
  const process = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process;
  if (process?.env !== undefined) return process.env;
  throw new ConfigurationError(
    "Cannot read the environment: this runtime has no process.env; pass the variables as an argument",
  );
}

function given(options: CacheOptions): CacheOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function numberOrText(text: string): unknown {
  return text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

function flagOrText(text: string): unknown {
  const flags: Readonly<Record<string, boolean>> = {
    "1": true,
    true: true,
    yes: true,
    on: true,
    "0": false,
    false: false,
    no: false,
    off: false,
  };
  const word = text.toLowerCase();
  return Object.hasOwn(flags, word) ? flags[word] : text;
}
