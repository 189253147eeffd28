import { CacheKeyError } from "../errors.ts";

/** One step from a value to a value inside it: a property, a position, or words in angle brackets. */
export type Step = string | number | { readonly words: string } | undefined;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]{0,39}$/u;

const MOST_STEPS = 12;

/**
 * The path to a value for a message: `args[1].user.tags[3]`. Names that are no identifiers may hold data and are not
 * shown.
 */
export function pathText(root: string, steps: readonly Step[]): string {
  let text = root;
  const known = steps.filter((step) => step !== undefined);
  for (const step of known.slice(0, MOST_STEPS)) {
    if (typeof step === "number") text += `[${step}]`;
    else if (typeof step === "object") text += `<${step.words}>`;
    else text += IDENTIFIER.test(step) ? `.${step}` : "[…]";
  }
  return known.length > MOST_STEPS ? `${text}…` : text;
}

/** The error that says from where no key can be made, why not, and what to do. */
export function refusal(
  path: string,
  state: string,
  advice: string,
  cause?: { readonly thrown: unknown },
): CacheKeyError {
  const message = `Cannot make a key of ${path}: ${state}; ${advice}`;
  return new CacheKeyError(message, cause === undefined ? {} : { cause: cause.thrown });
}

/** What to do about a value that has no identity of its own. */
export const GIVE_KEY = 'give the option "key", or leave it out with "ignoreArgs"';

/** What something that was thrown says, on one line, whatever it is. */
export function thrownText(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return `${thrown.name} "${thrown.message}"`;
    return typeof thrown === "string" ? `"${thrown}"` : `a value of type ${typeof thrown}`;
  } catch {
    return "something unreadable";
  }
}

/** What a value without a key is, and what to do about it. */
export function unkeyable(value: unknown): readonly [state: string, advice: string] {
  if (typeof value === "function") return ["it is a function", GIVE_KEY];
  if (typeof value === "symbol") return ["it is a symbol", GIVE_KEY];
  const name = className(value as object);
  if (name === undefined) return ["it is an object with a prototype of its own", `${GIVE_KEY}, or pass a plain object`];
  if (name === "Promise") return ["it is a promise", `await it first, ${GIVE_KEY}`];
  return [
    `it is an instance of ${name}, whose content is not known`,
    `${GIVE_KEY}, or say what identifies it with registerKeyType(${name}, …)`,
  ];
}

/** The name of the nearest class of an object, or `undefined` when it has none. */
export function className(value: object): string | undefined {
  for (let proto = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const maker: unknown = Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
    if (typeof maker !== "function") continue;
    const name: unknown = Object.getOwnPropertyDescriptor(maker, "name")?.value;
    return typeof name === "string" && name !== "" && name !== "Object" ? name : undefined;
  }
  return undefined;
}
