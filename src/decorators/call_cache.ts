import { audience } from "../audience.ts";
import type { Clock } from "../contract/clock.ts";
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { callAsync } from "../flow/call_async.ts";
import { callSync, computeSync } from "../flow/call_sync.ts";
import { computeAnew } from "../flow/compute_alone.ts";
import type { Keeping } from "../flow/entry_form.ts";
import type { Front } from "../flow/front.ts";
import type { Held, HitParts, HitStore } from "../flow/hit_path.ts";
import { leavable } from "../flow/leavable.ts";
import type { Run } from "../flow/run.ts";
import type { ValueCache } from "../flow/value_cache.ts";
import type { Identity } from "../key/identity.ts";
import { exactKey, type KeyMaker, keyMaker } from "../key/key_maker.ts";
import type { AnyFunction } from "../options.ts";
import { calmUntil } from "../policy/ageing.ts";
import { steady } from "../runtime/steady_clock.ts";
import { coarseClock } from "../runtime/system_clock.ts";
import type { Settings } from "../settings.ts";
import { isStoodIn } from "../replay/stand_in.ts";
import { type CacheStats, Counters } from "../stats.ts";
import type { Colour } from "./cached.ts";
import { type CallParts, CallRun } from "./call_run.ts";
import { type Detour, detour, isEnabled, reasonForDetour } from "./detour.ts";
import { digestMemo } from "./digest_memo.ts";
import { explainCall, type Explanation } from "./explain.ts";
import type { Housing } from "./housing.ts";
import { inColour } from "./in_colour.ts";
import { isAsyncFunction } from "./is_async_function.ts";
import { type About, type Given, Keeper } from "./keeper.ts";
import type { Open } from "./move_in.ts";
import { Residence } from "./residence.ts";
import { Reviewer } from "./reviewer.ts";
import { warnOnce } from "./warn_once.ts";

/** What one cache is made from. */
export interface CallCacheOptions {
  readonly housing: Housing;
  readonly colour: Colour;
  readonly fn: AnyFunction;
  readonly identity: Identity;
  readonly settings: Settings;
  /** Whether the version follows the function's source. */
  readonly bySource?: boolean;
}

/** The cache of one function: finds its home at the first call, makes keys, and hands calls to the driver of its colour. */
export class CallCache {
  static readonly #behind = new WeakMap<object, CallCache>();

