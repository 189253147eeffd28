import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CacheKeyError } from "../../src/errors.ts";
import { fingerprint } from "../../src/key/fingerprint.ts";
import { exactKey, keyMaker, type KeyOptions } from "../../src/key/key_maker.ts";

const keyOf = (options: KeyOptions, ...args: unknown[]) => keyMaker(options)(undefined, args);

describe("keyMaker()", () => {
  it("is exactKey when no option concerns keys", () => {
    assert.equal(keyMaker({}), exactKey);
    assert.equal(keyMaker({ key: undefined, ignoreArgs: [], keyRound: undefined }), exactKey);
    assert.notEqual(keyMaker({ keyRound: 0 }), exactKey);
    assert.equal(keyOf({}, 1, "a"), fingerprint([1, "a"]));
  });

  it("gives the fingerprint of what key gives, called with the call's this", () => {
    const owner = { id: 7 };
    const maker = keyMaker({
      key(this: typeof owner, ...args: number[]) {
        return [this.id, args.length];
      },
    });
    assert.equal(maker(owner, [1, 2]), fingerprint([[7, 2]]));
  });

  it("keeps apart the types that key gives", () => {
    const results = [1, "1", undefined, null, [1], 1n, true];
    assert.equal(new Set(results.map((result) => keyOf({ key: () => result }))).size, results.length);
  });

  it("rounds what key gives", () => {
    assert.equal(
      keyOf({ key: (x: number) => [x], keyRound: 1 }, 3.04),
      keyOf({ key: (x: number) => [x], keyRound: 1 }, 3),
    );
  });

  it("lets key identify what has no key of its own", () => {
    assert.equal(keyOf({ key: (f: () => void) => f.name }, function named() {}), fingerprint(["named"]));
  });

  it("wraps what key throws", () => {
    const thrown = new Error("boom");
    const throwing = keyMaker({
      key: () => {
        throw thrown;
      },
    });
    assert.throws(() => throwing(undefined, []), (error) => {
      assert.ok(error instanceof CacheKeyError);
      assert.equal(error.cause, thrown);
      assert.match(error.message, /^Cannot make a key of a call: the option "key" threw Error "boom"; /);
      return true;
    });
  });

  it("speaks of what key gave when that cannot be keyed", () => {
    assert.throws(
      () => keyOf({ key: () => ({ a: [() => 1] }) }),
      /^CacheKeyError: Cannot make a key of what key gave\.a\[0\]: it is a function; /,
    );
    assert.throws(
      () => keyOf({ key: () => Promise.resolve(1) }),
      /Cannot make a key of what key gave: it is a promise/,
    );
  });

  it("drops arguments by position, which leaves the others where they were", () => {
    const ignoreArgs = [1];
    const key = (...args: unknown[]) => keyOf({ ignoreArgs }, ...args);
    assert.equal(key(0, true), key(0, false));
    assert.equal(key(0, true), key(0));
    assert.equal(key(0, () => 1, 5), key(0, undefined, 5));
    assert.notEqual(key(0, true, 5), key(0, 5));
    assert.notEqual(key(0, true, 5), key(0, true));
    assert.notEqual(key(0, true, undefined), key(0, true));
    assert.notEqual(key(1, true), key(0, true));
    assert.equal(keyOf({ ignoreArgs: [0, 1] }, 1, 2), keyOf({ ignoreArgs: [0, 1] }));
  });

  it("drops properties by name, at the top of plain objects alone", () => {
    const key = (...args: unknown[]) => keyOf({ ignoreArgs: [1, "debug"] }, ...args);
    assert.equal(key({ a: 1, debug: true }), key({ a: 1, debug: false }));
    assert.equal(key({ a: 1, debug: () => 1 }), key({ a: 1 }));
    assert.equal(key(0, {}, { debug: 1 }), key(0, {}, {}));
    assert.equal(key(Object.assign(Object.create(null), { debug: 1 })), key(Object.create(null)));
    assert.notEqual(key({ a: { debug: 1 } }), key({ a: { debug: 2 } }));
    assert.notEqual(key([{ debug: 1 }]), key([{ debug: 2 }]));
    assert.notEqual(key("debug"), key("other"));
    assert.notEqual(key(new Map([["debug", 1]])), key(new Map([["debug", 2]])));
    assert.equal(
      keyOf({ ignoreArgs: [1, "debug"] }, 0, { debug: true }),
      keyOf({ ignoreArgs: [1, "debug"] }, 0, { debug: false }),
    );
  });

  it("keeps a property called __proto__ when it drops another", () => {
    const key = (value: unknown) => keyOf({ ignoreArgs: ["debug"] }, value);
    assert.notEqual(
      key(JSON.parse('{"__proto__":{"a":1},"debug":1}')),
      key(JSON.parse('{"__proto__":{"a":2},"debug":1}')),
    );
  });

  it("leaves the arguments as they are", () => {
    const value = { a: 1, debug: true };
    keyOf({ ignoreArgs: ["debug"] }, value);
    assert.deepEqual(value, { a: 1, debug: true });
  });

  it("names the argument when dropping a property of it throws", () => {
    const thrown = new Error("boom");
    const value = {
      debug: 1,
      get a() {
        throw thrown;
      },
    };
    assert.throws(() => keyOf({ ignoreArgs: ["debug"] }, 0, value), {
      code: "ERR_CACHE_KEY",
      cause: thrown,
      message: /^Cannot make a key of args\[1\]: /,
    });
  });

  it("rounds with keyRound, also beside ignoreArgs", () => {
    assert.equal(keyOf({ keyRound: 1 }, 3.0), keyOf({ keyRound: 1 }, 3.04));
    assert.notEqual(keyOf({ keyRound: 2 }, 3.0), keyOf({ keyRound: 2 }, 3.04));
    assert.equal(keyOf({ keyRound: 1, ignoreArgs: [1] }, 3.0, 1), keyOf({ keyRound: 1, ignoreArgs: [1] }, 3.04, 2));
  });
});
