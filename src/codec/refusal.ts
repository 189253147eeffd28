import { SerializationError } from "../errors.ts";

/** How one object was reached: from the object at `parent`, by a step such as `.name`. */
export interface Step {
  readonly parent: number;
  readonly step: string;
}

const LONGEST_PATH = 300;

/** The step to a property, as a person would write it. */
export function stepTo(name: PropertyKey): string {
  if (typeof name === "symbol") return `[${String(name)}]`;
  const text = String(name);
  if (/^(?:0|[1-9]\d*)$/.test(text)) return `[${text}]`;
  return /^[A-Za-z_$][\w$]*$/.test(text) ? `.${text}` : `[${JSON.stringify(text)}]`;
}

/** The way from the value as a whole to a place in it, for example `value.users[3].save`. */
export function pathOf(steps: readonly Step[], parent: number, step: string): string {
  const parts = [step];
  for (let at = parent; at > 0; at = steps[at]!.parent) parts.push(steps[at]!.step);
  const path = `value${parts.reverse().join("")}`;
  return path.length <= LONGEST_PATH ? path : `${path.slice(0, 150)}…${path.slice(-100)}`;
}

/** The error for a value that cannot be kept. */
export function refusal(path: string, found: string, advice: string, cause?: unknown): SerializationError {
  return new SerializationError(
    `Cannot serialize ${path}: ${found}; ${advice}`,
    cause === undefined ? {} : { cause },
  );
}

/** The usual advice. */
export const PLAIN_DATA = "return plain data, or use the option serializer";

/** What an object is, for messages. */
export function nameOf(value: object, prototype: object): string {
  const constructor = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as
    | { name?: unknown }
    | undefined;
  const name = constructor?.name;
  return typeof name === "string" && name !== ""
    ? `an instance of ${name}`
    : `a ${Object.prototype.toString.call(value)} with a prototype of its own`;
}

/** What to do about an object of a class that is not kept. */
export function adviceFor(prototype: object): string {
  const constructor = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as { name?: string } | undefined;
  const builtIn = constructor !== undefined &&
    (globalThis as unknown as Record<string, unknown>)[constructor.name ?? ""] === constructor;
  return builtIn ? PLAIN_DATA : "register its class with registerValueType, or return plain data";
}

/** An error as that of a value that cannot be kept. */
export function asRefusal(error: unknown): SerializationError {
  if (error instanceof SerializationError) return error;
  return refusal("value", "encoding it throws", "see the cause", error);
}
