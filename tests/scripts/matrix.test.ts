import assert from "node:assert/strict";
import { test } from "node:test";
import type { AllowedSkip } from "../../scripts/allowed_skips.ts";
import { coverageGoal, judgeCoverage, readLcov } from "../../scripts/matrix/coverage.ts";
import { readJunit } from "../../scripts/matrix/junit.ts";
import report from "../../scripts/matrix/node_reporter.mjs";
import { emptyFiles } from "../../scripts/matrix/run_suite.ts";
import { closingLine, count, findSkips, slowestFiles, toTable } from "../../scripts/matrix/summary.ts";

test("readJunit() reads Deno's report: subtests as leaves, suites in their file, parents that failed by themselves", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="9" failures="3" errors="0" time="0.385">
  <testsuite name="./tests/a.test.ts">
    <testcase name="x &lt; 2 &amp; &quot;q&quot; &#233;" classname="./tests/a.test.ts" time="0.003" line="4" col="1">
    </testcase>
    <testcase name="skipped" classname="./tests/a.test.ts"><skipped/></testcase>
    <testcase name="parent" classname="./tests/a.test.ts"></testcase>
    <testcase name="bad parent" classname="./tests/a.test.ts"><failure message="Uncaught Error: own">Error</failure></testcase>
    <testcase name="told" classname="./tests/a.test.ts"><failure message="1 test step failed">1 test step failed.</failure></testcase>
    <testcase name="suite" classname="./tests/a.test.ts"></testcase>
    <testcase name="parent &gt; one" classname="./tests/a.test.ts"></testcase>
    <testcase name="bad parent &gt; good child" classname="./tests/a.test.ts"></testcase>
    <testcase name="told &gt; child" classname="./tests/a.test.ts"><failure message="x">x</failure></testcase>
  </testsuite>
  <testsuite name="ext:deno_node/testing.ts">
    <testcase name="suite &gt; in suite" classname="ext:deno_node/testing.ts"></testcase>
  </testsuite>
</testsuites>`;
  const file = "tests/a.test.ts";
  assert.deepEqual(readJunit(xml), [
    { file, name: 'x < 2 & "q" é', state: "passed", seconds: 0.003 },
    { file, name: "skipped", state: "skipped" },
    { file, name: "bad parent", state: "failed" },
    { file, name: "parent > one", state: "passed" },
    { file, name: "bad parent > good child", state: "passed" },
    { file, name: "told > child", state: "failed" },
    { file, name: "suite > in suite", state: "passed" },
  ]);
});

test("readJunit() reads Bun's report: tests closed at once, suites within suites", () => {
  const xml = `<testsuites name="bun test">
  <testsuite name="tests/a.test.ts" file="tests/a.test.ts" tests="4">
    <testcase name="plain" classname="" time="0.001" file="tests/a.test.ts" line="4" assertions="0" />
    <testcase name="skipped" classname="" time="0" file="tests/a.test.ts" line="5" assertions="0">
      <skipped />
    </testcase>
    <testcase name="later" classname="" file="tests/a.test.ts"><skipped message="TODO" /></testcase>
    <testsuite name="suite" file="tests/a.test.ts">
      <testcase name="in suite" classname="suite" file="tests/a.test.ts"><failure type="E" message="m">t</failure></testcase>
    </testsuite>
  </testsuite>
</testsuites>`;
  const file = "tests/a.test.ts";
  assert.deepEqual(readJunit(xml), [
    { file, name: "plain", state: "passed", seconds: 0.001 },
    { file, name: "skipped", state: "skipped", seconds: 0 },
    { file, name: "later", state: "skipped", reason: "TODO" },
    { file, name: "suite > in suite", state: "failed" },
  ]);
});

test("readJunit() finds no test in a report that was never written", () => {
  assert.deepEqual(readJunit(""), []);
});

test("report() writes leaf tests of Node's events, by their whole names, with reasons, and files that hold none", async () => {
  const file = "/p/tests/a.test.js";
  const own = { details: { error: { failureType: "testCodeFailure" } } };
  const children = { details: { error: { failureType: "subtestsFailed" } } };
  const events = [
    { type: "test:start", data: { name: "plain", nesting: 0, file } },
    { type: "test:pass", data: { name: "plain", nesting: 0, file, details: { duration_ms: 1500 } } },
    { type: "test:pass", data: { name: "skipped", nesting: 0, file, skip: "no SQLite here" } },
    { type: "test:pass", data: { name: "child", nesting: 1, file } },
    { type: "test:pass", data: { name: "parent", nesting: 0, file } },
    { type: "test:fail", data: { name: "child", nesting: 1, file, ...own } },
    { type: "test:fail", data: { name: "bad parent", nesting: 0, file, ...children } },
    { type: "test:pass", data: { name: "in suite", nesting: 2, file } },
    { type: "test:pass", data: { name: "inner", nesting: 1, file, details: { type: "suite" } } },
    { type: "test:pass", data: { name: "beside", nesting: 1, file } },
    { type: "test:pass", data: { name: "outer", nesting: 0, file, details: { type: "suite" } } },
    { type: "test:pass", data: { name: "child", nesting: 1, file } },
    { type: "test:fail", data: { name: "own fault", nesting: 0, file, ...own } },
    { type: "test:pass", data: { name: "tests/a.test.js", nesting: 0, file } },
    {
      type: "test:fail",
      data: { name: file, nesting: 0, file, ...own },
    },
  ];
  async function* source() {
    yield* events;
  }
  const lines: { name: string; state: string; reason?: string; seconds?: number }[] = [];
  for await (const line of report(source())) lines.push(JSON.parse(line));
  assert.deepEqual(lines.map(({ seconds }) => seconds).slice(0, 2), [1.5, undefined]);
  assert.deepEqual(lines.map(({ name, state, reason }) => [name, state, reason]), [
    ["plain", "passed", undefined],
    ["skipped", "skipped", "no SQLite here"],
    ["parent > child", "passed", undefined],
    ["bad parent > child", "failed", undefined],
    ["outer > inner > in suite", "passed", undefined],
    ["outer > beside", "passed", undefined],
    ["own fault > child", "passed", undefined],
    ["own fault", "failed", undefined],
    ["tests/a.test.js", "empty", undefined],
    [file, "failed", undefined],
  ]);
});

test("emptyFiles() finds files without tests by what each runner tells, not by where a test is written", () => {
  const files = ["tests/a.test.ts", "tests/b.test.ts"];
  const shared = { file: "tests/contract.ts", name: "shared", state: "passed" as const };
  const output = "running 2 tests from ./tests/a.test.ts\nrunning 0 tests from ./tests/b.test.ts\n";
  assert.deepEqual(emptyFiles("deno", files, [shared], output), ["tests/b.test.ts"]);
  assert.deepEqual(
    emptyFiles("deno-kv", files, [shared], "Uncaught error from ./tests/b.test.ts FAILED\n"),
    files.slice(1),
  );
  assert.deepEqual(emptyFiles("bun", files, [{ ...shared, file: "tests/a.test.ts" }], ""), ["tests/b.test.ts"]);
  const empty = { file: "tests/b.test.ts", name: "tests/b.test.js", state: "empty" as const };
  assert.deepEqual(emptyFiles("node", files, [shared, empty], ""), ["tests/b.test.ts"]);
  assert.deepEqual(emptyFiles("node20", files, [shared], ""), []);
});

const outcome = {
  name: "deno" as const,
  version: "2.9.6",
  seconds: 1.25,
  output: "",
  problems: ["ran no test of tests/b.test.ts"],
  cases: [
    { file: "tests/a.test.ts", name: "one", state: "passed" as const },
    { file: "tests/a.test.ts", name: "group > two", state: "skipped" as const },
    { file: "tests/a.test.ts", name: "three", state: "failed" as const },
  ],
};

test("count() counts each problem of a run as a failure", () => {
  assert.deepEqual(count(outcome), { passed: 1, failed: 2, skipped: 1 });
});

test("slowestFiles() adds up what the tests of a file took, and gives the slowest first", () => {
  const took = (file: string, seconds?: number) => ({
    file: `tests/${file}.test.ts`,
    name: "x",
    state: "passed" as const,
    ...(seconds !== undefined && { seconds }),
  });
  const cases = [took("a", 1), took("b", 2.5), took("c"), took("a", 2)];
  assert.deepEqual(slowestFiles([{ ...outcome, cases }], 2), [
    "slowest on deno 2.9.6: a.test.ts 3.0 s, b.test.ts 2.5 s",
  ]);
});

test("toTable() shows runtimes that are missing beside those that ran", () => {
  const lines = toTable([outcome], [{ name: "bun", reason: "there is none" }]);
  assert.deepEqual(lines.map((line) => line.trim().split(/\s{2,}/)), [
    ["runtime", "passed", "failed", "skipped", "seconds"],
    ["deno 2.9.6", "1", "2", "1", "1.3"],
    ["bun", "-", "-", "missing", "-"],
  ]);
});

test("findSkips() tells the reason that Node gave, and allows what the table names and nothing else", () => {
  const nodeCases = [{ file: "tests/a.test.ts", name: "group > two", state: "skipped" as const, reason: "no KV here" }];
  const onNode = { ...outcome, name: "node" as const, version: "24.0.0", problems: [], cases: nodeCases };
  const skips = (...table: AllowedSkip[]) =>
    findSkips([outcome, onNode], [{ name: "bun", reason: "there is none" }], table);
  assert.deepEqual(skips().map(({ text }) => text), [
    "bun: there is none",
    'deno 2.9.6: tests/a.test.ts "group > two": no KV here',
    'node 24.0.0: tests/a.test.ts "group > two": no KV here',
  ]);
  const allowed = (on: AllowedSkip["on"], part?: string) =>
    skips({ on, because: "it lacks it", ...(part !== undefined && { test: part }) }).map(({ allowed }) => allowed);
  assert.deepEqual(allowed("deno", "group > two"), [false, true, false]);
  assert.deepEqual(allowed("deno", "one"), [false, false, false]);
  assert.deepEqual(allowed("node", "two"), [false, false, true]);
  assert.deepEqual(allowed("bun", "two"), [false, false, false]);
  assert.deepEqual(allowed("bun"), [true, false, false]);
  assert.deepEqual(allowed("deno"), [false, false, false]);
  assert.equal(
    findSkips([outcome], [], [])[0]?.text,
    'deno 2.9.6: tests/a.test.ts "group > two": its runner does not tell why',
  );
});

test("closingLine() tells of skips only when there are some", () => {
  assert.equal(closingLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  assert.equal(closingLine({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed, 2 skipped");
});

test("readLcov() reads the lines of files below a folder only", () => {
  const text = "SF:/p/src/a.ts\nDA:1,1\nDA:2,0\nend_of_record\nSF:/q/src/b.ts\nDA:1,1\nend_of_record\n";
  assert.deepEqual([...readLcov(text, "/p/")], [["src/a.ts", [1, 0]]]);
});

test("judgeCoverage() weighs files by their lines and names those below the goal, worst first", () => {
  const good = { path: "src/a.ts", lines: 900, covered: 900 };
  const weak = { path: "src/b.ts", lines: 100, covered: 60 };
  const { text, reached } = judgeCoverage([good, weak, { path: "src/c.ts", lines: 1, covered: 0 }]);
  assert.equal(reached, true);
  assert.match(text[0] ?? "", /95\.9 % \(960 of 1001\)/);
  assert.deepEqual(text.slice(1).map((line) => line.trim().split(" ")[2]), ["src/c.ts", "src/b.ts"]);
  assert.equal(judgeCoverage([{ ...good, covered: 9 * coverageGoal - 1 }]).reached, false);
  assert.equal(judgeCoverage([]).reached, false);
});
