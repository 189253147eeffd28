import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CacheKeyError } from "../../src/errors.ts";
import { fingerprint } from "../../src/key/fingerprint.ts";

class Unregistered {
  readonly id: number = 1;
}

/** What has no canonical text, and what its refusal says. */
const refused: readonly (readonly [kind: string, value: unknown, says: RegExp])[] = [
  ["a function", () => 1, /it is a function; give the option "key"/],
  ["a class", Unregistered, /it is a function/],
  ["a symbol", Symbol("s"), /it is a symbol/],
  ["a registered symbol", Symbol.for("s"), /it is a symbol/],
  ["a boxed symbol", Object(Symbol("s")), /instance of Symbol/],
  ["a promise", Promise.resolve(1), /it is a promise; await it first/],
  ["an object with a method", { then() {} }, /args\[0\]\.then: it is a function/],
  ["a readable stream", new ReadableStream(), /instance of ReadableStream/],
  ["a writable stream", new WritableStream(), /instance of WritableStream/],
  ["a blob", new Blob(["a"]), /instance of Blob/],
  ["a file", new File(["a"], "a.txt"), /instance of (File|Blob)/],
  ["form data", new FormData(), /instance of FormData/],
  ["a request", new Request("http://a/"), /instance of Request/],
  ["a response", new Response("a"), /instance of Response/],
  ["an abort signal", new AbortController().signal, /instance of AbortSignal/],
  ["a weak map", new WeakMap(), /instance of WeakMap/],
  ["a weak set", new WeakSet(), /instance of WeakSet/],
  ["a weak reference", new WeakRef({}), /instance of WeakRef/],
  ["a generator", (function* () {})(), /prototype of its own/],
  ["an iterator", [1][Symbol.iterator](), /it is an? /],
  ["an instance of a class", new Unregistered(), /instance of Unregistered.*registerKeyType\(Unregistered, …\)/],
  ["an instance of an unnamed class", new (class {})(), /prototype of its own/],
  ["a subclass of a map", new (class Register extends Map {})(), /instance of Register/],
  ["a subclass of an array", new (class List extends Array {})(), /instance of List/],
  ["a subclass of a date", new (class Day extends Date {})(), /instance of Day/],
  ["a pretended date", Object.create(Date.prototype), /reading it threw TypeError/],
  ["a pretended map", Object.create(Map.prototype), /reading it threw TypeError/],
  ["a class that is called Date", new (class Date {})(), /instance of Date/],
  ["an object with another prototype", Object.create({ a: 1 }), /prototype of its own/],
  ["Math", Math, /it is an object of kind Math/],
  [
    "arguments",
    (function (..._: unknown[]) {
      return arguments;
    })(1),
    /it is an object of kind Arguments/,
  ],
  ["a property under a symbol", { [Symbol("s")]: 1 }, /it has a property under Symbol\(s\)/],
  ["a list's property under a symbol", Object.assign([1], { [Symbol("s")]: 1 }), /under Symbol\(s\)/],
  ["a map's property under a symbol", Object.assign(new Map(), { [Symbol("s")]: 1 }), /under Symbol\(s\)/],
  [
    "a typed array's property under a symbol",
    Object.assign(new Uint8Array(1), { [Symbol("s")]: 1 }),
    /under Symbol\(s\)/,
  ],
];

function refusalOf(args: readonly unknown[]): CacheKeyError {
  try {
    fingerprint(args);
  } catch (error) {
    assert.ok(error instanceof CacheKeyError, `threw ${error}`);
    assert.equal(error.code, "ERR_CACHE_KEY");
    return error;
  }
  return assert.fail("was not refused");
}

describe("fingerprint() of what cannot be keyed", () => {
  for (const [kind, value, says] of refused) {
    it(`refuses ${kind}, alone and inside`, () => {
      const { message } = refusalOf([value]);
      assert.match(message, /^Cannot make a key of args\[0\]/);
      assert.match(message, says);
      assert.match(refusalOf([1, { list: [0, value] }]).message, /^Cannot make a key of args\[1\]\.list\[1\]/);
      assert.match(
        refusalOf(["a", 2, new Map([[{ value }, 1]])]).message,
        /^Cannot make a key of args\[2\]\[0\]\.value/,
      );
    });
  }

  it("ignores a property under a symbol that is not enumerable", () => {
    const hidden = Object.defineProperty({ a: 1 }, Symbol("s"), { value: 1, enumerable: false });
    assert.equal(fingerprint([hidden]), fingerprint([{ a: 1 }]));
  });

  it("names the path without names that may be data, and shortens long ones", () => {
    const secret = "user@example.com";
    const { message } = refusalOf([{ users: { [secret]: { callback() {} } } }]);
    assert.match(message, /^Cannot make a key of args\[0\]\.users\[…\]\.callback: /);
    let deep: unknown = Symbol("s");
    for (let i = 0; i < 100; i++) deep = { down: deep };
    assert.ok(refusalOf([deep]).message.length < 300);
  });

  it("keeps what a getter threw as the cause", () => {
    const thrown = new Error("no such field");
    const error = refusalOf([{
      row: [{
        get field() {
          throw thrown;
        },
      }],
    }]);
    assert.equal(error.cause, thrown);
    assert.match(
      error.message,
      /^Cannot make a key of args\[0\]\.row\[0\]\.field: reading it threw Error "no such field"; /,
    );
  });

  it("keeps whatever a getter threw, readable or not", () => {
    for (const thrown of [undefined, null, "text", Symbol("s"), Object.create(null)]) {
      const error = refusalOf([{
        get a() {
          throw thrown;
        },
      }]);
      assert.equal(error.cause, thrown);
      assert.ok("cause" in error);
    }
  });

  it("refuses a revoked proxy and a detached buffer", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.ok(refusalOf([proxy]).cause instanceof TypeError);
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    assert.match(refusalOf([view]).message, /detached/);
    assert.match(refusalOf([buffer]).message, /detached/);
  });

  for (
    const [form, levels, wrap] of [
      ["lists", 200_000, (inner: unknown) => [inner]],
      ["objects", 200_000, (inner: unknown) => ({ inner })],
      ["maps", 200_000, (inner: unknown) => new Map([[1, inner]])],
      ["errors", 2_000, (inner: unknown) => new Error("e", { cause: inner })],
    ] as const
  ) {
    it(`refuses ${levels} ${form} inside each other and takes 400`, () => {
      let value: unknown = 1;
      for (let i = 0; i < 400; i++) value = wrap(value);
      assert.equal(typeof fingerprint([value]), "string");
      for (let i = 400; i < levels; i++) value = wrap(value);
      assert.match(
        refusalOf([value]).message,
        /^Cannot make a key of args\[0\]: it is nested more than 500 levels deep; /,
      );
    });
  }

  it("refuses what unfolds to millions of objects", () => {
    let value: object = {};
    for (let i = 0; i < 40; i++) value = [value, value];
    assert.match(refusalOf(["a", value]).message, /^Cannot make a key of args\[1\]: it unfolds to more than /);
  });

  it("works again after a refusal", () => {
    refusalOf([{ a: { b: () => 1 } }]);
    assert.equal(fingerprint([{ a: { b: 1 } }]), "\0,{,1:a,{,1:b,1}}");
  });
});
