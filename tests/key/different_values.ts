import { registerKeyType } from "../../src/key/key_types.ts";

/** Pairs of argument lists that differ, and that many libraries give one key. */
export interface DifferentValues {
  readonly difference: string;
  readonly one: readonly unknown[];
  readonly other: readonly unknown[];
}

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}

const pair = (difference: string, one: unknown, other: unknown): DifferentValues => ({
  difference,
  one: [one],
  other: [other],
});

const withProperties = <T extends object>(value: T, properties: object): T => Object.assign(value, properties);

function cycle(back: "self" | "child"): object {
  const child: Record<string, unknown> = {};
  const self = { child };
  child.up = back === "self" ? self : child;
  return self;
}

const taggedBy = (strings: TemplateStringsArray) => strings;

export const differentValues: readonly DifferentValues[] = [
  pair("undefined, null", undefined, null),
  pair("NaN, null", NaN, null),
  pair("NaN, its name", NaN, "NaN"),
  pair("Infinity, null", Infinity, null),
  pair("Infinity, -Infinity", Infinity, -Infinity),
  pair("-0, 0", -0, 0),
  pair("number, text", 1, "1"),
  pair("bigint, number", 1n, 1),
  pair("bigint, text", 1n, "1n"),
  pair("true, 1", true, 1),
  pair("true, its name", true, "true"),
  pair("false, 0", false, 0),
  pair("null, its name", null, "null"),
  pair("undefined, its name", undefined, "undefined"),
  pair("empty text, null", "", null),
  pair("empty text, empty list", "", []),
  pair("list of a number, of a text", [1], ["1"]),
  pair("list, its text", [1, 2], "1,2"),
  pair("list, its JSON", [1], "[1]"),
  pair("list, what looks like it", [1, 2], { 0: 1, 1: 2 }),
  pair("list, what looks like it with a length", [1], { 0: 1, length: 1 }),
  pair("nesting of lists", [[1], 2], [1, [2]]),
  pair("comma inside or between", ["a,b"], ["a", "b"]),
  pair("quote inside a text", ["a'1:b"], ["a", "b"]),
  pair("empty object, empty list", {}, []),
  pair("property undefined, missing", { a: undefined }, {}),
  pair("property null, undefined", { a: null }, { a: undefined }),
  pair("item undefined, hole", [undefined], Array(1)),
  pair("item null, hole", [null], Array(1)),
  pair("number of holes", Array(1), Array(2)),
  pair("place of a hole", [, 1], [1, ,]),
  pair("list with a property, without", withProperties([1], { extra: 1 }), [1]),
  pair("match with another index", "ab".match(/b/), withProperties(["b"], { index: 0, input: "b", groups: undefined })),
  pair("template with other raw text", taggedBy`\x41`, taggedBy`A`),
  pair("names and values swapped", { a: "b" }, { b: "a" }),
  pair("colon inside a name", { "a:1": 2 }, { a: "1:2" }),
  pair("dots inside a name", { "a.b": 1 }, { a: { b: 1 } }),
  pair("own __proto__, none", JSON.parse('{"__proto__":{"a":1}}'), {}),
  pair("no prototype, plain", Object.create(null), {}),
  pair("date, its ISO text", new Date(0), "1970-01-01T00:00:00.000Z"),
  pair("date, its number", new Date(0), 0),
  pair("dates a millisecond apart", new Date(0), new Date(1)),
  pair("invalid date, null", new Date(NaN), null),
  pair("map, empty object", new Map(), {}),
  pair("map, object", new Map([["a", 1]]), { a: 1 }),
  pair("map, list of entries", new Map([["a", 1]]), [["a", 1]]),
  pair("map keys of two types", new Map([[1, "a"]]), new Map([["1", "a"]])),
  pair("map keys and values swapped", new Map([[1, 2]]), new Map([[2, 1]])),
  pair("map pairs crossed", new Map([[1, 2], [3, 4]]), new Map([[1, 4], [3, 2]])),
  pair("set, map", new Set(), new Map()),
  pair("set, list", new Set([1]), [1]),
  pair("sets of two types", new Set([1]), new Set(["1"])),
  pair("set of two equal objects, of one", new Set([{}, {}]), new Set([{}])),
  pair("set of pairs, map", new Set([[1, 2]]), new Map([[1, 2]])),
  pair("pattern, its source", /a/, "/a/"),
  pair("patterns with other flags", /a/g, /a/i),
  pair("patterns at other places", /a/g, withProperties(/a/g, { lastIndex: 1 })),
  pair("patterns, empty object", /a/, {}),
  pair("boxed number, number", Object(1), 1),
  pair("boxed text, text", Object("a"), "a"),
  pair("boxed boolean, boolean", Object(false), false),
  pair("boxed bigint, bigint", Object(1n), 1n),
  pair("boxed number, boxed text", Object(1), Object("1")),
  pair("boxed text, list of letters", Object("ab"), ["a", "b"]),
  pair("errors with other messages", new Error("a"), new Error("b")),
  pair("errors of other classes", new TypeError("a"), new RangeError("a")),
  pair("errors with other causes", new Error("a", { cause: 1 }), new Error("a", { cause: 2 })),
  pair("error with undefined as cause, without", new Error("a", { cause: undefined }), new Error("a")),
  pair(
    "errors with other codes",
    withProperties(new Error("a"), { code: 1 }),
    withProperties(new Error("a"), { code: 2 }),
  ),
  pair("errors of many, other errors", new AggregateError([1], "a"), new AggregateError([2], "a")),
  pair("error, its message", new Error("a"), { message: "a" }),
  pair("URL, its text", new URL("http://a/"), "http://a/"),
  pair("URLs with other hashes", new URL("http://a/#1"), new URL("http://a/#2")),
  pair("search parameters, empty object", new URLSearchParams("a=1"), {}),
  pair("search parameters, others", new URLSearchParams("a=1"), new URLSearchParams("a=2")),
  pair("search parameters in another order", new URLSearchParams("a=1&b=2"), new URLSearchParams("b=2&a=1")),
  pair("headers, empty object", new Headers({ a: "1" }), {}),
  pair("headers, others", new Headers({ a: "1" }), new Headers({ a: "2" })),
  pair("headers, search parameters", new Headers({ a: "1" }), new URLSearchParams("a=1")),
  pair("buffer, empty object", new ArrayBuffer(1), {}),
  pair("buffers of other lengths", new ArrayBuffer(1), new ArrayBuffer(2)),
  pair("buffer, bytes", new ArrayBuffer(1), new Uint8Array(1)),
  pair("view, bytes", new DataView(new ArrayBuffer(1)), new Uint8Array(1)),
  pair("signed bytes, unsigned", new Int8Array(1), new Uint8Array(1)),
  pair("clamped bytes, bytes", new Uint8ClampedArray(1), new Uint8Array(1)),
  pair("four bytes, one word", new Uint8Array(4), new Uint32Array(1)),
  pair("floats, integers of the same bits", new Float32Array(1), new Uint32Array(1)),
  pair("long bytes that differ at the end", new Uint8Array(5_000), new Uint8Array(5_000).fill(1, 4_999)),
  pair("bytes, list", new Uint8Array([1]), [1]),
  pair("big integers, signed or not", new BigInt64Array(1), new BigUint64Array(1)),
  pair("cycles to other levels", cycle("self"), cycle("child")),
  pair("cycle, what it says", cycle("child"), { child: { up: "^1" } }),
  pair("lone surrogates", "\ud800", "\udc00"),
  pair("lone surrogate, replacement character", "\ud800", "\ufffd"),
  pair("composed letter, decomposed", "\u00e9", "e\u0301"),
  pair("NUL, nothing", "\0", ""),
  pair("registered instance, its identity", new Money(1), 1),
  pair("registered instance, plain object", new Money(1), { cents: 1 }),
  { difference: "one argument undefined, none", one: [undefined], other: [] },
  { difference: "two undefined, one", one: [undefined, undefined], other: [undefined] },
  { difference: "two arguments, a list of two", one: [1, 2], other: [[1, 2]] },
  { difference: "arguments in another order", one: [1, 2], other: [2, 1] },
  { difference: "border between texts", one: ["ab", "c"], other: ["a", "bc"] },
  { difference: "separator inside a text", one: ["a", "b"], other: ["a,'1:b"] },
  { difference: "digits run together", one: [1, 23], other: [12, 3] },
];

/** Registers the classes among the values. Safe to call in every file that uses them. */
export function registerDifferentValues(): void {
  registerKeyType(Money, (money) => money.cents, "Money");
}
