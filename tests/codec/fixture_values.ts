import { registerValueType } from "../../src/codec/value_types.ts";

/** A registered class, whose instances may hold others. */
export class Money {
  readonly #cents: bigint;
  readonly note: unknown;
  constructor(cents: bigint, note?: unknown) {
    this.#cents = cents;
    this.note = note;
  }
  get cents(): bigint {
    return this.#cents;
  }
}

registerValueType(Money, {
  name: "Money",
  encode: (money): [bigint, unknown] => [money.cents, money.note],
  decode: ([cents, note]) => new Money(cents, note),
});

const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;

function bytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 255);
}

/** An error whose stack is the same wherever it is made. */
function withStack<E extends Error>(error: E): E {
  Object.defineProperty(error, "stack", {
    value: `${error.name}: ${error.message}\n    at somewhere`,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  return error;
}

function sparse(): unknown[] {
  const array: unknown[] = [1, 2, 3];
  array[9] = "nine";
  delete array[1];
  return array;
}

/** As many names as elements, and yet not one for each. */
function longWithHole(): unknown[] {
  const array: unknown[] = Array.from({ length: 100 }, (_, i) => i);
  delete array[50];
  return Object.assign(array, { extra: true });
}

function circle(): unknown {
  const node: Record<string, unknown> = { name: "circle" };
  node["self"] = node;
  node["map"] = new Map<unknown, unknown>([[node, node]]);
  node["list"] = [node, new Set([node])];
  node["error"] = withStack(Object.assign(new Error("within"), { owner: node }));
  return node;
}

function deep(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = "bottom";
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}

function nullPrototype(content: object): object {
  return Object.assign(Object.create(null), content);
}

function ownProto(value: unknown): object {
  return Object.defineProperty({ before: 1 }, "__proto__", {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function lastIndex(regexp: RegExp, index: number): RegExp {
  regexp.lastIndex = index;
  return regexp;
}

function overlapping(): unknown {
  const buffer = bytes(64).buffer;
  return {
    front: new Uint8Array(buffer, 3, 20),
    back: new Float64Array(buffer, 16, 2),
    apart: new Uint8Array(buffer, 50, 4),
  };
}

function withBuffer(): unknown {
  const { buffer } = bytes(32);
  return [new Uint16Array(buffer, 2, 5), buffer, new DataView(buffer, 7, 9), new Uint8Array(buffer, 32, 0)];
}

function shared(): unknown {
  const date = new Date(1e12);
  const item = { date, list: [1] };
  const key = { key: true };
  return {
    first: item,
    second: item,
    date,
    map: new Map<unknown, unknown>([[key, item]]),
    set: new Set([key, date]),
    key,
  };
}

function sharedMoney(): unknown {
  const inner = new Money(5n);
  return {
    a: new Money(1n, { inner }),
    b: inner,
    c: new Map([[inner, inner]]),
    big: [new Money(2n, [new Money(3n, inner)])],
  };
}

/** Values that every runtime and release keeps exactly, by name. A name is never given another value. */
export const FIXTURES: Readonly<Record<string, () => unknown>> = {
  "null": () => null,
  "true": () => true,
  "false": () => false,
  "undefined": () => undefined,
  "zero": () => 0,
  "minus zero": () => -0,
  "NaN": () => NaN,
  "Infinity": () => Infinity,
  "minus Infinity": () => -Infinity,
  "integer": () => 42,
  "smallest number": () => 5e-324,
  "largest number": () => 1.7976931348623157e308,
  "bigint": () => 123456789012345678901234567890n,
  "negative bigint": () => -1n,
  "large bigint": () => (1n << 20_000n) + 1n,
  "empty string": () => "",
  "string": () => 'grüße 😀 \u0000 \u2028 "quoted"',
  "string with mark": () => "~u",
  "lone surrogate": () => "a\ud800b\udc00",
  "byte order mark": () => "\ufeffa",
  "marked strings among dates": () => [new Date(0), "~d0", "~", "~~", "~u"],
  "empty object": () => ({}),
  "empty array": () => [],
  "plain object": () => ({ b: 1, a: [1, 2, { c: null }], "": "", "10": 1, "9": 2 }),
  "key with mark": () => ({ "~m": [1, 2], other: [] }),
  "only key with mark": () => ({ "~m": [1, 2] }),
  "only key with mark beside a date": () => [{ "~m": [1, 2] }, new Date(1)],
  "data under toJSON": () => ({ toJSON: "text", toString: 1, constructor: { name: "x" }, prototype: [] }),
  "own constructor and prototype beside a date": () => ({ constructor: { prototype: { polluted: new Date(2) } } }),
  "own __proto__": () => ownProto({ polluted: true }),
  "own __proto__ beside a date": () => [ownProto(new Date(3)), ownProto(null)],
  "null prototype": () => nullPrototype({ a: 1, hasOwnProperty: 2 }),
  "null prototype with __proto__": () =>
    nullPrototype(Object.defineProperty(Object.create(null), "__proto__", { value: 1, enumerable: true })),
  "object with undefined": () => ({ a: undefined, b: [undefined, -0, NaN] }),
  "sparse array": sparse,
  "long array with a hole and a property": longWithHole,
  "long array with undefined": () => Array.from({ length: 100 }, (_, i) => i === 50 ? undefined : i),
  "array of holes": () => new Array(5),
  "array with properties": () => Object.assign([1, 2], { index: 7, groups: undefined }),
  "array with properties and holes": () => Object.assign([, 2], { extra: new Date(4) }),
  "match of a regular expression": () => "year 2025".match(/(?<year>\d{4})/),
  "Date": () => new Date(1700000000123),
  "early and late Dates": () => [new Date(-62198755200000), new Date(8.64e15), new Date(-8.64e15), new Date(0)],
  "invalid Date": () => new Date(NaN),
  "Dates with an invalid one": () => [new Date(1), new Date(NaN), new Date(2), new Date(3)],
  "Map": () => new Map<unknown, unknown>([["a", 1], [NaN, undefined], [{ k: 1 }, new Map([[1, 2]])], [0, "zero"]]),
  "Set": () => new Set<unknown>(["b", "a", undefined, new Set([1n]), [1]]),
  "empty Map and Set": () => [new Map(), new Set()],
  "Set with Dates before text": () => new Set([new Date(1), "x", new Date(0), /r/g, 2n, "y"]),
  "RegExp": () => [
    /a\/b[/]\n+/giu,
    new RegExp(""),
    /(?<x>y)/dsy,
    new RegExp("\n/\\/", "m"),
    new RegExp(String.raw`[\p{L}--[a-z]]`, "v"),
  ],
  "RegExp with lastIndex": () => ({ r: lastIndex(/a/g, 3) }),
  "URL": () => new URL("https://user:pa%20ss@example.org:8080/a%20b?q=1&q=2#frag"),
  "URLSearchParams": () => ({ params: new URLSearchParams([["a", "1"], ["a", "ü &="], ["", ""]]) }),
  "Error": () => withStack(new Error("message")),
  "Error without a message": () => withStack(new Error()),
  "TypeError with cause": () =>
    withStack(new TypeError("outer", { cause: withStack(new RangeError("inner", { cause: undefined })) })),
  "Error with name and properties": () =>
    withStack(Object.assign(new Error("m"), { name: "MyError", code: "E_X", at: new Date(5) })),
  "AggregateError": () => withStack(new AggregateError([withStack(new EvalError("a")), "b"], "both")),
  "other Errors": () =>
    [new SyntaxError("s"), new ReferenceError("r"), new URIError("u"), new EvalError("e")].map(withStack),
  "boxed primitives":
    () => [Object(1), Object(-0), Object("text"), Object(""), Object(true), Object(5n), Object(1n << 9000n)],
  "ArrayBuffer": () => bytes(13).buffer,
  "empty ArrayBuffer": () => new ArrayBuffer(0),
  "DataView": () => new DataView(bytes(20).buffer, 3, 11),
  "Buffer": () => (globalThis as unknown as { Buffer: { from(text: string): object } }).Buffer.from("buffer ü"),
  "BigInt64Array": () => BigInt64Array.of(1n, -1n, -(2n ** 63n), 2n ** 63n - 1n),
  "BigUint64Array": () => new BigUint64Array(BigUint64Array.of(0n, 1n, 2n, 2n ** 64n - 1n).buffer, 8, 2),
  "Float32Array of special numbers": () => Float32Array.of(NaN, -0, Infinity, -Infinity, 1e-45),
  "Float64Array of special numbers": () => Float64Array.of(NaN, -0, Infinity, -Infinity, 5e-324),
  "NaN with payload": () => new Float64Array(Uint8Array.of(1, 2, 3, 4, 5, 6, 0xf8, 0x7f).buffer),
  ...Object.fromEntries(
    TYPED_ARRAYS.flatMap((Class) => [
      [`${Class.name} on a window`, () => new Class(bytes(80).buffer, 16, 5)],
      [`nested ${Class.name} on a window`, () => ({ data: new Class(bytes(80).buffer, 8, 3), n: 1 })],
      [`empty ${Class.name}`, () => new Class(0)],
    ]),
  ),
  "smooth Float64Array": () => Float64Array.from({ length: 300 }, (_, i) => i * i * 0.001 - i),
  "smooth Float32Array": () => Float32Array.from({ length: 300 }, (_, i) => i * i * 0.001 - i),
  "Int16Array of small numbers": () => Int16Array.from({ length: 200 }, (_, i) => i % 50),
  "nested binary data": () => ({
    buffer: bytes(5).buffer,
    view: new DataView(bytes(9).buffer, 1, 7),
    list: [BigInt64Array.of(-5n), new Uint8Array(0), new ArrayBuffer(0)],
    node: (globalThis as unknown as { Buffer: { from(text: string): object } }).Buffer.from("x"),
    text: "ü",
  }),
  "one binary value in two places": () => {
    const data = bytes(6);
    return [data, { data }, new Map([[data, data]])];
  },
  "overlapping views": overlapping,
  "views and their buffer": withBuffer,
  "shared references": shared,
  "circle": circle,
  "circular array": () => {
    const array: unknown[] = [1];
    array.push(array, [array]);
    return array;
  },
  "registered class": () => new Money(100n, { at: new Date(6) }),
  "registered classes shared": sharedMoney,
  "rows": () =>
    Array.from({ length: 20 }, (_, i) => ({ id: i, name: `n${i}`, at: new Date(i * 1e9), tags: ["a", `~${i}`] })),
  "rows of rows": () =>
    Array.from({ length: 5 }, (_, i) => ({ at: { x: new Date(i), y: i }, list: [{ a: -0 }, { a: i }, { a: 2n }] })),
  "rows with other names": () => [{ a: new Date(1) }, { b: 2 }, { a: 3, b: 4 }, { b: 4, a: 3 }],
  "rows in which some are Maps": () => [{ a: 1 }, new Map([["a", 1]]), { a: undefined }, { a: 2 }],
  "rows without names": () => [{}, {}, {}, {}, undefined],
  "rows with numbers for names": () => Array.from({ length: 4 }, (_, i) => ({ b: i, 1: i, 0: new Date(i) })),
  "plain 400 deep": () => deep(400, (inner) => [inner]),
  "marked 400 deep": () => deep(400, (inner) => ({ inner, u: undefined })),
  "Map 20,000 deep": () => deep(20_000, (inner) => new Map([["inner", inner]])),
  "object 20,000 deep": () => deep(20_000, (inner) => ({ inner })),
  "array 20,000 deep": () => deep(20_000, (inner) => [inner]),
};
