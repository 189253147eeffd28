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

test("readMatrix() says of which engines a test of their own passed, and gives the reason where they cannot be had", () => {
  assert.deepEqual(readMatrix([{ name: "deno", cases: deno }, { name: "workerd", cases: workerd }]), {
    memory: { deno: "tested", workerd: "not tested" },
    files: { deno: "tested", workerd: "this runtime has no node:fs; use KV" },
    redis: { deno: "not tested" },
    deno_kv: { deno: "tested with @deno/kv" },
    opfs: { deno: "this runtime has no OPFS, or hides it" },
  });
});

test("compareMatrices() finds cells that say other than was shown, and those that are missing", () => {
  const shown = {
    memory: { deno: "tested" },
    files: { deno: "tested", workerd: "none" },
    deno_kv: { node: "tested with @deno/kv" },
  };
  assert.deepEqual(compareMatrices(shown, shown), []);
  assert.deepEqual(compareMatrices({ ...shown, memory: { deno: "not tested" } }, shown), [
    "memory on deno: written is not tested, shown was tested",
  ]);
  const written = { ...shown, files: { deno: "none", workerd: "tested" }, opfs: { bun: "tested" } };
  assert.deepEqual(compareMatrices(written, shown), [
    "files on deno: written is none, shown was tested",
    "files on workerd: written is tested, shown was none",
    "opfs on bun: written is tested, shown was nothing",
  ]);
  assert.equal(compareMatrices({}, shown).length, 4);
});

test("matrixTable() has a row per engine and a column per runtime that ran, with reasons in short", () => {
  const matrix = readMatrix([{ name: "workerd", cases: workerd }, { name: "deno", cases: deno }]);
  const rows = matrixTable(matrix).split("\n").map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assert.deepEqual(rows.filter((_, index) => index !== 1), [
    ["engine", "Deno", "workerd"],
    ["`memory`", "tested", "not tested"],
    ["`files`", "tested", "no node:fs"],
    ["`redis`", "not tested", ""],
    ["`deno_kv`", "tested with @deno/kv", ""],
    ["`opfs`", "no OPFS", ""],
  ]);
});

test("putBetween() writes a table between its marks and nowhere else", () => {
  const text = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n";
  assert.equal(putBetween(text, "x", "$& new"), "a\n<!-- x -->\n\n$& new\n\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n");
  assert.equal(putBetween(text, "z", "new"), undefined);
});
