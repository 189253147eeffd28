/**
 * A cache for functions that means the same on Deno, Bun, Node, in browsers and at the edge.
 *
 * @example
 * ```ts
 * import { mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * let runs = 0;
 * const slow = mcache((n: number) => (runs++, n ** 2), { ttl: "5m" });
 * slow(12);
 * assert.equal(slow(12), 144);
 * assert.equal(runs, 1);
 * ```
 *
 * @module
 */
export { mcache } from "./src/decorators/mcache.ts";
export { bcache } from "./src/decorators/bcache.ts";
export { fcache } from "./src/decorators/fcache.ts";
export { acache } from "./src/decorators/acache.ts";
export { ucache } from "./src/decorators/ucache.ts";
export type {
  Answer,
  Answering,
  Cached,
  CachedAlike,
  CachedAsync,
  CacheInfo,
  Colour,
  FunctionCache,
  Given,
  MethodCache,
  Promised,
  Result,
} from "./src/decorators/cached.ts";
export type {
  AlikeDecorator,
  AsyncDecorator,
  AsyncMemberDecorator,
  AsyncMethod,
  MemberDecorator,
  SyncDecorator,
} from "./src/decorators/decorator.ts";
export type {
  AnyFunction,
  CacheOptions,
  Compression,
  CompressionName,
  CopyMode,
  EngineChoice,
  FoundValue,
} from "./src/options.ts";
export type { StandardResult, StandardSchema } from "./src/standard_schema.ts";
export type { Duration } from "./src/duration.ts";
export type { ByteSize } from "./src/byte_size.ts";

export { type CachedMany, cacheMany, type ManyOptions } from "./src/decorators/cache_many.ts";
export type { ManyLoader } from "./src/decorators/key_batch.ts";
export type { CacheRef, CacheRefData, CacheRefs } from "./src/decorators/cache_ref.ts";
export type { CacheSnapshot, SnapshotEntry } from "./src/decorators/snapshot.ts";
export type { WarmOptions, WarmProgress, WarmReport } from "./src/decorators/warm.ts";
export type { PruneOptions } from "./src/prune_options.ts";

export { CacheContext } from "./src/context.ts";
export { engineContext } from "./src/engine_context.ts";
export type {
  CacheTransaction,
  CheckOptions,
  ComputeOptions,
  ContextOptions,
  SetOptions,
  WrapOptions,
} from "./src/context_options.ts";
export { withDefaults } from "./src/defaults.ts";
export { bypass } from "./src/replay/bypass.ts";
export { record, type Recorded } from "./src/replay/record.ts";
export { replay } from "./src/replay/replay.ts";
export type { RecordedCall, Recording } from "./src/replay/recording.ts";

export { getStats, listCaches, type ListedCache, registerCache, type Registered } from "./src/registry.ts";
export { clearCache, type ClearOptions } from "./src/decorators/clear_cache.ts";
export { invalidateTag } from "./src/decorators/invalidate_tag.ts";
export { invalidates, type TagsOfChange, type WriterDecorator } from "./src/decorators/invalidates.ts";
export {
  type Availability,
  CacheEngineManager,
  type Candidates,
  engines,
  type SelectFor,
  type Selection,
} from "./src/decorators/engine_manager.ts";
export { type DecoratorName } from "./src/decorators/engine_orders.ts";
export { type CacheConfig, configFromEnv, createCacheConfig, mergeConfigs } from "./src/config.ts";
export { CacheConfigSchema } from "./src/option_schema.ts";

export type { KeyOptions } from "./src/key/key_maker.ts";
export { makeKey, type MakeKeyOptions } from "./src/key/make_key.ts";
export { type KeyClass, registerKeyType } from "./src/key/key_types.ts";
export { registerValueType, type ValueClass, type ValueType } from "./src/codec/value_types.ts";
export { type CachePathOptions, getCachePath } from "./src/runtime/cache_path.ts";
export { type Logger, type LogLevel, setLogger, setLogLevel } from "./src/logger.ts";
export {
  type CacheEvent,
  type CacheEventOf,
  type CacheEventType,
  type Computed,
  type EventHead,
  type MissReason,
  on,
} from "./src/events.ts";
export type { CacheStats, TierStats } from "./src/stats.ts";
export { type PrometheusOptions, prometheusText } from "./src/prometheus.ts";
export { publishDiagnostics } from "./src/diagnostics.ts";
export type { Explanation } from "./src/decorators/explain.ts";
export { type Computation, computation } from "./src/flow/computation.ts";
export type { Peeked } from "./src/flow/found.ts";

export { encrypted, type EncryptionKey, type EncryptionKeys } from "./engines/encrypted.ts";
export { hybrid, type HybridOptions } from "./engines/hybrid.ts";
export { tiered, type TieredNative, type TieredOptions } from "./engines/tiered.ts";
export { type AdapterOptions, fromKeyv, fromUnstorage, type KeyvLike, type UnstorageLike } from "./engines/adapters.ts";
export { copyCache, type CopyOptions, type CopyPlace, type CopyProgress, type CopyReport } from "./src/copy_cache.ts";

export type { Engine, Globals, OpenOptions, Tiers } from "./src/contract/engine.ts";
export type {
  AsyncStore,
  Bounds,
  Change,
  EvictionReason,
  Lease,
  News,
  PolicyName,
  StorageFault,
  SyncStore,
  Touch,
  Usage,
} from "./src/contract/store.ts";
export type { Access, Body, Entry, Head, Listed } from "./src/contract/entry.ts";
export type { Clock } from "./src/contract/clock.ts";
export type { Serializer } from "./src/contract/codec.ts";
export type { MaybePromise } from "./src/contract/maybe_promise.ts";
export {
  CacheError,
  type CacheErrorOptions,
  CacheKeyError,
  CacheOperationError,
  CacheValueError,
  ConcurrencyError,
  ConfigurationError,
  type ConfigurationIssue,
  EngineError,
  EngineNotAvailableError,
  PathError,
  ReentryError,
  type Refusal,
  ResourceError,
  SerializationError,
  TimeoutError,
} from "./src/errors.ts";
