import type { Globals } from "../contract/engine.ts";
import type { Codec } from "../contract/codec.ts";
import type { Clock } from "../contract/clock.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { audience } from "../audience.ts";
import { createCodec } from "../codec/codec.ts";
import { currentDefaults } from "../defaults.ts";
import { milliseconds } from "../duration.ts";
import { ConfigurationError } from "../errors.ts";
import { callAsync } from "../flow/call_async.ts";
import type { Held, HitParts, HitStore } from "../flow/hit_path.ts";
import { callSync, computeSync } from "../flow/call_sync.ts";
import { computeAsync, type Run } from "../flow/run.ts";
import { type Keeping, ValueCache } from "../flow/value_cache.ts";
import type { Usage } from "../contract/store.ts";
import type { Identity } from "../key/identity.ts";
import { scopePrefix } from "../key/join_key.ts";
import { exactKey, type KeyMaker, keyMaker } from "../key/key_maker.ts";
import { memoryKey } from "../key/primitive_key.ts";
import { publicKey } from "../key/public_key.ts";
import { log } from "../logger.ts";
import type { AnyFunction } from "../options.ts";
import { zlibCompressor } from "../runtime/zlib.ts";
import { coarseClock } from "../runtime/system_clock.ts";
import type { Settings } from "../settings.ts";
import { type CacheStats, Counters } from "../stats.ts";
import type { CacheInfo, Colour } from "./cached.ts";
import type { DecoratorName } from "./engine_manager.ts";
import { directoryOf } from "./directory.ts";
import { findHome, type Home } from "./home.ts";
import { digestMemo } from "./digest_memo.ts";

/** What one cache is made from. */
export interface CallCacheOptions {
  readonly decorator: DecoratorName;
  readonly colour: Colour;
  readonly fn: AnyFunction;
  readonly identity: Identity;
  readonly settings: Settings;
}

interface Open {
  readonly home: Home;
  readonly values: ValueCache;
  readonly keyOf: (self: unknown, args: readonly unknown[]) => unknown;
}

/** The cache of one function: finds its home at the first call, makes keys, and hands calls to the driver of its colour. */
export class CallCache {
  static readonly #behind = new WeakMap<object, CallCache>();

  readonly identity: Identity;
  readonly settings: Settings;
  readonly counters: Counters = new Counters();
  readonly #options: CallCacheOptions;
  readonly #clock: Clock;
  readonly #codec: Codec;
  readonly #text: KeyMaker;
  readonly #joined: (self: unknown, args: readonly unknown[]) => string;
  readonly #warned = new Set<string>();
  #givesPromises: boolean;
  #lastUsage: Usage = { entries: 0, bytes: 0 };
  #open: Open | undefined;
  #opening: Promise<Open> | undefined;

  /** The cache behind what users hold, where there is one. */
  static of(face: object): CallCache | undefined {
    return CallCache.#behind.get(face);
  }

  /** Notes what users hold of this cache. */
  facedBy<T extends object>(face: T): T {
    CallCache.#behind.set(face, this);
    return face;
  }

