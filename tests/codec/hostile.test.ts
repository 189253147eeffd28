import assert from "node:assert/strict";
import test from "node:test";
import { createCodec } from "../../src/codec/codec.ts";
import { checksumOfBytes, checksumOfText } from "../../src/codec/checksum.ts";
import { joinSegments } from "../../src/codec/segments.ts";
import { toUtf8 } from "../../src/codec/utf8.ts";
import type { Sealed } from "../../src/contract/codec.ts";
import type { Body } from "../../src/contract/entry.ts";
import { SerializationError } from "../../src/errors.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";
import { random } from "../random.ts";
import { times } from "../times.ts";
import { FIXTURES } from "./fixture_values.ts";

const codec = createCodec({ compressor: zlibCompressor(globalThis as never), maxBytes: 64 * 1024 * 1024 });

/** Reads a body that somebody wrote with the right checksum. */
function open(form: string, body: Body): unknown {
  const checksum = typeof body === "string" ? checksumOfText(body, form) : checksumOfBytes(body, form);
  return codec.open({ body, form, checksum });
}

/** What anybody may have reached through a prototype. */
function prototypes(): string {
  return [Object, Array, Map, Set, Date, RegExp, Function, Error, Promise, String, URL].map((Class) => {
    return Reflect.ownKeys(Class.prototype).map(String).join() + Reflect.ownKeys(Class).map(String).join();
  }).join("|") + String(({} as { polluted?: unknown }).polluted);
}

const DEEP = 200_000;
const graph = (root: unknown, nodes: unknown, json: unknown = [], values?: unknown, extra: object = {}): string =>
  JSON.stringify({
    root,
    nodes,
    leaves: { json, ...(values === undefined ? {} : { meta: { values, v: 1, ...extra } }) },
    segments: [],
  });
const leaf = (json: unknown, type: unknown): string => graph([-1], [], [json], { 0: [type] });
const binary = (segments: unknown, nodes: unknown, parts: Uint8Array[] = []): [string, Uint8Array] => {
  const text = toUtf8(JSON.stringify({ root: [0], nodes, leaves: { json: [] }, segments }));
  return [`1:super:${text.byteLength}`, joinSegments(text, parts)];
};

