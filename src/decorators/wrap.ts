import { currentDefaults } from "../defaults.ts";
import { hitPath } from "../flow/hit_path.ts";
import { identify, type Identity } from "../key/identity.ts";
import { ConfigurationError } from "../errors.ts";
import type { AnyFunction, CacheOptions, OptionName } from "../options.ts";
import { checkTogether } from "../contradictions.ts";
import { checkOptions } from "../option_schema.ts";
import { registry } from "../registry.ts";
import { isJudgedEachTime, type Settings, settle } from "../settings.ts";
import { CallCache } from "./call_cache.ts";
import type { Colour, FunctionCache } from "./cached.ts";
import { functionCache } from "./function_cache.ts";
import type { Housing } from "./housing.ts";
import { isAsyncFunction } from "./is_async_function.ts";

/** One of the decorators, as far as wrapping differs among them. */
export interface DecoratorKind {
  /** Where its caches may live. */
  readonly housing: Housing;
  /** The name in messages, for example `"bcache.sync"`. */
  readonly called: string;
  /** The colour of what it makes, or `"alike"` for that of the function. */
  readonly colour: Colour | "alike";
  /** The colour of what its caches answer themselves; that of the functions when left out. */
  readonly answers?: Colour;
  /** The options that mean nothing to it, and why. */
  readonly refuses: Readonly<Partial<Record<OptionName, string>>>;
  /** The options that mean something to it only beside `engine`, and why. */
  readonly refusesAlone?: Readonly<Partial<Record<OptionName, string>>>;
}

/** A wrapped function, whatever its types. */
export type Wrapped = AnyFunction & { readonly cache: FunctionCache<AnyFunction, Colour> };

const NEEDS_PROMISE =
  "means nothing to a function that stays synchronous, which nobody can stop waiting for; leave it out";

/** The options that only a function that gives promises can have. */
const NEEDS_PROMISES: Readonly<Partial<Record<OptionName, string>>> = {
  softTimeout: NEEDS_PROMISE,
  hardTimeout: NEEDS_PROMISE,
  signal: NEEDS_PROMISE,
};

/** Options as they hold for a function: its own, checked, over those of the scope it is made in. */
export function effectiveOptions(kind: DecoratorKind, options: CacheOptions): CacheOptions {
  const inherited = currentDefaults();
  const alone = [options as CacheOptions | null, inherited].every((given) =>
    given?.engine === undefined && given?.url === undefined
  );
  const refuses = {
    ...kind.refuses,
    ...(alone && kind.refusesAlone),
    ...(kind.colour === "sync" && NEEDS_PROMISES),
  };
  const own = checkOptions(options, kind.called, refuses);
  const meant = Object.entries(inherited ?? {}).filter(([name]) => !Object.hasOwn(refuses, name));
  const effective = inherited === undefined ? own : { ...Object.fromEntries(meant), ...own };
  checkTogether(effective, kind.called);
  return effective;
}

/** Wraps a function: the wrapper has its name and length, answers in its colour, and carries its cache. */
export function wrap(kind: DecoratorKind, fn: AnyFunction, options: CacheOptions, self?: unknown): Wrapped {
  if (typeof fn !== "function") {
    throw new ConfigurationError(
      `Cannot wrap ${fn === null ? "null" : `a ${typeof fn}`} with ${kind.called}: it is not a function; pass one`,
    );
  }
  const effective = effectiveOptions(kind, options);
  const settings = settle(effective);
  const isAsync = isAsyncFunction(fn);
  const colour: Colour = kind.colour === "alike" ? isAsync ? "async" : "sync" : kind.colour;
  const { housing } = kind;
  const sync = colour === "sync";
  housing.check(settings, sync);
  const persistent = housing.outlives(effective, sync);
  const identity = identify(fn, { name: effective.name, version: effective.version, deps: effective.deps, persistent });
  if (persistent) claim(identity, settings, fn);

  const bySource = (effective.version ?? (persistent ? "source" : "0")) === "source";
  const core = new CallCache({ housing, colour, fn, identity, settings, bySource });
  const direct = housing.nearest(effective, sync).holds === "references" && settings.copy !== "clone" &&
    settings.enabled &&
    !isJudgedEachTime(settings);
  const parts = direct ? core.hitParts() : undefined;
  const wrapper = parts === undefined
    ? storedWrapper(core, colour)
    : hitPath(parts, fn.length, colour === "async" ? "async" : "either");
  const cache = functionCache(core, fn, kind.answers ?? colour, self);
  Object.defineProperties(wrapper, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    cache: { value: cache, enumerable: true },
  });
  registry.add(identity.name, cache, core.counters);
  return wrapper as Wrapped;
}

function storedWrapper(core: CallCache, colour: Colour): AnyFunction {
  if (colour === "sync") {
    return function (this: unknown, ...args: unknown[]): unknown {
      return core.call(this, args);
    };
  }
  return function (this: unknown, ...args: unknown[]): Promise<unknown> {
    try {
      return Promise.resolve(core.call(this, args));
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

const claims = new Map<string, WeakRef<AnyFunction>>();

/** Two functions that differ only in what they close over would read each other's values; a name of their own sets them apart. */
function claim(identity: Identity, settings: Settings, fn: AnyFunction): void {
  if (settings.options.name !== undefined) return;
  const place = `${settings.cacheDir ?? ""}\0${settings.folderName}\0${identity.scope}\0${identity.version}`;
  const other = claims.get(place)?.deref();
  if (other !== undefined && other !== fn) {
    throw new ConfigurationError(
      `Cannot keep "${identity.name}" in folder "${settings.folderName}": another function of that name and source is kept ` +
        `there; give each the option name, or one of them another folderName`,
    );
  }
  claims.set(place, new WeakRef(fn));
}