  readonly identity: Identity;
  readonly settings: Settings;
  readonly counters: Counters = new Counters();
  /** Where its values are. */
  readonly residence: Residence;
  readonly #options: CallCacheOptions;
  readonly #clock: Clock;
  readonly #text: KeyMaker;
  readonly #joined: (self: unknown, args: readonly unknown[]) => string;
  readonly #keeper: Keeper;
  readonly #calls: CallParts;
  readonly #detour: Detour;
  readonly #warn: (message: string, error: unknown) => void;
  #direct = false;

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
    this.#warn = warnOnce(settings.logger);
    this.#text = keyMaker(settings.options);
    this.#keeper = new Keeper(options.identity.name, settings, isAsyncFunction(options.fn));
    this.#joined = digestMemo(this.#text, options.identity);
    this.#calls = { keeper: this.#keeper, reviewer: this.#reviewer(), signal: settings.signal };
    this.#detour = detour(options, this.#text);
    this.residence = new Residence({
      ...options,
      counters: this.counters,
      clock: this.#clock,
      text: this.#text,
      joined: this.#joined,
      bySource: options.bySource ?? false,
      warn: this.#warn,
    });
  }

  /** Answers a call: from the cache, or by running the function, or `compute` in its place. */
  call(self: unknown, args: readonly unknown[], compute: AnyFunction = this.#options.fn, given?: Given): unknown {
    if (!audience.listening || !isStoodIn()) return this.#call(self, args, compute, given);
    return this.#detour(self, args, compute, () => this.#call(self, args, compute, given));
  }

  #call(self: unknown, args: readonly unknown[], compute: AnyFunction, given?: Given): unknown {
    if (!isEnabled(this.settings)) return inColour(this.#options.colour, () => compute.apply(self, args as unknown[]));
    const open = this.residence.open();
    const run = this.#run(self, args, compute, given);
    this.residence.lookAround();
    if (isPromiseLike(open)) return open.then((open) => this.#answer(open, open.keyOf(self, args), run));
    return this.#answer(open, open.keyOf(self, args), run);
  }

  /** What the hit path is built on where values stay in memory; `undefined` where every call must ask an engine. */
  hitParts(): HitParts<Held> | undefined {
    this.#direct = true;
    const { front } = this.residence;
    if (front !== undefined) return this.#frontParts(front);
    const open = this.residence.open();
    this.#direct = !isPromiseLike(open) && "table" in open.home.store;
    if (isPromiseLike(open) || !("table" in open.home.store)) return undefined;
    const { fn } = this.#options;
    this.counters.nearIs(open.home.engine.name);
    const byCache = (self: unknown, args: unknown[], key: unknown): unknown =>
      isEnabled(this.settings)
        ? this.#answer(open, key, this.#run(self, args, fn))
        : inColour(this.#options.colour, () => fn.apply(self, args));
    return {
      store: open.home.store as unknown as HitStore<Held>,
      clock: this.#clock,
      stats: this.counters,
      events: audience,
      plain: this.#text === exactKey,
      keyOf: open.keyOf,
      calmUntil: this.#calmUntil(),
      slow: (self, args, key) => {
        if (!audience.listening || !isStoodIn()) return byCache(self, args, key);
        return this.#detour(self, args, fn, () => byCache(self, args, key));
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
    if (!audience.listening || !isStoodIn()) return this.#refresh(self, args);
    return this.#detour(self, args, this.#options.fn, () => this.#refresh(self, args));
  }

  #refresh(self: unknown, args: readonly unknown[]): unknown {
    return chain(this.residence.open(), ({ values, keyOf }): unknown => {
      const key = keyOf(self, args);
      const run = this.#run(self, args, this.#options.fn);
      return chain(values.lookup.old(key), (old) => {
        values.flights.fence(key, "runs");
        // Until there is a new value, callers are given the one that is kept.
        const flight = values.flights.startBehind(key);
        if (this.#options.colour === "sync") return computeSync(values, key, run, old, flight);
        return leavable(values, key, flight, computeAnew(values, key, flight, run, old), run.signal);
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
    return chain(this.residence.open(), ({ values }) => use(values));
  }

  /** The key of a call in the store where values are kept, once that is open. */
  keyOf(self: unknown, args: readonly unknown[]): unknown {
    const open = this.residence.open();
    return isPromiseLike(open) ? this.#joined(self, args) : open.keyOf(self, args);
  }

  /** The key of a call, as engines and events have it. */
  key(self: unknown, args: readonly unknown[]): string {
    return this.#joined(self, args);
  }

  /** What a call would do now, and why. */
  explain(self: unknown, args: readonly unknown[]): MaybePromise<Explanation> {
    const { identity, settings } = this;
    const passedBy = reasonForDetour(settings);
    return chain(this.residence.open(), (open) => {
      const [at, key] = [open.keyOf(self, args), this.key(self, args)];
      const sync = this.#options.colour === "sync";
      const direct = this.#direct && !audience.listening;
      return explainCall(open, { at, key, self, args, identity, settings, sync, direct, passedBy });
    });
  }

  /** The counts since the cache was made, and what is held now. */
  stats(): CacheStats {
    return this.counters.snapshot(this.residence.holding());
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
      warn: this.#warn,
      replace: ({ value, entry, promised }, self, args) => {
        const keeping = this.keeping(args, value, { promised });
        return this.on((values) => values.rewrite(this.keyOf(self, args), entry, value, keeping));
      },
    });
  }

  #answer({ values }: Open, key: unknown, run: Run): unknown {
    return this.#options.colour === "sync" ? callSync(values, key, run) : callAsync(values, key, run);
  }
}
