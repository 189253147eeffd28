import { ConfigurationError } from "../errors.ts";
import { binaryTypeOf } from "./binary_type.ts";

/** A class of which instances are being registered. */
// deno-lint-ignore no-explicit-any
export type ValueClass<T extends object> = abstract new (...args: any[]) => T;

/** How instances of a class are kept. */
export interface ValueType<T extends object, P = unknown> {
  /** What stored values call the class. Has to stay the same for as long as values are to be read. */
  readonly name: string;
  /** The content of an instance as any value that can be kept, registered instances included, itself excepted. */
  encode(value: T): P;
  /** An instance with a content that `encode` made. */
  decode(content: P): T;
}

/** A registered class. */
export interface RegisteredType extends ValueType<object> {
  readonly prototype: object;
}

const byName = new Map<string, RegisteredType>();
const byPrototype = new Map<object, RegisteredType>();

/** Classes that are kept without being registered, where the runtime has them. */
const BUILT_IN = [
  "Object",
  "Array",
  "Date",
  "Map",
  "Set",
  "RegExp",
  "URL",
  "URLSearchParams",
  "String",
  "Number",
  "Boolean",
];

/**
 * Lets instances of a class be kept wherever they stand in a value; `decode` brings them back.
 *
 * Only direct instances count: a subclass is registered by itself. Registering the same class under the same name again
 * replaces how it is kept. Throws a `ConfigurationError` when the name belongs to another class, when the class has another
 * name, or when values of the class are kept anyway.
 *
 * @example
 * ```ts
 * import { registerValueType } from "@twat/cache";
 *
 * class Money {
 *   readonly cents: bigint;
 *   readonly currency: string;
 *
 *   constructor(cents: bigint, currency: string) {
 *     this.cents = cents;
 *     this.currency = currency;
 *   }
 * }
 *
 * registerValueType(Money, {
 *   name: "Money",
 *   encode: (money) => [money.cents, money.currency] as const,
 *   decode: ([cents, currency]) => new Money(cents, currency),
 * });
 * ```
 */
export function registerValueType<T extends object, P>(type: ValueClass<T>, how: ValueType<T, P>): void {
  const { name } = how;
  if (typeof type !== "function" || typeof type.prototype !== "object" || type.prototype === null) {
    throw refused("type", `${String(type)} is not a class`, "pass the class itself");
  }
  if (typeof name !== "string" || name === "" || name.length > 200) {
    throw refused("name", `its name is ${JSON.stringify(name)}`, "give it one of 1 to 200 characters");
  }
  if (typeof how.encode !== "function" || typeof how.decode !== "function") {
    throw refused("encode", "encode or decode is not a function", "give it both");
  }
  if (isKeptAnyway(type.prototype)) {
    throw refused("type", `values of ${type.name} are kept without it`, "leave it out, or use the option serializer");
  }
  if (byName.has(name) && byName.get(name)!.prototype !== type.prototype) {
    throw refused("name", `the name ${JSON.stringify(name)} belongs to another class`, "choose another name");
  }
  const known = byPrototype.get(type.prototype);
  if (known !== undefined && known.name !== name) {
    throw refused("name", `the class is registered as ${JSON.stringify(known.name)}`, "use that name");
  }
  const registered: RegisteredType = {
    name,
    prototype: type.prototype,
    encode: (value) => how.encode(value as T),
    decode: (content) => how.decode(content as P),
  };
  byName.set(name, registered);
  byPrototype.set(type.prototype, registered);
}

/** The registered class that a prototype belongs to. */
export function typeOfPrototype(prototype: object): RegisteredType | undefined {
  return byPrototype.get(prototype);
}

/** The registered class of a name. */
export function typeNamed(name: string): RegisteredType | undefined {
  return byName.get(name);
}

function isKeptAnyway(prototype: object): boolean {
  if (binaryTypeOf(prototype) !== undefined || prototype === Error.prototype) return true;
  if (Object.getPrototypeOf(prototype) === Error.prototype && isGlobal(prototype)) return true;
  return BUILT_IN.some((name) => {
    return (globalThis as unknown as Record<string, { prototype: object } | undefined>)[name]?.prototype === prototype;
  });
}

function isGlobal(prototype: object): boolean {
  const { name } = (prototype as { constructor: { name: string } }).constructor;
  return (globalThis as unknown as Record<string, { prototype: object } | undefined>)[name]?.prototype === prototype;
}

function refused(path: string, found: string, advice: string): ConfigurationError {
  const message = `Cannot register a value type: ${found}; ${advice}`;
  return new ConfigurationError(message, { issues: [{ path, message }] });
}