  constructor(options: CallCacheOptions) {
    const { settings } = options;
    this.#options = options;
    this.identity = options.identity;
    this.settings = settings;
    this.#clock = settings.clock ?? coarseClock;
    this.#text = keyMaker(settings.options);
    this.#givesPromises = Object.prototype.toString.call(options.fn) === "[object AsyncFunction]";
    this.#codec = createCodec({
      compress: settings.compress,
      serializer: settings.serializer,
      sync: options.colour === "sync",
      compressor: zlibCompressor(globalThis as unknown as Globals),
    });
    this.#joined = digestMemo(this.#text, options.identity);
  }

  /** Answers a call: from the cache, or by running the function, or `compute` in its place. */
  call(self: unknown, args: readonly unknown[], compute: AnyFunction = this.#options.fn, ttl?: number): unknown {
    if (!this.#enabled()) return compute.apply(self, args as unknown[]);
    const open = this.#open ?? this.open();
    const run = new CallRun(this, self, args, compute, ttl);
    if (isPromiseLike(open)) return open.then((open) => this.#answer(open, open.keyOf(self, args), run));
    return this.#answer(open, open.keyOf(self, args), run);
  }

  /** What the hit path is built on where values stay in memory; `undefined` where every call must ask an engine. */
  hitParts(): HitParts<Held> | undefined {
    const open = this.#open ?? this.open();
    if (isPromiseLike(open) || !("find" in open.home.store)) return undefined;
    const { fn, settings } = this.#options;
    return {
      store: open.home.store as unknown as HitStore<Held>,
      clock: this.#clock,
      stats: this.counters,
      events: audience,
      plain: this.#text === exactKey,
      keyOf: open.keyOf,
      slow: (self, args, key) => {
        if (!this.#enabled()) return fn.apply(self, args);
        return this.#answer(open, key, new CallRun(this, self, args, fn, undefined));
      },
    };
  }

  /** Runs the function whatever is kept, and keeps its result. */
  refresh(self: unknown, args: readonly unknown[]): unknown {
    return chain(this.#open ?? this.open(), ({ values, keyOf }): unknown => {
      const key = keyOf(self, args);
      const run = new CallRun(this, self, args, this.#options.fn, undefined);
      values.flights.fence(key);
      if (this.#options.colour === "sync") return computeSync(values, key, run);
      return computeAsync(values, key, values.flights.start(key), run);
    });
  }

  /** Keeps a value for a call; throws what keeps it from being kept. */
  set(self: unknown, args: readonly unknown[], value: unknown, ttl?: number): MaybePromise<void> {
    const keeping = this.#keeping(value, args, 0, this.#givesPromises, ttl);
    return this.on((values) => values.set(this.keyOf(self, args), value, keeping));
  }

  /** Does something with the values, which opens them if no call has done so. */
  on<T>(use: (values: ValueCache) => MaybePromise<T>): MaybePromise<T> {
    return chain(this.#open ?? this.open(), ({ values }) => use(values));
  }

  /** The key of a call in the store where values are kept, once that is open. */
  keyOf(self: unknown, args: readonly unknown[]): unknown {
    const open = this.#open ?? this.open();
    return isPromiseLike(open) ? this.#joined(self, args) : open.keyOf(self, args);
  }

  /** The key of a call, as engines and events have it. */
  key(self: unknown, args: readonly unknown[]): string {
    return this.#joined(self, args);
  }

  /** The counts since the cache was made, and what is held now. */
  stats(): CacheStats {
    const usage = this.#open?.values.usage() ?? this.#lastUsage;
    const inFlight = this.#open?.values.flights.size ?? 0;
    return this.counters.snapshot({ size: usage.entries, bytes: usage.bytes, inFlight });
  }

  /** Where the values are kept. */
  info(): CacheInfo {
    const open = this.#open ?? this.open();
    if (isPromiseLike(open)) {
      throw new ConfigurationError(
        `Cannot tell where "${this.identity.name}" is kept: its engine is being opened; await a call first`,
      );
    }
    const { engine, reason, refused } = open.home;
    return {
      name: this.identity.name,
      engine: engine.name,
      reason,
      refused,
      persistent: engine.persistent,
      options: this.settings.options,
    };
  }

  /** What the engine lets a person reach, once it is open. */
  native(): unknown {
    const open = this.#open ?? this.open();
    return isPromiseLike(open) ? undefined : open.home.store.native;
  }

  /** The folder of the values, where they are in one. */
  folder(): string | undefined {
    const directory = this.#open?.home.engine.persistent
      ? directoryOf(this.settings, globalThis as unknown as Globals)
      : undefined;
    return typeof directory === "string" ? directory : undefined;
  }

  /** Waits for writes on their way and gives the store back; a later call borrows it again. Memory is just emptied. */
  close(): MaybePromise<void> {
    const open = this.#open ?? this.#opening;
    if (open === undefined) return;
    return chain(open, ({ home, values }) => {
      if (home.engine.scope === "function") return chain(values.clear(), () => {});
      this.#open = undefined;
      return chain(values.settle(), () => {
        this.#lastUsage = values.usage();
        return attempt<void>(
          () => home.release(),
          (error) => this.#warn(`Cannot close the cache of "${this.identity.name}"`, error),
        );
      });
    });
  }

  /** Finds a home and moves in. */
  open(): MaybePromise<Open> {
    if (this.#opening !== undefined) return this.#opening;
    const { decorator, colour, settings } = this.#options;
    const home = findHome({
      name: this.identity.name,
      decorator,
      sync: colour === "sync",
      settings,
      onEvict: (key, reason) => this.#open?.values.evicted(key, reason),
    });
    if (!isPromiseLike(home)) return this.#open = this.#moveIn(home);
    return this.#opening = home.then((home) => this.#open = this.#moveIn(home)).finally(() =>
      this.#opening = undefined
    );
  }

  #moveIn(home: Home): Open {
    const { settings, identity } = this.#options;
    const shared = home.engine.scope === "folder";
    const encoded = home.engine.holds === "bytes" || settings.copy === "clone";
    const values = new ValueCache({
      name: this.identity.name,
      engine: home.engine,
      store: home.store,
      prefix: shared ? scopePrefix(identity) : "",
      codec: encoded ? this.#codec : undefined,
      freeze: settings.copy === "freeze",
      bounds: home.bounds,
      random: Math.random,
      clock: this.#clock,
      counters: this.counters,
      publicKey: shared ? String : (key) => publicKey(identity, key),
      warn: (message, error) => this.#warn(message, error),
    });
    const text = this.#text;
    const keyOf = shared ? this.#joined : (self: unknown, args: readonly unknown[]) => memoryKey(self, args, text);
    return { home, values, keyOf };
  }

  #answer({ values }: Open, key: unknown, run: Run): unknown {
    return this.#options.colour === "sync" ? callSync(values, key, run) : callAsync(values, key, run);
  }

  /** Keeps the result of a call; returns what the caller is to be given. */
  keep(
    values: ValueCache,
    key: unknown,
    value: unknown,
    cost: number,
    promised: boolean,
    run: CallRun,
  ): MaybePromise<unknown> {
    try {
      if (this.settings.shouldCache?.(value, ...run.args) === false) return value;
      if (promised) this.#givesPromises = true;
      return values.keep(key, value, this.#keeping(value, run.args, cost, promised, run.ttl));
    } catch (error) {
      values.refused(key, error);
      return value;
    }
  }

  #keeping(value: unknown, args: readonly unknown[], cost: number, promised: boolean, ttl?: number): Keeping {
    const { sizeOf } = this.settings;
    return {
      ttl: ttl ?? this.#ttl(value, args),
      size: sizeOf === undefined ? undefined : checkedSize(sizeOf(value, ...args)),
      label: this.settings.secure ? this.identity.name : labelOf(this.identity.name, args),
      tags: NO_TAGS,
      cost,
      promised,
    };
  }

  #ttl(value: unknown, args: readonly unknown[]): number {
    const ttl = this.settings.ttl ?? currentDefaults()?.ttl;
    if (ttl === undefined) return Infinity;
    const given = typeof ttl === "function" ? (ttl as AnyFunction)(value, ...args) : ttl;
    const span = milliseconds(given);
    if (span !== undefined) return span;
    throw new ConfigurationError(
      `Cannot use the ttl of "${this.identity.name}": it gave ${
        String(given)
      }; give milliseconds over 0 or text such as "5m"`,
    );
  }

  #enabled(): boolean {
    if (!audience.listening) return this.settings.enabled;
    return this.settings.options.enabled ?? currentDefaults()?.enabled ?? true;
  }

  /** Warns of each kind of trouble once, so that a broken disk does not write a line per call. */
  #warn(message: string, error: unknown): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    const cause = error instanceof Error ? error.message : String(error);
    log("warn", `${message} (${cause}); this is said once`, this.settings.logger);
  }
}

