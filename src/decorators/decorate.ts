import { ConfigurationError } from "../errors.ts";
import type { AnyFunction, CacheOptions } from "../options.ts";
import { type DecoratorKind, effectiveOptions, wrap, type Wrapped } from "./wrap.ts";

/** The part of a decorator's context that is used. */
export interface MemberContext {
  readonly kind: string;
  readonly name: string | symbol;
  readonly static: boolean;
}

/** Whether a second argument is what the language hands to a decorator, rather than options. */
export function isMemberContext(value: unknown): value is MemberContext {
  return typeof value === "object" && value !== null && typeof (value as MemberContext).kind === "string" &&
    "name" in value && !("ttl" in value);
}

/**
 * Decorates a method, static method or getter.
 *
 * Each instance has a cache of its own, which goes when the instance goes: what a method returns depends on its object.
 * With `key`, which can tell objects apart, or on a static method, there is one cache, and only then may values outlive
 * the process.
 */
export function decorate(
  kind: DecoratorKind,
  member: unknown,
  context: MemberContext,
  options: CacheOptions,
): AnyFunction {
  const name = String(context.name);
  if (context.kind !== "method" && context.kind !== "getter") {
    throw new ConfigurationError(
      `Cannot decorate ${context.kind} "${name}" with ${kind.called}: only methods and getters have results to keep; ` +
        `move the work into one of these`,
    );
  }
  const method = member as AnyFunction;
  const effective = effectiveOptions(kind, options);
  const own: CacheOptions = { ...options, name: options.name ?? name };
  const persistent = kind.housing.outlives(effective, kind.colour === "sync");
  if (effective.key !== undefined || (context.static && persistent)) {
    const shared = wrap(kind, method, own);
    return replacement(method, () => shared);
  }
  if (persistent) {
    throw new ConfigurationError(
      `Cannot decorate "${name}" with ${kind.called}: its values would outlive their object, and its arguments do not say ` +
        `which object that was; give the option key, for example key(...args) { return [this.id, ...args]; }`,
    );
  }
  const caches = new WeakMap<object, Wrapped>();
  return replacement(method, (instance) => {
    let cached = caches.get(instance);
    if (cached === undefined) caches.set(instance, cached = wrap(kind, method, own, instance));
    return cached;
  });
}

function replacement(method: AnyFunction, cachedFor: (instance: object) => Wrapped): AnyFunction {
  const member = function (this: unknown, ...args: unknown[]): unknown {
    const isInstance = (typeof this === "object" && this !== null) || typeof this === "function";
    return (isInstance ? cachedFor(this as object) : method).apply(this, args);
  };
  return Object.defineProperties(member, {
    name: { value: method.name, configurable: true },
    length: { value: method.length, configurable: true },
    cache: { value: { of: (instance: object) => cachedFor(instance).cache }, enumerable: true },
  });
}
