import { digest } from "./digest.ts";
import { exactKey, type KeyMaker } from "./key_maker.ts";

/** Says that a value cannot be its own key. */
export const NOT_PRIMITIVE: unique symbol = Symbol("not primitive");

/** Texts longer than this are not kept as keys. */
const LONGEST_TEXT = 1_024;

/**
 * A primitive value as its own key in a `Map`, or `NOT_PRIMITIVE`.
 *
 * The contract, for caches in memory: distinct values give distinct `Map` keys (by `SameValueZero`), and none of them
 * is a text that `memoryKey` makes, for those begin with U+0000. So these fall back: strings that begin with U+0000 or
 * are longer than 1,024 characters, `-0` (a `Map` takes it for `0`), symbols, functions and objects. It may be used
 * only where the key maker is `exactKey`; for one argument, or for each argument in a tree of maps with one level per
 * argument.
 */
export function primitiveKey(value: unknown): unknown {
  if (typeof value === "string") {
    return value.length <= LONGEST_TEXT && value.charCodeAt(0) !== 0 ? value : NOT_PRIMITIVE;
  }
  if (typeof value === "number") return value !== 0 || 1 / value > 0 ? value : NOT_PRIMITIVE;
  if (typeof value === "object") return value === null ? value : NOT_PRIMITIVE;
  return typeof value === "function" || typeof value === "symbol" ? NOT_PRIMITIVE : value;
}

/**
 * The key of a call in a `Map` in memory: the argument itself where there is one and it is primitive, else the text
 * that the maker makes, or its digest where that is long. Such texts begin with U+0000; digests with U+0000 and `#`,
 * which no fingerprint does.
 *
 * Throws a `CacheKeyError` where the maker does.
 */
export function memoryKey(self: unknown, args: readonly unknown[], maker: KeyMaker): unknown {
  if (args.length === 1 && maker === exactKey) {
    const key = primitiveKey(args[0]);
    if (key !== NOT_PRIMITIVE) return key;
  }
  const text = maker(self, args);
  return text.length <= LONGEST_TEXT ? text : `\0#${digest(text)}`;
}
