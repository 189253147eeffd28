import assert from "node:assert/strict";
import { test } from "node:test";
import { CacheConfigSchema, checkOptions, OPTION_NAMES } from "../src/option_schema.ts";
import { configFromEnv, createCacheConfig, mergeConfigs } from "../src/config.ts";
import { ConfigurationError } from "../src/errors.ts";
import { logLevel, setLogLevel } from "../src/logger.ts";

function issuesOf(options: unknown): ConfigurationError {
  try {
    checkOptions(options, "mcache");
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    assert.equal(error.code, "ERR_CACHE_CONFIGURATION");
    return error;
  }
  return assert.fail("nothing was thrown");
}

const WRONG: Record<string, unknown[]> = {
  name: ["", 5, "x".repeat(201)],
  version: ["", 1],
  deps: [[], [1], "f"],
  engine: ["", 5, [], [5], {}],
  strict: ["yes", 1],
  folderName: ["", 5],
  cacheDir: ["", 5, "a\0b"],
  persist: [1],
  url: ["", 5],
  lock: [1],
  engineTimeout: [0, -1, "5", 2 ** 31],
  tags: ["user", [""], [5]],
  waitUntil: [true],
  signal: ["yes", 1, new AbortController().signal],
  maxSize: [0, -1, 1.5, NaN, "5"],
  maxBytes: [0, -1, NaN, "5", "5 apples"],
  sizeOf: [5],
  policy: ["bogus", 1],
  seed: [1.5, "1"],
  ttl: [0, -1, NaN, "5", "soon", null],
  slidingTtl: [0, -1, NaN, "5", () => 5],
  jitter: [0, 1, -0.1, NaN, "10%"],
  staleWhileRevalidate: [0, -1, NaN, "5", true],
  staleIfError: [0, -1, NaN, "soon", true],
  refreshAhead: [0, 1, 1.5, NaN, {}, { beta: 0 }, { beta: Infinity }, { beta: 1, alpha: 2 }, true],
  softTimeout: [0, -1, "5", 2 ** 31, Infinity],
  hardTimeout: [0, -1, NaN, "5", 2 ** 31, Infinity],
  errorTtl: [0, -1, NaN, "soon", true],
  cacheErrors: ["all", 1],
  retryAfter: [0, -1, NaN, "5"],
  key: ["id"],
  vary: ["tenant", {}],
  ignoreArgs: [[], [-1], [1.5], ["", "x"], "debug"],
  keyRound: [-1, 16, 1.5],
  serializer: [{}, { encode() {} }, "json"],
  shouldCache: [true],
  validate: [true],
  schema: [{}, { "~standard": {} }, () => true, "schema"],
  migrate: [true],
  compress: ["brotli", 1, { algorithm: "lz4" }, { minBytes: -1 }, { level: 9 }],
  encrypt: ["", 5, ["key"], null],
  secure: ["no"],
  copy: ["deep", true],
  clock: [{}, 5],
  logger: [{}, { warn() {} }],
  enabled: [0],
};

for (const [option, values] of Object.entries(WRONG)) {
  test(`checkOptions() names ${option} and what it must be when it is wrong`, () => {
    for (const value of values) {
      const error = issuesOf({ [option]: value });
      assert.deepEqual(error.issues.map(({ path }) => path), [option], String(value));
      assert.match(error.message, new RegExp(`^Cannot use the options of mcache: ${option} must be .+, got .+`));
    }
  });
}

test("checkOptions() has a wrong value in its tests for every option", () => {
  assert.deepEqual(Object.keys(WRONG).sort(), [...OPTION_NAMES].sort());
});

test("checkOptions() lists every issue at once", () => {
  const error = issuesOf({ maxSize: 0, policy: "bogus", ttl: -1, nonsense: true });
  assert.deepEqual(error.issues.map(({ path }) => path).sort(), ["maxSize", "nonsense", "policy", "ttl"]);
  assert.match(error.message, /policy must be one of "s3fifo", "lru", .+"tinylfu", got "bogus"/);
});

test("checkOptions() suggests the nearest name when an option is unknown", () => {
  assert.match(issuesOf({ maxsize: 5 }).message, /maxsize is not an option; did you mean maxSize\?/);
  assert.match(issuesOf({ folder_name: "x" }).message, /did you mean folderName\?/);
  assert.match(issuesOf({ useSql: true }).message, /useSql is not an option; use engine: "sqlite"/);
  assert.match(issuesOf({ preferred_engine: "x" }).message, /it is called engine/);
  assert.match(issuesOf({ zzzzzzzzzzzzzz: 1 }).message, /the options are name, version/);
});

