import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CacheKeyError, ConfigurationError } from "../../src/errors.ts";
import { fingerprint } from "../../src/key/fingerprint.ts";
import { type KeyClass, registerKeyType } from "../../src/key/key_types.ts";

function userClass() {
  return class User {
    readonly id: number;
    readonly #secret: string;
    constructor(id: number, secret = "") {
      this.id = id;
      this.#secret = secret;
    }
    get secret() {
      return this.#secret;
    }
  };
}

describe("registerKeyType()", () => {
  it("keys instances by what identifies them", () => {
    const User = userClass();
    registerKeyType(User, ({ id, secret }) => ({ id, secret }), "identified user");
    assert.equal(fingerprint([[new User(1, "a")]]), fingerprint([[new User(1, "a")]]));
    assert.notEqual(fingerprint([new User(1, "a")]), fingerprint([new User(1, "b")]));
    assert.notEqual(fingerprint([new User(1, "a")]), fingerprint([{ id: 1, secret: "a" }]));
  });

  it("keeps apart classes with the same identities", () => {
    const [One, Other] = [userClass(), userClass()];
    registerKeyType(One, (user) => user.id, "one");
    registerKeyType(Other, (user) => user.id, "other");
    assert.notEqual(fingerprint([new One(1)]), fingerprint([new Other(1)]));
  });

  it("refuses instances of a subclass, which may hold more", () => {
    const User = userClass();
    registerKeyType(User, (user) => user.id, "user with subclass");
    const Admin = class Admin extends User {};
    assert.throws(() => fingerprint([new Admin(1)]), /instance of Admin/);
  });

  it("comes before the content of errors and lets platform classes be keyed", () => {
    const Failure = class Failure extends Error {};
    registerKeyType(Failure, () => "same", "failure");
    assert.equal(fingerprint([new Failure("a")]), fingerprint([new Failure("b")]));
    registerKeyType(TextDecoder, ({ encoding }) => encoding);
    assert.equal(fingerprint([new TextDecoder()]), fingerprint([new TextDecoder("utf-8")]));
    assert.notEqual(fingerprint([new TextDecoder()]), fingerprint([new TextDecoder("utf-16le")]));
  });

  it("names the way when the identity cannot be keyed, or finding it throws", () => {
    const User = userClass();
    registerKeyType(User, () => ({ field: () => 1 }), "user with function");
    assert.throws(() => fingerprint([{ by: new User(1) }]), (error) => {
      assert.ok(error instanceof CacheKeyError);
      assert.match(
        error.message,
        /^Cannot make a key of args\[0\]\.by<identity of user with function>\.field: it is a function/,
      );
      return true;
    });
    const thrown = new Error("gone");
    registerKeyType(User, () => {
      throw thrown;
    }, "user with function");
    assert.throws(() => fingerprint([new User(1)]), { code: "ERR_CACHE_KEY", cause: thrown });
  });

  it("refuses an identity that never ends", () => {
    const User = userClass();
    registerKeyType(User, (user) => new User(user.id + 1), "endless user");
    assert.throws(() => fingerprint([new User(1)]), /nested more than 500 levels/);
  });

  it("replaces what was said of the same class, also its name", () => {
    const User = userClass();
    registerKeyType(User, () => 1, "renamed user");
    registerKeyType(User, () => 2, "user renamed");
    assert.equal(fingerprint([new User(1)]), "\0,(@12:user renamed,2)");
    registerKeyType(userClass(), () => 1, "renamed user");
  });

  it("refuses a name that stands for another class", () => {
    registerKeyType(userClass(), (user) => user.id, "taken");
    assert.throws(() => registerKeyType(userClass(), (user) => user.id, "taken"), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, /^Cannot register key type "taken": another class has that name; /);
      return true;
    });
  });

  it("refuses what is keyed already, what is no class, and what has no name", () => {
    for (const type of [Object, Array, Date, Map, Set, RegExp, URL, Uint8Array, ArrayBuffer, Headers]) {
      assert.throws(
        () => registerKeyType(type as unknown as KeyClass<object>, () => 1),
        /is keyed by its content already/,
      );
    }
    assert.throws(() => registerKeyType((() => 1) as unknown as KeyClass<object>, () => 1), /it is no class/);
    assert.throws(() => registerKeyType(class {}, () => 1), /the class has no name/);
    assert.throws(() => registerKeyType(userClass(), undefined as never), /no function says/);
  });
});
