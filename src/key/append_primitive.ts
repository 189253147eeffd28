/** What a dropped argument is replaced by. */
export const DROPPED: unique symbol = Symbol("dropped");

/** What is written before a short string: a quote, its length, a colon. */
const STRING_HEADS: readonly string[] = Array.from({ length: 256 }, (_, length) => `,'${length}:`);

/** Rounds fractions and leaves other numbers as they are. */
export type Round = (value: number) => number;

/**
 * A text with the canonical text of a primitive value added, or `undefined` when the value is no primitive.
 *
 * Why added and not returned: a sum of three texts is one allocation on JavaScriptCore, two sums of two are two.
 */
export function appendPrimitive(text: string, value: unknown, round: Round | undefined): string | undefined {
  if (typeof value === "string") {
    const { length } = value;
    return text + (length < 256 ? STRING_HEADS[length]! : `,'${length}:`) + value;
  }
  if (typeof value === "number") {
    if (value === 0 && 1 / value < 0) return text + ",-0";
    return text + "," + (round === undefined ? value : round(value));
  }
  if (value === true) return text + ",t";
  if (value === false) return text + ",f";
  if (value === undefined) return text + ",u";
  if (value === null) return text + ",l";
  if (typeof value === "bigint") return `${text},${value}n`;
  return value === DROPPED ? text + ",_" : undefined;
}
