import { isPlace } from "./built_in_error.ts";

/** A property that is data under a text name, or the reason why it cannot be kept. */
export function dataProperty(value: object, name: PropertyKey): PropertyDescriptor | string {
  if (typeof name === "symbol") return "its name is a symbol";
  const property = Object.getOwnPropertyDescriptor(value, name);
  return property !== undefined && "value" in property ? property : "it is a getter or setter";
}

/** The same, and it has to be one that a listing shows. */
export function shownProperty(value: object, name: PropertyKey): PropertyDescriptor | string {
  const property = dataProperty(value, name);
  return typeof property === "string" || property.enumerable ? property : "it is not enumerable";
}

/**
 * The name of a property that somebody added to an object whose content is elsewhere and which has `expected` properties anyway.
 * Some runtimes give their URL objects symbols.
 */
export function addedTo(value: object, expected: number): string | undefined {
  const names = Object.getOwnPropertyNames(value);
  if (names.length > expected) return JSON.stringify(names[expected]);
  const symbols = Object.getOwnPropertySymbols(value);
  if (symbols.length === 0) return undefined;
  const prototype = Object.getPrototypeOf(value) as object;
  const fresh = prototype === URL.prototype
    ? new URL("a:")
    : prototype === URLSearchParams.prototype
    ? new URLSearchParams()
    : {};
  const usual = new Set(Object.getOwnPropertySymbols(fresh));
  const added = symbols.find((symbol) => !usual.has(symbol));
  return added === undefined ? undefined : String(added);
}

/** The names of an error's properties that are part of it, without the stack and the places that runtimes note. */
export function namesOfError(error: Error): PropertyKey[] {
  return Reflect.ownKeys(error).filter((name) => {
    if (name === "stack") return false;
    return typeof name === "symbol" ||
      !isPlace(name, Object.getOwnPropertyDescriptor(error, name)?.enumerable ?? false);
  });
}
