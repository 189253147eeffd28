import assert from "node:assert/strict";
import { test } from "node:test";
import { compareMatrices, matrixTable, readMatrix } from "../../scripts/matrix/engine_matrix.ts";
import type { Case } from "../../scripts/matrix/junit.ts";
import { putBetween } from "../../scripts/write_readme.ts";

function cases(...names: string[]): Case[] {
  return names.map((name) => ({ file: "", name, state: "passed" }));
}

const deno = [
  ...cases("memory is offered here", "memory > get() gives", "memory > set() keeps", "memory of another kind"),
  ...cases("files is offered here", "files > a", "files (openSync) > a", "files_folder > b", "all files > c"),
  ...cases("redis is offered here", "deno_kv is offered here with @deno/kv", "deno_kv in memory > a"),
  ...cases("opfs is not offered here: this runtime has no OPFS, or hides it", "opfs > over stand-ins"),
  { file: "", name: "files > fails", state: "failed" as const },
];
const workerd = [
  ...cases("memory is offered here", "files is not offered here: this runtime has no node:fs; use KV"),
  ...cases("files (not here: no node:fs) > probe() gives a reason"),
];

test("readMatrix() counts the tests of engines that can be had, and gives the reason where they cannot", () => {
  assert.deepEqual(readMatrix([{ name: "deno", cases: deno }, { name: "workerd", cases: workerd }]), {
    memory: { deno: 2, workerd: "not tested" },
    files: { deno: 2, workerd: "this runtime has no node:fs; use KV" },
    redis: { deno: "not tested" },
    deno_kv: { deno: "1 with @deno/kv" },
    opfs: { deno: "this runtime has no OPFS, or hides it" },
  });
});

test("compareMatrices() finds cells that claim more than was shown, another reason, or that are missing", () => {
  const shown = {
    memory: { deno: 2 },
    files: { deno: 3, workerd: "none" },
    deno_kv: { node: "5 with @deno/kv" },
  } as const;
  assert.deepEqual(compareMatrices(shown, shown), []);
  assert.deepEqual(compareMatrices({ ...shown, memory: { deno: 1 } }, shown), []);
  assert.deepEqual(compareMatrices({ ...shown, deno_kv: { node: "4 with @deno/kv" } }, shown), []);
  assert.deepEqual(compareMatrices({ ...shown, memory: { deno: 3 } }, shown), [
    "memory on deno: written is 3, shown was 2",
  ]);
  assert.deepEqual(compareMatrices({ ...shown, files: { deno: "none", workerd: 1 }, opfs: { bun: 1 } }, shown), [
    "files on deno: written is none, shown was 3",
    "files on workerd: written is 1, shown was none",
    "opfs on bun: written is 1, shown was nothing",
  ]);
  assert.equal(compareMatrices({}, shown).length, 4);
});

test("matrixTable() has a row per engine and a column per runtime that ran, with reasons in short", () => {
  const matrix = readMatrix([{ name: "workerd", cases: workerd }, { name: "deno", cases: deno }]);
  const rows = matrixTable(matrix).split("\n").map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assert.deepEqual(rows.filter((_, index) => index !== 1), [
    ["engine", "Deno", "workerd"],
    ["`memory`", "2", "not tested"],
    ["`files`", "2", "no node:fs"],
    ["`redis`", "not tested", ""],
    ["`deno_kv`", "1 with @deno/kv", ""],
    ["`opfs`", "no OPFS", ""],
  ]);
});

test("putBetween() writes a table between its marks and nowhere else", () => {
  const text = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n";
  assert.equal(putBetween(text, "x", "$& new"), "a\n<!-- x -->\n\n$& new\n\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n");
  assert.equal(putBetween(text, "z", "new"), undefined);
});
