import type { CacheKeyError } from "../errors.ts";
import { appendPrimitive, type Round } from "./append_primitive.ts";
import { builtInName, builtInText } from "./built_ins.ts";
import { errorText } from "./error_text.ts";
import { keyTypeOf } from "./key_types.ts";
import { nameHead, shapeOf } from "./learned_shapes.ts";
import { className, GIVE_KEY, pathText, refusal, type Step, thrownText, unkeyable } from "./refusal.ts";

const DEEPEST = 500;
/** Arrays up to this length are searched for properties besides their items. */
const FULLY_LISTED = 256;
const MOST_OBJECTS = 1_000_000;

/** An object that is being written, and what of it. */
interface Place {
  readonly object: object;
  readonly up: Place | undefined;
  readonly depth: number;
  step: Step;
}

/**
 * The writing of one fingerprint: a walk through values that knows where it is.
 *
 * The grammar, in which every text begins with a comma and shows where it ends: numbers and bigints as they print
 * (`,1.5` `,-0` `,NaN` `,7n`), strings `,'3:abc` with their length in UTF-16 units, `,t` `,f` `,u` (undefined) `,l`
 * (null), `,_` (a dropped argument), arrays `,[…]`, plain objects `,{…}` and those without a prototype `,~{…}` with
 * properties `,3:abc…` sorted by name, `,^2` for the object two levels up, and `,(Name…)` for everything else, with `|`
 * before properties that were added to it.
 */
export class Writing {
  /** Rounds fractions, when that is asked for. */
  readonly round: Round | undefined;
  readonly #root: string;
  readonly #inherits: boolean;
  /** The innermost object that is being written. */
  #at: Place;
  #objects = 0;
  #failure: CacheKeyError | undefined;

  /** `root` is what messages call the list of arguments. */
  constructor(args: readonly unknown[], root: string, round: Round | undefined) {
    this.round = round;
    this.#root = root;
    this.#at = { object: args, up: undefined, depth: 0, step: undefined };
    let inherits = false;
    for (const _ in Object.prototype) inherits = true;
    this.#inherits = inherits;
  }

  /** The text of any value. */
  value(value: unknown): string {
    return this.append("", value);
  }

  /** A text with that of any value added. */
  append(text: string, value: unknown): string {
    const longer = appendPrimitive(text, value, this.round);
    if (longer !== undefined) return longer;
    if (typeof value !== "object") return this.refuse(...unkeyable(value));
    return this.#object(text, value as object);
  }

  /** Notes which part of the innermost object is being written. */
  step(step: Step): void {
    this.#at.step = step;
  }

  /** The text of properties, sorted by name. */
  properties(value: object, names: string[]): string {
    let text = "";
    for (const name of names.sort()) {
      this.step(name);
      text = this.append(text + nameHead(name), (value as Record<string, unknown>)[name]);
    }
    return text;
  }

