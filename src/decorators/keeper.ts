import { anotherOf } from "../codec/flowing.ts";
import type { MaybePromise } from "../contract/maybe_promise.ts";
import { currentDefaults } from "../defaults.ts";
import { milliseconds } from "../duration.ts";
import { ConfigurationError } from "../errors.ts";
import type { Keeping } from "../flow/entry_form.ts";
import type { Flight } from "../flow/in_flight.ts";
import { ENDING } from "../flow/sliding.ts";
import type { ValueCache } from "../flow/value_cache.ts";
import type { AnyFunction } from "../options.ts";
import { staleFor } from "../policy/ageing.ts";
import { seeded } from "../runtime/seeded.ts";
import type { Settings } from "../settings.ts";

const NO_TAGS: readonly string[] = [];

/** How one value is kept, in place of what the options say. */
export interface Given {
  /** Milliseconds. */
  readonly ttl?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Lets the caller leave before there is a result. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the call will be answered by what others compute. */
  readonly waiting?: (() => void) | undefined;
}

/** What is known of a result besides the result. */
export interface About extends Given {
  readonly cost: number;
  readonly promised: boolean;
}

/** Decides by a function's options whether and how its results are kept. */
export class Keeper {
  /** Whether the function is known to give promises. */
  givesPromises: boolean;
  readonly #name: string;
  readonly #settings: Settings;
  readonly #staleFor: number;
  readonly #random: () => number;

  constructor(name: string, settings: Settings, givesPromises: boolean) {
    this.#name = name;
    this.#settings = settings;
    this.#staleFor = staleFor(settings.ageing);
    this.#random = settings.seed === undefined ? Math.random : seeded(settings.seed);
    this.givesPromises = givesPromises;
  }

  /** Keeps a result; returns what the caller is to be given. A callback of the user's that fails refuses the result. */
  keep(
    values: ValueCache,
    key: unknown,
    value: unknown,
    flight: Flight,
    args: readonly unknown[],
    about: About,
  ): MaybePromise<unknown> {
    try {
      if (about.promised) this.givesPromises = true;
      if (this.#settings.shouldCache?.(anotherOf(value), ...args) === false) {
        values.tally.skipped(key, about.cost);
        return value;
      }
      return values.keep(key, value, this.keeping(value, args, about), flight);
    } catch (error) {
      values.tally.refused(key, error, about.cost);
      return value;
    }
  }

  /** Keeps an error, if the options say so. */
  keepError(
    values: ValueCache,
    key: unknown,
    error: unknown,
    flight: Flight,
    args: readonly unknown[],
    { cost, promised }: About,
  ): MaybePromise<unknown> {
    const { errorTtl, cacheErrors, secure } = this.#settings;
    if (errorTtl === undefined) return undefined;
    try {
      if (promised) this.givesPromises = true;
      if (typeof cacheErrors === "function" ? !cacheErrors(error, ...args) : !cacheErrors) return undefined;
      const ttl = this.#span("errorTtl", typeof errorTtl === "function" ? errorTtl(error, ...args) : errorTtl);
      const label = secure ? this.#name : labelOf(this.#name, args);
      const keeping: Keeping = {
        ttl,
        slidingTtl: Infinity,
        staleFor: 0,
        size: undefined,
        label,
        tags: NO_TAGS,
        cost,
        promised,
        failed: true,
      };
      return values.keep(key, error, keeping, flight);
    } catch (refusal) {
      values.tally.refused(key, refusal, 0);
      return undefined;
    }
  }

  /** How a value is to be kept. Throws a `ConfigurationError` when `ttl` or `sizeOf` give what cannot be used. */
  keeping(value: unknown, args: readonly unknown[], { cost, promised, ttl, tags }: About): Keeping {
    const { sizeOf, secure, slidingTtl = Infinity } = this.#settings;
    const ownEnd = ttl !== undefined && slidingTtl !== Infinity && this.#settings.ttl === undefined;
    return {
      ttl: ownEnd ? ttl + ENDING : ttl ?? this.#ttl(value, args),
      slidingTtl: ownEnd ? Math.min(slidingTtl, ttl) : slidingTtl,
      staleFor: this.#staleFor,
      failed: false,
      size: sizeOf === undefined ? undefined : checkedSize(sizeOf(anotherOf(value), ...args)),
      label: secure ? this.#name : labelOf(this.#name, args),
      tags: this.#tags(tags ?? this.#settings.tags, value, args),
      cost,
      promised,
    };
  }

  /** The tags that a result will have whatever it is; `undefined` when they depend on it. */
  tagsAhead({ tags }: Given = {}): readonly string[] | undefined {
    const given: unknown = tags ?? this.#settings.tags ?? NO_TAGS;
    return Array.isArray(given) ? given : undefined;
  }

  #tags(tags: Settings["tags"], value: unknown, args: readonly unknown[]): readonly string[] {
    if (tags === undefined) return NO_TAGS;
    const given: unknown = typeof tags === "function" ? tags(anotherOf(value), ...args) : tags;
    if (Array.isArray(given) && given.every((tag) => typeof tag === "string")) return [...new Set<string>(given)];
    throw new ConfigurationError(
      `Cannot use the tags of "${this.#name}": they gave ${String(given)}; give a list of texts`,
    );
  }

  #ttl(value: unknown, args: readonly unknown[]): number {
    const ttl = this.#settings.ttl ?? currentDefaults()?.ttl;
    if (ttl === undefined) return Infinity;
    const span = this.#span("ttl", typeof ttl === "function" ? (ttl as AnyFunction)(anotherOf(value), ...args) : ttl);
    return span * (1 - this.#settings.jitter * this.#random());
  }

  #span(option: "ttl" | "errorTtl", given: unknown): number {
    const span = milliseconds(given);
    if (span !== undefined) return span;
    throw new ConfigurationError(
      `Cannot use the ${option} of "${this.#name}": it gave ${
        String(given)
      }; give milliseconds over 0 or text such as "5m"`,
    );
  }
}

function checkedSize(size: unknown): number {
  if (typeof size === "number" && size >= 0) return size;
  throw new ConfigurationError(`Cannot use sizeOf: it gave ${String(size)}; give a number of at least 0`);
}

function labelOf(name: string, args: readonly unknown[]): string {
  const shown = args.map((arg) =>
    typeof arg === "string" ? JSON.stringify(arg) : typeof arg === "object" && arg !== null ? "…" : String(arg)
  );
  return `${name}(${shown.join(", ")})`.slice(0, 200);
}
