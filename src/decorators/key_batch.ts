import type { MaybePromise } from "../contract/maybe_promise.ts";
import { CacheOperationError } from "../errors.ts";
import { computation, type OwnComputation, runInside, waitFor } from "../flow/computation.ts";
import { type KeyMaker, keyMaker } from "../key/key_maker.ts";
import { memoryKey } from "../key/primitive_key.ts";
import type { CallCache } from "./call_cache.ts";

/**
 * Loads the values of several keys: a list in the order of the keys, or a `Map` by key. An `Error` in place of a value fails
 * that key alone.
 */
export type ManyLoader<K, V> = (
  keys: readonly K[],
) => MaybePromise<readonly (V | Error)[] | ReadonlyMap<K, V | Error>>;

/** A key that is to be loaded, and who waits for its value. */
export interface Wanted {
  readonly key: unknown;
  /** Its place among the keys of the call. */
  readonly at: number;
  /** The computation of the key; none where the cache is off. */
  readonly inside: OwnComputation | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Load = ManyLoader<unknown, unknown>;

/**
 * The keys of one call that are loaded together.
 *
 * Each key is a call of its own, which finds its value, waits for somebody else, or wants it loaded. Once all of them have come
 * to one of these, the loader is asked. None waits longer than that, so two batches that wait for keys of each other both go on.
 * What is wanted later, because the process that had it did not deliver, is loaded then.
 */
export class KeyBatch {
  readonly #load: Load;
  readonly #core: CallCache;
  readonly #same: KeyMaker;
  #undecided: number;
  #wanted = new Map<unknown, Wanted & { readonly value: Promise<unknown> }>();
  #go!: () => void;

  constructor(load: Load, core: CallCache, keys: number) {
    this.#load = load;
    this.#core = core;
    this.#same = keyMaker(core.settings.options);
    this.#undecided = keys;
    this.#prepare();
  }

  /** The value of a key. */
  async call(key: unknown, at: number): Promise<unknown> {
    let decided = false;
    const decide = (): void => {
      if (decided) return;
      decided = true;
      this.#undecided--;
      if (this.#undecided === 0) this.#go();
    };
    const compute = (): Promise<unknown> => {
      const value = this.#want(key, at);
      decide();
      return value;
    };
    try {
      return await this.#core.call(undefined, [key], compute, { waiting: decide });
    } finally {
      decide();
    }
  }

  /** Has a key loaded with those that are wanted with it. Where the cache is off, the same key may come twice. */
  #want(key: unknown, at: number): Promise<unknown> {
    const same = memoryKey(undefined, [key], this.#same);
    const known = this.#wanted.get(same);
    if (known !== undefined) return known.value;
    let [resolve, reject]: [Wanted["resolve"], Wanted["reject"]] = [() => {}, () => {}];
    const value = new Promise<unknown>((...settle) => [resolve, reject] = settle);
    this.#wanted.set(same, { key, at, inside: current(), resolve, reject, value });
    if (this.#undecided === 0) this.#go();
    return value;
  }

  /** Makes ready for the next time that keys are loaded. The loader runs in the scopes of the caller. */
  #prepare(): void {
    new Promise<void>((resolve) => this.#go = resolve).then(() => {
      const wanted = [...this.#wanted.values()].sort((a, b) => a.at - b.at);
      this.#wanted = new Map();
      this.#prepare();
      if (wanted.length > 0) loadKeys(this.#load, this.#core, wanted);
    });
  }
}

/** Has keys loaded and gives each what came for it. */
export async function loadKeys(load: Load, core: CallCache, wanted: readonly Wanted[]): Promise<void> {
  try {
    const loaded = await insideAll(wanted, () => load(wanted.map(({ key }) => key)));
    for (const [index, { key, resolve, reject }] of wanted.entries()) {
      const value = valueOf(loaded, index, key, wanted.length, core);
      if (value instanceof Error) reject(value);
      else resolve(value);
    }
  } catch (error) {
    for (const { reject } of wanted) reject(error);
  }
}

/** The computation that the caller is part of. */
export function current(): OwnComputation | undefined {
  return computation() as OwnComputation | undefined;
}

/** Runs the loader as the computation of the first key. The others wait for that, so that one that asks for its own keys is told. */
function insideAll<T>(wanted: readonly Wanted[], load: () => T): T {
  const first = wanted[0]!.inside;
  if (first === undefined) return load();
  for (const { inside } of wanted) {
    if (inside !== undefined && inside !== first) runInside(inside, () => waitFor(first.flight, first.key));
  }
  return runInside(first, load);
}

function valueOf(loaded: unknown, index: number, key: unknown, keys: number, core: CallCache): unknown {
  const { name } = core.identity;
  if (Array.isArray(loaded)) {
    if (loaded.length === keys) return loaded[index];
    throw new CacheOperationError(
      `Cannot load ${keys} keys with "${name}": it gave ${loaded.length} values; give one for each key, in the order of the keys`,
    );
  }
  const map = loaded as ReadonlyMap<unknown, unknown> | null | undefined;
  if (typeof map?.has !== "function" || typeof map.get !== "function") {
    throw new CacheOperationError(
      `Cannot load ${keys} keys with "${name}": it gave ${map === null ? "null" : `a value of type ${typeof map}`}; ` +
        "give a list of values in the order of the keys, or a Map",
    );
  }
  if (map.has(key)) return map.get(key);
  return new CacheOperationError(
    `Cannot load key ${
      core.key(undefined, [key])
    } with "${name}": the Map that it gave for ${keys} keys lacks keys[${index}]; ` +
      "give each key a value, for example null, or an Error",
  );
}
