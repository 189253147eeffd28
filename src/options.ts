import type { ByteSize } from "./byte_size.ts";
import type { Clock } from "./contract/clock.ts";
import type { Serializer } from "./contract/codec.ts";
import type { EncryptionKey, EncryptionKeys } from "./contract/encryption_key.ts";
import type { Engine } from "./contract/engine.ts";
import type { PolicyName } from "./contract/store.ts";
import type { Duration } from "./duration.ts";
import type { Logger } from "./logger.ts";
import type { StandardSchema } from "./standard_schema.ts";

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

/** A value that was found in the cache, as `validate` is asked about it. */
export interface FoundValue<V = unknown, A extends readonly unknown[] = readonly unknown[]> {
  /** The value. */
  readonly value: V;
  /** When it was stored, in epoch milliseconds. */
  readonly storedAt: number;
  /** Milliseconds since then. */
  readonly age: number;
  /** How long the function took, in milliseconds. */
  readonly cost: number;
  /** The names under which it can be invalidated. */
  readonly tags: readonly string[];
  /** The arguments of the call. */
  readonly args: A;
}

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
  /**
   * How long a value stays fresh after each hit, at most until its `ttl` is over. On engines other than memory a hit renews
   * a value at most sixteen times in that span, so that an idle one may leave up to a sixteenth early.
   */
  readonly slidingTtl?: Duration | undefined;
  /** The part of `ttl`, from 0 to 1, by which lifetimes are shortened at random, so that values do not expire all at once. */
  readonly jitter?: number | undefined;
  /**
   * How long after its time a value is still served, at once, while the function runs behind (RFC 5861, section 3). Nothing
   * stale is served by default.
   */
  readonly staleWhileRevalidate?: Duration | undefined;
  /** How long after its time a value is still served when the function fails, or is late (RFC 5861, section 4). */
  readonly staleIfError?: Duration | undefined;
  /**
   * When a fresh value is computed anew behind a hit: once this part of its `ttl`, from 0 to 1, has passed; or with
   * `{ beta }` at random, the likelier the nearer its end is and the longer the function takes (XFetch: Vattani, Chierichetti
   * and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", 2015). A beta of 1 is the optimum, a greater one is
   * more cautious.
   */
  readonly refreshAhead?: number | { readonly beta: number } | undefined;
  /** How long a call waits for the function where a stale value may be served instead; the function goes on behind. */
  readonly softTimeout?: Duration | undefined;
  /**
   * How long the function may take: then callers get a `TimeoutError`, its signal is aborted, and what it gives later is not kept.
   * Of a result that flows, the time its source is waited for counts.
   */
  readonly hardTimeout?: Duration | undefined;
  /** How long an error is kept and thrown again without running the function: milliseconds, `"5s"`, or a function of the error. */
  readonly errorTtl?: Duration | ((error: unknown, ...args: Parameters<F>) => Duration) | undefined;
  /** Which errors are kept for `errorTtl`. All of them by default. */
  readonly cacheErrors?: boolean | ((error: unknown, ...args: Parameters<F>) => boolean) | undefined;
  /** How long after it failed the function is not run again while a stale value may be served. `"1s"` by default. */
  readonly retryAfter?: Duration | undefined;

  /** What identifies a call, in place of its arguments: anything a key can be made of. `this` is the method's object. */
  readonly key?: ((...args: Parameters<F>) => unknown) | undefined;
  /** Arguments that do not count: positions, or names of properties of object arguments. */
  readonly ignoreArgs?: readonly (number | string)[] | undefined;
  /** Digits after the point to which numbers in the arguments are rounded. */
  readonly keyRound?: number | undefined;
  /**
   * What identifies a call besides its arguments: asked at each call, for example for the tenant in an `AsyncLocalStorage`, so
   * that what is kept for one is never given to another.
   */
  readonly vary?: (() => unknown) | undefined;
  /** How values are written and read, in place of the built-in codec. */
  readonly serializer?: Serializer | undefined;

  /** Names under which `invalidateTag` drops the result: a list, or a function of the value and the arguments. */
  readonly tags?:
    | readonly string[]
    | ((value: Awaited<ReturnType<F>>, ...args: Parameters<F>) => readonly string[])
    | undefined;
  /** Whether a result is kept. Everything is by default. */
  readonly shouldCache?: ((value: Awaited<ReturnType<F>>, ...args: Parameters<F>) => boolean) | undefined;
  /** Whether a value that was found is still good. It is computed anew and replaced when not. */
  readonly validate?: ((found: FoundValue<Awaited<ReturnType<F>>, Parameters<F>>) => boolean) | undefined;
  /**
   * What values read from a persistent engine must satisfy: a Standard Schema (valibot, zod, arktype …). A value that does not
   * is computed anew. The value itself is returned, not what the schema makes of it.
   */
  readonly schema?: StandardSchema | undefined;
  /** Makes of a value that `schema` refuses one that it accepts. It takes the old one's place. */
  readonly migrate?: ((value: unknown) => Awaited<ReturnType<F>>) | undefined;
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

  /**
   * Whether an `AbortSignal` among the arguments, or as property `signal` of one, lets its caller leave. It does not count for
   * the key, and the function gets one of its own, which is aborted when the last caller has left.
   */
  readonly signal?: boolean | undefined;
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
