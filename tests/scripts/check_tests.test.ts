import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTests } from "../../scripts/check_tests.ts";

const faultsOf = (source: string, path = "tests/a.test.ts") => checkTests(new Map([[path, source]]));

test("checkTests() reports every way in which a test is left out without a reason", () => {
  const against = [
    `test.only("a", () => {});`,
    `it.skip("a", () => {});`,
    `describe.todo("a");`,
    `test("a", { only: true }, () => {});`,
    `test("a", { skip: true }, () => {});`,
    `test("a", { skip: process.platform === "win32" }, () => {});`,
    `test("a", { skip: !posix }, () => {});`,
    `test("a", { todo: "some day" }, () => {});`,
    `test("a", (t) => { t.skip("not here"); });`,
    `test("a", async (t) => { await t.test("b", { skip: true }, () => {}); });`,
    `class A { @logged run() {} }`,
  ];
  for (const source of against) {
    assert.equal(faultsOf(source).length, 1, source);
    assert.match(faultsOf(`\n${source}`)[0] ?? "", /^tests\/a\.test\.ts:2 /);
  }
});

test("checkTests() lets pass skips with a reason, decorators in their own files, and what is no test", () => {
  assert.deepEqual(faultsOf(`test("a", { skip: "no SQLite here" }, () => {});`), []);
  assert.deepEqual(faultsOf(`test("a", { skip: !posix && "no POSIX permissions" }, () => {});`), []);
  assert.deepEqual(faultsOf(`test("a", { skip: canOpen === true ? false : canOpen }, () => {});`), []);
  assert.deepEqual(faultsOf(`const cursor = { skip: true }; list.skip(3); open({ skip: true });`), []);
  assert.deepEqual(faultsOf(`class A { @logged run() {} }`, "tests/a.decorators.test.ts"), []);
  assert.deepEqual(faultsOf(`test.only("a");`, "tests/random.ts"), []);
});

test("checkTests() reports a file that sleeps while a value ages by the system's clock", () => {
  const sleep = "await new Promise((resolve) => setTimeout(resolve, 20));";
  for (const life of ["ttl: 10", 'ttl: "1s"', "slidingTtl: 9_999", 'staleWhileRevalidate: "250ms"']) {
    assert.match(
      faultsOf(`const fn = mcache(f, { ${life} });\n${sleep}`)[0] ?? "",
      /^tests\/a\.test\.ts:1 lets a value age/,
    );
    assert.deepEqual(faultsOf(`const fn = mcache(f, { ${life} });`), []);
    assert.deepEqual(faultsOf(`const clock = new FakeClock(); mcache(f, { ${life}, clock });\n${sleep}`), []);
  }
  assert.deepEqual(faultsOf(`const fn = mcache(f, { ttl: "1m" });\n${sleep}`), []);
});
