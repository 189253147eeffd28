import { appendPrimitive, type Round } from "./append_primitive.ts";
import { Writing } from "./writing.ts";

/** How a fingerprint is made. */
export interface FingerprintOptions {
  /** Digits after the point to which numbers that are no integers are rounded, wherever they stand. */
  readonly keyRound?: number | undefined;
  /** What messages call the one value in the list, where it is no argument. */
  readonly root?: string | undefined;
}

/**
 * The canonical text of a list of arguments: equal lists have the same, different ones never.
 *
 * Types count (`1`, `"1"`, `1n` and `true` differ, and so do `0` and `-0`, `undefined` and nothing, `Int8Array` and
 * `Uint8Array`, an object and one without a prototype). The order of properties, of map entries and of set items does
 * not, nor whether two equal parts are the same object; cycles are written as the way back up. Own enumerable
 * properties count, others do not; neither do those added to binary views and to arrays of more than 256 items. Binary
 * content beyond 1,024 bytes stands as its digest. The text starts with U+0000 and may hold any character.
 *
 * Throws a `CacheKeyError` that names the argument, and the path inside it, when something has no canonical text:
 * functions, symbols, promises, streams, blobs, instances of classes that were not registered, properties under
 * symbols, nesting beyond 500 levels.
 */
export function fingerprint(args: readonly unknown[], options?: FingerprintOptions): string {
  const round = options?.keyRound === undefined ? undefined : rounding(options.keyRound);
  let text = "\0";
  let writing: Writing | undefined;
  try {
    for (let i = 0; i < args.length; i++) {
      const longer = appendPrimitive(text, args[i], round);
      if (longer !== undefined) {
        text = longer;
        continue;
      }
      writing ??= new Writing(args, options?.root ?? "args", round);
      writing.step(options?.root === undefined ? i : undefined);
      text = writing.append(text, args[i]);
    }
  } catch (thrown) {
    throw writing === undefined ? thrown : writing.failure(thrown);
  }
  return text;
}

/**
 * Rounds to a number of digits after the point, by the exact decimal value; a half goes away from zero, and what
 * becomes zero loses its sign.
 */
function rounding(digits: number): Round {
  return (value) => Number.isInteger(value) || !Number.isFinite(value) ? value : Number(value.toFixed(digits)) + 0;
}
