import type { AnyFunction, CacheOptions } from "../options.ts";
import type { Cached, CachedAlike, CachedAsync } from "./cached.ts";
import { decorate, isMemberContext } from "./decorate.ts";
import { type DecoratorKind, wrap } from "./wrap.ts";

/** A method that gives promises. */
// deno-lint-ignore no-explicit-any
export type AsyncMethod = (...args: any[]) => Promise<any>;

/** Decorates methods and getters of any colour. */
export interface MemberDecorator {
  /** On a method or static method. */
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext<ThisParameterType<F>, F>): F;
  /** On a getter. */
  <T, V>(getter: (this: T) => V, context: ClassGetterDecoratorContext<T, V>): (this: T) => V;
}

/** Decorates methods that give promises; on any other method it does not compile. */
export interface AsyncMemberDecorator {
  /** On a method or static method that gives a promise. */
  <F extends AsyncMethod>(method: F, context: ClassMethodDecoratorContext<ThisParameterType<F>, F>): F;
  /** On a getter that gives a promise. */
  <T, V extends Promise<unknown>>(getter: (this: T) => V, context: ClassGetterDecoratorContext<T, V>): (this: T) => V;
}

/** A decorator whose wrappers have the function's own colour and whose cache answers at once. */
export interface SyncDecorator extends MemberDecorator {
  /** Wraps a function. */
  <F extends AnyFunction>(fn: F, options?: CacheOptions<F>): Cached<F>;
  /** Takes options and gives what wraps a function or decorates a member. */
  (options?: CacheOptions): MemberDecorator & (<F extends AnyFunction>(fn: F) => Cached<F>);
}

/** A decorator whose wrappers give promises. */
export interface AsyncDecorator extends AsyncMemberDecorator {
  /** Wraps a function. */
  <F extends AnyFunction>(fn: F, options?: CacheOptions<F>): CachedAsync<F>;
  /** Takes options and gives what wraps a function or decorates a member. */
  (options?: CacheOptions): AsyncMemberDecorator & (<F extends AnyFunction>(fn: F) => CachedAsync<F>);
}

/** A decorator whose wrappers and cache have the function's own colour. */
export interface AlikeDecorator extends MemberDecorator {
  /** Wraps a function. */
  <F extends AnyFunction>(fn: F, options?: CacheOptions<F>): CachedAlike<F>;
  /** Takes options and gives what wraps a function or decorates a member. */
  (options?: CacheOptions): MemberDecorator & (<F extends AnyFunction>(fn: F) => CachedAlike<F>);
}

/** Makes the function that is a decorator in all its forms: wrapper, factory, and decorator with options or bare. */
export function makeDecorator(kind: DecoratorKind): (first?: unknown, second?: unknown) => unknown {
  return (first, second) => {
    if (typeof first === "function") return apply(kind, first as AnyFunction, second, {});
    const options = (first ?? {}) as CacheOptions;
    return (target: AnyFunction, context?: unknown) => apply(kind, target, context, options);
  };
}

function apply(kind: DecoratorKind, target: AnyFunction, second: unknown, options: CacheOptions): unknown {
  if (isMemberContext(second)) return decorate(kind, target, second, options);
  return wrap(kind, target, { ...options, ...(second as CacheOptions | undefined) });
}
