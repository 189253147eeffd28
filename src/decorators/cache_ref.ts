import { chain, type MaybePromise } from "../contract/maybe_promise.ts";
import { CacheKeyError, CacheOperationError } from "../errors.ts";
import type { ValueCache } from "../flow/value_cache.ts";
import type { CallCache } from "./call_cache.ts";
import type { Answer, Answering, Given } from "./cached.ts";
import type { AnyFunction } from "../options.ts";

/** A reference to a call's value as plain data: what is left of a `CacheRef` that was cloned or written as JSON. */
export interface CacheRefData {
  /** The name of the cache. */
  readonly cache: string;
  /** The key of the call, as engines and events have it. */
  readonly key: string;
}

/**
 * A reference to the value of a call, which is loaded only when it is asked for.
 *
 * It can be cloned, and so sent to a worker; there `fn.cache.ref.from` gives it its methods again.
 *
 * @example
 * ```ts
 * import { mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const squares = mcache((size: number) => Array.from({ length: size }, (_, n) => n * n));
 * const ref = squares.cache.ref(1_000);
 * assert.equal(ref.get().at(-1), 998_001);
 *
 * const received = squares.cache.ref.from(structuredClone(ref));
 * assert.equal(received.get(), squares(1_000));
 * assert.equal(received.drop(), true);
 * ```
 */
export interface CacheRef<F extends AnyFunction, C extends Answering> extends CacheRefData {
  /**
   * The value. Where none is kept the function runs, unless `from` made the reference: it does not know the arguments, and
   * throws a `CacheOperationError`.
   */
  get(): Given<F, C>;
  /** Removes the value; says whether there was one. */
  drop(): Answer<C, boolean>;
}

/** Makes references to values. */
export interface CacheRefs<F extends AnyFunction, C extends Answering> {
  /** A reference to the value of a call. Neither looks for it nor computes it. */
  (...args: Parameters<F>): CacheRef<F, C>;
  /**
   * The reference that was cloned or written as JSON, with its methods. Throws a `CacheKeyError` for one of another cache, or of
   * another version of the function.
   */
  from(data: CacheRefData): CacheRef<F, C>;
}

/** Gives an answer in the colour of the cache. */
type InColour = <T>(give: () => MaybePromise<T>) => MaybePromise<T>;

/** What makes the references of one cache. */
export function cacheRefs(core: CallCache, self: unknown, answer: InColour): CacheRefs<AnyFunction, Answering> {
  const of = (...args: unknown[]): Ref =>
    new Ref({ cache: core.identity.name, key: core.key(self, args) }, {
      get: () => answer(() => core.call(self, args)),
      drop: () => answer(() => core.on((values) => values.invalidate(core.keyOf(self, args)))),
    });
  const from = (data: CacheRefData): Ref => {
    checkOrigin(core, data);
    const { cache, key } = data;
    return new Ref({ cache, key }, {
      get: () => answer(() => core.on((values) => kept(core, values, key))),
      drop: () => answer(() => core.on((values) => values.invalidate(keyIn(values, key)))),
    });
  };
  return Object.assign(of, { from }) as CacheRefs<AnyFunction, Answering>;
}

/** Methods are of the class, and what they need is private, so that a clone has just the data. */
class Ref implements CacheRefData {
  readonly cache: string;
  readonly key: string;
  readonly #does: { get(): unknown; drop(): MaybePromise<boolean> };

  constructor({ cache, key }: CacheRefData, does: { get(): unknown; drop(): MaybePromise<boolean> }) {
    this.cache = cache;
    this.key = key;
    this.#does = does;
  }

  get(): unknown {
    return this.#does.get();
  }

  drop(): MaybePromise<boolean> {
    return this.#does.drop();
  }
}

/** What is kept under a key, as a call would return it. */
function kept(core: CallCache, values: ValueCache, key: string): unknown {
  const at = keyIn(values, key);
  return chain(values.lookup.read(at), (read) => {
    if (!read.found) {
      values.tally.missed(at, read.because);
      throw new CacheOperationError(
        `Cannot get the value of ${key}: none is kept in "${core.residence.info().engine}" (${read.because}); call the function again`,
      );
    }
    values.tally.hit(at, read.age, read.state);
    if (read.failed && !read.promised) throw read.value;
    if (!read.promised) return read.value;
    return read.failed ? Promise.reject(read.value) : Promise.resolve(read.value);
  });
}

/** The key in the store. A store of the cache's own has keys of another kind, among which it is sought. */
function keyIn({ parts: { engine, store, publicKey } }: ValueCache, key: string): unknown {
  if (engine.scope === "folder") return key;
  for (const { key: there } of store.entries("") as Iterable<{ readonly key: string }>) {
    if (publicKey(there) === key) return there;
  }
  return key;
}

function checkOrigin({ identity }: CallCache, { cache, key }: CacheRefData): void {
  const whose = `${identity.scope}/`;
  if (cache !== identity.name || typeof key !== "string" || !key.startsWith(whose)) {
    throw new CacheKeyError(
      `Cannot use a reference with "${identity.name}": it is one to a value of "${cache}"; use it with the cache of that name`,
    );
  }
  if (!key.startsWith(`${whose}${identity.version}-`)) {
    throw new CacheKeyError(
      `Cannot use a reference with "${identity.name}": another version of the function computed the value; make the reference ` +
        `anew, or give the option "version" where values are still right`,
    );
  }
}
