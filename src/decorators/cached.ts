import type { Listed } from "../contract/entry.ts";
import type { Refusal } from "../errors.ts";
import type { Explanation } from "./explain.ts";
import type { Peeked } from "../flow/found.ts";
import type { AnyFunction, CacheOptions } from "../options.ts";
import type { PruneOptions } from "../prune_options.ts";
import type { CacheStats } from "../stats.ts";
import type { CacheRefs } from "./cache_ref.ts";
import type { CacheSnapshot } from "./snapshot.ts";
import type { WarmOptions, WarmReport } from "./warm.ts";

/** Whether answers come at once or as promises. */
export type Colour = "sync" | "async";

/** How a cache answers: at once, with promises, or `"either"` way, which only `await` serves. */
export type Answering = Colour | "either";

/** An answer given at once, as a promise, or either way. */
export type Answer<C extends Answering, T> = C extends "sync" ? T : C extends "async" ? Promise<T> : T | Promise<T>;

/** The result of a function, without a promise around it. */
export type Result<F extends AnyFunction> = Awaited<ReturnType<F>>;

/** What a call that runs the function gives: what the function gives, or a promise of it. */
export type Given<F extends AnyFunction, C extends Answering> = C extends "async" ? Promise<Result<F>> : ReturnType<F>;

/** A function that gives a promise of what `F` gives: `F` itself where it does so already. */
export type Promised<F extends AnyFunction> = ReturnType<F> extends Promise<unknown> ? F
  : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Result<F>>;

/** Where a cache keeps its values and why there. */
export interface CacheInfo {
  /** The name of the cache. */
  readonly name: string;
  /** The name of the engine. */
  readonly engine: string;
  /** Why this engine. */
  readonly reason: string;
  /** The engines that were asked before it, and why they could not serve. */
  readonly refused: readonly Refusal[];
  /** Whether values outlive the process. */
  readonly persistent: boolean;
  /** The options in force, as they were given or inherited. */
  readonly options: CacheOptions;
}

/** The cache of a wrapped function, as `fn.cache`. Methods that take a call's arguments concern that call alone. */
export interface FunctionCache<F extends AnyFunction, C extends Answering> {
  /** What is kept for a call, fresh or stale, or `undefined`. Computes and counts nothing. */
  peek(...args: Parameters<F>): Answer<C, Peeked<Result<F>> | undefined>;
  /** Whether a fresh value is kept for a call. */
  has(...args: Parameters<F>): Answer<C, boolean>;
  /** Keeps `value` for the call with these arguments. Throws what keeps it from being kept. */
  set(args: Parameters<F>, value: Result<F>): Answer<C, void>;
  /** Removes what is kept for a call; says whether there was anything. What is being computed for it is not kept. */
  invalidate(...args: Parameters<F>): Answer<C, boolean>;
  /**
   * Removes the entries that `predicate` chooses, fresh or stale, by what is known of them besides the value; says how many
   * went. What is being computed for their calls is not kept. Looks at every entry: `tags` serve what happens often.
   */
  invalidateWhere(predicate: (entry: Listed) => boolean): Answer<C, number>;
  /** Makes what is kept for a call stale; says whether it was fresh. */
  expire(...args: Parameters<F>): Answer<C, boolean>;
  /** Runs the function, whatever is kept, and keeps the result. */
  refresh(...args: Parameters<F>): Given<F, C>;
  /** Runs the function without reading, keeping or counting anything. */
  bypass(...args: Parameters<F>): Given<F, C>;
  /**
   * Makes several calls at once and gives their results in order. Rejects with the error of the first that failed, once none is
   * under way any more; the results of the others are kept.
   */
  many(argsList: Iterable<Parameters<F>>): Promise<Result<F>[]>;
  /**
   * Makes the calls for which no fresh value is kept, a few at a time, and says what became of them. One that fails does not end
   * it. Throws a `ConfigurationError` for a `concurrency` that is no number of at least 1.
   */
  warm(
    argsList: Iterable<Parameters<F>> | AsyncIterable<Parameters<F>>,
    options?: WarmOptions,
  ): Promise<WarmReport<Parameters<F>>>;
  /** Makes references to values, which are loaded only when they are asked for, and can be sent to a worker. */
  readonly ref: CacheRefs<F, C>;
  /** The key of a call, as engines and events have it. */
  key(...args: Parameters<F>): string;
  /** What a call would do now, and why: key, tier, state and age. Computes, counts and changes nothing. */
  explain(...args: Parameters<F>): Answer<C, Explanation>;
  /** The counts since the cache was made. */
  stats(): CacheStats;
  /** Removes everything that is kept for this function; says how many entries. */
  clear(): Answer<C, number>;
  /**
   * Removes what is past its time, then what is beyond the limits, those first that were used least recently; says how many
   * entries. Throws a `ConfigurationError` for limits that cannot be used.
   */
  prune(limits?: PruneOptions): Answer<C, number>;
  /**
   * Writes down what a cache in memory holds. Throws a `ConfigurationError` for one that is elsewhere, which `copyCache` copies,
   * and for a function whose source cannot be read, which needs the option `version`.
   */
  dump(): Answer<C, CacheSnapshot>;
  /**
   * Keeps again, in memory, what a snapshot holds, for as long as it had left to live, unless something newer is kept; says how
   * many entries that were. Throws a `CacheOperationError` for a snapshot of another cache or another version of the function.
   */
  load(snapshot: CacheSnapshot): Answer<C, number>;
  /** Where values are kept and why there; before the first call, where they will be if the engine can be opened. */
  readonly info: CacheInfo;
  /** What the engine lets a person reach: the `LRUCache` or `Map`, the database handle, the folder's path. */
  readonly native: unknown;
  /** The function as it was before it was wrapped. */
  readonly original: F;
  /** Waits for writes on their way and gives back what the engine holds of the system. A later call opens it again. */
  close(): Answer<C, void>;
  /** Closes the cache at the end of a `using` block. */
  [Symbol.dispose](): void;
  /** Closes the cache at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A wrapped function: the function's own type, and its cache. */
export type Cached<F extends AnyFunction, C extends Answering = "sync"> = F & { readonly cache: FunctionCache<F, C> };

/** A wrapped function that gives promises, and its cache. */
export type CachedAsync<F extends AnyFunction> = Promised<F> & { readonly cache: FunctionCache<F, "async"> };

/**
 * What `ucache` makes of a function: the cache of a synchronous one answers at once. Whether a function that gives promises
 * is declared `async` shows only when it runs, so `await` what its cache answers.
 */
export type CachedAlike<F extends AnyFunction> = Cached<F, ReturnType<F> extends Promise<unknown> ? "either" : "sync">;

/** A wrapped method on its class: the caches of its instances are reached through `of`. */
export interface MethodCache<C extends Colour> {
  /** The cache of one instance, or of the class for a static method. */
  of(instance: object): FunctionCache<AnyFunction, C>;
}
