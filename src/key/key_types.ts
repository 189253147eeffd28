import { ConfigurationError } from "../errors.ts";
import { isBuiltIn } from "./built_ins.ts";

/** A class, abstract or not. */
export type KeyClass<T extends object> = abstract new (...args: never[]) => T;

/** How the instances of one class are keyed. */
export interface KeyType {
  readonly name: string;
  readonly toKey: (value: object) => unknown;
  /** How messages name the way from an instance to its identity. */
  readonly step: { readonly words: string };
}

const byPrototype = new Map<object, KeyType>();
const byName = new Map<string, object>();

/**
 * Says what identifies the instances of a class, so that they can be arguments of cached functions.
 *
 * Instances are keyed as the name and what `toKey` gives: a value of any type that can be keyed. The name becomes part
 * of keys, also of those that outlive the process, so give one where a bundler shortens class names. Only direct
 * instances are meant: a subclass may hold more, and is registered on its own. Registering a class again replaces what
 * was said of it.
 *
 * Throws a `ConfigurationError` when the name stands for another class, or when the class is keyed by its content
 * already, as `Date` is.
 *
 * @example
 * ```ts
 * import { makeKey, registerKeyType } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * class Money {
 *   cents: number;
 *   currency: string;
 *   constructor(cents: number, currency: string) {
 *     this.cents = cents;
 *     this.currency = currency;
 *   }
 * }
 * registerKeyType(Money, (money) => [money.cents, money.currency], "Money");
 *
 * assert.equal(makeKey([new Money(5, "EUR")]), makeKey([new Money(5, "EUR")]));
 * assert.notEqual(makeKey([new Money(5, "EUR")]), makeKey([new Money(5, "USD")]));
 * ```
 */
export function registerKeyType<T extends object>(
  type: KeyClass<T>,
  toKey: (value: T) => unknown,
  name?: string,
): void {
  if (typeof type !== "function" || typeof type.prototype !== "object" || type.prototype === null) {
    throw new ConfigurationError(
      "Cannot register a key type: it is no class; give a class and a function of its instances",
    );
  }
  const known = name ?? type.name;
  if (typeof known !== "string" || known === "") {
    throw new ConfigurationError("Cannot register a key type: the class has no name; give one as the third argument");
  }
  if (typeof toKey !== "function") {
    throw new ConfigurationError(
      `Cannot register key type "${known}": no function says what identifies an instance; give one as the second argument`,
    );
  }
  const prototype: object = type.prototype;
  if (isBuiltIn(prototype)) {
    throw new ConfigurationError(
      `Cannot register key type "${known}": ${type.name} is keyed by its content already; give the option "key" where that is too fine`,
    );
  }
  const other = byName.get(known);
  if (other !== undefined && other !== prototype) {
    throw new ConfigurationError(
      `Cannot register key type "${known}": another class has that name; give a name of its own as the third argument`,
    );
  }
  const before = byPrototype.get(prototype);
  if (before !== undefined) byName.delete(before.name);
  byPrototype.set(prototype, {
    name: known,
    toKey: toKey as (value: object) => unknown,
    step: { words: `identity of ${known}` },
  });
  byName.set(known, prototype);
}

/** How the direct instances of a prototype are keyed, or `undefined` when nobody said. */
export function keyTypeOf(prototype: object): KeyType | undefined {
  return byPrototype.get(prototype);
}
