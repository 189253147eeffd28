import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigurationError } from "../../src/errors.ts";
import { digest } from "../../src/key/digest.ts";
import { identify, type IdentityOptions, scopeOf } from "../../src/key/identity.ts";
import { joinKey, scopePrefix } from "../../src/key/join_key.ts";

/** A function from source, as a runtime that rewrites TypeScript would not leave it. */
const made = (source: string): unknown => (0, eval)(`(${source})`);

const versionOf = (fn: unknown, options: Partial<IdentityOptions> = {}) =>
  identify(fn, { name: "f", persistent: true, ...options }).version;

describe("identify()", () => {
  it("takes the name of the function unless one is given", () => {
    const arrow = () => 1;
    assert.equal(identify(arrow, { persistent: true }).name, "arrow");
    assert.equal(identify(arrow, { persistent: true, name: "Other Name" }).name, "Other Name");
    assert.equal(identify(() => 1, { persistent: false }).name, "anonymous");
  });

  it("gives a scope that is a file name on any system", () => {
    for (
      const name of [
        "load",
        "Load User",
        "../../etc/passwd",
        "a/b\\c:d",
        "CON",
        "日本語",
        "\0",
        "x".repeat(500),
        "-",
        "é",
        "a\u202eb",
        "\ud800",
        "%2e%2e",
      ]
    ) {
      const { scope } = identify(undefined, { name, persistent: false });
      assert.match(scope, /^[a-z0-9_][a-z0-9_-]{0,39}-[0-9a-f]{8}$/, name);
    }
  });

  it("gives names that look alike scopes of their own", () => {
    const names = [
      "load",
      "Load",
      "LOAD",
      "load ",
      " load",
      "l-oad",
      "lo/ad",
      "lo\\ad",
      "日本",
      "日本語",
      "x".repeat(41),
      "x".repeat(42),
      "\ud800",
      "\udc00",
    ];
    assert.equal(new Set(names.map(scopeOf)).size, names.length);
  });

  it("keeps the name readable in the scope", () => {
    assert.equal(scopeOf("User.loadAll"), `user-loadall-${digest("User.loadAll").slice(0, 8)}`);
    assert.equal(scopeOf("日本語"), `fn-${digest("日本語").slice(0, 8)}`);
  });

  it("has version 0 in memory, and 8 digits elsewhere", () => {
    assert.equal(versionOf(() => 1, { persistent: false }), "0");
    assert.match(versionOf(() => 1), /^[0-9a-f]{8}$/);
    assert.match(versionOf(() => 1, { version: "2" }), /^[0-9a-f]{8}$/);
    assert.match(versionOf(() => 1, { persistent: false, version: "source" }), /^[0-9a-f]{8}$/);
  });

  it("has a version that changes with the source and not with its form", () => {
    const version = versionOf(made("function f(a) { return a + 1 }"));
    assert.equal(versionOf(made("function f(a) {\n  // one more\n  return a+1\n}")), version);
    assert.notEqual(versionOf(made("function f(a) { return a + 2 }")), version);
    assert.equal(versionOf(made("function f(a) { return a + 1 }"), { version: "source" }), version);
  });

  it("counts the source of deps, in their order", () => {
    const fn = made("() => 1");
    const [one, two] = [made("() => 2"), made("() => 3")];
    const versions = [[], [one], [two], [one, two], [two, one]].map((deps) => versionOf(fn, { deps }));
    assert.equal(new Set(versions).size, 5);
    assert.equal(versionOf(fn, { deps: [made("() =>  2")] }), versions[1]);
    assert.notEqual(versionOf(fn, { version: "1", deps: [one] }), versionOf(fn, { version: "1", deps: [two] }));
    assert.notEqual(versionOf(fn, { version: "1", deps: [one] }), versionOf(fn, { version: "1" }));
  });

  it("reads the source under a cache, as deep as it is wrapped", () => {
    const fn = made("() => 1");
    const wrap = (original: unknown) => Object.assign(() => 0, { cache: { original } });
    assert.equal(versionOf(wrap(wrap(fn))), versionOf(fn));
    assert.equal(versionOf(fn, { deps: [wrap(made("() => 2"))] }), versionOf(fn, { deps: [made("() => 2")] }));
  });

  it("takes any text as version and keeps different ones apart", () => {
    const texts = ["1", "2", "v1.2.3", "", "ü".repeat(1_000), "Source", "0"];
    assert.equal(new Set(texts.map((version) => versionOf(() => 1, { version }))).size, texts.length);
  });

  it("refuses a persistent cache for a function without a name", () => {
    assert.throws(() => identify(() => 1, { persistent: true }), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, /give the option "name"$/);
      assert.equal(error.issues[0]?.path, "name");
      return true;
    });
  });

  it("refuses source that cannot be read unless a version is given", () => {
    const bound = function f() {}.bind(null);
    for (const fn of [bound, Math.max, new Proxy(() => 1, {})]) {
      assert.throws(() => versionOf(fn), (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.match(
          error.message,
          /^Cannot tell the version of "f": the source of the function cannot be read.*give the option "version"$/,
        );
        return true;
      });
      assert.match(versionOf(fn, { version: "1" }), /^[0-9a-f]{8}$/);
      assert.equal(versionOf(fn, { persistent: false }), "0");
      assert.throws(() => versionOf(() => 1, { deps: [fn] }), /the source of deps\[0\] cannot be read/);
    }
    assert.throws(() => versionOf(() => 1, { deps: [() => 1, 5] }), /deps\[1\] is no function/);
  });

  it("reads a function that only speaks of native code", () => {
    assert.match(versionOf(made('function f() { return "{ [native code] }" }')), /^[0-9a-f]{8}$/);
  });
});

describe("joinKey()", () => {
  it("is the scope, the version and the digest, and begins with the prefix of the scope", () => {
    const identity = identify(undefined, { name: "load", version: "1", persistent: true });
    assert.equal(joinKey(identity, "text"), `${identity.scope}/${identity.version}-${digest("text")}`);
    assert.ok(joinKey(identity, "text").startsWith(scopePrefix(identity)));
  });

  it("is short printable lower-case ASCII whatever the name and the arguments", () => {
    const identity = identify(undefined, { name: "Ä/\0".repeat(300), version: "ß", persistent: true });
    const key = joinKey(identity, "\ud800ÄÖ\n".repeat(10_000));
    assert.match(key, /^[!-@[-~]+$/);
    assert.ok(key.length <= 200, String(key.length));
  });

  it("keeps apart functions, versions and arguments", () => {
    const key = (name: string, version: string, text: string) =>
      joinKey(identify(undefined, { name, version, persistent: true }), text);
    assert.equal(new Set([key("a", "1", "x"), key("b", "1", "x"), key("a", "2", "x"), key("a", "1", "y")]).size, 4);
  });
});
