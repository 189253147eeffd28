import { bytes } from "./byte_size.ts";
import type { Clock } from "./contract/clock.ts";
import type { Serializer } from "./contract/codec.ts";
import type { PolicyName } from "./contract/store.ts";
import { milliseconds } from "./duration.ts";
import type { Logger } from "./logger.ts";
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
  readonly serializer: Serializer | undefined;
  readonly tags: readonly string[] | AnyFunction | undefined;
  readonly shouldCache: AnyFunction | undefined;
  readonly compress: { readonly algorithm: CompressionName; readonly minBytes: number } | undefined;
  readonly secure: boolean;
  readonly copy: CopyMode;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  readonly clock: Clock | undefined;
  readonly logger: Logger | undefined;
  readonly enabled: boolean;
}

/** Resolves checked options. */
export function settle(options: CacheOptions): Settings {
  const { ttl, compress } = options;
  return {
    options,
    engine: options.engine,
    strict: options.strict ?? false,
    folderName: options.folderName ?? "default",
    cacheDir: options.cacheDir,
    url: options.url,
    lock: options.lock ?? true,
    engineTimeout: options.engineTimeout === undefined ? undefined : milliseconds(options.engineTimeout),
    maxSize: options.maxSize,
    maxBytes: options.maxBytes === undefined ? undefined : bytes(options.maxBytes),
    sizeOf: options.sizeOf,
    policy: options.policy ?? "s3fifo",
    seed: options.seed,
    ttl: typeof ttl === "function" ? ttl : ttl === undefined ? undefined : milliseconds(ttl),
    serializer: options.serializer,
    tags: options.tags,
    shouldCache: options.shouldCache,
    compress: compress === undefined || compress === false ? undefined : compression(compress),
    secure: options.secure ?? true,
    copy: options.copy ?? "none",
    waitUntil: options.waitUntil,
    clock: options.clock,
    logger: options.logger,
    enabled: options.enabled ?? true,
  };
}

function compression(
  compress: Exclude<CacheOptions["compress"], undefined | false>,
): NonNullable<Settings["compress"]> {
  if (compress === true) return { algorithm: "gzip", minBytes: 1024 };
  if (typeof compress === "string") return { algorithm: compress, minBytes: 1024 };
  return { algorithm: compress.algorithm ?? "gzip", minBytes: compress.minBytes ?? 1024 };
}
