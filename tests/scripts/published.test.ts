import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { compareFiles, filesForJsr, filesInDryRun } from "../../scripts/npm/published_files.ts";
import { reach } from "../../scripts/npm/reach.ts";
import { checkVersion } from "../../scripts/npm/version.ts";
import { readManifests } from "../../scripts/npm/write_package.ts";
import { root } from "../../scripts/tree.ts";
import { thisRuntime } from "../runtimes.ts";

test("what goes to JSR is what the entries need, and pages", {
  skip: thisRuntime() !== "deno" && "only Deno publishes to JSR",
}, async () => {
  const project = fileURLToPath(root);
  const { deno, npm } = await readManifests(root);
  const args = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const published = filesInDryRun(stdout + stderr, root);
  assert.ok(published.size > 100, `${published.size} files in ${stdout}${stderr}`);
  const read = (path: string) =>
    existsSync(join(project, path)) ? readFileSync(join(project, path), "utf8") : undefined;
  assert.deepEqual(compareFiles("JSR", published, filesForJsr(deno, npm, read)), []);
});

test("every entry begins by saying what it is, for the page that JSR shows of it", {
  skip: import.meta.url.endsWith(".js") && "built tests have no sources beside them",
}, async () => {
  const { deno } = await readManifests(root);
  for (const path of Object.values(deno.exports ?? {})) {
    const text = readFileSync(new URL(path, root), "utf8");
    assert.match(text, /^(#!.*\n)?\/\*\*\n(?: \*(?!\/).*\n)* \* @module\n \*\/\n/, path);
  }
});

test("compareFiles() names what is published without need, and what is missing", () => {
  assert.deepEqual(compareFiles("npm", new Set(["a.js", "stray.js"]), new Set(["a.js", "b.js"])), [
    "stray.js goes to npm, and no entry needs it; leave it out",
    "b.js does not go to npm, and an entry needs it; put it in",
  ]);
});

test("filesInDryRun() reads the list that deno publish prints", () => {
  const output = [
    "Simulating publish of @a/b@1.0.0 with files:",
    "   file:///home/me/a%20b/LICENSE (1.05KB)",
    "   file:///home/me/a%20b/src/x.ts (721B)",
    "Success Dry run complete",
  ].join("\n");
  assert.deepEqual([...filesInDryRun(output, new URL("file:///home/me/a%20b/"))], ["LICENSE", "src/x.ts"]);
});

test("reach() follows every kind of import, and from declarations to declarations", () => {
  const files = new Map([
    ["mod.ts", `export * from "./a.ts"; import type { B } from "./b.ts"; import "npm";`],
    ["a.ts", `export const later = () => import("./deep/c.ts"); // import "./no.ts"`],
    ["b.ts", `export type B = import("./deep/d.ts").D;`],
    ["deep/c.ts", `export { a } from "../a.ts";`],
    ["deep/d.ts", ""],
    ["no.ts", ""],
    ["mod.d.ts", `export { A } from "./a.js";`],
    ["a.d.ts", ""],
  ]);
  const read = (path: string) => files.get(path);
  assert.deepEqual([...reach(["mod.ts"], read)].sort(), ["a.ts", "b.ts", "deep/c.ts", "deep/d.ts", "mod.ts"]);
  assert.deepEqual([...reach(["mod.d.ts"], read)].sort(), ["a.d.ts", "mod.d.ts"]);
  files.delete("deep/d.ts");
  assert.throws(() => reach(["mod.ts"], read), /^Error: Cannot find deep\/d\.ts: b\.ts imports it/);
});

test("checkVersion() lets a tag pass only when deno.json and CHANGELOG.md agree with it", () => {
  const [unreleased, released] = ["# Changes\n\n## Unreleased\n", "# Changes\n\n## 1.0.0\n\n## 0.9.0\n"];
  assert.match(checkVersion("1.0.0", unreleased, []), /^1\.0\.0, not tagged/);
  assert.equal(checkVersion("1.0.0", released, ["v1.0.0"]), "1.0.0, told in CHANGELOG.md");
  assert.equal(checkVersion("1.0.0", "## [1.0.0] - 2026-11-26", []), "1.0.0, told in CHANGELOG.md");
  assert.throws(() => checkVersion("1.0.0", unreleased, ["v1.0.0"]), /no section "## 1\.0\.0"; rename "## Unreleased"/);
  assert.throws(
    () => checkVersion("1.0.0", released, ["v1.0.1"]),
    /Cannot release v1\.0\.1: deno\.json has version 1\.0\.0/,
  );
  assert.throws(() => checkVersion("1.1.0", released, []), /CHANGELOG\.md tells of 1\.0\.0 at last/);
});
