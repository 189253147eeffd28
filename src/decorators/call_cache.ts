import type { Globals } from "../contract/engine.ts";
import type { Codec } from "../contract/codec.ts";
import type { Clock } from "../contract/clock.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { audience } from "../audience.ts";
import { createCodec } from "../codec/codec.ts";
import { currentDefaults } from "../defaults.ts";
import { callAsync } from "../flow/call_async.ts";
import type { Held, HitParts, HitStore } from "../flow/hit_path.ts";
import { callSync, computeSync } from "../flow/call_sync.ts";
import { Front } from "../flow/front.ts";
import type { Keeping } from "../flow/entry_form.ts";
import { leavable } from "../flow/leavable.ts";
import { computeAsync, type Run } from "../flow/run.ts";
import { stopwatch } from "../flow/stopwatch.ts";
import type { ValueCache } from "../flow/value_cache.ts";
import type { SyncStore, Usage } from "../contract/store.ts";
import type { Identity } from "../key/identity.ts";
import { exactKey, type KeyMaker, keyMaker } from "../key/key_maker.ts";
import { log } from "../logger.ts";
import type { AnyFunction } from "../options.ts";
import { endsPromises, hostWaitUntil } from "../runtime/requests.ts";
import { zlibCompressor } from "../runtime/zlib.ts";
import { steady } from "../runtime/steady_clock.ts";
import { coarseClock } from "../runtime/system_clock.ts";
import { calmUntil } from "../policy/ageing.ts";
import { isJudgedEachTime, type Settings } from "../settings.ts";
import { type CacheStats, Counters } from "../stats.ts";
import type { CacheInfo, Colour } from "./cached.ts";
import { type DecoratorName, engines, type Selection } from "./engine_manager.ts";
import { boundsOf, findHome, type Home, type Seeker } from "./home.ts";
import { openedFor } from "./opened_for.ts";
import { directoryOf } from "./place.ts";
import { digestMemo } from "./digest_memo.ts";
import { type CallParts, CallRun } from "./call_run.ts";
import { type About, type Given, Keeper } from "./keeper.ts";
import { Reviewer } from "./reviewer.ts";
import { isAsyncFunction } from "./is_async_function.ts";
import { moveIn, type Open } from "./move_in.ts";

/** How long after a server that was asked for did not answer it is asked again, at the next call, in milliseconds. */
const ASKED_AGAIN_AFTER = 1_000;