const REFUSED: readonly [string, string, Body][] = [
  ["no JSON", "1:json", "{"],
  ["an empty text", "1:json", ""],
  ["two values", "1:json", "1 2"],
  ["undefined", "1:json", "undefined"],
  ["a deep array", "1:json", "[".repeat(DEEP) + "]".repeat(DEEP)],
  ["a deep object", "1:json", '{"a":'.repeat(DEEP) + "1" + "}".repeat(DEEP)],
  ["a deep array with strings", "1:json", '["]",'.repeat(DEEP) + "1" + "]".repeat(DEEP)],
  ["a deep array with escapes", "1:json", '["\\"]\\\\",'.repeat(DEEP) + "1" + "]".repeat(DEEP)],
  ["an open deep array", "1:json", "[".repeat(DEEP)],
  ["packed and deep", "1:pack", "[".repeat(DEEP) + "]".repeat(DEEP)],
  ["packed and fairly deep", "1:pack", "[".repeat(9000) + "]".repeat(9000)],
  ["packed Maps, fairly deep", "1:pack", '{"~m":[0,'.repeat(4500) + "1" + "]}".repeat(4500)],
  ["packed rows, fairly deep", "1:pack", '{"~r":[["a"],'.repeat(9000) + "[]" + "]}".repeat(9000)],
  ["a graph that is deep", "1:super", "[".repeat(DEEP) + "]".repeat(DEEP)],
  ["an unknown mark", "1:pack", '"~?"'],
  ["a long mark", "1:pack", '"~u "'],
  ["an unknown container", "1:pack", '{"~x":[]}'],
  ["a container of nothing", "1:pack", '{"~m":null}'],
  ["a Map that is a text", "1:pack", '{"~m":"ab"}'],
  ["a Map with an odd end", "1:pack", '{"~m":[1,2,3]}'],
  ["a Date of text", "1:pack", '"~dnow"'],
  ["a Date of too many digits", "1:pack", '"~d99999999999999999999"'],
  ["Dates of text", "1:pack", '{"~d":["now"]}'],
  ["a bigint of text", "1:pack", '"~b0x1g"'],
  ["a bigint of nothing", "1:pack", '"~b"'],
  ["rows without names", "1:pack", '{"~r":[]}'],
  ["rows with empty names", "1:pack", '{"~r":[[]]}'],
  ["rows with too few columns", "1:pack", '{"~r":[["a","b"],[1]]}'],
  ["rows with columns of different length", "1:pack", '{"~r":[["a","b"],[1],[1,2]]}'],
  ["rows with a number for a column", "1:pack", '{"~r":[["a"],5]}'],
  ["rows with a Map for a column", "1:pack", '{"~r":[["a"],{"~m":[]}]}'],
  ["rows with a name that is no text", "1:pack", '{"~r":[[1],[1]]}'],
  ["rows that set a prototype", "1:pack", '{"~r":[["__proto__"],[{"polluted":true}]]}'],
  ["a graph that is null", "1:super", "null"],
  ["a graph that is a list", "1:super", "[]"],
  ["a graph without nodes", "1:super", '{"root":1}'],
  ["a graph without a root", "1:super", '{"nodes":[],"leaves":{"json":[]}}'],
  ["a graph without leaves", "1:super", '{"root":1,"nodes":[]}'],
  ["nodes that are no list", "1:super", graph(1, { length: 1 })],
  ["a node that is null", "1:super", graph(1, [null])],
  ["a node without a kind", "1:super", graph(1, [[]])],
  ["a node of an unknown kind", "1:super", graph([0], [["function", "alert(1)"]])],
  ["a node named like a method", "1:super", graph([0], [["constructor"]])],
  ["a reference to nowhere", "1:super", graph([5], [])],
  ["a reference to no leaf", "1:super", graph([-5], [])],
  ["a reference with a fraction", "1:super", graph([0.5], [["object"]])],
  ["a reference of text", "1:super", graph(["0"], [["object"]])],
  ["a reference named length", "1:super", graph(["length"], [["object"]])],
  ["a reference with two parts", "1:super", graph([0, 0], [["object"]])],
  ["an object for an item", "1:super", graph({ a: 1 }, [])],
  ["a huge reference", "1:super", graph([1e300], [["object"]])],
  ["a name without a value", "1:super", graph([0], [["object", "a"]])],
  ["a name that is no text", "1:super", graph([0], [["object", 1, 2]])],
  ["an array that is too long", "1:super", graph([0], [["sparse", 4294967296]])],
  ["an array of negative length", "1:super", graph([0], [["sparse", -1]])],
  ["an array without a length", "1:super", graph([0], [["sparse"]])],
  ["an array whose length is set again", "1:super", graph([0], [["sparse", 1, "length", 5]])],
  ["a Map with an odd end", "1:super", graph([0], [["map", 1]])],
  ["an error of an unknown class", "1:super", graph([0], [["error", "Function", 0]])],
  ["an error that is an object", "1:super", graph([0], [["error", "Object", 0]])],
  ["an error with too many hidden properties", "1:super", graph([0], [["error", "Error", 5, "a", 1]])],
  ["an error without a count", "1:super", graph([0], [["error", "Error"]])],
  [
    "a regular expression of a Date",
    "1:super",
    graph([0], [["regexp", [-1], 1]], ["2020-01-01T00:00:00.000Z"], { 0: ["Date"] }),
  ],
  ["search parameters of a number", "1:super", graph([0], [["params", 1]])],
  ["a bigint of text", "1:super", graph([0], [["bigint", "0x1"]])],
  ["a boxed object", "1:super", graph([0], [["box", [1]], ["object"]])],
  ["a boxed null", "1:super", graph([0], [["box", null]])],
  ["an unregistered class", "1:super", graph([0], [["type", "Function", "return 1"]])],
  ["a class named like a property", "1:super", graph([0], [["type", "__proto__", 1]])],
  ["a class with too much", "1:super", graph([0], [["type", "Money", [1], 2], ["array"]])],
  ["an instance of itself", "1:super", graph([0], [["type", "Money", [0]]])],
  ["instances in a circle", "1:super", graph([0], [["type", "Money", [1]], ["array", [2]], ["type", "Money", [1]]])],
  ["an instance whose content is not what decode expects", "1:super", graph([0], [["type", "Money", null]])],
  ["instances and a reference to nowhere", "1:super", graph([0], [["type", "Money", [7]]])],
  ["instances and a reference that is none", "1:super", graph([0], [["type", "Money", [0.5]], ["object"]])],
  ["a view without segments", "1:super", graph([0], [["view", "Uint8Array", 0, 0, 1]])],
  ["leaves without annotations", "1:super", graph([-1], [], ["text"])],
  ["leaves with too few annotations", "1:super", graph([-1], [], ["1", "2"], { 0: ["bigint"] })],
  ["leaves with annotations of others", "1:super", graph([-1], [], ["1"], { 5: ["bigint"] })],
  ["leaves with paths into a prototype", "1:super", graph([-1], [], ["1"], { "__proto__.polluted": ["bigint"] })],
  [
    "leaves with an own __proto__",
    "1:super",
    '{"root":[-1],"nodes":[],"leaves":{"json":["1"],"meta":{"values":{"__proto__":["bigint"]},"v":1}}}',
  ],
  [
    "leaves with a path through constructor",
    "1:super",
    graph([-1], [], ["1"], { "constructor.prototype.polluted": ["bigint"] }),
  ],
  ["leaves with a deep path", "1:super", graph([-1], [], ["1"], { [".0".repeat(DEEP)]: ["bigint"] })],
  ["leaves with nested annotations", "1:super", graph([-1], [], ["1"], { 0: ["map", { "0.1": ["bigint"] }] })],
  [
    "leaves with equal references",
    "1:super",
    graph([-1], [], ["1"], { 0: ["bigint"] }, { referentialEqualities: { 0: ["__proto__"] } }),
  ],
  [
    "leaves with references to the root",
    "1:super",
    graph([-1], [], ["1"], { 0: ["bigint"] }, { referentialEqualities: [["constructor"]] }),
  ],
  ["leaves of an older version", "1:super", graph([-1], [], ["1"], { 0: ["bigint"] }, { v: 0 })],
  ["a leaf of an unknown type", "1:super", leaf("x", "Function")],
  ["a leaf of a class", "1:super", leaf("x", ["class", "Object"])],
  ["a leaf of a custom type", "1:super", leaf("x", ["custom", "x"])],
  ["a leaf of a symbol", "1:super", leaf("x", ["symbol", "x"])],
  ["a leaf of a typed array", "1:super", leaf("x", ["typed-array", "Uint8Array"])],
  ["a leaf named like a method", "1:super", leaf("x", "toString")],
  ["a leaf that is a Set", "1:super", leaf("x", "set")],
  ["a leaf that is an Error", "1:super", leaf("x", "Error")],
  ["a Date that is none", "1:super", leaf("2020-13-45T00:00:00.000Z", "Date")],
  ["a Date of a number", "1:super", leaf(5, "Date")],
  ["a bigint of too many digits", "1:super", leaf("9".repeat(1_000_000), "bigint")],
  ["a number that is one", "1:super", leaf("5", "number")],
  ["a regular expression that is none", "1:super", leaf("/(/", "regexp")],
  ["a regular expression with unknown flags", "1:super", leaf("/a/zz", "regexp")],
  ["a URL that is none", "1:super", leaf("http://[", "URL")],
  ["a URL with a host of letters", "1:super", leaf("http://ü.example/", "URL")],
  ["a URL with an encoded host", "1:super", leaf("https://a:b@%C3%BC.example/", "URL")],
  ["a URL without slashes", "1:super", leaf("https:example", "URL")],
  ["a URL with slashes the other way", "1:super", leaf("http://a\\%C3%BC/", "URL")],
  ["undefined with content", "1:super", leaf("x", "undefined")],
  ["floats of odd bytes", "1:raw:Float64Array", new Uint8Array(7)],
  ["a type that nobody knows", "1:raw:Float128Array", new Uint8Array(16)],
  ["a type named like a class", "1:raw:Function", new Uint8Array(16)],
  ["a type of shared memory", "1:raw:SharedArrayBuffer", new Uint8Array(16)],
  ["bytes for text that are none", "1:json", Uint8Array.of(0x22, 0xff, 0x22)],
  ["text for bytes", "1:raw:Uint8Array", "text"],
  ["text for a compressed body", "1:json+gzip:5", "text"],
  ["text for a graph with bytes", "1:super:10", "text"],
  ["no gzip", "1:json+gzip:5", Uint8Array.of(1, 2, 3)],
  ["no zstd", "1:json+zstd:5", Uint8Array.of(1, 2, 3)],
  ["an empty gzip", "1:json+gzip:0", new Uint8Array(0)],
  ["a graph longer than its body", "1:super:999", new Uint8Array(16)],
  ["segments that do not add up", ...binary([8], [["view", "Uint8Array", 0, 0, 1]])],
  ["segments of negative size", ...binary([-8, 16], [["object"]], [new Uint8Array(8)])],
  ["segments of fractions", ...binary([0.5], [["object"]], [new Uint8Array(1)])],
  ["segments that are too large", ...binary([2 ** 53], [["object"]])],
  ["segments that are no list", ...binary({ length: 0 }, [["object"]])],
  ["a view past its segment", ...binary([8], [["view", "Uint8Array", 0, 4, 8]], [new Uint8Array(8)])],
  ["a view before its segment", ...binary([8], [["view", "Uint8Array", 0, -4, 8]], [new Uint8Array(8)])],
  ["a view between elements", ...binary([16], [["view", "Float64Array", 0, 4, 8]], [new Uint8Array(16)])],
  ["a view on half an element", ...binary([8], [["view", "Float64Array", 0, 0, 4]], [new Uint8Array(8)])],
  ["a view on another segment", ...binary([8], [["view", "Uint8Array", 1, 0, 1]], [new Uint8Array(8)])],
  ["a view on a method", ...binary([8], [["view", "Uint8Array", "length", 0, 1]], [new Uint8Array(8)])],
  ["a view on a segment that is text", ...binary([8], [["view", "Uint8Array", "0", 0, 1]], [new Uint8Array(8)])],
  ["a view on a segment in a list", ...binary([8], [["view", "Uint8Array", [0], 0, 1]], [new Uint8Array(8)])],
  ["a view of an unknown type", ...binary([8], [["view", "Function", 0, 0, 8]], [new Uint8Array(8)])],
  ["a buffer that is part of one", ...binary([8], [["view", "ArrayBuffer", 0, 0, 4]], [new Uint8Array(8)])],
  ["a serializer's text", "1:user:text", "text"],
  ["a version to come", "2:json", "1"],
  ["a body over maxBytes", "1:raw:Uint8Array", new Uint8Array(64 * 1024 * 1024 + 1)],
];

