import assert from "node:assert/strict";
import { test } from "node:test";
import { checkLinks } from "../../scripts/check_links.ts";

const files: Readonly<Record<string, string>> = {
  "tests/engines/memory.test.ts": [
    'test("memory forgets \\"a | b\\" when full", () => {});',
    "for (const engine of all) test(`${engine.name} get() hits when set`, () => {});",
    '// test("told of in a comment only")',
  ].join("\n"),
};

function faultsOf(...tests: string[]): string[] {
  const rows = tests.map((cell, index) => `| ${index + 1} | theirs | ours | ${cell} |`);
  const text = ["# Page", "", "| # | Theirs | Ours | Test |", "|---|---|---|---|", "| **A part** | | | |", ...rows]
    .join("\n");
  return checkLinks(
    { path: "tests/PAGE.md", text, numbers: tests.map((_, index) => `${index + 1}`) },
    (path) => files[path],
  );
}

test("checkLinks() accepts links to tests, templates, several of them, and rows that wait", () => {
  const plain = String.raw`[engines/memory.test.ts](engines/memory.test.ts) "memory forgets \"a \| b\" when full"`;
  const template = '[engines/memory.test.ts](engines/memory.test.ts) "get() hits when set"';
  assert.deepEqual(
    faultsOf(plain, template, `${plain}<br>${template}`, `${template}<br>later: browsers`, "later: Redis"),
    [],
  );
});

test("checkLinks() reports a link that leads nowhere", () => {
  assert.match(
    faultsOf('[x](engines/gone.test.ts) "x"').join(),
    /row 1: leads to tests\/engines\/gone\.test\.ts, which is not there/,
  );
  assert.match(faultsOf('[x](engines/memory.test.ts) "no such test"').join(), /is called "no such test"/);
  assert.match(faultsOf('[x](engines/memory.test.ts) "told of in a comment only"').join(), /no test in/);
});

test("checkLinks() reports cells that say nothing", () => {
  for (
    const cell of [
      "",
      "later:",
      "later",
      "soon",
      "[x](engines/memory.test.ts)",
      "[x](engines/memory.test.ts) get() hits",
    ]
  ) {
    assert.equal(faultsOf(cell).length, 1, JSON.stringify(cell));
  }
});

test("checkLinks() reports numbers that are missing, doubled or unknown", () => {
  const page = (text: string, ...numbers: string[]) =>
    checkLinks({ path: "tests/P.md", text, numbers }, () => undefined);
  assert.match(page("| G1 | later: x |", "G0", "G1").join(), /row G0: is missing/);
  assert.match(page("| G1 | later: x |\n| G1 | later: y |", "G1").join(), /row G1: is there 2 times/);
  assert.match(page("| 1 | later: x |\n| 2 | later: y |", "1").join(), /row 2: is not a number of this page/);
});
