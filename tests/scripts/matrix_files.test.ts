import assert from "node:assert/strict";
import { test } from "node:test";
import { filesFor } from "../../scripts/matrix/files_for.ts";
import { readTree } from "../../scripts/tree.ts";

test("filesFor() gives files of browsers to browsers alone, those of workerd to workerd, and drivers and scripts to Deno", () => {
  const files = [
    "tests/options.test.ts",
    "tests/engines/a.browser.test.ts",
    "tests/engines/b.workerd.test.ts",
    "tests/decorators/c.decorators.test.ts",
    "tests/scripts/d.test.ts",
    "tests/engines/e_tabs.test.ts",
    "tests/consumers.test.ts",
  ];
  const [plain, browser, workerd, syntax, script, tabs, consumers] = files;
  for (const name of ["bun", "node", "node20"] as const) assert.deepEqual(filesFor(name, files), [plain, syntax], name);
  assert.deepEqual(filesFor("deno", files), [plain, syntax, script, tabs, consumers]);
  assert.deepEqual(filesFor("deno-kv", files), [syntax]);
  for (const name of ["chromium", "firefox", "webkit"] as const) {
    assert.deepEqual(filesFor(name, files), [plain, browser, syntax], name);
    assert.deepEqual(filesFor(`${name}-worker`, files), [browser], name);
  }
  assert.deepEqual(filesFor("workerd", files), [plain, workerd, syntax]);
});

/** Those of seeded steps and of stores made of other stores, which two runtimes ask. */
const elsewhere = /^tests\/(flow\/interleavings|engines\/(tiered|hybrid|keyv|unstorage))/;

test("filesFor() gives Deno with KV each file that asks which engines are here, and Deno all others but what Bun alone is asked", async () => {
  const sources = await readTree(["tests"]);
  const files = [...sources.keys()].filter((file) => /(?<!browser|workerd)\.test\.ts$/.test(file));
  const asking = files.filter((file) => /\b(enginesHere|persistentHere|openKv)\b/.test(sources.get(file)!))
    .filter((file) => !elsewhere.test(file) && !file.startsWith("tests/scripts/"));
  assert.ok(asking.length > 20, `${asking.length} ask`);
  const [withKv, without] = [filesFor("deno-kv", files), filesFor("deno", files)];
  assert.deepEqual(asking.filter((file) => !withKv.includes(file)), []);
  const unseen = files.filter((file) => !without.includes(file) && !withKv.includes(file));
  const ofBun = [
    "tests/engines/redis_processes.test.ts",
    "tests/engines/redis_storage.test.ts",
    "tests/workflows.test.ts",
  ];
  assert.deepEqual(unseen, ofBun);
  assert.deepEqual(filesFor("bun", ofBun), ofBun);
});
