import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digest } from "../../src/key/digest.ts";
import { fingerprint } from "../../src/key/fingerprint.ts";
import { identify } from "../../src/key/identity.ts";
import { joinKey } from "../../src/key/join_key.ts";
import { makeKey } from "../../src/key/make_key.ts";

describe("makeKey()", () => {
  it("is the digest of the arguments without a name", () => {
    assert.equal(makeKey([1, "a"]), digest(fingerprint([1, "a"])));
    assert.match(makeKey([]), /^[0-9a-f]{40}$/);
  });

  it("is the key that engines see with a name", () => {
    const fn = function load() {};
    const text = fingerprint([1]);
    assert.equal(
      makeKey([1], { name: "load", version: "2" }),
      joinKey(identify(fn, { version: "2", persistent: true }), text),
    );
    assert.equal(makeKey([1], { name: "load" }), joinKey(identify(fn, { persistent: false }), text));
  });

  it("heeds key, ignoreArgs and keyRound", () => {
    assert.equal(makeKey([{ id: 1, x: 2 }], { key: (user: { id: number }) => user.id }), makeKey([1]));
    assert.equal(
      makeKey([0, { debug: true }], { ignoreArgs: [1, "debug"] }),
      makeKey([0, { debug: false }], { ignoreArgs: [1, "debug"] }),
    );
    assert.equal(makeKey([3.04], { keyRound: 1 }), makeKey([3]));
  });

  it("differs between the values that text makes alike", () => {
    const values = [1, "1", true, "true", null, undefined, [1], ["1"], "[1]", 1n, NaN, -0, 0];
    assert.equal(new Set(values.map((value) => makeKey([value]))).size, values.length);
  });

  it("shows no argument text", () => {
    assert.ok(!makeKey(["secret"], { name: "load", version: "1" }).includes("secret"));
  });

  it("takes a text of 100 KB", () => {
    assert.equal(makeKey(["x".repeat(100_000)]).length, 40);
  });

  it("refuses what cannot be keyed", () => {
    assert.throws(() => makeKey([1, () => 1]), {
      code: "ERR_CACHE_KEY",
      message: /^Cannot make a key of args\[1\]: it is a function/,
    });
  });
});
