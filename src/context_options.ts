import type { Given } from "./decorators/keeper.ts";
import { milliseconds } from "./duration.ts";
import type { Duration } from "./duration.ts";
import { ConfigurationError } from "./errors.ts";
import type { CacheOptions } from "./options.ts";

/** How one value is kept. */
export interface SetOptions {
  /** How long the value is fresh, in place of the context's `ttl`. */
  readonly ttl?: Duration | undefined;
  /** Names under which `invalidateTag` drops it, in place of the context's `tags`. */
  readonly tags?: readonly string[] | undefined;
}

/** How a value is computed and kept. */
export interface ComputeOptions extends SetOptions {
  /** Lets the caller leave before there is a value. The computation is told by `computation().signal` when all have left. */
  readonly signal?: AbortSignal | undefined;
}

/** How `CacheContext.check` goes about it. */
export interface CheckOptions {
  /** Whether damage is put right: what cannot be read is removed, and counts are counted anew. `false` by default. */
  readonly fix?: boolean | undefined;
}

/** How the results of a function are kept that a `CacheContext` wraps. */
export interface WrapOptions extends SetOptions {
  /** The name by which the function is told apart. Its own by default. */
  readonly name?: string | undefined;
}

/** The changes of a `CacheContext.transaction`, on the way to be made together. */
export interface CacheTransaction {
  /** The value of a key as the transaction has left it so far, or `undefined`. */
  get<V = unknown>(key: unknown): Promise<V | undefined>;
  /** Keeps a value when the transaction ends. */
  set(key: unknown, value: unknown, options?: SetOptions): void;
  /** Removes a key when the transaction ends. */
  delete(key: unknown): void;
}

/** The options of a `CacheContext`: those of a function's cache that do not need a function. */
export type ContextOptions = Omit<CacheOptions, "key" | "ignoreArgs" | "deps" | "version">;

/** How a value is kept by the options it was given. Throws a `ConfigurationError` for a `ttl` that is no span of time. */
export function givenBy({ ttl, tags, signal }: ComputeOptions): Given {
  if (ttl === undefined) return { tags, signal };
  const span = milliseconds(ttl);
  if (span !== undefined) return { ttl: span, tags, signal };
  throw new ConfigurationError(
    `Cannot use ttl ${String(ttl)}: it is not a duration; give milliseconds over 0 or text such as "5m"`,
  );
}
