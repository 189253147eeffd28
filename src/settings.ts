import { bytes } from "./byte_size.ts";
import type { Clock } from "./contract/clock.ts";
import type { Serializer } from "./contract/codec.ts";
import type { PolicyName } from "./contract/store.ts";
import { type Duration, milliseconds } from "./duration.ts";
import type { Logger } from "./logger.ts";
import type { Ageing } from "./policy/ageing.ts";
import type { StandardSchema } from "./standard_schema.ts";
import type { AnyFunction, CacheOptions, CompressionName, CopyMode, EngineChoice } from "./options.ts";

/** The options of one cache with units resolved and defaults filled in. */
export interface Settings {
  readonly options: CacheOptions;
  readonly engine: EngineChoice | undefined;
  readonly strict: boolean;
  readonly folderName: string;
  readonly cacheDir: string | undefined;
  readonly url: string | undefined;
  readonly lock: boolean;
  /** Milliseconds. */
  readonly engineTimeout: number | undefined;
  readonly maxSize: number | undefined;
  readonly maxBytes: number | undefined;
  readonly sizeOf: AnyFunction | undefined;
  readonly policy: PolicyName;
  readonly seed: number | undefined;
  /** Milliseconds, or a function that gives a duration. */
  readonly ttl: number | AnyFunction | undefined;
  /** Milliseconds. */
  readonly slidingTtl: number | undefined;
  readonly jitter: number;
  readonly ageing: Ageing;
  /** Milliseconds. */
  readonly softTimeout: number | undefined;
  /** Milliseconds. */
  readonly hardTimeout: number | undefined;
  /** Milliseconds, or a function that gives a duration; none where errors are not kept. */
  readonly errorTtl: number | AnyFunction | undefined;
  readonly cacheErrors: boolean | AnyFunction;
  /** Milliseconds. */
  readonly retryAfter: number;
  readonly serializer: Serializer | undefined;
  readonly tags: readonly string[] | AnyFunction | undefined;
  readonly shouldCache: AnyFunction | undefined;
  readonly validate: AnyFunction | undefined;
  readonly schema: StandardSchema | undefined;
  readonly migrate: AnyFunction | undefined;
  readonly compress: { readonly algorithm: CompressionName; readonly minBytes: number } | undefined;
  readonly secure: boolean;
  readonly copy: CopyMode;
  readonly signal: boolean;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  readonly clock: Clock | undefined;
  readonly logger: Logger | undefined;
  readonly enabled: boolean;
}

/** Resolves checked options. */
export function settle(options: CacheOptions): Settings {
  const { compress } = options;
  return {
    options,
    engine: options.engine,
    strict: options.strict ?? false,
    folderName: options.folderName ?? "default",
    cacheDir: options.cacheDir,
    url: options.url,
    lock: options.lock ?? true,
    engineTimeout: span(options.engineTimeout),
    maxSize: options.maxSize,
    maxBytes: options.maxBytes === undefined ? undefined : bytes(options.maxBytes),
    sizeOf: options.sizeOf,
    policy: options.policy ?? "s3fifo",
    seed: options.seed,
    ttl: span(options.ttl),
    slidingTtl: span(options.slidingTtl),
    jitter: options.jitter ?? 0,
    ageing: {
      staleWhileRevalidate: span(options.staleWhileRevalidate) ?? 0,
      staleIfError: span(options.staleIfError) ?? 0,
      refreshAhead: options.refreshAhead,
    },
    softTimeout: span(options.softTimeout),
    hardTimeout: span(options.hardTimeout),
    errorTtl: span(options.errorTtl),
    cacheErrors: options.cacheErrors ?? true,
    retryAfter: span(options.retryAfter) ?? 1_000,
    serializer: options.serializer,
    tags: options.tags,
    shouldCache: options.shouldCache,
    validate: options.validate,
    schema: options.schema,
    migrate: options.migrate,
    compress: compress === undefined || compress === false ? undefined : compression(compress),
    secure: options.secure ?? true,
    copy: options.copy ?? "none",
    signal: options.signal ?? false,
    waitUntil: options.waitUntil,
    clock: options.clock,
    logger: options.logger,
    enabled: options.enabled ?? true,
  };
}

/** Whether each hit has to be looked at, so that none may be served the short way. */
export function isJudgedEachTime({ slidingTtl, validate }: Pick<Settings, "slidingTtl" | "validate">): boolean {
  return slidingTtl !== undefined || validate !== undefined;
}

/** Milliseconds of a duration; a function that gives one as it is. */
function span(given: Duration | undefined): number | undefined;
function span(given: Duration | AnyFunction | undefined): number | AnyFunction | undefined;
function span(given: Duration | AnyFunction | undefined): number | AnyFunction | undefined {
  return typeof given === "function" ? given : given === undefined ? undefined : milliseconds(given);
}

function compression(
  compress: Exclude<CacheOptions["compress"], undefined | false>,
): NonNullable<Settings["compress"]> {
  if (compress === true) return { algorithm: "gzip", minBytes: 1024 };
  if (typeof compress === "string") return { algorithm: compress, minBytes: 1024 };
  return { algorithm: compress.algorithm ?? "gzip", minBytes: compress.minBytes ?? 1024 };
}
