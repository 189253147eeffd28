import assert from "node:assert/strict";
import { test } from "node:test";
import { findFaults, findGaps, ignoredExamples } from "../../scripts/check_docs.ts";

const complaint = (code: string, line: string) =>
  `error[${code}]: exported symbol is missing\n  --> src/a.ts:3:4\n  | \n3 |   ${line}\n  |   ^\n\n\n`;

test("findGaps() keeps what a reader misses and drops constructors and overrides", () => {
  const output = [
    "Check src/a.ts\n",
    complaint("missing-jsdoc", "constructor(message: string) {"),
    complaint("missing-jsdoc", `override readonly name: string = "A";`),
    complaint("missing-jsdoc", "readonly engine: string;"),
    complaint("private-type-ref", "constructor(hidden: Hidden) {"),
    "error: Found 4 documentation lint errors.\n",
  ].join("");
  const gaps = findGaps(output);
  assert.equal(gaps.length, 2, gaps.join("\n"));
  assert.match(gaps[0] ?? "", /^error\[missing-jsdoc\][^]*src\/a\.ts:3:4[^]*readonly engine/);
  assert.match(gaps[1] ?? "", /^error\[private-type-ref\]/);
});

test("findGaps() finds nothing when there is no complaint", () => {
  assert.deepEqual(findGaps("Check src/a.ts\n"), []);
});

test("ignoredExamples() gives the code that is marked so, with and without the stars of a comment", () => {
  const fence = "```";
  const page = `${fence}ts ignore\none();\n${fence}\n${fence}ts\ntwo();\n${fence}\n`;
  assert.deepEqual(ignoredExamples(page), ["one();\n"]);
  assert.deepEqual(ignoredExamples(`/**\n * ${fence}ts ignore\n * if (a) {\n *   b();\n * }\n * ${fence}\n */`), [
    "if (a) {\n  b();\n}\n",
  ]);
});

test("findFaults() keeps what a compiler says of the library, and drops names that stand for the reader's own", () => {
  const output = [
    "Check dist/a.ts\n",
    "TS2304 [ERROR]: Cannot find name 'fetchRates'.\nf(fetchRates)\n    at file:///a.ts:1:1\n\n",
    "TS2353 [ERROR]: 'maxsize' does not exist in type 'CacheOptions'.\n    at file:///a.ts:2:1\n\n",
    "Found 2 errors.\n\nerror: Type checking failed.\n",
  ].join("");
  assert.deepEqual(findFaults(output), [
    "TS2353 [ERROR]: 'maxsize' does not exist in type 'CacheOptions'.\n    at file:///a.ts:2:1",
  ]);
});