/** What one cache is made from. */
export interface CallCacheOptions {
  readonly decorator: DecoratorName;
  readonly colour: Colour;
  readonly fn: AnyFunction;
  readonly identity: Identity;
  readonly settings: Settings;
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
  readonly #keeper: Keeper;
  readonly #calls: CallParts;
  readonly #warned = new Set<string>();
  readonly #front: Front | undefined;
  #askedAt = 0;
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
    this.#clock = settings.clock === undefined ? coarseClock : steady(settings.clock);
    this.#text = keyMaker(settings.options);
    this.#keeper = new Keeper(options.identity.name, settings, isAsyncFunction(options.fn));
    this.#codec = createCodec({
      compress: settings.compress,
      serializer: settings.serializer,
      sync: options.colour === "sync",
      compressor: zlibCompressor(globalThis as unknown as Globals),
    });
    this.#joined = digestMemo(this.#text, options.identity);
    this.#calls = { keeper: this.#keeper, reviewer: this.#reviewer(), signal: settings.signal };
    this.#front = settings.copy === "clone" || isJudgedEachTime(settings) ? undefined : this.#openFront();
  }

  /** Answers a call: from the cache, or by running the function, or `compute` in its place. */
  call(self: unknown, args: readonly unknown[], compute: AnyFunction = this.#options.fn, given?: Given): unknown {
    if (!this.#enabled()) return compute.apply(self, args as unknown[]);
    const open = this.#open ?? this.open();
    const run = this.#run(self, args, compute, given);
    if (this.#open?.home.makeshift) this.#askAgain(this.#open);
    if (isPromiseLike(open)) return open.then((open) => this.#answer(open, open.keyOf(self, args), run));
    return this.#answer(open, open.keyOf(self, args), run);
  }

  /** What the hit path is built on where values stay in memory; `undefined` where every call must ask an engine. */
  hitParts(): HitParts<Held> | undefined {
    if (this.#front !== undefined) return this.#frontParts(this.#front);
    const open = this.#open ?? this.open();
    if (isPromiseLike(open) || !("table" in open.home.store)) return undefined;
    const { fn } = this.#options;
    return {
      store: open.home.store as unknown as HitStore<Held>,
      clock: this.#clock,
      stats: this.counters,
      events: audience,
      plain: this.#text === exactKey,
      keyOf: open.keyOf,
      calmUntil: this.#calmUntil(),
      slow: (self, args, key) => {
        if (!this.#enabled()) return fn.apply(self, args);
        return this.#answer(open, key, this.#run(self, args, fn));
      },
    };
  }

  #calmUntil(): HitParts<Held>["calmUntil"] {
    const { ageing } = this.settings;
    return ageing.refreshAhead === undefined ? undefined : (held) => calmUntil(held, ageing);
  }

  /** The hit path over the memory in front of an engine, under the keys that the engine has. */
  #frontParts({ store }: Front): HitParts<Held> {
    return {
      store: store as unknown as HitStore<Held>,
      clock: this.#clock,
      stats: this.counters,
      events: audience,
      plain: false,
      keyOf: this.#joined,
      slow: (self, args) => this.call(self, args),
    };
  }

  /** Runs the function whatever is kept, and keeps its result. */
  refresh(self: unknown, args: readonly unknown[]): unknown {
    return chain(this.#open ?? this.open(), ({ values, keyOf }): unknown => {
      const key = keyOf(self, args);
      const run = this.#run(self, args, this.#options.fn);
      return chain(values.lookup.old(key), (old) => {
        values.flights.fence(key);
        if (this.#options.colour === "sync") return computeSync(values, key, run, old);
        const flight = values.flights.start(key);
        return leavable(values, key, flight, computeAsync(values, key, flight, run, old), run.signal);
      });
    });
  }

  /** Keeps a value for a call; throws what keeps it from being kept. */
  set(self: unknown, args: readonly unknown[], value: unknown, given: Partial<About> = {}): MaybePromise<void> {
    const keeping = this.keeping(args, value, given);
    return this.on((values) => values.set(this.keyOf(self, args), value, keeping));
  }

  /** How a value is kept that was given, not computed. */
  keeping(args: readonly unknown[], value: unknown, given: Partial<About> = {}): Keeping {
    return this.#keeper.keeping(value, args, { cost: 0, promised: this.#keeper.givesPromises, ...given });
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
    const savedMs = this.#open?.values.savedMs() ?? 0;
    const { entries: size, bytes } = usage;
    const tiers = this.#open === undefined ? [] : [{ name: this.#open.home.engine.name, savedMs, size, bytes }];
    return this.counters.snapshot({ size, bytes, inFlight, tiers });
  }

  /** Where the values are kept, or, while no engine is open for them, where they will be if it can be opened. */
  info(): CacheInfo {
    const { engine, reason, refused } = this.#open?.home ?? this.#selection();
    return {
      name: this.identity.name,
      engine: engine.name,
      reason,
      refused,
      persistent: engine.persistent,
      options: this.settings.options,
    };
  }

  #selection(): Selection {
    const { decorator, colour, settings } = this.#options;
    const selected = engines.select({ ...settings.options, strict: false, decorator, sync: colour === "sync" });
    return { ...selected, engine: openedFor(selected.engine).engine };
  }

  /** What the engine lets a person reach, once it is open. */
  native(): unknown {
    const open = this.#open ?? this.open();
    return isPromiseLike(open) ? undefined : open.home.store.native;
  }

  /** The folder of the values, where they are in one. */
  folder(): string | undefined {
    const directory = this.#open?.home.engine.onDisk
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
      return this.#moveOut(home, values);
    });
  }

  #moveOut(home: Home, values: ValueCache): MaybePromise<void> {
    values.leave();
    return chain(values.settle(), () => {
      this.#lastUsage = values.usage();
      return attempt<void>(
        () => home.release(),
        (error) => this.#warn(`Cannot close the cache of "${this.identity.name}"`, error),
      );
    });
  }

  /** Asks a server again that did not answer when it was to be opened, behind the call; moves there when it does. */
  #askAgain({ home, values }: Open): void {
    const now = stopwatch();
    if (now - this.#askedAt < ASKED_AGAIN_AFTER) return;
    this.#askedAt = now;
    const moved = chain(
      attempt<Home | undefined>(() => findHome({ ...this.#seeker(), again: true }), () => undefined),
      (found): MaybePromise<void> => {
        if (found === undefined) return;
        if (found.makeshift || this.#open?.home !== home) return found.release();
        this.#open = this.#moveIn(found);
        // Memory is left to those who still use it.
        return home.engine.scope === "function" ? undefined : this.#moveOut(home, values);
      },
    );
    if (!isPromiseLike(moved)) return;
    moved.then(undefined, (error) => this.#warn(`Cannot move the cache of "${this.identity.name}"`, error));
  }

  /** Finds a home and moves in. */
  open(): MaybePromise<Open> {
    // What another request opens may never be open.
    if (this.#opening !== undefined && !endsPromises(globalThis as unknown as Globals)) return this.#opening;
    const home = findHome(this.#seeker());
    this.#askedAt = stopwatch();
    if (!isPromiseLike(home)) return this.#open = this.#moveIn(home);
    return this.#opening = home.then((home) => {
      if (this.#open === undefined) return this.#open = this.#moveIn(home);
      const open = this.#open;
      return chain(attempt<void>(() => home.release(), () => {}), () => open);
    }).finally(() => this.#opening = undefined);
  }

  #seeker(): Seeker {
    const { decorator, colour, settings } = this.#options;
    return {
      name: this.identity.name,
      decorator,
      sync: colour === "sync",
      settings,
      onEvict: (key, entry, reason) => this.#open?.values.evicted(key, entry, reason),
    };
  }

  /** Memory in front of the engine that is asked for first, where that is made so. */
  #openFront(): Front | undefined {
    const { decorator, colour, settings } = this.#options;
    const { engines: candidates } = engines.candidates(decorator, settings.options, colour === "sync");
    const { front } = openedFor(candidates[0]!);
    if (front === undefined) return undefined;
    const bounds = boundsOf(settings, front);
    const store = front.open({ directory: "", secure: true, bounds, seed: settings.seed }) as SyncStore;
    return new Front({ store, ttl: candidates[0]!.tiers!.ttl, ageing: settings.ageing });
  }

  #moveIn(home: Home): Open {
    const { identity, settings } = this;
    const globals = globalThis as unknown as Globals;
    return moveIn(home, {
      identity,
      counters: this.counters,
      codec: home.engine.holds === "bytes" || settings.copy === "clone" ? this.#codec : undefined,
      freeze: settings.copy === "freeze",
      clock: this.#clock,
      text: this.#text,
      joined: this.#joined,
      lock: settings.lock,
      ageing: settings.ageing,
      slidingTtl: settings.slidingTtl === undefined
        ? undefined
        : { span: settings.slidingTtl, ends: settings.ttl !== undefined },
      softTimeout: settings.softTimeout,
      hardTimeout: settings.hardTimeout,
      retryAfter: settings.retryAfter,
      front: this.#front,
      sync: this.#options.colour === "sync",
      mortal: endsPromises(globals),
      waitUntil: settings.waitUntil ?? hostWaitUntil(globals),
      warn: (message, error) => this.#warn(message, error),
    });
  }

  #run(self: unknown, args: readonly unknown[], compute: AnyFunction, given?: Given): CallRun {
    return new CallRun(this.#calls, self, args, compute, given);
  }

  #reviewer(): Reviewer | undefined {
    const { settings } = this;
    if (settings.schema === undefined && settings.validate === undefined) return undefined;
    return new Reviewer({
      settings,
      sync: this.#options.colour === "sync",
      warn: (message, error) => this.#warn(message, error),
      replace: ({ value, entry, promised }, self, args) => {
        const about = { ttl: Math.max(1, entry.freshUntil - this.#clock.now()), cost: entry.cost, promised };
        const kept = attempt<void>(
          () => this.set(self, args, value, about),
          (error) => this.#warn("Cannot keep a migrated value: it was returned", error),
        );
        if (isPromiseLike(kept)) kept.then(undefined, () => {});
      },
    });
  }

  #answer({ values }: Open, key: unknown, run: Run): unknown {
    return this.#options.colour === "sync" ? callSync(values, key, run) : callAsync(values, key, run);
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
