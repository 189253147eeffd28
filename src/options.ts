import type { ByteSize } from "./byte_size.ts";
import type { Clock } from "./contract/clock.ts";
import type { Serializer } from "./contract/codec.ts";
import type { EncryptionKey, EncryptionKeys } from "./contract/encryption_key.ts";
import type { Engine } from "./contract/engine.ts";
import type { PolicyName } from "./contract/store.ts";
import type { Duration } from "./duration.ts";
import type { Logger } from "./logger.ts";

/** Any function. */
// deno-lint-ignore no-explicit-any
export type AnyFunction = (...args: any[]) => any;

/** How bodies are compressed: an algorithm, or one with the size in bytes from which on it is worth it (1,024 by default). */
export type Compression =
  | boolean
  | CompressionName
  | { readonly algorithm?: CompressionName | undefined; readonly minBytes?: number | undefined };

/** The compression algorithms. `"zstd"` exists only where the runtime has it. */
export type CompressionName = "gzip" | "deflate" | "zstd";

/** An engine by name, an engine itself, or several in the order in which they are to be tried. */
export type EngineChoice = string | Engine | readonly (string | Engine)[];

/** What a hit shares with other callers: the very value, a copy of its own, or a frozen value. */
export type CopyMode = "none" | "clone" | "freeze";

/**
 * The options of every cache.
 *
 * One set serves all decorators; each refuses, with a `ConfigurationError`, what cannot mean anything for it.
 */
export interface CacheOptions<F extends AnyFunction = AnyFunction> {
  /** The name in keys, statistics and messages. The function's own name by default. */
  readonly name?: string | undefined;
  /** Changes every key when it changes. `"source"`, the default where values outlive the process, follows the function's source. */
  readonly version?: "source" | (string & Record<never, never>) | undefined;
  /** Other functions whose source counts for `version: "source"`. */
  readonly deps?: readonly AnyFunction[] | undefined;

  /** Where values are kept, in place of what the decorator would choose. */
  readonly engine?: EngineChoice | undefined;
  /** Whether an engine that is not available is an `EngineNotAvailableError` instead of a warning and the next engine. */
  readonly strict?: boolean | undefined;
  /** The folder below the cache folder that the values share: letters, digits, `.`, `_` and `-`. `"default"` by default. */
  readonly folderName?: string | undefined;
  /** The folder for all caches, in place of the operating system's. */
  readonly cacheDir?: string | undefined;
  /** `ucache` only: whether values must outlive the process. */
  readonly persist?: boolean | undefined;
  /**
   * The address of a server that keeps the values, such as `"redis://localhost:6379"`, in place of this machine. `ucache` and
   * `acache` put memory in front of it.
   */
  readonly url?: string | undefined;
  /** Whether one process at a time computes a key, where processes share values. `true` by default, on engines that can. */
  readonly lock?: boolean | undefined;
  /**
   * How long a call waits for the engine before the function runs. `"250ms"` by default for another machine, else `"10s"`; for
   * the engine to open, once, `"10s"` anywhere.
   */
  readonly engineTimeout?: Duration | undefined;

  /** Entries at most. 10,000 by default in memory, else unbounded. */
  readonly maxSize?: number | undefined;
  /** Bytes at most, as `"500MB"` or a number. 100 MB by default in memory, else 1 GB. */
  readonly maxBytes?: ByteSize | undefined;
  /** What a value weighs towards `maxBytes`, in place of its bytes. */
  readonly sizeOf?: ((value: Awaited<ReturnType<F>>, ...args: Parameters<F>) => number) | undefined;
  /** Which entry leaves first when there is no room. `"s3fifo"` by default. */
  readonly policy?: PolicyName | undefined;
  /** Makes random eviction in memory repeatable. */
  readonly seed?: number | undefined;

  /** How long a value is fresh: milliseconds, `"5m"`, or a function of the value and the arguments. For ever by default. */
  readonly ttl?: Duration | ((value: Awaited<ReturnType<F>>, ...args: Parameters<F>) => Duration) | undefined;

  /** What identifies a call, in place of its arguments: anything a key can be made of. `this` is the method's object. */
  readonly key?: ((...args: Parameters<F>) => unknown) | undefined;
  /** Arguments that do not count: positions, or names of properties of object arguments. */
  readonly ignoreArgs?: readonly (number | string)[] | undefined;
  /** Digits after the point to which numbers in the arguments are rounded. */
  readonly keyRound?: number | undefined;
  /** How values are written and read, in place of the built-in codec. */
  readonly serializer?: Serializer | undefined;

  /** Names under which `invalidateTag` drops the result: a list, or a function of the value and the arguments. */
  readonly tags?:
    | readonly string[]
    | ((value: Awaited<ReturnType<F>>, ...args: Parameters<F>) => readonly string[])
    | undefined;
  /** Whether a result is kept. Everything is by default. */
  readonly shouldCache?: ((value: Awaited<ReturnType<F>>, ...args: Parameters<F>) => boolean) | undefined;
  /** Whether and how bodies are compressed. Not by default. */
  readonly compress?: Compression | undefined;
  /**
   * The key, or keys by id, that stored values are encrypted with (AES-256-GCM): 32 random bytes, a passphrase, or a
   * `CryptoKey`. Values in memory are not encrypted. Functions that are to stay synchronous cannot have it.
   */
  readonly encrypt?: EncryptionKey | EncryptionKeys | undefined;
  /** Whether files and folders are for this user alone, and labels leave out argument text. `true` by default. */
  readonly secure?: boolean | undefined;
  /** What hits share. `"none"` by default; values read from a persistent engine are copies anyway. */
  readonly copy?: CopyMode | undefined;

  /** Keeps a host alive for work that outlives the answer: `(work) => ctx.waitUntil(work)` at the edge. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** Where the time is read. */
  readonly clock?: Clock | undefined;
  /** Where this cache's messages go. */
  readonly logger?: Logger | undefined;
  /** `false` lets every call through to the function. */
  readonly enabled?: boolean | undefined;
}

/** The name of an option. */
export type OptionName = keyof CacheOptions;
