import assert from "node:assert/strict";
import test from "node:test";
import { createCloner } from "../../src/codec/cloner.ts";
import { createCodec } from "../../src/codec/codec.ts";
import { SerializationError } from "../../src/errors.ts";

const codec = createCodec();

class User {
  name = "Ada";
}
class Bytes extends Uint8Array {}
class Table extends Map {}
class Failure extends Error {}

function hidden(): object {
  return Object.defineProperty({ a: 1 }, "secret", { value: 1 });
}

/** Each value, where the message has to say it is, and what it has to say it found. */
const REFUSED: readonly [string, () => unknown, string, RegExp][] = [
  ["a function", () => () => {}, "value", /is a function/],
  ["a nested function", () => ({ user: { save() {} } }), "value.user.save", /is a function/],
  ["a class", () => [User], "value[0]", /is a function/],
  ["a symbol", () => Symbol("s"), "value", /is a symbol/],
  ["a registered symbol", () => ({ s: Symbol.for("s") }), "value.s", /is a symbol/],
  ["a property named by a symbol", () => ({ a: { [Symbol("tag")]: 1 } }), "value.a[Symbol(tag)]", /name is a symbol/],
  [
    "an array with a symbol",
    () => Object.assign([1], { [Symbol("tag")]: 1 }),
    "value[Symbol(tag)]",
    /name is a symbol/,
  ],
  [
    "a getter",
    () => ({
      a: {
        get b() {
          return 1;
        },
      },
    }),
    "value.a.b",
    /getter or setter/,
  ],
  [
    "a setter",
    () => Object.defineProperty({}, "b", { set: () => {}, enumerable: true }),
    "value.b",
    /getter or setter/,
  ],
  [
    "a getter in an array",
    () => Object.defineProperty([1], 0, { get: () => 1, enumerable: true }),
    "value[0]",
    /getter/,
  ],
  ["a hidden property", hidden, "value.secret", /not enumerable/],
  ["a class instance", () => new User(), "value", /instance of User; register its class with registerValueType/],
  ["a nested class instance", () => ({ "a b": [new User()] }), 'value["a b"][0]', /instance of User/],
  [
    "a class instance as a key",
    () => new Map([[1, 1], [new User() as never, 2]]),
    "value.keys()[1]",
    /instance of User/,
  ],
  ["a class instance in a Map", () => new Map([["k", new User()]]), "value.values()[0]", /instance of User/],
  ["a class instance in a Set", () => new Set([new User()]), "value.values()[0]", /instance of User/],
  ["a class instance as a cause", () => new Error("x", { cause: new User() }), "value.cause", /instance of User/],
  ["a subclass of a typed array", () => new Bytes(2), "value", /instance of Bytes/],
  ["a subclass of Map", () => new Table(), "value", /instance of Table/],
  ["a subclass of Error", () => ({ e: new Failure("x") }), "value.e", /instance of Failure/],
  ["an instance without a class", () => Object.create({ inherited: 1 }), "value", /with a prototype of its own/],
  ["a Promise", () => ({ p: Promise.resolve(1) }), "value.p", /instance of Promise/],
  ["a WeakMap", () => new WeakMap(), "value", /instance of WeakMap; return plain data/],
  ["a WeakSet", () => new WeakSet(), "value", /instance of WeakSet/],
  ["a WeakRef", () => new WeakRef({}), "value", /instance of WeakRef/],
  ["a generator", () => (function* () {})(), "value", /Generator/],
  ["an iterator of a Map", () => new Map().keys(), "value", /Iterator/],
  [
    "arguments",
    () =>
      (function (..._: unknown[]) {
        return arguments;
      })(1),
    "value",
    /not enumerable|symbol/,
  ],
  ["a ReadableStream", () => new ReadableStream(), "value", /instance of ReadableStream/],
  ["a Blob", () => new Blob(["x"]), "value", /instance of Blob/],
  ["a Response", () => ({ r: new Response("x") }), "value.r", /instance of Response/],
  ["a Request", () => new Request("http://localhost/"), "value", /instance of (_?Request)/],
  ["Headers", () => new Headers(), "value", /instance of (_?Headers)/],
  ["FormData", () => new FormData(), "value", /instance of FormData/],
  ["an AbortSignal", () => new AbortController().signal, "value", /instance of AbortSignal/],
  ["a collator", () => new Intl.Collator(), "value", /Collator/],
  ["a boxed symbol", () => Object(Symbol("s")), "value", /instance of Symbol/],
  ["a boxed value with properties", () => Object.assign(Object("ab"), { more: 1 }), "value", /"more" of its own/],
  ["a Date with properties", () => [Object.assign(new Date(0), { zone: "UTC" })], "value[0]", /"zone" of its own/],
  ["a Map with properties", () => Object.assign(new Map(), { size2: 1 }), "value", /"size2" of its own/],
  ["a Set with properties", () => Object.assign(new Set(), { [Symbol("x")]: 1 }), "value", /Symbol\(x\) of its own/],
  ["a RegExp with properties", () => Object.assign(/x/, { note: 1 }), "value", /"note" of its own/],
  ["a URL with properties", () => Object.assign(new URL("http://a"), { note: 1 }), "value", /"note" of its own/],
  [
    "a typed array with properties",
    () => Object.assign(Uint8Array.of(1), { note: 1 }),
    "value",
    /properties of its own/,
  ],
  ["a nested buffer with properties", () => [Object.assign(new ArrayBuffer(1), { note: 1 })], "value[0]", /of its own/],
  ["a SharedArrayBuffer", () => new SharedArrayBuffer(8), "value", /instance of SharedArrayBuffer/],
  [
    "a detached buffer",
    () => {
      const b = new ArrayBuffer(8);
      structuredClone(b, { transfer: [b] });
      return b;
    },
    "value",
    /detached/,
  ],
  [
    "a view on a detached buffer",
    () => {
      const v = new Uint8Array(8);
      structuredClone(v.buffer, { transfer: [v.buffer] });
      return [v];
    },
    "value[0]",
    /detached/,
  ],
  [
    "a resizable buffer",
    () => new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer)(8, { maxByteLength: 16 }),
    "value",
    /resizable/,
  ],
  ["what only looks like a Date", () => Object.create(Date.prototype), "value", /reading it throws/],
  ["what only looks like a Map", () => ({ m: Object.create(Map.prototype) }), "value.m", /reading it throws/],
  ["what only looks like an Error", () => Object.create(Error.prototype), "value", /instance of Error/],
  ["what only looks like a RegExp", () => [Object.create(RegExp.prototype)], "value[0]", /RegExp|throws/],
  ["what only looks like a URL", () => Object.create(URL.prototype), "value", /reading it throws|instance of URL/],
  ["what only looks like a typed array", () => Object.create(Uint8Array.prototype), "value", /holds none/],
  ["what only looks like an array", () => ({ a: Object.create(Array.prototype) }), "value.a", /instance of Array/],
  [
    "a Proxy that throws",
    () => [
      new Proxy({}, {
        ownKeys() {
          throw new RangeError("trap");
        },
      }),
    ],
    "value[0]",
    /reading it throws/,
  ],
  [
    "a revoked Proxy",
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return { proxy };
    },
    "value.proxy",
    /reading it throws/,
  ],
  ["globalThis.Math", () => Math, "value", /symbol|not enumerable/],
  [
    "something deep",
    () => {
      let v: unknown = () => {};
      for (let i = 0; i < 5000; i++) v = { v };
      return v;
    },
    "value.v.v.v",
    /is a function/,
  ],
];