  /** Refuses an object with properties under symbols, which have no name that outlives the process. */
  refuseSymbols(value: object): void {
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      if (!Object.prototype.propertyIsEnumerable.call(value, symbol)) continue;
      this.step(undefined);
      this.refuse(`it has a property under ${String(symbol)}`, GIVE_KEY);
    }
  }

  /** Throws the error for the value that is being written. */
  refuse(state: string, advice: string): never {
    const path = pathText(this.#root, stepsTo(this.#at));
    throw this.#failure = refusal(path, state, advice);
  }

  /** What is thrown to the user for something that was thrown while writing. */
  failure(thrown: unknown): CacheKeyError {
    if (this.#failure !== undefined && thrown === this.#failure) return this.#failure;
    const path = pathText(this.#root, stepsTo(this.#at));
    return refusal(path, `reading it threw ${thrownText(thrown)}`, GIVE_KEY, { thrown });
  }

  #object(text: string, value: object): string {
    const outer = this.#at;
    const depth = outer.depth + 1;
    for (let place: Place | undefined = outer; place !== undefined; place = place.up) {
      if (place.object === value) return `${text},^${depth - place.depth}`;
    }
    if (depth > DEEPEST) this.#refuseWhole(`it is nested more than ${DEEPEST} levels deep`);
    if (++this.#objects > MOST_OBJECTS) this.#refuseWhole(`it unfolds to more than ${MOST_OBJECTS} objects`);
    this.#at = { object: value, up: outer, depth, step: undefined };
    const prototype: object | null = Object.getPrototypeOf(value);
    let longer: string;
    if (prototype === Object.prototype) longer = this.#plain(text + ",{", value);
    else if (prototype === Array.prototype && Array.isArray(value)) longer = this.#array(text, value);
    else if (prototype === null) longer = this.#plain(text + ",~{", value);
    else longer = this.#instance(text, value, prototype);
    this.#at = outer;
    return longer;
  }

  #plain(opened: string, value: object): string {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#refuseOdd(value);
    const names: string[] = [];
    const values: unknown[] = [];
    const at = this.#at;
    let count = 0;
    for (const name in value) {
      if (this.#inherits && !Object.hasOwn(value, name)) continue;
      at.step = name;
      names[count] = name;
      values[count++] = (value as Record<string, unknown>)[name];
    }
    const { order, heads, leads } = shapeOf(names);
    const { round } = this;
    let text = opened;
    for (let i = 0; i < count; i++) {
      const place = order[i]!;
      const item = values[place];
      if (typeof item === "number" && item !== 0 && round === undefined) {
        text = text + leads[i]! + item;
        continue;
      }
      text += heads[i]!;
      const longer = appendPrimitive(text, item, round);
      if (longer !== undefined) {
        text = longer;
      } else {
        at.step = names[place];
        text = this.append(text, item);
      }
    }
    return text + "}";
  }

  /**
   * Refuses a plain object with properties under symbols, and the runtime's own objects that only look plain, such as
   * `Math`.
   */
  #refuseOdd(value: object): void {
    this.refuseSymbols(value);
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (tag !== "Object") this.refuse(`it is an object of kind ${tag}`, GIVE_KEY);
  }

  #array(before: string, array: readonly unknown[]): string {
    const { length } = array;
    if (hasAdded(array)) return before + this.#irregular(array);
    if (Object.getOwnPropertySymbols(array).length > 0) this.refuseSymbols(array);
    if (length > 4 && this.round === undefined && areOrdinary(array)) return `${before},[,${array.join(",")}]`;
    const at = this.#at;
    let text = before + ",[";
    for (let i = 0; i < length; i++) {
      const item = array[i];
      const longer = appendPrimitive(text, item, this.round);
      if (longer !== undefined) {
        if (item === undefined && !Object.hasOwn(array, i)) return before + this.#irregular(array);
        text = longer;
      } else {
        at.step = i;
        text = this.append(text, item);
      }
    }
    return text + "]";
  }

  /** An array with holes, with properties besides its items, or of a template with its raw strings. */
  #irregular(array: readonly unknown[]): string {
    this.refuseSymbols(array);
    const names = Object.keys(array);
    if (Object.hasOwn(array, "raw") && !names.includes("raw")) names.push("raw");
    return `,(Array,${array.length}|${this.properties(array, names)})`;
  }

  #instance(text: string, value: object, prototype: object): string {
    const type = keyTypeOf(prototype);
    if (type !== undefined) {
      this.step(type.step);
      return this.append(`${text},(@${type.name.length}:${type.name}`, type.toKey(value)) + ")";
    }
    const name = builtInName(prototype);
    if (name === "Object" && Object.getPrototypeOf(prototype) === null) return this.#plain(text + ",{", value);
    if (name === "Array" && Array.isArray(value)) return this.#array(text, value);
    if (name !== "" && name !== "Object" && name !== "Array") return text + builtInText(name, value, this);
    if (isError(value)) return text + errorText(value, className(value) ?? "Error", this);
    return this.refuse(...unkeyable(value));
  }

  /** Refuses the outermost value for what is found deep inside it. */
  #refuseWhole(state: string): never {
    while (this.#at.up !== undefined) this.#at = this.#at.up;
    this.refuse(state, GIVE_KEY);
  }
}

function stepsTo(place: Place): Step[] {
  const steps: Step[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.up) steps.unshift(at.step);
  return steps;
}

function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/** Whether all values are numbers that print as their canonical text. */
function areOrdinary(values: readonly unknown[]): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number" || (value === 0 && 1 / value < 0)) return false;
  }
  return true;
}

/**
 * Whether an array has holes, or properties besides its items.
 *
 * Of a long one only properties that the language itself adds are looked for: there is no way to list the others that
 * does not make a text of every index, which takes JavaScriptCore seconds for a million items. Holes are noticed later.
 */
function hasAdded(array: readonly unknown[]): boolean {
  const { length } = array;
  if ((array as { raw?: unknown }).raw !== undefined) return true;
  if (length > FULLY_LISTED) return Object.hasOwn(array, "index") || Object.hasOwn(array, "groups");
  return (length <= 16 ? Object.keys(array) : Object.values(array)).length !== length;
}
