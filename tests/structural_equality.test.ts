import assert from "node:assert/strict";
import test from "node:test";
import { difference } from "./structural_equality.ts";

const shared = {};
const UNEQUAL: readonly [string, unknown, unknown][] = [
  ["zeros of different sign", 0, -0],
  ["a missing and an undefined property", {}, { a: undefined }],
  ["a hole and undefined", [,], [undefined]],
  ["names in another order", { a: 1, b: 2 }, { b: 2, a: 1 }],
  ["prototypes", {}, Object.create(null)],
  ["a class and its subclass", new Error("x"), new TypeError("x")],
  ["members in another order", new Set([1, 2]), new Set([2, 1])],
  ["keys of a Map", new Map([[{ a: 1 }, 1]]), new Map([[{ a: 2 }, 1]])],
  ["times", new Date(1), new Date(2)],
  ["an invalid time", new Date(NaN), new Date(0)],
  ["lastIndex", /a/g, Object.assign(/a/g, { lastIndex: 1 })],
  ["bytes", Uint8Array.of(1), Uint8Array.of(2)],
  ["types of bytes", Uint8Array.of(1), Int8Array.of(1)],
  ["sharing that is lost", [shared, shared], [{}, {}]],
  ["sharing that is new", [{}, {}], [shared, shared]],
  ["hidden properties", { a: 1 }, Object.defineProperty({}, "a", { value: 1 })],
  ["causes", new Error("x", { cause: 1 }), new Error("x", { cause: 2 })],
  ["boxed values", Object(1), Object(2)],
  ["links", new URL("http://a"), new URL("http://b")],
  ["large bytes", new Uint8Array(9000), new Uint8Array(9000).fill(1, 8999)],
];

for (const [name, a, b] of UNEQUAL) {
  test(`difference() sees ${name}`, () => {
    assert.notEqual(difference(a, b), undefined);
    assert.notEqual(difference({ in: [a] }, { in: [b] }), undefined);
    if (!(a instanceof Error)) assert.equal(difference(a, a), undefined);
  });
}
