import assert from "node:assert/strict";
import { test } from "node:test";
import { findGaps } from "../../scripts/check_docs.ts";

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
