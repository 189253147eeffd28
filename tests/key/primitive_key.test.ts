import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digest } from "../../src/key/digest.ts";
import { fingerprint } from "../../src/key/fingerprint.ts";
import { exactKey, keyMaker } from "../../src/key/key_maker.ts";
import { memoryKey, NOT_PRIMITIVE, primitiveKey } from "../../src/key/primitive_key.ts";
import { differentValues, registerDifferentValues } from "./different_values.ts";

registerDifferentValues();

describe("primitiveKey()", () => {
  it("gives primitive values themselves", () => {
    for (const value of ["", "a", "x".repeat(1_024), 0, 1, -1.5, NaN, Infinity, 1n, true, false, null, undefined]) {
      assert.ok(Object.is(primitiveKey(value), value), String(value));
    }
  });

  it("leaves the rest to the fingerprint", () => {
    for (const value of ["\0", "\0,1", "x".repeat(1_025), -0, Symbol("s"), {}, [], () => 1, new Date(0), Object(1)]) {
      assert.equal(primitiveKey(value), NOT_PRIMITIVE, String(value));
    }
  });
});

describe("memoryKey()", () => {
  const keyOf = (...args: unknown[]) => memoryKey(undefined, args, exactKey);

  it("tells all different arguments apart in a Map", () => {
    for (const { difference, one, other } of differentValues) {
      const map = new Map([[keyOf(...one), "one"], [keyOf(...other), "other"]]);
      assert.equal(map.size, 2, difference);
    }
  });

  it("keeps apart a text and the argument whose fingerprint it is", () => {
    for (const { one } of differentValues) {
      const text = fingerprint(one);
      const map = new Map([[keyOf(...one), 1], [keyOf(text), 2]]);
      assert.equal(map.size, 2);
    }
    const long = "x".repeat(2_000);
    assert.notEqual(keyOf(long), keyOf(`\0#${digest(fingerprint([long]))}`));
    assert.notEqual(keyOf(), keyOf(undefined));
    assert.notEqual(keyOf(), keyOf("\0"));
  });

  it("digests long texts", () => {
    const long = "x".repeat(100_000);
    assert.equal(keyOf(long), `\0#${digest(fingerprint([long]))}`);
    assert.notEqual(keyOf(long), keyOf(long + "x"));
  });

  it("asks a maker that is not exact, also for one primitive argument", () => {
    const maker = keyMaker({ keyRound: 1 });
    assert.equal(memoryKey(undefined, [3.0], maker), memoryKey(undefined, [3.04], maker));
    const owner = { id: 1 };
    const byOwner = keyMaker({
      key(this: typeof owner) {
        return this.id;
      },
    });
    assert.equal(memoryKey(owner, ["a"], byOwner), fingerprint([1]));
  });
});