/** One call on its way through a driver. */
class CallRun implements Run {
  readonly #cache: CallCache;
  readonly #self: unknown;
  readonly #compute: AnyFunction;
  readonly args: readonly unknown[];
  readonly ttl: number | undefined;

  constructor(
    cache: CallCache,
    self: unknown,
    args: readonly unknown[],
    compute: AnyFunction,
    ttl: number | undefined,
  ) {
    this.#cache = cache;
    this.#self = self;
    this.args = args;
    this.#compute = compute;
    this.ttl = ttl;
  }

  compute(): unknown {
    return this.#compute.apply(this.#self, this.args as unknown[]);
  }

  keep(values: ValueCache, key: unknown, value: unknown, cost: number, promised: boolean): MaybePromise<unknown> {
    return this.#cache.keep(values, key, value, cost, promised, this);
  }
}

const NO_TAGS: readonly string[] = [];

function checkedSize(size: unknown): number {
  if (typeof size === "number" && size >= 0) return size;
  throw new ConfigurationError(`Cannot use sizeOf: it gave ${String(size)}; give a number of at least 0`);
}

function labelOf(name: string, args: readonly unknown[]): string {
  const shown = args.map((arg) =>
    typeof arg === "string" ? JSON.stringify(arg) : typeof arg === "object" ? "…" : String(arg)
  );
  return `${name}(${shown.join(", ")})`.slice(0, 200);
}