test("checkOptions() refuses options that are no object", () => {
  for (const bad of [null, 5, "x", []]) assert.equal(issuesOf(bad).issues[0]?.path, "");
});

test("checkOptions() is not fooled by names of the prototype", () => {
  assert.match(issuesOf({ constructor: 1 }).message, /constructor is not an option/);
  assert.match(issuesOf(JSON.parse('{"__proto__": 1}')).message, /__proto__ is not an option/);
});

test("CacheConfigSchema accepts good options and tells of bad ones", async () => {
  const issuesIn = async (options: unknown) => (await CacheConfigSchema["~standard"].validate(options)).issues;
  assert.equal(await issuesIn({ ttl: "5m", maxSize: 10 }), undefined);
  assert.match((await issuesIn({ ttl: "soon" }))![0]!.message, /^must be milliseconds over 0, /);
  assert.equal((await issuesIn({ what: 1 }))!.length, 1);
});

test("createCacheConfig() fills in the defaults and freezes", () => {
  const config = createCacheConfig({ maxSize: 5, name: undefined });
  assert.deepEqual(config, {
    policy: "s3fifo",
    ttl: Infinity,
    copy: "none",
    enabled: true,
    maxSize: 5,
  });
  assert.ok(Object.isFrozen(config));
  assert.throws(() => createCacheConfig({ maxSize: 0 }), ConfigurationError);
});

test("mergeConfigs() lets the later configuration win and undefined give nothing", () => {
  assert.deepEqual(mergeConfigs({ ttl: "5m", maxSize: 5 }, { ttl: "1m", maxSize: undefined }), {
    ttl: "1m",
    maxSize: 5,
  });
});

test("configFromEnv() parses each variable", () => {
  const config = configFromEnv({
    TWAT_CACHE_ENGINE: "sqlite, files",
    TWAT_CACHE_DIR: "/tmp/x",
    TWAT_CACHE_FOLDER_NAME: "app",
    TWAT_CACHE_MAX_SIZE: "10",
    TWAT_CACHE_MAX_BYTES: "5MB",
    TWAT_CACHE_TTL: "5m",
    TWAT_CACHE_POLICY: "lru",
    TWAT_CACHE_COMPRESS: "gzip",
    TWAT_CACHE_SECURE: "no",
    TWAT_CACHE_STRICT: "1",
    TWAT_CACHE_ENABLED: "false",
    UNRELATED: "x",
  });
  assert.deepEqual(config, {
    engine: ["sqlite", "files"],
    cacheDir: "/tmp/x",
    folderName: "app",
    maxSize: 10,
    maxBytes: "5MB",
    ttl: "5m",
    policy: "lru",
    compress: "gzip",
    secure: false,
    strict: true,
    enabled: false,
  });
  assert.deepEqual(configFromEnv({ TWAT_CACHE_TTL: "1500", TWAT_CACHE_MAX_SIZE: "" }), { ttl: 1500 });
});

test("configFromEnv() names every variable with an unusable value", () => {
  assert.throws(
    () =>
      configFromEnv({
        TWAT_CACHE_TTL: "soon",
        TWAT_CACHE_MAX_SIZE: "many",
        TWAT_CACHE_ENABLED: "maybe",
        TWAT_CACHE_LOG_LEVEL: "loud",
      }),
    (error: ConfigurationError) => {
      assert.deepEqual(error.issues.map(({ path }) => path).sort(), [
        "TWAT_CACHE_ENABLED",
        "TWAT_CACHE_LOG_LEVEL",
        "TWAT_CACHE_MAX_SIZE",
        "TWAT_CACHE_TTL",
      ]);
      return true;
    },
  );
});

test("configFromEnv() sets the log level, and only when all is well", () => {
  try {
    configFromEnv({ TWAT_CACHE_LOG_LEVEL: "error" });
    assert.equal(logLevel(), "error");
  } finally {
    setLogLevel("warn");
  }
});

test("options win over the environment, and the environment over defaults", () => {
  const env = configFromEnv({ TWAT_CACHE_TTL: "5m", TWAT_CACHE_MAX_SIZE: "10" });
  const config = createCacheConfig(mergeConfigs(env, { ttl: "1m" }));
  assert.equal(config.ttl, "1m");
  assert.equal(config.maxSize, 10);
  assert.equal(config.policy, "s3fifo");
});
