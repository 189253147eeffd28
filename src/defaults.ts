import { attend } from "./audience.ts";
import { isPromiseLike } from "./contract/maybe_promise.ts";
import type { CacheOptions } from "./options.ts";
import { checkOptions } from "./option_schema.ts";

/** The part of `AsyncLocalStorage` that is used. */
interface ScopeStorage {
  run<T>(scope: CacheOptions, fn: () => T): T;
  getStore(): CacheOptions | undefined;
}

let storage: ScopeStorage | undefined;
let stack: CacheOptions | undefined;
let scopes = 0;

/**
 * Runs `fn` with options that caches made inside inherit; what a cache is given itself wins, and inner scopes over outer ones.
 *
 * A cache that was made before and is called inside takes over `ttl` and `enabled`, unless it has its own. Scopes follow
 * asynchronous work where the runtime has `AsyncLocalStorage`; elsewhere they end with the synchronous part of `fn`.
 *
 * @example
 * ```ts
 * import { mcache, withDefaults } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const double = withDefaults({ ttl: "5m", maxSize: 100 }, () => mcache((x: number) => x * 2));
 * assert.equal(double.cache.info.options.maxSize, 100);
 * ```
 */
export function withDefaults<T>(options: CacheOptions, fn: () => T): T {
  const scope = { ...currentDefaults(), ...checkOptions(options, "withDefaults") };
  attend("scopes", ++scopes > 0);
  let result: T;
  try {
    storage ??= openStorage();
    result = storage === undefined ? runOnStack(scope, fn) : storage.run(scope, fn);
  } catch (error) {
    leave();
    throw error;
  }
  if (!isPromiseLike(result)) {
    leave();
    return result;
  }
  return (result as unknown as Promise<unknown>).then(
    (value) => (leave(), value),
    (error) => {
      leave();
      throw error;
    },
  ) as T;
}

/** The options of the scope that is running, if any. */
export function currentDefaults(): CacheOptions | undefined {
  return scopes === 0 ? undefined : storage === undefined ? stack : storage.getStore();
}

function leave(): void {
  attend("scopes", --scopes > 0);
}

function runOnStack<T>(scope: CacheOptions, fn: () => T): T {
  const outer = stack;
  stack = scope;
  try {
    return fn();
  } finally {
    stack = outer;
  }
}

function openStorage(): ScopeStorage | undefined {
  const process = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process;
  const hooks = process?.getBuiltinModule?.("node:async_hooks") as
    | { AsyncLocalStorage?: new () => ScopeStorage }
    | undefined;
  return hooks?.AsyncLocalStorage === undefined ? undefined : new hooks.AsyncLocalStorage();
}