for (const [name, make, path, found] of REFUSED) {
  test(`seal() refuses ${name}`, () => {
    const value = make();
    for (const { seal } of [codec, createCloner()]) {
      assert.throws(() => seal(value), (error: unknown) => {
        assert.ok(error instanceof SerializationError, String(error));
        assert.equal(error.code, "ERR_CACHE_SERIALIZATION");
        assert.ok(error.message.startsWith(`Cannot serialize ${path}`), error.message);
        assert.match(error.message, found);
        assert.match(error.message, /: .+; .+/);
        assert.ok(error.message.length < 700, error.message);
        return true;
      });
    }
  });
}

test("seal() refuses everything when somebody gave arrays a toJSON", () => {
  Object.defineProperty(Array.prototype, "toJSON", { value: () => "gone", configurable: true });
  try {
    assert.throws(() => codec.seal([1]), /Cannot serialize value: somebody added toJSON/);
  } finally {
    delete (Array.prototype as unknown as Record<string, unknown>)["toJSON"];
  }
});

test("seal() keeps a bigint when somebody gave bigints a toJSON", () => {
  Object.defineProperty(BigInt.prototype, "toJSON", { value: () => "gone", configurable: true });
  try {
    for (const value of [[1n], [1n, /x/], [1n << 9000n, /x/]]) {
      assert.deepEqual(codec.open(codec.seal(value) as never), value);
    }
  } finally {
    delete (BigInt.prototype as unknown as Record<string, unknown>)["toJSON"];
  }
});

test("seal() refuses a value when it is larger than maxBytes", () => {
  const small = createCodec({ maxBytes: 100 });
  assert.throws(() => small.seal("x".repeat(200)), /its 202 bytes are more than 100; return less, or raise maxBytes/);
  assert.throws(() => small.seal(new Uint8Array(101)), SerializationError);
  assert.deepEqual(small.open(small.seal(new Uint8Array(100)) as never), new Uint8Array(100));
});
