import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleTests } from "../../scripts/matrix/bundle.ts";
import { type BundledRun, FileRun, unableIn } from "../../scripts/matrix/told_cases.ts";
import { setAside } from "../../scripts/matrix/bundled_suite.ts";

test(
  "bundleTests() tells files apart that can run without built-in modules, those that cannot, and those that are broken",
  {
    skip: import.meta.url.endsWith(".js") && "bundles are made of TypeScript",
  },
  async () => {
    const [pure, tied, none] = ["tests/duration.test.ts", "tests/bundle.test.ts", "tests/none.test.ts"] as const;
    const { code, tied: others, broken } = await bundleTests([pure, tied, none], "chromium");
    assert.deepEqual([...code.keys()], [pure]);
    assert.match(code.get(pure) ?? "", /export \{\n {2}collector,\n {2}load\n\}/);
    assert.doesNotMatch(code.get(pure) ?? "", /from "node:/);
    assert.deepEqual(others.get(tied)?.filter((name) => /^(esbuild|node:vm)$/.test(name)), ["esbuild", "node:vm"]);
    assert.deepEqual([...broken.keys()], [none]);
    assert.match(broken.get(none) ?? "", /none\.test\.ts/);
  },
);

test("FileRun keeps cases with their file, failures for the reader, and hears nothing after the end", async () => {
  const run: BundledRun = { cases: [], output: [] };
  const told = new FileRun("tests/a.test.ts", run, 60_000);
  told.hear({ kind: "begins", name: "one" });
  told.hear({ kind: "case", name: "one", state: "failed", failure: "Error: x" });
  told.hear({ kind: "case", name: "two", state: "skipped", reason: "not here" });
  told.hear({ kind: "end" });
  told.hear({ kind: "case", name: "three", state: "passed" });
  told.fail("crashed");
  assert.equal(await told.ended, "ended");
  assert.deepEqual(run.cases.map(({ seconds: _, ...told }) => told), [
    { file: "tests/a.test.ts", name: "one", state: "failed" },
    { file: "tests/a.test.ts", name: "two", state: "skipped", reason: "not here" },
  ]);
  assert.deepEqual(run.output, [{ file: "tests/a.test.ts", text: '"one": Error: x' }]);
});

test("FileRun fails the test at which a file hangs, or the page dies", async () => {
  const run: BundledRun = { cases: [], output: [] };
  const hung = new FileRun("tests/a.test.ts", run, 1);
  hung.hear({ kind: "begins", name: "loops" });
  assert.equal(await hung.ended, "hung");
  const dead = new FileRun("tests/b.test.ts", run, 60_000);
  dead.fail("the page crashed");
  assert.equal(await dead.ended, "ended");
  assert.deepEqual(run.cases.map(({ seconds: _, ...told }) => told), [
    { file: "tests/a.test.ts", name: "loops", state: "failed" },
    { file: "tests/b.test.ts", name: "the file loads", state: "failed" },
  ]);
  assert.match(run.output[0]?.text ?? "", /"loops": it hangs: nothing was heard for 0\.001 s/);
  assert.match(run.output[1]?.text ?? "", /the page crashed/);
});

test("allowed skips make skips: of single tests in one file or all, and of whole files, which count", () => {
  const here = { test: "one", file: "tests/a.test.ts", because: "x" };
  const everywhere = { test: "two", because: "y" };
  assert.deepEqual(unableIn("tests/a.test.ts", { unable: [here, everywhere] }), [here, everywhere]);
  assert.deepEqual(unableIn("tests/b.test.ts", { unable: [here, everywhere] }), [everywhere]);
  const whole = { on: "workerd", file: "tests/b.test.ts", because: "z" } as const;
  assert.deepEqual(setAside(["tests/a.test.ts", "tests/b.test.ts"], [{ on: "workerd", ...here }, whole]), {
    skipped: [{ file: "tests/b.test.ts", name: "the whole file", state: "skipped", reason: "z" }],
    left: ["tests/a.test.ts"],
  });
});