test("the corpus of hostile bodies has at least 60", () => {
  assert.ok(REFUSED.length >= 60);
});

for (const [name, form, body] of REFUSED) {
  test(`open() refuses ${name}`, async () => {
    const before = prototypes();
    const start = performance.now();
    // Where a runtime has to inflate by a stream, the refusal comes as a rejection.
    await assert.rejects(async () => await open(form, body), (error: unknown) => {
      assert.ok(error instanceof SerializationError, String(error));
      assert.ok(error.message.startsWith("Cannot read a stored value: "), error.message);
      assert.ok(error.message.length < 500);
      return true;
    });
    assert.equal(prototypes(), before, "a prototype changed");
    assert.ok(performance.now() - start < 2000, "it took too long");
  });
}

test("open() makes own properties of names that could reach a prototype", () => {
  const before = prototypes();
  const harmless: [string, Body][] = [
    ["1:json", '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
    ["1:pack", '{"__proto__":{"polluted":true},"a":"~u"}'],
    ["1:pack", '[{"__proto__":"~u"},{"constructor":{"prototype":{"polluted":"~n"}}}]'],
    ["1:super", graph([0], [["object", "__proto__", [1], "constructor", [1]], ["object", "polluted", true]])],
    ["1:super", graph([0], [["null", "__proto__", [1]], ["object", "polluted", true]])],
    ["1:super", graph([0], [["error", "Error", 1, "__proto__", [1], "constructor", 1], ["object", "polluted", true]])],
    ["1:super", graph([0], [["sparse", 1, "__proto__", [1]], ["object", "polluted", true]])],
  ];
  for (const [form, body] of harmless) {
    const value = open(form, body) as object;
    assert.ok(
      [Object.prototype, Array.prototype, Error.prototype, null].includes(Object.getPrototypeOf(value)),
      body as string,
    );
    assert.equal(prototypes(), before);
  }
});

test("open() reads a million references and sparse lengths without a fuss", () => {
  const nodes = [["array", ...Array.from({ length: 1_000_000 }, () => [1])], ["sparse", 4294967295]];
  const value = open("1:super", graph([0], nodes)) as unknown[][];
  assert.equal(value.length, 1_000_000);
  assert.equal(value[999_999]!.length, 4294967295);
});

test("open() makes no room for what an array does not hold", () => {
  const holes = [
    ...Array.from({ length: 4 }, () => ["sparse", 33_554_431]),
    ...Array.from({ length: 2_000 }, () => ["sparse", 99_999, "5", true]),
  ];
  const nodes = [["array", ...holes.map((_, i) => [i + 1])], ...holes];
  const start = performance.now();
  const value = open("1:super", graph([0], nodes)) as unknown[][];
  assert.ok(performance.now() - start < 500, "it took too long");
  assert.deepEqual([value[0]!.length, value[4]!.length, Object.keys(value[4]!)], [33_554_431, 99_999, ["5"]]);
  assert.throws(() => open("1:super", graph([0], [["sparse", 5, "5", true]])), /an item past its length/);
});

test("open() reads a bigint once, however many boxes hold it", () => {
  const boxes = Array.from({ length: 3_000 }, () => ["box", [3_000]]);
  const start = performance.now();
  const [first, last] = open(
    "1:super",
    graph([3_001], [...boxes, ["bigint", "f".repeat(100_000)], ["array", [0], [2_999]]]),
  ) as [bigint, bigint];
  assert.ok(performance.now() - start < 500, "it took too long");
  assert.notEqual(first, last);
  assert.equal(first.valueOf(), last.valueOf());
});

test("open() reads a regular expression once, however many nodes hold it", () => {
  const nodes = [["array", ...Array.from({ length: 2_000 }, (_, i) => [i + 1])]];
  for (let i = 0; i < 2_000; i++) nodes.push(["regexp", [-1], i] as never);
  const start = performance.now();
  const value = open("1:super", graph([0], nodes, [`/${"[a]".repeat(300_000)}/`], { 0: ["regexp"] })) as RegExp[];
  assert.ok(performance.now() - start < 500, "it took too long");
  assert.equal(value[0]!.source.length, 900_000);
});

test("open() refuses leaves that are annotated by a list before superjson follows it without end", () => {
  assert.throws(() => open("1:super", graph([-1], [], ["1", "2"], [["bigint"], ["bigint"]])), /are not annotated/);
});

for (const part of [1, 2, 3]) {
  test(`open() never fails otherwise when bodies are changed at random, part ${part} of 3`, () => {
    const next = random(part);
    const before = prototypes();
    const subjects = Object.entries(FIXTURES).filter(([name]) => !name.includes("deep") && !name.includes("large"))
      .map(([, make]) => codec.seal(make()) as Sealed);
    const tokens = [
      '"',
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      "0",
      "-1",
      "1e9",
      "null",
      '"~',
      '"__proto__"',
      "[0]",
      "[-1]",
      "\\",
      '"type"',
      '"Money"',
    ];
    let read = 0;
    for (let i = 0; i < 6000 * times; i++) {
      const { form, body } = subjects[i % subjects.length]!;
      if (body.length === 0) continue;
      try {
        open(next() < 0.1 ? subjects[Math.floor(next() * subjects.length)]!.form : form, changed(body, next, tokens));
        read++;
      } catch (error) {
        assert.ok(error instanceof SerializationError, `${form} ${String(body)}: ${(error as Error).stack}`);
      }
    }
    assert.ok(read > 100, "the changes are too wild to reach far");
    assert.equal(prototypes(), before);
  });
}

function changed(body: Body, next: () => number, tokens: readonly string[]): Body {
  const at = Math.floor(next() * body.length);
  const cut = Math.floor(next() * 4);
  if (typeof body === "string") {
    return body.slice(0, at) + tokens[Math.floor(next() * tokens.length)] + body.slice(at + cut);
  }
  const copy = body.slice();
  copy[at] = next() * 256;
  return next() < 0.2 ? copy.slice(0, at) : copy;
}

test("open() refuses random bytes and text under every form", () => {
  const next = random(77);
  const forms = [
    "1:json",
    "1:pack",
    "1:super",
    "1:super:8",
    "1:raw:Float32Array",
    "1:json+gzip:10",
    "1:json+zstd:10",
    "1:raw:Int32Array+delta:2+deflate:8",
  ];
  for (let i = 0; i < 4000 * times; i++) {
    const bytes = Uint8Array.from({ length: Math.floor(next() * 40) }, () => next() * 256);
    const body = i % 2 ? bytes : String.fromCharCode(...bytes);
    try {
      open(forms[i % forms.length]!, body);
    } catch (error) {
      assert.ok(error instanceof SerializationError, (error as Error).stack);
    }
  }
});
