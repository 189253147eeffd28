/**
 * Errors as values: the built-in classes with their message, cause, stack and whatever else was set on them.
 *
 * The stack is kept as the text it was, since a hit returns what a miss returned. Where the engine of a runtime notes the place
 * of an error in further hidden properties, those are not kept.
 */

type ErrorClass = { readonly prototype: object; new (...args: unknown[]): Error };

const NAMES = [
  "Error",
  "TypeError",
  "RangeError",
  "SyntaxError",
  "ReferenceError",
  "EvalError",
  "URIError",
  "AggregateError",
  "SuppressedError",
] as const;

/** JavaScriptCore and SpiderMonkey add these. */
const PLACES = new Set([
  "line",
  "column",
  "sourceURL",
  "originalLine",
  "originalColumn",
  "fileName",
  "lineNumber",
  "columnNumber",
]);

/** The name of the built-in error class that a prototype belongs to, subclasses of users excepted. */
export function errorClassOf(prototype: object): string | undefined {
  return NAMES.find((name) => classNamed(name)?.prototype === prototype);
}

/** An error with no properties of its own, of a built-in class; `undefined` when there is no such class here. */
export function emptyError(name: string): Error | undefined {
  const Class = (NAMES as readonly string[]).includes(name) ? classNamed(name) : undefined;
  if (Class === undefined) return undefined;
  const error = name === "AggregateError" ? new Class([]) : new Class();
  for (const key of Reflect.ownKeys(error)) delete (error as unknown as Record<PropertyKey, unknown>)[key];
  return error;
}

/** Whether a property of an error is one in which the runtime notes a place, other than the stack. */
export function isPlace(name: string, enumerable: boolean): boolean {
  return !enumerable && PLACES.has(name);
}

/** Whether an object is an error and does not only have the prototype of one. */
export function isError(value: object): boolean {
  return !(Symbol.toStringTag in value) && Object.prototype.toString.call(value) === "[object Error]";
}

function classNamed(name: string): ErrorClass | undefined {
  return (globalThis as unknown as Record<string, ErrorClass | undefined>)[name];
}
