/**
 * The proof that a value survives a text encoding.
 *
 * Why a proof and not a try: `JSON.stringify` drops, replaces and calls things without a word. Everything that is read here
 * is data with no getter, no hidden or symbol-named property, no foreign prototype and no second reference to it.
 * A `Proxy` cannot be told from its target, and elements of arrays longer than 64 are read without asking whether they are
 * getters.
 */

/** What a value needs to be kept as text: JSON as it is, marked and packed JSON, or the general path. */
export type Encoding = "json" | "pack" | "super";

const PACK = 1;
/** A property name begins with the mark of packed text, so that packed text cannot hold the value. */
const MARKED = 2;
const SUPER = 4;
/** Deeper values take the general path, which does not recurse. */
const MAX_DEPTH = 500;
const SMALL_ARRAY = 64;
const TILDE = 126;

// Together these cost a fifth of `Reflect.ownKeys` on V8 14.
const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, keys } = Object;

/** The cheapest encoding that loses nothing of a value. `"super"` may still refuse it. */
export function encodingOf(value: unknown): Encoding {
  let needs: number;
  try {
    needs = judge(value, new Set(), 0);
  } catch {
    // An impostor or a trap of a Proxy; the general path runs into it again and says where it is.
    return "super";
  }
  if (needs === 0 || needs === MARKED) return "json";
  return needs === PACK ? "pack" : "super";
}

function judge(value: unknown, seen: Set<object>, depth: number): number {
  switch (typeof value) {
    case "string":
    case "boolean":
      return 0;
    case "number":
      return (value - value === 0) && (value !== 0 || 1 / value > 0) ? 0 : PACK;
    case "undefined":
    case "bigint":
      return PACK;
    case "object":
      return value === null ? 0 : judgeObject(value, seen, depth);
    default:
      return SUPER;
  }
}

function judgeObject(value: object, seen: Set<object>, depth: number): number {
  if (depth > MAX_DEPTH || seen.has(value)) return SUPER;
  seen.add(value);
  switch (getPrototypeOf(value)) {
    case Object.prototype:
      return judgeRecord(value as Record<string, unknown>, seen, depth);
    case Array.prototype:
      return Array.isArray(value) ? judgeArray(value, seen, depth) : SUPER;
    case Date.prototype:
      // `getTime` throws for what only looks like a Date.
      return (value as Date).getTime() !== null && hasNothing(value) ? PACK : SUPER;
    case Map.prototype:
      return hasNothing(value) ? judgeMap(value as Map<unknown, unknown>, seen, depth) : SUPER;
    case Set.prototype:
      return hasNothing(value) ? judgeSet(value as Set<unknown>, seen, depth) : SUPER;
    default:
      return SUPER;
  }
}

function hasNothing(value: object): boolean {
  return getOwnPropertyNames(value).length === 0 && getOwnPropertySymbols(value).length === 0;
}

function judgeRecord(record: Record<string, unknown>, seen: Set<object>, depth: number): number {
  let needs = 0;
  const names = getOwnPropertyNames(record);
  if (getOwnPropertySymbols(record).length > 0) return SUPER;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (name === "__proto__") return SUPER;
    const property = getOwnPropertyDescriptor(record, name);
    if (property === undefined || !property.enumerable || property.get !== undefined || property.set !== undefined) {
      return SUPER;
    }
    if (name.charCodeAt(0) === TILDE) needs |= MARKED;
    needs |= judge(property.value, seen, depth + 1);
    if (needs >= SUPER) return needs;
  }
  return needs;
}

function judgeArray(array: readonly unknown[], seen: Set<object>, depth: number): number {
  const { length } = array;
  if (keys(array).length !== length || getOwnPropertySymbols(array).length > 0) return SUPER;
  if (length <= SMALL_ARRAY && !isPlain(array)) return SUPER;
  let needs = 0;
  for (let i = 0; i < length; i++) {
    const item = array[i];
    if (item === undefined && !Object.hasOwn(array, i)) return SUPER;
    needs |= judge(item, seen, depth + 1);
    if (needs >= SUPER) return needs;
  }
  return needs;
}

function isPlain(array: readonly unknown[]): boolean {
  if (getOwnPropertyNames(array).length !== array.length + 1) return false;
  for (let i = 0; i < array.length; i++) {
    const property = getOwnPropertyDescriptor(array, i);
    if (property === undefined || property.get !== undefined || property.set !== undefined) return false;
  }
  return true;
}

function judgeMap(map: Map<unknown, unknown>, seen: Set<object>, depth: number): number {
  let needs = PACK;
  for (const [key, value] of map) {
    needs |= judge(key, seen, depth + 1) | judge(value, seen, depth + 1);
    if (needs >= SUPER) return needs;
  }
  return needs;
}

function judgeSet(set: Set<unknown>, seen: Set<object>, depth: number): number {
  let needs = PACK;
  for (const member of set) {
    needs |= judge(member, seen, depth + 1);
    if (needs >= SUPER) return needs;
  }
  return needs;
}
